"""Edges and walks in SQLite by the numbers of things, whose ids are read once.

Numbers are good within one snapshot only: after an erasure another thing may have them.
What was read lately and has not moved is not read again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain
from typing import Any, Final, TypeVar

from omnimemory.model.facts import Node, Passage, Tally
from omnimemory.model.time import FOREVER
from omnimemory.store import _rows
from omnimemory.store import _sqlite_decode as decode
from omnimemory.store._sqlite_driver import Row
from omnimemory.store._sqlite_newest import EDGE, newest_edges
from omnimemory.store._sqlite_recent import Kinds, Met, Page, Recent, Shelf, Touching
from omnimemory.store._sqlite_sql import ENDS, NODE, PASSAGE, SEEN, THINGS
from omnimemory.store._sqlite_tally import read_tally
from omnimemory.store.walk import EdgeQuery, EdgeSide, Ends, TallyQuery

V = TypeVar("V", Node, Passage)

_REFS: Final = f"SELECT t.id, t.ref FROM {THINGS}"
_NUMBERED: Final = "json_each(:refs) w CROSS JOIN thing t ON t.ref = w.value"
_IDS: Final = f"SELECT t.ref, t.id FROM {_NUMBERED}"
_NODES: Final = f"""
    SELECT t.ref, {NODE} FROM {_NUMBERED} CROSS JOIN node n ON n.thing = t.ref
    WHERE {SEEN.format("n")}
"""
_PASSAGES: Final = f"""
    SELECT t.ref, {PASSAGE} FROM {_NUMBERED} CROSS JOIN passage p ON p.about = t.ref
    WHERE {SEEN.format("p")}
"""
_EDGES: Final = f"""
    SELECT {EDGE} FROM json_each(:refs) w CROSS JOIN edge e ON e.{{end}} = w.value
    WHERE {SEEN.format("e")}
