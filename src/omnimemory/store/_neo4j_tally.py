"""How many edges end at a node, kept so that no read of the present counts them one by one.

A count is of the open edges without an end in valid time. It carries the revision that last
changed it: a view of before that, or of another valid time, counts the edges themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, LiteralString, NamedTuple

from omnimemory.model.facts import Edge, Tally
from omnimemory.model.time import NOW, AsOf
from omnimemory.store._neo4j_cypher import SEEN

SCHEMA: Final[LiteralString] = """
    CREATE CONSTRAINT om_tally IF NOT EXISTS FOR (c:Om_Tally)
        REQUIRE (c.tenant, c.target, c.kind, c.source_kind) IS UNIQUE
"""
FORGET: Final[LiteralString] = """
    UNWIND $rows AS id MATCH (c:Om_Tally {tenant: $tenant, target: id})
    WHERE c.kind IS NOT NULL AND c.source_kind IS NOT NULL DELETE c RETURN count(*)
"""
STARTING_AT: Final[LiteralString] = """
    UNWIND $rows AS id MATCH (v:Om_Edge {tenant: $tenant, source: id})
    WHERE v.kind IS NOT NULL AND v._valid_from IS NOT NULL
        AND v._recorded_to = $forever AND v._valid_to = $forever
    RETURN v.target, v.kind, v.source_kind
"""
ADD: Final[LiteralString] = """
    UNWIND $rows AS row
    MERGE (c:Om_Tally {tenant: $tenant, target: row[0], kind: row[1], source_kind: row[2]})
    ON CREATE SET c.kept = [row[3], row[4], row[5], $at]
    ON MATCH SET c.kept = [
        c.kept[0] + row[3],
        CASE WHEN c.kept[0] > 0 AND c.kept[1] < row[4] THEN c.kept[1] ELSE row[4] END,
        CASE WHEN c.kept[0] > 0 AND c.kept[2] > row[5] THEN c.kept[2] ELSE row[5] END,
        $at
    ]
    RETURN count(*)
"""
"""Count, first, last and revision are one property, so that nobody reads one without the others."""
_COUNTED: Final[LiteralString] = """
    MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.target = row[0] AND v.kind = row[1]
        AND v._valid_from IS NOT NULL AND v.source_kind = row[2]
        AND v._recorded_to = $forever AND v._valid_to = $forever
"""
REMOVE: Final[LiteralString] = f"""
    UNWIND $rows AS row
    MATCH (c:Om_Tally {{tenant: $tenant, target: row[0], kind: row[1], source_kind: row[2]}})
    SET c.kept = [c.kept[0] - row[3], coalesce(COLLECT {{
        {_COUNTED} RETURN v._valid_from ORDER BY v.tenant, v.target, v.kind, v._valid_from LIMIT 1
    }}[0], 0), coalesce(COLLECT {{
        {_COUNTED} RETURN v._valid_from
        ORDER BY v.tenant DESC, v.target DESC, v.kind DESC, v._valid_from DESC LIMIT 1
    }}[0], 0), $at]
    RETURN count(*)
"""
"""An empty count stays: it tells a view of before that it has changed."""
KEPT: Final[LiteralString] = """
    UNWIND $kinds AS kind
    MATCH (c:Om_Tally {tenant: $tenant, target: id, kind: kind}) WHERE c.source_kind IS NOT NULL
    RETURN [c.kind, c.source_kind] + c.kept
"""
COUNT: Final[LiteralString] = f"""
    UNWIND $kinds AS kind
    MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.target = id AND v.kind = kind AND {SEEN}
    WITH v.kind AS of, v.source_kind AS by, count(*) AS many, min(v._valid_from) AS first,
        max(v._valid_from) AS last
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


def added(edges: Iterable[Edge], kind_of: Mapping[str, str]) -> list[list[Any]]:
    """Return the rows of `ADD` for edges without an end, given the kind of each source."""
    starts: dict[End, list[int]] = {}
    for edge in edges:
        end = End(edge.target, edge.kind, kind_of[edge.source])
        starts.setdefault(end, []).append(edge.span.valid_from)
    return [[*end, len(some), min(some), max(some)] for end, some in sorted(starts.items())]


def tallies(rows: Iterable[tuple[Any, ...]]) -> list[Tally]:
    """Return rows of kind, source kind, count, first and last as tallies, without empty ones.

    What was erased while it was counted is no row, or one without a kind.
    """
    return [Tally(*row[:5]) for row in rows if row and row[2] and None not in row]
