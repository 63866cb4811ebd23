"""How many edges end at a node, kept so that no read of the present counts them one by one.

A count is of the open edges without an end in valid time. It carries the revision that last
changed it: a view of before that, or of another valid time, counts the edges themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, LiteralString, NamedTuple

from omnimemory.model.facts import Edge, Tally
from omnimemory.model.time import FOREVER, NOW, AsOf
from omnimemory.store._neo4j_cypher import SEEN

SCHEMA: Final[LiteralString] = """
    CREATE CONSTRAINT om_tally IF NOT EXISTS FOR (c:Om_Tally)
        REQUIRE (c.tenant, c.target, c.kind, c.source_kind) IS UNIQUE
"""
FORGET: Final[LiteralString] = """
    UNWIND $ids AS id MATCH (c:Om_Tally {tenant: $tenant, target: id})
    WHERE c.kind IS NOT NULL AND c.source_kind IS NOT NULL DELETE c
"""
STARTING_AT: Final[LiteralString] = """
    UNWIND $ids AS id MATCH (v:Om_Edge {tenant: $tenant, source: id})
    WHERE v.kind IS NOT NULL AND v.valid_from IS NOT NULL
        AND v.recorded_to = $forever AND v.valid_to = $forever
    RETURN v.target, v.kind, v.source_kind
"""
ADD: Final[LiteralString] = """
    UNWIND $rows AS row
    MERGE (c:Om_Tally {
        tenant: $tenant, target: row.target, kind: row.kind, source_kind: row.source_kind
    })
    ON CREATE SET c.count = row.count, c.first = row.first, c.last = row.last
    ON MATCH SET c.count = c.count + row.count,
        c.first = CASE WHEN c.first < row.first THEN c.first ELSE row.first END,
        c.last = CASE WHEN c.last > row.last THEN c.last ELSE row.last END
    SET c.changed = $at
"""
_COUNTED: Final[LiteralString] = """
    MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.target = row.target AND v.kind = row.kind
        AND v.valid_from IS NOT NULL AND v.source_kind = row.source_kind
        AND v.recorded_to = $forever AND v.valid_to = $forever
"""
REMOVE: Final[LiteralString] = f"""
    UNWIND $rows AS row
    MATCH (c:Om_Tally {{
        tenant: $tenant, target: row.target, kind: row.kind, source_kind: row.source_kind
    }})
    SET c.count = c.count - row.count, c.changed = $at, c.first = COLLECT {{
        {_COUNTED} RETURN v.valid_from ORDER BY v.tenant, v.target, v.kind, v.valid_from LIMIT 1
    }}[0], c.last = COLLECT {{
        {_COUNTED} RETURN v.valid_from
        ORDER BY v.tenant DESC, v.target DESC, v.kind DESC, v.valid_from DESC LIMIT 1
    }}[0]
"""
"""An empty count stays: it tells a view of before that it has changed."""
KEPT: Final[LiteralString] = """
    UNWIND $kinds AS kind
    MATCH (c:Om_Tally {tenant: $tenant, target: id, kind: kind}) WHERE c.source_kind IS NOT NULL
    RETURN [c.kind, c.source_kind, c.count, c.first, c.last, c.changed]
"""
COUNT: Final[LiteralString] = f"""
    UNWIND $kinds AS kind
    MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.target = id AND v.kind = kind AND {SEEN}
    WITH v.kind AS of, v.source_kind AS by, count(*) AS many, min(v.valid_from) AS first,
        max(v.valid_from) AS last
    RETURN [of, by, many, first, last, 0]
"""
"""Both follow an ``UNWIND … AS id``; the last column is when the count last changed."""


class End(NamedTuple):
    """What one count is of."""

    target: str
    kind: str
    source_kind: str


def may_be_kept(as_of: AsOf) -> bool:
    """Return whether what a view sees at this point in time is what is counted."""
    return as_of.valid == NOW.valid


def added(edges: Iterable[Edge], kind_of: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the rows of `ADD` for these edges, given the kind of each source."""
    starts: dict[End, list[int]] = {}
    for edge in edges:
        if edge.span.valid_to == FOREVER:
            end = End(edge.target, edge.kind, kind_of[edge.source])
            starts.setdefault(end, []).append(edge.span.valid_from)
    return [
        end._asdict() | {"count": len(some), "first": min(some), "last": max(some)}
        for end, some in sorted(starts.items())
    ]


def tallies(rows: Iterable[tuple[Any, ...]]) -> list[Tally]:
    """Return rows of kind, source kind, count, first and last as tallies, without empty ones."""
    return [Tally(*row[:5]) for row in rows if row[2]]
