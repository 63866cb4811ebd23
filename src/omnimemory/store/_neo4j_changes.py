"""The statements of a commit to Neo4j, each over a list of rows.

A row is a list and not a map: what a column means stands here once, not in every row that is
sent. Each statement that only writes ends in ``RETURN count(*)``, so that the server answers
before it has run and the next rows are packed meanwhile.
"""

from __future__ import annotations

from typing import Final, LiteralString

from omnimemory.store._neo4j_cypher import BY_INDEX

BEGIN: Final[LiteralString] = """
    MERGE (t:Om_Tenant {name: $tenant}) ON CREATE SET t.revision = 0, t.edge_kinds = []
    SET t.locked = true
    RETURN t.revision, t.edge_kinds, COLLECT {
        MATCH (m:Om_Moment {tenant: $tenant, token: $token}) WHERE m.revision > $base
        RETURN m.revision
    }[0]
"""
"""The lock comes before the first read, because the server isolates no more than that."""
END: Final[LiteralString] = """
    MATCH (t:Om_Tenant {name: $tenant})
    SET t.revision = $at, t.edge_kinds = $edge_kinds REMOVE t.locked
    CREATE (:Om_Moment {tenant: $tenant, revision: $at, token: $token, owners: $owners})
    RETURN count(*)
"""
KNOWN: Final[LiteralString] = """
    UNWIND $rows AS id MATCH (e:Om_Entity {tenant: $tenant, id: id})
    RETURN e.id, e._kind, e._touched, e._shown
"""
KEYS_TOUCHED: Final[LiteralString] = """
    UNWIND $rows AS key
    MATCH (k:Om_Key {tenant: $tenant, key: key})
    MATCH (v:Om_Node {tenant: $tenant, id: k.id})
    WHERE (v._recorded_from > $base OR ($base < v._recorded_to AND v._recorded_to < $forever))
        AND key IN v._keys
    RETURN DISTINCT key
"""

REVISIONS: Final[LiteralString] = f"""
    UNWIND $rows AS id
    CALL (id) {{
        MATCH (v:Om_Node {{tenant: $tenant, id: id}}) RETURN v
      UNION
        MATCH (v:Om_Edge {{tenant: $tenant, source: id}}) WHERE {BY_INDEX} RETURN v
      UNION
        MATCH (v:Om_Passage {{tenant: $tenant, about: id}}) RETURN v
    }}
    UNWIND [v._recorded_from, v._recorded_to] AS at
    WITH DISTINCT at WHERE at < $forever RETURN at
"""
FORGET: Final[LiteralString] = """
    UNWIND $rows AS at MATCH (m:Om_Moment {tenant: $tenant, revision: at})
    SET m.owners = [id IN m.owners WHERE $gone[id] IS NULL] RETURN count(*)
"""
ERASE: Final[tuple[LiteralString, ...]] = (
    """UNWIND $rows AS id MATCH (v:Om_Node {tenant: $tenant, id: id}) WHERE NOT v:Om_Entity
        DELETE v RETURN count(*)""",
    f"""UNWIND $rows AS id MATCH (v:Om_Edge {{tenant: $tenant, source: id}})
        WHERE {BY_INDEX} DELETE v RETURN count(*)""",
    f"""UNWIND $rows AS id MATCH (v:Om_Edge {{tenant: $tenant, target: id}})
        WHERE {BY_INDEX} DELETE v RETURN count(*)""",
    """UNWIND $rows AS id MATCH (v:Om_Passage {tenant: $tenant, about: id})
        DELETE v RETURN count(*)""",
    "UNWIND $rows AS id MATCH (k:Om_Key {tenant: $tenant, id: id}) DELETE k RETURN count(*)",
    """UNWIND $rows AS id MATCH (e:Om_Entity {tenant: $tenant, id: id})
        DETACH DELETE e RETURN count(*)""",
)

