"""How many edges end at a node, kept by day so that no read counts them one by one."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

from omnimemory.model.facts import Tally
from omnimemory.model.time import FOREVER
from omnimemory.store._rows import DAY


class EdgeEnd(NamedTuple):
    """An open edge without an end in valid time, by what it is counted under."""

    target: int
    edge_kind: str
    node_kind: str
    valid_from: int


Cell: TypeAlias = tuple[int, str, int, str]
"""Target, edge kind, day and node kind."""

Cells: TypeAlias = dict[Cell, list[int]]
"""For each cell how many edges, and their oldest and newest start."""

_LIVE = f"e.recorded_to = {FOREVER} AND e.valid_to = {FOREVER}"
_OF_CELL = f"""
    SELECT e.valid_from FROM edge e CROSS JOIN thing s ON s.ref = e.source
    WHERE e.target = :target AND e.kind = :edge_kind AND s.kind = :node_kind
        AND e.valid_from >= :day * {DAY} AND e.valid_from < (:day + 1) * {DAY} AND {_LIVE}
    ORDER BY e.valid_from
"""
_CELL = """
    target = :target AND edge_kind = :edge_kind AND day = :day AND node_kind = :node_kind
"""
_REMOVE = f"""
    UPDATE tally SET count = count - :count,
        first = coalesce(({_OF_CELL} LIMIT 1), 0), last = coalesce(({_OF_CELL} DESC LIMIT 1), 0)
    WHERE {_CELL}
"""
_ADD = """
    INSERT INTO tally (target, edge_kind, day, node_kind, count, first, last)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count,
        first = min(first, excluded.first), last = max(last, excluded.last)
"""
_WANTED = "json_each(:targets) w CROSS JOIN json_each(:kinds) k"
_TO_WANTED = f"""
    {_WANTED} CROSS JOIN edge e ON e.target = w.value AND e.kind = k.value
    CROSS JOIN thing s ON s.ref = e.source
"""
_WHOLE_DAYS = f"""
    SELECT c.edge_kind, c.node_kind, c.count, c.first, c.last
    FROM {_WANTED} CROSS JOIN tally c ON c.target = w.value AND c.edge_kind = k.value
    WHERE c.day < :day
"""
_LAST_DAY = f"""
    SELECT e.kind, s.kind, 1, e.valid_from, e.valid_from FROM {_TO_WANTED}
    WHERE e.valid_from >= :midnight AND e.valid_from <= :valid AND {_LIVE}
"""
_ENDED = f"""
    SELECT e.kind, s.kind, 1, e.valid_from, e.valid_from FROM {_TO_WANTED}
    WHERE e.valid_from <= :valid AND :valid < e.valid_to
        AND e.recorded_to = {FOREVER} AND e.valid_to < {FOREVER}
"""
_SEEN = f"""
    SELECT e.kind, s.kind, 1, e.valid_from, e.valid_from FROM {_TO_WANTED}
    WHERE e.valid_from <= :valid AND :valid < e.valid_to
        AND e.recorded_from <= :revision AND :revision < e.recorded_to
"""
_NEWEST = f"{_WHOLE_DAYS} UNION ALL {_LAST_DAY} UNION ALL {_ENDED}"


def _summed(parts: str) -> str:
    return f"""
        WITH part (edge_kind, node_kind, count, first, last) AS ({parts})
        SELECT edge_kind, node_kind, sum(count), min(first), max(last)
        FROM part GROUP BY 1, 2 ORDER BY 1, 2
    """


def add_to(cells: Cells, cell: Cell, start: int) -> None:
    """Add an edge that starts at a time to what is counted."""
    found = cells.get(cell)
    if found is None:
        cells[cell] = [1, start, start]
        return
    found[0] += 1
    if start < found[1]:
        found[1] = start
    elif start > found[2]:
        found[2] = start


def count_added(db: sqlite3.Connection, cells: Cells) -> None:
    """Count edges in that were added."""
    db.executemany(_ADD, [(*cell, *counted) for cell, counted in cells.items()])


def count_removed(db: sqlite3.Connection, ends: Iterable[EdgeEnd]) -> None:
    """Count edges out that have been closed or deleted already."""
    cells = Counter((e.target, e.edge_kind, e.valid_from // DAY, e.node_kind) for e in ends)
    names: tuple[str, ...] = ("target", "edge_kind", "day", "node_kind", "count")
    args: list[dict[str, Any]] = [
        dict(zip(names, (*cell, count), strict=True)) for cell, count in cells.items()
    ]
    db.executemany(_REMOVE, args)
    db.executemany(f"DELETE FROM tally WHERE {_CELL} AND count = 0", args)


def forget_targets(db: sqlite3.Connection, args: dict[str, Any]) -> None:
    """Forget all counts of the things ``:refs``."""
    db.execute("DELETE FROM tally WHERE target IN (SELECT value FROM json_each(:refs))", args)


def read_tally(db: sqlite3.Connection, args: dict[str, Any]) -> list[Tally]:
    """Return the tallies of a view, from the kept counts if it is the tenant's newest.

    Args:
        db: A connection inside a transaction.
        args: ``tenant``, ``revision`` and ``valid`` of the view; ``targets``, by number, and
            ``kinds`` as JSON.
    """
    day = args["valid"] // DAY
    args = args | {"day": day, "midnight": day * DAY}
    head = db.execute("SELECT revision FROM tenant WHERE ref = :tenant", args).fetchone()
    query = _summed(_NEWEST if head == (args["revision"],) else _SEEN)
    return [Tally(*row) for row in db.execute(query, args)]
