"""The newest edges of many nodes: a merge of short index ranges, never a sort of all rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from omnimemory.store import _rows
from omnimemory.store._sqlite_driver import Row
from omnimemory.store._sqlite_sql import SEEN
from omnimemory.store.walk import EdgeSide

EDGE: Final = """
    e.valid_from, e.ref, e.source, e.kind, e.target, e.props,
    e.valid_to, e.recorded_from, e.recorded_to
"""
"""An edge by numbers, with when it began in front and what tells it from all others behind."""
_NEXT_KIND: Final = """
    SELECT e.kind FROM edge e WHERE e.{end} = :ref AND e.kind > :kind ORDER BY e.kind LIMIT 1
"""
_HEADS: Final = f"""
    SELECT (
        SELECT e.valid_from FROM edge e
        WHERE e.{{end}} = w.value AND e.kind = k.value
            AND e.valid_from < :before AND {SEEN.format("e")}
        ORDER BY e.valid_from DESC LIMIT 1
    ) AS head, w.value, k.value
    FROM json_each(:refs) w CROSS JOIN json_each(:kinds) k
"""
_RANGE: Final = f"""
    SELECT {EDGE} FROM edge e
    WHERE e.{{end}} = :ref AND e.kind = :kind
        AND e.valid_from >= :floor AND e.valid_from < :before AND {SEEN.format("e")}
    ORDER BY e.valid_from DESC LIMIT :limit
"""
_TIES: Final = f"""
    SELECT {EDGE} FROM edge e
    WHERE e.{{end}} = :ref AND e.kind = :kind AND e.valid_from = :floor AND {SEEN.format("e")}
"""
_LEAST: Final = -(2**63)


def newest_edges(
    db: sqlite3.Connection,
    args: dict[str, Any],
    refs: Sequence[int],
    count: int,
    *,
    ends: Iterable[EdgeSide],
) -> list[Row]:
    """Return the rows of the newest ``count`` edges and of all that tie with the last.

    Each range gives no more than ``count`` rows, and none older than the worst of those
    that are kept already. The range whose newest edge starts last comes first.
    """
    if count < 1:
        return []
    kept: list[Row] = []
    floor = _LEAST
    for head, end, ref, kind in _ranges(db, args, refs, ends):
        if head < floor:
            break
        found = _newest(db, end, args | {"ref": ref, "kind": kind, "floor": floor}, count)
        kept = sorted({*kept, *found}, reverse=True)
        if len(kept) >= count:
            floor = kept[count - 1][0]
            kept = [row for row in kept if row[0] >= floor]
    return kept


def _ranges(
    db: sqlite3.Connection, args: dict[str, Any], refs: Sequence[int], ends: Iterable[EdgeSide]
) -> list[tuple[int, str, int, str]]:
    """Return the ranges that have anything, by when their newest edge starts, the last first."""
    out: list[tuple[int, str, int, str]] = []
    for end in ends:
        kinds = args["kinds"] or _rows.listing(
            kind for ref in refs for kind in _kinds(db, end, ref)
        )
        heads = db.execute(_HEADS.format(end=end), args | {"kinds": kinds}).fetchall()
        out += [(head, end, ref, kind) for head, ref, kind in heads if head is not None]
    return sorted(out, reverse=True)


def _kinds(db: sqlite3.Connection, end: str, ref: int) -> Iterator[str]:
    """Yield the kinds of edges at one end, a seek for each instead of a look at every edge."""
    sql = _NEXT_KIND.format(end=end)
    kind = ""
    while row := db.execute(sql, {"ref": ref, "kind": kind}).fetchone():
        kind = row[0]
        yield kind


def _newest(db: sqlite3.Connection, end: str, args: dict[str, Any], count: int) -> list[Row]:
    rows = db.execute(_RANGE.format(end=end), args | {"limit": count}).fetchall()
    if len(rows) == count:
        rows += db.execute(_TIES.format(end=end), args | {"floor": rows[-1][0]}).fetchall()
    return rows