TOUCH: Final[LiteralString] = """
    UNWIND $rows AS id MATCH (e:Om_Entity {tenant: $tenant, id: id})
    SET e._touched = $at RETURN count(*)
"""
CLOSE_NODES: Final[LiteralString] = """
    UNWIND $rows AS row MATCH (v:Om_Node {tenant: $tenant, id: row[0]})
    WHERE v._valid_from = row[1] AND v._recorded_to = $forever
    SET v._recorded_to = $at RETURN count(*)
"""
_KEPT: Final[LiteralString] = """
    .tenant, .id, ._kind, ._keys, ._props, ._valid_from, ._valid_to, ._recorded_from,
    ._recorded_to, ._touched
"""
"""What an entity says of itself and of the version that it holds; this never moves."""
HIDE: Final[LiteralString] = f"""
    UNWIND $rows AS id MATCH (e:Om_Entity {{tenant: $tenant, id: id}})
    REMOVE e:$(e._kind) SET e = e{{{_KEPT}}} RETURN count(*)
"""
CLOSE_EDGES: Final[LiteralString] = """
    UNWIND $rows AS row
    MATCH (v:Om_Edge {tenant: $tenant, source: row[0], kind: row[1], _valid_from: row[3]})
    WHERE v.target = row[2] AND v._recorded_to = $forever SET v._recorded_to = $at
    RETURN v.target, v.kind, v.source_kind, v._valid_to
"""
UNLINK: Final[LiteralString] = """
    UNWIND $rows AS row
    MATCH (a:Om_Entity {tenant: $tenant, id: row[0]})
    CALL (a, row) {
        MATCH (a)-[r]->(b)
        WHERE type(r) = row[1] AND b.id = row[2] AND r._valid_from = row[3]
        DELETE r
    }
    RETURN count(*)
"""
CLOSE_PASSAGES: Final[LiteralString] = """
    UNWIND $rows AS row MATCH (v:Om_Passage {tenant: $tenant, about: row[0]})
    WHERE v.part = row[1] AND v._valid_from = row[2] AND v._recorded_to = $forever
    SET v._recorded_to = $at RETURN count(*)
"""

_NODE: Final[LiteralString] = """
    tenant: $tenant, id: row[0], _kind: row[1], _keys: row[2], _props: row[3],
    _valid_from: row[4], _valid_to: row[5], _recorded_from: $at, _recorded_to: $forever
"""
NAME: Final[LiteralString] = """
    UNWIND $rows AS row
    CREATE (:Om_Entity {tenant: $tenant, id: row[0], _kind: row[1], _touched: $at})
    RETURN count(*)
"""
SHOW_NEW: Final[LiteralString] = f"""
    UNWIND $rows AS row
    CREATE (e:Om_Entity:Om_Node:$(row[1]) {{{_NODE}, _touched: $at, _shown: row[4]}})
    SET e += row[6] RETURN count(*)
"""
SHOW: Final[LiteralString] = f"""
    UNWIND $rows AS row MATCH (e:Om_Entity {{tenant: $tenant, id: row[0]}})
    SET e:$(e._kind) SET e = e{{{_KEPT}, _shown: row[1]}} SET e += row[2] RETURN count(*)
"""
ADD_NODES: Final[LiteralString] = f"""
    UNWIND $rows AS row CREATE (:Om_Node {{{_NODE}}}) RETURN count(*)
"""
ADD_KEYS: Final[LiteralString] = """
    UNWIND $rows AS row MERGE (:Om_Key {tenant: $tenant, key: row[0], id: row[1]})
    RETURN count(*)
"""
_EDGE: Final[LiteralString] = """
    CREATE (:Om_Edge {
        tenant: $tenant, source: row[0], kind: row[1], target: row[2], source_kind: row[3],
        props: row[4], _valid_from: row[5], _valid_to: row[6],
        _recorded_from: $at, _recorded_to: $forever
    })
"""
ADD_EDGES: Final[LiteralString] = f"UNWIND $rows AS row {_EDGE} RETURN count(*)"
SHOW_PLAIN_EDGES: Final[LiteralString] = f"""
    UNWIND $rows AS row
    MATCH (a:Om_Entity {{tenant: $tenant, id: row[0]}})
    MATCH (b:Om_Entity {{tenant: $tenant, id: row[2]}})
    {_EDGE}
    CREATE (a)-[r:$(row[1]) {{_valid_from: row[5]}}]->(b) RETURN count(*)
"""
SHOW_EDGES: Final[LiteralString] = SHOW_PLAIN_EDGES.replace("RETURN", "SET r += row[7] RETURN")
"""Setting no property takes a quarter of the statement's time, so plain edges have their own."""
ADD_PASSAGES: Final[LiteralString] = """
    UNWIND $rows AS row CREATE (:Om_Passage {
        tenant: $tenant, about: row[0], part: row[1], text: row[2],
        _valid_from: row[3], _valid_to: row[4], _recorded_from: $at, _recorded_to: $forever
    })
    RETURN count(*)
"""
