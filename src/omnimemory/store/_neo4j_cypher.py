"""The queries of a Neo4j view, each driven from an index whose first column is the tenant."""

from __future__ import annotations

from functools import cache
from typing import Final, LiteralString

PAGE: Final = 500
"""Rows that a stream fetches at a time."""

_SPAN: Final[LiteralString] = "v._valid_from, v._valid_to, v._recorded_from, v._recorded_to"
SEEN: Final[LiteralString] = (
    "v._valid_from <= $valid AND $valid < v._valid_to"
    " AND v._recorded_from <= $revision AND $revision < v._recorded_to"
)
BY_INDEX: Final[LiteralString] = "v.kind IS NOT NULL AND v._valid_from IS NOT NULL"
"""Holds for every edge; without it the server cannot use an index that goes on to these."""
_NODE: Final[LiteralString] = f"v.id AS a, v._kind AS b, v._keys AS c, v._props AS d, {_SPAN}"
_PASSAGE: Final[LiteralString] = f"v.about AS a, v.part AS b, v.text AS c, {_SPAN}"
NODE_LIST: Final[LiteralString] = f"[v.id, v._kind, v._keys, v._props, {_SPAN}]"
EDGE_LIST: Final[LiteralString] = f"[v.source, v.kind, v.target, v.props, {_SPAN}]"
PASSAGE_LIST: Final[LiteralString] = f"[v.about, v.part, v.text, {_SPAN}]"