"""
_OF_KIND: Final = "AND e.kind IN (SELECT value FROM json_each(:kinds))"


class Walk:
    """Reads in one snapshot; remembers the things that it has met.

    Args:
        db: A connection inside a transaction.
        args: ``tenant``, ``revision`` and ``valid`` of the view.
        recent: What was read lately, up to this snapshot.
    """

    def __init__(self, db: sqlite3.Connection, args: dict[str, Any], recent: Recent) -> None:
        self._db = db
        self._args = args
        self._at: int = args["revision"]
        self._recent = recent
        self._ids: dict[int, str] = {}
        self._refs: dict[str, int] = {}
        self._newest: dict[tuple[tuple[int, ...], EdgeSide], dict[int, tuple[int, str]]] = {}

    def answer(self, query: EdgeQuery, answers: Sequence[Sequence[Met]]) -> Sequence[Met]:
        """Return the edges that a question asks for, newest first.

        Args:
            query: The question; it names no keys.
            answers: What earlier questions of the walk found.
        """
        refs = self.refs(query.touching)
        for ends in query.ends:
            refs |= self._reached(answers, ends)
        if not refs:
            return ()
        kinds = None if query.kinds is None else tuple(query.kinds)
        sides = ENDS if query.at is None else (query.at,)
        before = FOREVER if query.before is None else query.before
        if query.newest is not None:
            return self._page(Page(sides, kinds, tuple(sorted(refs)), query.newest, before))
        found = {met.ref: met for side in sides for met in self._touching(side, kinds, refs)}
        return sorted(met for met in found.values() if -met.newest_first < before)

    def refs(self, ids: Iterable[str]) -> set[int]:
        """Return the numbers of the things that have these ids."""
        new = [id for id in ids if id not in self._refs]
        if new:
            found = self._recent.numbers(new, self._at)
            if len(found) < len(new):
                missing = _rows.listing(id for id in new if id not in found)
                read = dict(self._db.execute(_REFS, self._args | {"ids": missing}))
                self._recent.keep(self._recent.refs, read, self._at)
                found |= read
            self._refs |= found
            self._ids.update((ref, id) for id, ref in found.items())
        return {self._refs[id] for id in ids if id in self._refs}

    def nodes(
        self, answers: Iterable[Sequence[Met]], read: Iterable[str], known: Collection[str]
    ) -> list[Node]:
        """Return the nodes at the ends of edges and those of some ids, but none of known ids."""
        met = {ref: self._ids[ref] for ref in self.refs(read)}
        for one in chain.from_iterable(answers):
            met[one.source] = one.edge.source
            met[one.target] = one.edge.target
        wanted = [ref for ref, id in met.items() if id not in known]
        return self._owned(self._recent.nodes, wanted, _NODES, decode.node)

    def passages(self, about: Iterable[str]) -> list[Passage]:
        """Return the passages about these nodes."""
        return self._owned(self._recent.passages, self.refs(about), _PASSAGES, decode.passage)

    def tally(self, answers: Sequence[Sequence[Met]], wanted: TallyQuery) -> list[Tally]:
        """Return how many edges of some kinds end where questions led."""
        return self.count(self._reached(answers, wanted.ends), wanted.kinds)

    def count(self, targets: Collection[int], kinds: Collection[str]) -> list[Tally]:
        """Return how many edges of some kinds end at these things."""
        if not targets:
            return []
        page = Page(("target",), tuple(sorted(kinds)), tuple(sorted(targets)))
        found = self._recent.page(self._recent.tallies, page, self._at)
        if found is None:
            listed = {"targets": _rows.dump(page.things), "kinds": _rows.listing(kinds)}
            found = tuple(read_tally(self._db, self._args | listed))
            self._recent.keep(self._recent.tallies, {page: found}, self._at)
        return list(found)

    def _touching(self, end: EdgeSide, kinds: Kinds, refs: Collection[int]) -> Iterable[Met]:
        """Return all edges of some kinds at one end of things, in no order."""
        held = self._recent.touching(end, kinds, refs, self._at)
        if len(held) < len(refs):
            missing = [ref for ref in refs if ref not in held]
            args = self._args | {"refs": _rows.dump(missing), "kinds": _listed(kinds)}
            of_kind = "" if kinds is None else _OF_KIND
            rows = self._db.execute(_EDGES.format(end=end) + of_kind, args).fetchall()
            read: dict[int, list[Met]] = {ref: [] for ref in missing}
            for met in self._met(rows):
                read[met.source if end == "source" else met.target].append(met)
            fresh = {ref: tuple(some) for ref, some in read.items()}
            asked: dict[Touching, tuple[Met, ...]] = {
                (end, kinds, ref): some for ref, some in fresh.items()
            }
            self._recent.keep(self._recent.edges, asked, self._at)
            held |= fresh
        return chain.from_iterable(held.values())

    def _page(self, page: Page) -> Sequence[Met]:
        """Return the newest edges at some things, newest first."""
        found = self._recent.page(self._recent.pages, page, self._at)
        if found is None:
            asked = {"refs": _rows.dump(page.things), "kinds": _listed(page.kinds)}
            args = self._args | asked | {"before": page.before}
            rows = newest_edges(self._db, args, page.things, page.newest, ends=page.ends)
            found = tuple(sorted(self._met(rows)))
            self._recent.keep(self._recent.pages, {page: found}, self._at)
        return found

    def _met(self, rows: Sequence[Row]) -> list[Met]:
        """Return the edges of rows."""
        refs = {ref for row in rows for ref in (row[2], row[4])}
        if new := [ref for ref in refs if ref not in self._ids]:
            self._ids.update(self._db.execute(_IDS, {"refs": _rows.dump(new)}))
        out: list[Met] = []
        for start, ref, source, kind, target, props, end, recorded, closed in rows:
            ends = (self._ids[source], kind, self._ids[target])
            edge = decode.edge((*ends, props, start, end, recorded, closed), self._at)
            out.append(Met(-start, edge.id, recorded, ref, source, target, edge))
        return out

    def _owned(
        self,
        shelf: Shelf[int, tuple[V, ...]],
        refs: Collection[int],
        sql: str,
        fact: Callable[[Row, int], V],
    ) -> list[V]:
        """Return what things own, in the order of `GraphView.versions`."""
        held = self._recent.owned(shelf, refs, self._at)
        if len(held) < len(refs):
            missing = [ref for ref in refs if ref not in held]
            read: dict[int, list[V]] = {ref: [] for ref in missing}
            for ref, *row in self._db.execute(sql, self._args | {"refs": _rows.dump(missing)}):
                read[ref].append(fact(tuple(row), self._at))
            fresh = {ref: tuple(some) for ref, some in read.items()}
            self._recent.keep(shelf, fresh, self._at)
            held |= fresh
        return sorted(chain.from_iterable(held.values()), key=_rows.version_order)

    def _reached(self, answers: Sequence[Sequence[Met]], ends: Ends) -> set[int]:
        newest = self._newest.get((ends.of, ends.side))
        if newest is None:
            newest = self._newest[ends.of, ends.side] = _newest_of(answers, ends)
        if not ends.prefix and ends.newest is None:
            return set(newest)
        found = [ref for ref, (_, id) in newest.items() if id.startswith(ends.prefix)]
        if ends.newest is None:
            return set(found)
        return set(sorted(found, key=newest.__getitem__)[: ends.newest])


def _newest_of(answers: Sequence[Sequence[Met]], ends: Ends) -> dict[int, tuple[int, str]]:
    """Return the things at one end of some answers, by how new their newest edge is, with ids."""
    newest: dict[int, tuple[int, str]] = {}
    is_source = ends.side == "source"
    for position in ends.of:
        for met in answers[position]:
            ref = met.source if is_source else met.target
            known = newest.get(ref)
            if known is None or met.newest_first < known[0]:
                edge = met.edge
                newest[ref] = (met.newest_first, edge.source if is_source else edge.target)
    return newest


def _listed(kinds: Kinds) -> str | None:
    return None if kinds is None else _rows.listing(kinds)
