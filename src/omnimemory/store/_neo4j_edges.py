"""The query that reads edges: several questions, each a list, in one round trip.

A question may start where earlier ones led, and the nodes and counts of a whole walk come along.
A lookup is what costs time on the server, so there is one for all that starts at a node,
which is little, and one a kind for what ends there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, LiteralString, NamedTuple, TypeAlias

from omnimemory.model.time import FOREVER
from omnimemory.store import _neo4j_tally as tally
from omnimemory.store import _rows
from omnimemory.store._neo4j_cypher import (
    BY_INDEX,
    EDGE_LIST,
    EVERY_KIND,
    NODE_LIST,
    PASSAGE_LIST,
    SEEN,
)
from omnimemory.store.walk import EdgeQuery, EdgeSide, Ends

_FOUND: Final[LiteralString] = f"collect({EDGE_LIST})"
_SEES: Final[LiteralString] = f"v._valid_from < $before0 AND {SEEN}"
_AT_SOURCE: Final[LiteralString] = f"""
    MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.source = id AND v.kind = kind AND {_SEES}
"""
_AT_TARGET: Final[LiteralString] = f"""
    MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.target = id AND v.kind = kind AND {_SEES}
"""
_FROM_SOURCE: Final[LiteralString] = f"""
    MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.source = id AND {BY_INDEX}
        AND any(kind IN kinds0 WHERE kind = v.kind) AND {_SEES}
"""
_ANY_AT_TARGET: Final[LiteralString] = f"""
    WITH * WHERE size(kinds0) < 3 OR EXISTS {{
        MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.target = id AND {BY_INDEX}
    }}
"""
"""At most nodes, such as messages, nothing ends: one lookup spares one a kind."""
_ALL: Final[dict[EdgeSide | None, LiteralString]] = {
    "source": f"UNWIND $ids0 AS id {_FROM_SOURCE} RETURN {_FOUND}",
    "target": f"""
        UNWIND $ids0 AS id {_ANY_AT_TARGET} UNWIND kinds0 AS kind {_AT_TARGET} RETURN {_FOUND}
    """,
    None: f"""
        UNWIND $ids0 AS id
        CALL (id, kinds0) {{
            {_FROM_SOURCE} RETURN v
          UNION
            UNWIND kinds0 AS kind {_AT_TARGET} RETURN v
        }}
        WITH DISTINCT v RETURN {_FOUND}
    """,
}
_BACK_FROM_SOURCE: Final[LiteralString] = """
    ORDER BY v.tenant DESC, v.source DESC, v.kind DESC, v._valid_from DESC LIMIT $newest0
"""
_BACK_FROM_TARGET: Final[LiteralString] = """
    ORDER BY v.tenant DESC, v.target DESC, v.kind DESC, v._valid_from DESC LIMIT $newest0
"""
_NEWEST_AT: Final[dict[EdgeSide | None, LiteralString]] = {
    "source": f"{_AT_SOURCE} RETURN v {_BACK_FROM_SOURCE}",
    "target": f"{_AT_TARGET} RETURN v {_BACK_FROM_TARGET}",
    None: f"""
        {_AT_SOURCE} RETURN v {_BACK_FROM_SOURCE} UNION {_AT_TARGET} RETURN v {_BACK_FROM_TARGET}
    """,
}
_SINCE_FLOOR: Final[dict[EdgeSide | None, LiteralString]] = {
    "source": f"{_AT_SOURCE} AND v._valid_from >= floor RETURN v",
    "target": f"{_AT_TARGET} AND v._valid_from >= floor RETURN v",
    None: f"""
        {_AT_SOURCE} AND v._valid_from >= floor RETURN v
      UNION
        {_AT_TARGET} AND v._valid_from >= floor RETURN v
    """,
}
_NTH: Final[tuple[LiteralString, ...]] = tuple("0 1 2 3 4 5 6 7 8 9 10 11".split())
MOST: Final = len(_NTH)
"""Questions that one query may answer."""
_CARRIERS: Final[LiteralString] = f"""
    COLLECT {{
        UNWIND $keys0 AS key MATCH (k:Om_Key {{tenant: $tenant, key: key}})
        MATCH (v:Om_Node {{tenant: $tenant, id: k.id}}) WHERE {SEEN} AND key IN v._keys
        RETURN v.id
    }}
"""
_NODES: Final[LiteralString] = f"""
    WITH *, [x IN $FOUND | x[0]] + [x IN $FOUND | x[2]] + $read AS near
    CALL (near) {{
        UNWIND near AS id WITH DISTINCT id WHERE $known[id] IS NULL
        MATCH (v:Om_Node {{tenant: $tenant, id: id}}) WHERE {SEEN}
        RETURN collect({NODE_LIST}) AS nodes
    }}
"""
_TEXTS: Final[LiteralString] = f"""
    COLLECT {{
        UNWIND $texts AS id MATCH (v:Om_Passage {{tenant: $tenant, about: id}}) WHERE {SEEN}
        RETURN {PASSAGE_LIST}
    }}
"""
Place: TypeAlias = tuple[tuple[int, ...], EdgeSide]
"""Where ids come from: which questions, and which end of their edges."""


class Shape(NamedTuple):
    """What a question looks like, whatever it is asked of."""

    newest: bool
    at: EdgeSide | None
    ends: tuple[Place, ...]
    keys: bool
    every_kind: bool


def _newest(at: EdgeSide | None) -> LiteralString:
    """Return the query of the newest edges and of all that share the last one's time."""
    return f"""
        UNWIND $ids0 AS id UNWIND kinds0 AS kind
        CALL (id, kind) {{ {_NEWEST_AT[at]} }}
        WITH DISTINCT v ORDER BY v._valid_from DESC LIMIT $newest0
        WITH min(v._valid_from) AS floor
        UNWIND $ids0 AS id UNWIND kinds0 AS kind
        CALL (id, kind, floor) {{ {_SINCE_FLOOR[at]} }}
        WITH DISTINCT v RETURN {_FOUND}
    """


