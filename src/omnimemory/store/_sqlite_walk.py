"""Edges and walks in SQLite by the numbers of things, whose ids are read once, at the end.

Numbers are good within one snapshot only: after an erasure another thing may have them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from omnimemory.model.time import FOREVER
from omnimemory.store import _rows
from omnimemory.store._sqlite_driver import Row
from omnimemory.store._sqlite_newest import EDGE, newest_edges
from omnimemory.store._sqlite_sql import ENDS, NODE, SEEN, THINGS
from omnimemory.store.walk import EdgeQuery, EdgeSide, Ends

_REFS: Final = f"SELECT t.id, t.ref FROM {THINGS}"
_IDS: Final = "SELECT t.ref, t.id FROM json_each(:refs) w CROSS JOIN thing t ON t.ref = w.value"
_NODES: Final = f"""
    SELECT t.ref, {NODE} FROM json_each(:refs) w CROSS JOIN thing t ON t.ref = w.value
    CROSS JOIN node n ON n.thing = t.ref WHERE {SEEN.format("n")}
"""
_EDGES: Final = f"""
    SELECT {EDGE} FROM json_each(:refs) w CROSS JOIN edge e ON e.{{end}} = w.value
    WHERE {SEEN.format("e")} AND e.valid_from < :before
"""
_OF_KIND: Final = "AND e.kind IN (SELECT value FROM json_each(:kinds))"
_SIDES: Final[dict[EdgeSide, int]] = {"source": 2, "target": 4}
"""Where the numbers of both ends stand in the row of an edge."""


class Walk:
    """Reads of one walk in one snapshot; remembers the things that it has met.

    Args:
        db: A connection inside a transaction.
        args: ``tenant``, ``revision`` and ``valid`` of the view.
    """

    def __init__(self, db: sqlite3.Connection, args: dict[str, Any]) -> None:
        self._db = db
        self._args = args
        self.ids: dict[int, str] = {}
        self._refs: dict[str, int] = {}
        self._newest: dict[tuple[tuple[int, ...], EdgeSide], dict[int, int]] = {}

    def answer(self, query: EdgeQuery, answers: Sequence[Collection[Row]]) -> Collection[Row]:
        """Return the rows of the edges that a question asks for, in no order.

        Args:
            query: The question; it names no keys.
            answers: What earlier questions of the walk found.
        """
        refs = self.refs(query.touching)
        for ends in query.ends:
            refs |= self._reached(answers, ends)
        if not refs:
            return ()
        args = self._args | {
            "refs": _rows.dump(sorted(refs)),
            "kinds": None if query.kinds is None else _rows.listing(query.kinds),
            "before": FOREVER if query.before is None else query.before,
        }
        sides = ENDS if query.at is None else (query.at,)
        if query.newest is not None:
            return newest_edges(self._db, args, sorted(refs), query.newest, ends=sides)
        of_kind = "" if query.kinds is None else _OF_KIND
        found: set[Row] = set()
        for end in sides:
            found.update(self._db.execute(_EDGES.format(end=end) + of_kind, args))
        return found

    def refs(self, ids: Iterable[str]) -> set[int]:
        """Return the numbers of the things that have these ids."""
        new = {id for id in ids if id not in self._refs}
        if new:
            args = self._args | {"ids": _rows.listing(new)}
            self._meet((ref, id) for id, ref in self._db.execute(_REFS, args))
        return {self._refs[id] for id in ids if id in self._refs}

    def identify(self, refs: Iterable[int]) -> None:
        """Read the ids of these things."""
        new = {ref for ref in refs if ref not in self.ids}
        if new:
            self._meet(self._db.execute(_IDS, {"refs": _rows.dump(sorted(new))}))

    def nodes(self, refs: Collection[int], known: Collection[str]) -> list[Row]:
        """Return the rows of the nodes that hold here, those of known ids left out."""
        if known:
            self.identify(refs)
            refs = [ref for ref in refs if self.ids.get(ref) not in known]
        if not refs:
            return []
        args = self._args | {"refs": _rows.dump(sorted(refs))}
        rows = self._db.execute(_NODES, args).fetchall()
        self._meet((ref, id) for ref, id, *_ in rows)
        return [row[1:] for row in rows]

    def reached_ids(self, answers: Sequence[Collection[Row]], ends: Ends) -> list[str]:
        """Return the ids that `Ends` names."""
        refs = self._reached(answers, ends)
        self.identify(refs)
        return [self.ids[ref] for ref in refs]

    def _reached(self, answers: Sequence[Collection[Row]], ends: Ends) -> set[int]:
        newest = self._newest.get((ends.of, ends.side))
        if newest is None:
            newest = self._newest[ends.of, ends.side] = _newest_of(answers, ends)
        if not ends.prefix and ends.newest is None:
            return set(newest)
        self.identify(newest)
        found = [ref for ref in newest if self.ids[ref].startswith(ends.prefix)]
        if ends.newest is None:
            return set(found)
        return set(sorted(found, key=lambda ref: (-newest[ref], self.ids[ref]))[: ends.newest])

    def _meet(self, rows: Iterable[tuple[int, str]]) -> None:
        for ref, id in rows:
            self.ids[ref] = id
            self._refs[id] = ref


def _newest_of(answers: Sequence[Collection[Row]], ends: Ends) -> dict[int, int]:
    """Return the things at one end of some answers, and when the newest edge of each began."""
    side = _SIDES[ends.side]
    newest: dict[int, int] = {}
    for position in ends.of:
        for row in answers[position]:
            ref, at = row[side], row[0]
            if newest.get(ref, at - 1) < at:
                newest[ref] = at
    return newest