HEAD: Final[LiteralString] = """
    MATCH (t:Om_Tenant {name: $tenant}) WITH t.revision AS head
    RETURN CASE WHEN $recorded >= head THEN head ELSE COLLECT {
        MATCH (m:Om_Moment) WHERE m.tenant = $tenant AND m.revision <= $recorded
        RETURN m.revision AS revision ORDER BY revision DESC LIMIT 1
    }[0] END
"""
EVERY_KIND: Final[LiteralString] = """
    COLLECT { MATCH (t:Om_Tenant {name: $tenant}) UNWIND t.edge_kinds AS kind RETURN kind }
"""
"""The kinds of edges that a tenant has, and maybe some that came after the view's revision."""
NODES: Final[LiteralString] = f"""
    UNWIND $ids AS id MATCH (v:Om_Node {{tenant: $tenant, id: id}}) WHERE {SEEN} RETURN {_NODE}
"""
FIND: Final[LiteralString] = f"""
    MATCH (v:Om_Node) WHERE v.tenant = $tenant AND v.id > $after AND {SEEN}
    RETURN {_NODE} ORDER BY v.id LIMIT $limit
"""
FIND_KIND: Final[LiteralString] = f"""
    MATCH (v:Om_Node) WHERE v.tenant = $tenant AND v._kind = $kind AND v.id > $after AND {SEEN}
    RETURN {_NODE} ORDER BY v.id LIMIT $limit
"""
WITH_KEYS: Final[LiteralString] = f"""
    UNWIND $keys AS key
    MATCH (k:Om_Key {{tenant: $tenant, key: key}})
    WITH DISTINCT k.id AS id
    MATCH (v:Om_Node {{tenant: $tenant, id: id}})
    WHERE {SEEN} AND any(key IN v._keys WHERE key IN $keys)
        AND ($kind IS NULL OR v._kind = $kind) AND ($after IS NULL OR v.id > $after)
    RETURN {_NODE}
"""
KEYS: Final[LiteralString] = f"""
    MATCH (k:Om_Key) WHERE k.tenant = $tenant AND k.key STARTS WITH $prefix
    CALL (k) {{
        MATCH (v:Om_Node {{tenant: $tenant, id: k.id}}) WHERE {SEEN} AND k.key IN v._keys
        RETURN true AS held LIMIT 1
    }}
    RETURN DISTINCT k.key AS key ORDER BY key LIMIT $limit
"""
PASSAGES: Final[LiteralString] = f"""
    UNWIND $ids AS id MATCH (v:Om_Passage {{tenant: $tenant, about: id}}) WHERE {SEEN}
    RETURN {_PASSAGE}
"""
NEXT_ENTITIES: Final[LiteralString] = """
    MATCH (e:Om_Entity) WHERE e.tenant = $tenant AND e.id > $after
    RETURN e.id AS id ORDER BY id LIMIT $page
"""
VERSIONS: Final[LiteralString] = f"""
    WITH COLLECT {{
        UNWIND $ids AS id MATCH (e:Om_Entity {{tenant: $tenant, id: id}}) RETURN e.id
    }} AS ids
    RETURN COLLECT {{
        UNWIND ids AS id MATCH (v:Om_Node {{tenant: $tenant, id: id}})
        WHERE v._recorded_from <= $revision RETURN {NODE_LIST}
    }}, COLLECT {{
        UNWIND ids AS id MATCH (v:Om_Edge {{tenant: $tenant, source: id}})
        WHERE {BY_INDEX} AND v._recorded_from <= $revision RETURN {EDGE_LIST}
    }}, COLLECT {{
        UNWIND ids AS id MATCH (v:Om_Passage {{tenant: $tenant, about: id}})
        WHERE v._recorded_from <= $revision RETURN {PASSAGE_LIST}
    }}
"""
"""An ingest asks for many that are new: one lookup spares them three."""
MOMENTS: Final[LiteralString] = """
    MATCH (m:Om_Moment)
    WHERE m.tenant = $tenant AND m.revision > $since AND m.revision <= $revision
    RETURN m.revision AS at ORDER BY at LIMIT $page
"""
_AT: Final[LiteralString] = "(v._recorded_from = $at OR v._recorded_to = $at)"
MOMENT: Final[LiteralString] = f"""
    MATCH (m:Om_Moment {{tenant: $tenant, revision: $at}})
    RETURN COLLECT {{
        UNWIND m.owners AS id MATCH (v:Om_Node {{tenant: $tenant, id: id}})
        WHERE {_AT} RETURN {NODE_LIST}
    }}, COLLECT {{
        UNWIND m.owners AS id MATCH (v:Om_Edge {{tenant: $tenant, source: id}})
        WHERE {BY_INDEX} AND {_AT} RETURN {EDGE_LIST}
    }}, COLLECT {{
        UNWIND m.owners AS id MATCH (v:Om_Passage {{tenant: $tenant, about: id}})
        WHERE {_AT} RETURN {PASSAGE_LIST}
    }}
"""
COUNT_NODES: Final[LiteralString] = f"""
    MATCH (v:Om_Node) WHERE v.tenant = $tenant AND {SEEN} WITH v._kind AS kind
    WHERE kind IS NOT NULL RETURN kind, count(*)
"""
COUNT_PASSAGES: Final[LiteralString] = f"""
    MATCH (v:Om_Passage) WHERE v.tenant = $tenant AND {SEEN} RETURN count(*)
"""
_REACHED: Final[LiteralString] = f"""
    WITH COLLECT {{
        UNWIND $ids AS id MATCH (v:Om_Node {{tenant: $tenant, id: id}}) WHERE {SEEN}
        RETURN DISTINCT v.id AS id ORDER BY id LIMIT $limit
    }} AS reached, KINDS AS kinds
    WITH reached, kinds, reached AS frontier
"""
_HOP: Final[LiteralString] = f"""
    WITH reached, kinds, COLLECT {{
        UNWIND frontier AS id UNWIND kinds AS kind
        CALL (id, kind) {{
            MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.source = id AND v.kind = kind
                AND {SEEN}
            RETURN v.target AS end
          UNION
            MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.target = id AND v.kind = kind
                AND {SEEN}
            RETURN v.source AS end
        }}
        WITH DISTINCT end, reached WHERE NOT end IN reached
        RETURN end ORDER BY end
    }} AS ends
    WITH reached, kinds, ends[..($limit - size(reached))] AS frontier
    WITH reached + frontier AS reached, kinds, frontier
"""
_NEAR: Final[LiteralString] = f"""
    RETURN reached, COLLECT {{
        UNWIND reached AS id MATCH (v:Om_Node {{tenant: $tenant, id: id}}) WHERE {SEEN}
        RETURN {NODE_LIST}
    }}, COLLECT {{
        UNWIND reached AS id UNWIND kinds AS kind
        MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.source = id AND v.kind = kind
            AND v.target IN reached AND {SEEN}
        RETURN {EDGE_LIST}
    }}
"""


@cache
def expansion(hops: int, *, every_kind: bool) -> LiteralString:
    """Return the query that walks ``hops`` steps from ``$ids`` in one round trip."""
    start = _REACHED.replace("KINDS", EVERY_KIND if every_kind else "$kinds")
    return start + _HOP * max(hops, 0) + _NEAR