def _found(positions: tuple[int, ...]) -> LiteralString:
    """Return the expression of all edges that these questions found."""
    return " + ".join([f"e{_NTH[position]}" for position in positions])


def _ends(place: Place, bounds: LiteralString) -> LiteralString:
    """Return the expression of the ids at one end of what was found, those of the newest first."""
    positions, side = place
    end: LiteralString = "x[0]" if side == "source" else "x[2]"
    return f"""
        COLLECT {{
            UNWIND {_found(positions)} AS x WITH {end} AS end, x[4] AS at
            WHERE end STARTS WITH {bounds}[0]
            WITH end, max(at) AS at ORDER BY at DESC, end LIMIT {bounds}[1] RETURN end
        }}
    """


def _starts(shape: Shape, nth: LiteralString) -> list[LiteralString]:
    """Return the clauses that give a question's ids, each under its name, the whole last.

    The server refuses them in one: it allows no aggregation within an expression of lists.
    """
    starts: list[tuple[LiteralString, LiteralString]] = [
        (f"s{nth}_{at}", _ends(place, f"$bounds{nth}[{at}]"))
        for place, at in zip(shape.ends, _NTH, strict=False)
    ]
    if shape.keys:
        starts.append((f"k{nth}", _CARRIERS.replace("$keys0", f"$keys{nth}")))
    every: LiteralString = " + ".join([f"$ids{nth}", *[name for name, _ in starts]])
    whole: LiteralString = every
    if starts:
        whole = f"COLLECT {{ UNWIND {every} AS id RETURN DISTINCT id }}"
    out: list[LiteralString] = [f"WITH *, {given} AS {name}" for name, given in starts]
    return [*out, f"WITH *, {whole} AS i{nth}"]


def _answers(shapes: Sequence[Shape]) -> list[LiteralString]:
    """Return what answers the questions one after the other, as e0, e1 and so on."""
    out: list[LiteralString] = []
    for shape, nth in zip(shapes, _NTH, strict=False):
        part: LiteralString = _newest(shape.at) if shape.newest else _ALL[shape.at]
        for name in ("before", "newest"):
            part = part.replace(f"${name}0", f"${name}{nth}")
        part = part.replace("$ids0", f"i{nth}").replace("kinds0", f"n{nth}")
        kinds: LiteralString = EVERY_KIND if shape.every_kind else f"$kinds{nth}"
        out += _starts(shape, nth)
        out.append(f"WITH *, {kinds} AS n{nth}")
        out.append(f"CALL (i{nth}, n{nth}) {{ {part} AS e{nth} }}")
    return out


def _statement(given: Sequence[LiteralString], returned: LiteralString) -> LiteralString:
    """Return a query that answers one question after the other.

    Each answer is collected in a subquery that sees no earlier one but what it starts from:
    what a row may see is counted, and kept, for every row that is sorted or compared.
    """
    whole: LiteralString = " ".join(given)
    return f"WITH 0 AS zero {whole} RETURN {returned}"


def _lists(count: int) -> LiteralString:
    return "[" + ", ".join([f"e{nth}" for nth in _NTH[:count]]) + "]"


@cache
def edges_statement(shapes: tuple[Shape, ...]) -> LiteralString:
    """Return the query of several questions: one row of one list of answers."""
    return _statement(_answers(shapes), _lists(len(shapes)))


@cache
def walk_statement(
    shapes: tuple[Shape, ...], counted: Place | None, *, kept: bool
) -> LiteralString:
    """Return the query of a walk: one row of the answers, the nodes, the counts and the texts.

    Args:
        shapes: The questions.
        counted: Where the ends are that counts are wanted of.
        kept: Whether the counts that are kept will do.
    """
    nodes: LiteralString = _NODES.replace("$FOUND", _found(tuple(range(len(shapes)))))
    given: list[LiteralString] = [*_answers(shapes), nodes]
    counts: LiteralString = "[]"
    if counted is not None:
        given.append(f"WITH *, {_ends(counted, '$counted')} AS ends")
        counts = f"COLLECT {{ UNWIND ends AS id {tally.KEPT if kept else tally.COUNT} }}"
    return _statement(given, f"{_lists(len(shapes))}, nodes, {counts}, {_TEXTS}")


def shape_of(query: EdgeQuery) -> Shape:
    """Return what the statement of a question depends on."""
    places: tuple[Place, ...] = tuple((ends.of, ends.side) for ends in query.ends)
    return Shape(query.newest is not None, query.at, places, bool(query.keys), query.kinds is None)


def bounds(ends: Ends) -> list[str | int]:
    """Return what an id begins with, and how many are wanted."""
    return [ends.prefix, FOREVER if ends.newest is None else ends.newest]


def arguments(queries: Sequence[EdgeQuery]) -> dict[str, Any]:
    """Return the arguments of at most `MOST` questions."""
    args: dict[str, Any] = {}
    for nth, query in zip(_NTH, queries, strict=False):
        args[f"ids{nth}"] = _rows.names(query.touching)
        args[f"kinds{nth}"] = _rows.names(query.kinds or ())
        args[f"before{nth}"] = FOREVER if query.before is None else query.before
        args[f"newest{nth}"] = max(query.newest or 0, 0)
        args[f"keys{nth}"] = _rows.names(query.keys)
        args[f"bounds{nth}"] = [bounds(ends) for ends in query.ends]
    return args
