"""The query that reads edges: several questions, each a list, in one round trip.

A lookup is what costs time on the server, so there is one for all that starts at a node,
which is little, and one a kind for what ends there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, LiteralString

from omnimemory.model.time import FOREVER
from omnimemory.store import _rows
from omnimemory.store._neo4j_cypher import BY_INDEX, EDGE_LIST, SEEN
from omnimemory.store.base import EdgeQuery, EdgeSide

_SEES: Final[LiteralString] = f"v.valid_from < $before0 AND {SEEN}"
_AT_SOURCE: Final[LiteralString] = f"""
    MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.source = id AND v.kind = kind AND {_SEES}
"""
_AT_TARGET: Final[LiteralString] = f"""
    MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.target = id AND v.kind = kind AND {_SEES}
"""
_FROM_SOURCE: Final[LiteralString] = f"""
    MATCH (v:Om_Edge) WHERE v.tenant = $tenant AND v.source = id AND {BY_INDEX}
        AND any(kind IN $kinds0 WHERE kind = v.kind) AND {_SEES}
"""
_ALL: Final[dict[EdgeSide | None, LiteralString]] = {
    "source": f"UNWIND $ids0 AS id {_FROM_SOURCE} RETURN {EDGE_LIST}",
    "target": f"UNWIND $ids0 AS id UNWIND $kinds0 AS kind {_AT_TARGET} RETURN {EDGE_LIST}",
    None: f"""
        UNWIND $ids0 AS id
        CALL (id) {{
            {_FROM_SOURCE} RETURN v
          UNION
            UNWIND $kinds0 AS kind {_AT_TARGET} RETURN v
        }}
        WITH DISTINCT v RETURN {EDGE_LIST}
    """,
}
_BACK_FROM_SOURCE: Final[LiteralString] = """
    ORDER BY v.tenant DESC, v.source DESC, v.kind DESC, v.valid_from DESC LIMIT $newest0
"""
_BACK_FROM_TARGET: Final[LiteralString] = """
    ORDER BY v.tenant DESC, v.target DESC, v.kind DESC, v.valid_from DESC LIMIT $newest0
"""
_NEWEST_AT: Final[dict[EdgeSide | None, LiteralString]] = {
    "source": f"{_AT_SOURCE} RETURN v {_BACK_FROM_SOURCE}",
    "target": f"{_AT_TARGET} RETURN v {_BACK_FROM_TARGET}",
    None: f"""
        {_AT_SOURCE} RETURN v {_BACK_FROM_SOURCE} UNION {_AT_TARGET} RETURN v {_BACK_FROM_TARGET}
    """,
}
_SINCE_FLOOR: Final[dict[EdgeSide | None, LiteralString]] = {
    "source": f"{_AT_SOURCE} AND v.valid_from >= floor RETURN v",
    "target": f"{_AT_TARGET} AND v.valid_from >= floor RETURN v",
    None: f"""
        {_AT_SOURCE} AND v.valid_from >= floor RETURN v
      UNION
        {_AT_TARGET} AND v.valid_from >= floor RETURN v
    """,
}
_NTH: Final[tuple[LiteralString, ...]] = ("0", "1", "2", "3", "4", "5", "6", "7")
MOST: Final = len(_NTH)
"""Questions that one query may answer."""


def _newest(at: EdgeSide | None) -> LiteralString:
    """Return the query of the newest edges and of all that share the last one's time."""
    return f"""
        UNWIND $ids0 AS id UNWIND $kinds0 AS kind
        CALL (id, kind) {{ {_NEWEST_AT[at]} }}
        WITH DISTINCT v ORDER BY v.valid_from DESC LIMIT $newest0
        WITH min(v.valid_from) AS floor
        UNWIND $ids0 AS id UNWIND $kinds0 AS kind
        CALL (id, kind, floor) {{ {_SINCE_FLOOR[at]} }}
        WITH DISTINCT v RETURN {EDGE_LIST}
    """


@cache
def _statement(shapes: tuple[tuple[bool, EdgeSide | None], ...]) -> LiteralString:
    """Return the query for questions of these shapes: whether of the newest, at which end."""
    parts: list[LiteralString] = []
    for (newest, at), nth in zip(shapes, _NTH, strict=False):
        part = _newest(at) if newest else _ALL[at]
        for name in ("ids", "kinds", "before", "newest"):
            part = part.replace(f"${name}0", f"${name}{nth}")
        parts.append(f"COLLECT {{ {part} }}")
    return "RETURN " + ", ".join(parts)


def asked(
    queries: Sequence[EdgeQuery], every_kind: list[str]
) -> tuple[LiteralString, dict[str, Any]]:
    """Return the query and its arguments for at most `MOST` questions.

    Args:
        queries: The questions.
        every_kind: The kinds of edges that the tenant has, for a question that names none.
    """
    args: dict[str, Any] = {}
    for nth, query in zip(_NTH, queries, strict=False):
        kinds = every_kind if query.kinds is None else _rows.names(query.kinds)
        args[f"ids{nth}"] = _rows.names(query.touching)
        args[f"kinds{nth}"] = kinds
        args[f"before{nth}"] = FOREVER if query.before is None else query.before
        args[f"newest{nth}"] = max(query.newest or 0, 0)
    shapes = tuple((query.newest is not None, query.at) for query in queries)
    return _statement(shapes), args
