"""The plainest read of the rows that a pack rests on, to hold packs against.

The newest edges at each identity, the nodes at their ends and the edges around those: no
decoding, no ranking, no text. It exists for SQLite and Neo4j.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final, LiteralString
from urllib.parse import unquote, urlsplit

LIMITS: Final[dict[LiteralString, int]] = {
    "FROM": 60,
    "TO": 60,
    "REQUESTED_BY": 12,
    "USED_BY": 40,
    "OF": 12,
}
"""How many edges of each kind are read at an identity: those of a customer with 180 records."""

_NEWEST: Final = """
    SELECT e.source FROM tenant o CROSS JOIN thing t ON t.tenant = o.ref
    CROSS JOIN edge e ON e.target = t.ref
    WHERE o.name = ? AND t.id = ? AND e.kind = ? ORDER BY e.valid_from DESC LIMIT ?
"""
_NODES: Final = f"""
    WITH near AS ({_NEWEST})
    SELECT t.id, n.* FROM near CROSS JOIN node n ON n.thing = near.source
    CROSS JOIN thing t ON t.ref = n.thing
"""
_AROUND: Final = (
    f"WITH near AS ({_NEWEST}) SELECT e.* FROM near CROSS JOIN edge e ON e.source = near.source"
)

_NEWEST_CYPHER: Final[LiteralString] = """
    COLLECT {
        UNWIND $ids AS id
        CALL (id) {
            MATCH (e:Om_Edge)
            WHERE e.tenant = $tenant AND e.target = id AND e.kind = 'KIND' AND e._valid_from > 0
            RETURN e.source AS source
            ORDER BY e.tenant DESC, e.target DESC, e.kind DESC, e._valid_from DESC LIMIT $KIND
        }
        RETURN source
    }
"""
_ROWS_CYPHER: Final[LiteralString] = """
    RETURN COLLECT {
        UNWIND near AS id MATCH (v:Om_Node {tenant: $tenant, id: id})
        RETURN [v.id, v._kind, v._keys, v._props, v._valid_from, v._recorded_from]
    }, COLLECT {
        UNWIND near AS id MATCH (v:Om_Edge {tenant: $tenant, source: id})
        WHERE v.kind IS NOT NULL AND v._valid_from IS NOT NULL
        RETURN [v.source, v.kind, v.target, v.props, v._valid_from, v._recorded_from]
    }
"""


def raw_read(
    url: str, auth: tuple[str, str] | None, *, tenant: str, identities: Sequence[str]
) -> Callable[[], object] | None:
    """Return a call that reads the rows of these identities; None where no plain read is known."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return _sqlite(unquote(urlsplit(url).path[1:]), tenant, identities)
    if scheme in {"bolt", "neo4j"}:
        return _neo4j(url, auth, tenant, identities)
    return None


def _sqlite(path: str, tenant: str, identities: Sequence[str]) -> Callable[[], object]:
    db = sqlite3.connect(path)
    db.execute("PRAGMA cache_size = -32768")

    def read() -> object:
        rows: list[Any] = []
        for identity in identities:
            for kind, limit in LIMITS.items():
                given = (tenant, identity, kind, limit)
                rows += db.execute(_NODES, given).fetchall()
                rows += db.execute(_AROUND, given).fetchall()
        return rows

    return read


def _neo4j(
    url: str, auth: tuple[str, str] | None, tenant: str, identities: Sequence[str]
) -> Callable[[], object]:
    from neo4j import GraphDatabase

    session = GraphDatabase.driver(url, auth=auth).session()  # pyright: ignore[reportUnknownMemberType]
    near = " + ".join([_NEWEST_CYPHER.replace("KIND", kind) for kind in LIMITS])
    statement: LiteralString = f"WITH {near} AS near {_ROWS_CYPHER}"
    given: dict[str, Any] = {"tenant": tenant, "ids": list(identities), **LIMITS}
    return lambda: session.run(statement, given).values()
