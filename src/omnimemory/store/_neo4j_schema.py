"""The constraints and indexes of the Neo4j store, their version, and the way from older ones."""

from __future__ import annotations

from typing import Final, LiteralString

from omnimemory.store import _neo4j_tally as tally

VERSION: Final = 5
"""The schema that this library writes."""

MARK: Final[LiteralString] = """
    MERGE (s:Om_Schema {name: 'omnimemory'}) ON CREATE SET s.version = $version
"""
MARKED: Final[LiteralString] = "MATCH (s:Om_Schema {name: 'omnimemory'}) RETURN s.version"
FOREIGN: Final[LiteralString] = "MATCH (n) WHERE NOT n:Om_Schema RETURN true LIMIT 1"
CREATE: Final[tuple[LiteralString, ...]] = (
    "CREATE CONSTRAINT om_schema IF NOT EXISTS FOR (s:Om_Schema) REQUIRE s.name IS UNIQUE",
    "CREATE CONSTRAINT om_tenant IF NOT EXISTS FOR (t:Om_Tenant) REQUIRE t.name IS UNIQUE",
    """CREATE CONSTRAINT om_moment IF NOT EXISTS FOR (m:Om_Moment)
        REQUIRE (m.tenant, m.revision) IS UNIQUE""",
    """CREATE CONSTRAINT om_entity IF NOT EXISTS FOR (e:Om_Entity)
        REQUIRE (e.tenant, e.id) IS UNIQUE""",
    "CREATE INDEX om_key IF NOT EXISTS FOR (k:Om_Key) ON (k.tenant, k.key)",
    "CREATE INDEX om_key_of IF NOT EXISTS FOR (k:Om_Key) ON (k.tenant, k.id)",
    "CREATE INDEX om_node IF NOT EXISTS FOR (v:Om_Node) ON (v.tenant, v.id)",
    "CREATE INDEX om_node_kind IF NOT EXISTS FOR (v:Om_Node) ON (v.tenant, v._kind, v.id)",
    """CREATE INDEX om_edge_out IF NOT EXISTS FOR (v:Om_Edge)
        ON (v.tenant, v.source, v.kind, v._valid_from)""",
    """CREATE INDEX om_edge_in IF NOT EXISTS FOR (v:Om_Edge)
        ON (v.tenant, v.target, v.kind, v._valid_from)""",
    tally.SCHEMA,
    "CREATE INDEX om_passage IF NOT EXISTS FOR (v:Om_Passage) ON (v.tenant, v.about)",
)
HOLD: Final[LiteralString] = """
    MATCH (s:Om_Schema {name: 'omnimemory'}) SET s.locked = true RETURN s.version
"""
RELEASE: Final[LiteralString] = """
    MATCH (s:Om_Schema {name: 'omnimemory'}) SET s.version = $version REMOVE s.locked
"""
MIGRATIONS: Final[dict[int, tuple[LiteralString, ...]]] = {
    4: (
        """MATCH (e:Om_Entity:Om_Node) CALL (e) { SET e._shown = e._valid_from }
            IN TRANSACTIONS OF 10000 ROWS""",
        """MATCH (c:Om_Tally) WHERE c.kept IS NULL CALL (c) {
            SET c.kept = [c.count, coalesce(c.first, 0), coalesce(c.last, 0), c.changed]
            REMOVE c.count, c.first, c.last, c.changed
        } IN TRANSACTIONS OF 10000 ROWS""",
    ),
}
"""What leads from a version to the next; each can be done again when it was cut short."""
