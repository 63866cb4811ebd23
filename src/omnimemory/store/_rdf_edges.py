"""Looks for edges, for several questions at once, and for the newest week by week."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from omnimemory.model.facts import Edge
from omnimemory.model.ids import EDGE_NAME
from omnimemory.model.time import FOREVER
from omnimemory.store import _rdf_sparql as sparql
from omnimemory.store import _rdf_tally as tally
from omnimemory.store import _rows
from omnimemory.store._rdf_engine import Row
from omnimemory.store._rdf_sparql import Star
from omnimemory.store._rdf_tally import Kept
from omnimemory.store.base import check_ids
from omnimemory.store.walk import EdgeQuery


class Asked(NamedTuple):
    """What is asked of which ids or ends."""

    star: Star
    ids: Sequence[str]


Ask = Callable[[Sequence[Asked]], list[list[Row]]]
Tallies = Callable[[Collection[str]], Mapping[str, Sequence[Kept]]]


def find(
    queries: Sequence[EdgeQuery],
    ask: Ask,
    tallies: Tallies,
    read: Callable[[Iterable[Row]], Iterable[Edge]],
    *,
    valid: int,
) -> list[list[Edge]]:
    """Return what `GraphView.edges` gives for each question.

    Args:
        queries: The questions.
        ask: Returns the rows of each, in one request.
        tallies: Returns what is kept of the edges that end at nodes.
        read: Returns the edges of rows that the view sees.
        valid: The view's valid time; no edge that starts later is seen.
    """
    searches = [_Search(query, valid=valid) for query in queries]
    by_tally = [search for search in searches if search.by_tally]
    kept = tallies({id for search in by_tally for id in search.ids})
    for search in by_tally:
        search.plan(kept)
    while going := [search for search in searches if not search.done]:
        asked = [search.next_questions() for search in going]
        answers = iter(ask([one for some in asked for one in some]))
        for search, questions in zip(going, asked, strict=True):
            for question in questions:
                search.take(read(next(answers)), at_source=question.star.by == "source")
    return [search.answer() for search in searches]


class _Search:
    """One question on its way to its answer.

    Few edges start at a node, so these are all read; where many may end, the newest are
    looked for from the newest week on.
    """

    def __init__(self, query: EdgeQuery, *, valid: int) -> None:
        check_ids(query.touching, query.kinds)
        self.ids = _rows.names(query.touching)
        self._kinds = None if query.kinds is None else [*filter(_is_kind, sorted(query.kinds))]
        self._query = query
        self._until = valid
        self._before = FOREVER if query.before is None else query.before
        self._by_week = query.at != "source" and (query.newest or 0) > 0
        self.by_tally = self._by_week or (query.at != "source" and self._kinds is None)
        self.done = query.newest is not None and query.newest <= 0
        self._ends: set[str] = set(self._kinds or ())
        self._weeks: list[tuple[int, list[str]]] = []
        self._started = False
        self._goal = query.newest or 0
        self._found: dict[tuple[str, int, int], Edge] = {}
        self._at_target = 0

    def plan(self, tallies: Mapping[str, Sequence[Kept]]) -> None:
        """Learn in which weeks the edges start, and about how many; the newest come last."""
        weeks: dict[int, tuple[int, set[str]]] = {}
        for id, kept in ((one, kept) for one in self.ids for kept in tallies[one]):
            if self._kinds is not None and kept.kind not in self._kinds:
                continue
            self._ends.add(kept.kind)
            for counts in kept.weeks.values():
                for week, (count, *_) in counts.items():
                    known, ends = weeks.setdefault(week, (0, set()))
                    ends.add(tally.in_week(id, kept.kind, week))
                    weeks[week] = known + count, ends
        last = tally.week_of(min(self._before - 1, self._until))
        self._weeks = [
            (n, sorted(ends)) for week, (n, ends) in sorted(weeks.items()) if week <= last
        ]

    def next_questions(self) -> list[Asked]:
        """Return what to ask next."""
        asked: list[Asked] = []
        if not self._started and self._query.at != "target":
            asked.append(Asked(sparql.known("source"), self.ids))
        if self._by_week:
            asked.append(Asked(sparql.known("in"), self._next_weeks()))
        elif not self._started and self._query.at != "source":
            asked += [Asked(sparql.known(kind), self.ids) for kind in sorted(self._ends)]
        self._started = True
        self.done = not self._by_week or not self._weeks
        return asked

    def _next_weeks(self) -> list[str]:
        """Return the next weeks that may hold what is still wanted, and more each time."""
        taken: list[str] = []
        hoped = 0
        while self._weeks and (hoped < self._goal or not taken):
            count, ends = self._weeks.pop()
            hoped += count
            taken += ends
        self._goal *= 4
        return taken

    def take(self, edges: Iterable[Edge], *, at_source: bool) -> None:
        """Take in an answer; enough is what no older week could add to."""
        for edge in edges:
            span = edge.span
            if span.valid_from < self._before and (self._kinds is None or edge.kind in self._kinds):
                self._found[edge.id, span.recorded_from, span.valid_from] = edge
                self._at_target += not at_source
        if self._by_week and self._at_target >= (self._query.newest or 0):
            self.done = True

    def answer(self) -> list[Edge]:
        """Return the edges, newest first, with all that share the last one's time."""
        found = sorted(self._found.values(), key=_rows.newest_first)
        newest = self._query.newest
        if newest is None or newest >= len(found):
            return found
        if newest <= 0:
            return []
        floor = found[newest - 1].span.valid_from
        return [edge for edge in found if edge.span.valid_from >= floor]


def _is_kind(name: str) -> bool:
    """Return whether an edge could be of this kind: only such names stand in a query."""
    return re.fullmatch(EDGE_NAME, name) is not None
