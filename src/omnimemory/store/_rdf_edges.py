"""Looks for edges, for several questions at once, and for the newest week by week."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from omnimemory.model.facts import Edge
from omnimemory.model.time import FOREVER
from omnimemory.store import _rdf_sparql as sparql
from omnimemory.store import _rdf_tally as tally
from omnimemory.store import _rows
from omnimemory.store._rdf_engine import Row
from omnimemory.store._rdf_terms import Value, end
from omnimemory.store.base import check_ids
from omnimemory.store.walk import EdgeQuery


class Asked(NamedTuple):
    """A template and what it is asked about."""

    template: str
    values: dict[str, Value | Sequence[Value]]


Ask = Callable[[Sequence[Asked]], list[list[Row]]]


def find(
    queries: Sequence[EdgeQuery],
    ask: Ask,
    read: Callable[[Iterable[Row]], Iterable[Edge]],
    *,
    valid: int,
    narrows: bool,
) -> list[list[Edge]]:
    """Return what `GraphView.edges` gives for each question.

    Args:
        queries: The questions.
        ask: Returns the rows of templates, in one request.
        read: Returns the edges of rows that the view sees.
        valid: The view's valid time; no edge that starts later is seen.
        narrows: Whether to let the engine pick the newest.
    """
    searches = [_Search(query, valid=valid, narrows=narrows) for query in queries]
    by_week = [search for search in searches if search.by_week]
    if by_week:
        kept = ask([Asked(sparql.TALLIES, {"ids": search.ids}) for search in by_week])
        for search, rows in zip(by_week, kept, strict=True):
            search.plan(rows)
    while going := [search for search in searches if not search.done]:
        asked = [search.next_questions() for search in going]
        answers = iter(ask([one for some in asked for one in some]))
        for search, questions in zip(going, asked, strict=True):
            for question in questions:
                search.take(read(next(answers)), at_source=question.template == _AT_SOURCE)
    return [search.answer() for search in searches]


_AT_SOURCE = sparql.edges("source")


class _Search:
    """One question on its way to its answer.

    Few edges start at a node, so these are all read; where many may end, the newest are
    looked for from the newest week on.
    """

    def __init__(self, query: EdgeQuery, *, valid: int, narrows: bool) -> None:
        check_ids(query.touching, query.kinds)
        self.ids = _rows.names(query.touching)
        self._kinds = None if query.kinds is None else _rows.names(query.kinds)
        self._query = query
        self._narrows = narrows
        self._until = valid
        self._before = FOREVER if query.before is None else query.before
        self.by_week = query.at != "source" and (query.newest or 0) > 0
        self.done = query.newest is not None and query.newest <= 0
        self._weeks: list[tuple[int, list[str]]] = []
        self._started = False
        self._goal = query.newest or 0
        self._found: dict[tuple[str, int, int], Edge] = {}
        self._at_target = 0

    def plan(self, rows: Iterable[Row]) -> None:
        """Learn in which weeks the edges start, and about how many; the newest come last."""
        weeks: dict[int, tuple[int, set[str]]] = {}
        for id, text in rows:
            kept = tally.read(text)
            if self._kinds is not None and kept.kind not in self._kinds:
                continue
            for counts in kept.weeks.values():
                for week, (count, *_) in counts.items():
                    known, ends = weeks.setdefault(week, (0, set()))
                    ends.add(tally.in_week(end(id, kept.kind), week))
                    weeks[week] = known + count, ends
        until = tally.week_of(min(self._before - 1, self._until))
        self._weeks = [
            (n, sorted(ends)) for week, (n, ends) in sorted(weeks.items()) if week <= until
        ]

    def next_questions(self) -> list[Asked]:
        """Return what to ask next."""
        asked: list[Asked] = []
        if not self._started and self._query.at != "target":
            asked.append(self._asked(_AT_SOURCE, self.ids))
        if self.by_week:
            newest = self._query.newest if self._narrows else None
            asked.append(self._asked(sparql.edges("in", newest), self._next_weeks()))
        elif not self._started and self._query.at != "source":
            asked.append(self._all_at_target())
        self._started = True
        self.done = not self._weeks
        return asked

    def _all_at_target(self) -> Asked:
        if self._kinds is None:
            return self._asked(sparql.edges("target"), self.ids)
        ends = [end(id, kind) for id in self.ids for kind in self._kinds]
        return self._asked(sparql.edges("to"), ends)

    def _asked(self, template: str, ids: list[str]) -> Asked:
        return Asked(template, {"ids": ids, "before": self._before})

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
            if self._kinds is None or edge.kind in self._kinds:
                span = edge.span
                self._found[edge.id, span.recorded_from, span.valid_from] = edge
                self._at_target += not at_source
        if self.by_week and self._at_target >= (self._query.newest or 0):
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
