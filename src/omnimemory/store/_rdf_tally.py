"""What is known of the edges that end at a node without reading them: how many, and when.

Beside a node's entity stands one `tally` for each kind of edge that ends there: in which weeks
they start, by kind of their source, and how many of those that stand have no end. So counting
costs what there are weeks, and the newest are found week by week.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

import msgspec

from omnimemory.model.facts import Edge, Tally
from omnimemory.model.time import FOREVER
from omnimemory.store import _rows

WEEK: Final = 7 * _rows.DAY

Week: TypeAlias = tuple[int, int, int]
"""How many edges, and the first and last start of them."""

_NONE: Final[Week] = (0, 0, 0)


class End(NamedTuple):
    """The edges of one kind that end at one node."""

    target: str
    kind: str


class Kept(msgspec.Struct, frozen=True):
    """The tally of one end.

    Attributes:
        kind: Of the edges.
        at: The revision that last changed it.
        weeks: By kind of source and by week, a number since 1970. A week that had
            edges stays, since older views see them.
        uneven: Whether the edges must be read to be counted: some have an end in valid
            time, or the first or last of a week has gone.
    """

    kind: str
    at: int
    weeks: dict[str, dict[int, Week]]
    uneven: bool = False


_decoder: Final = msgspec.json.Decoder(Kept)


def read(text: str) -> Kept:
    """Return the tally of JSON text."""
    return _decoder.decode(text)


def written(kept: Kept) -> str:
    """Return a tally as JSON text."""
    return msgspec.json.encode(kept).decode()


def week_of(start: int) -> int:
    """Return the week of a time."""
    return start // WEEK


def in_week(target: str, kind: str, week: int) -> str:
    """Return what the edges of one kind that end at a node and start in one week share."""
    return f"{target} {kind} {week}"


class Changed:
    """The tallies of some ends, as a commit leaves them.

    Args:
        before: The tallies as they are; an end without edges has none.
        source_kinds: The kind of each node that an edge starts at.
    """

    def __init__(self, before: dict[End, Kept], source_kinds: dict[str, str]) -> None:
        self._before = before
        self._source_kinds = source_kinds
        self._net: dict[End, Counter[tuple[str, int]]] = {}
        self._ending: dict[End, set[tuple[str, int]]] = {}

    def add(self, edge: Edge) -> None:
        """Count an edge that the commit adds."""
        self._count(edge, 1)

    def remove(self, edge: Edge) -> None:
        """Count an edge no more that the commit closes or erases."""
        self._count(edge, -1)

    def _count(self, edge: Edge, by: int) -> None:
        where = End(edge.target, edge.kind)
        start = (self._source_kinds[edge.source], edge.span.valid_from)
        if edge.span.valid_to == FOREVER:
            self._net.setdefault(where, Counter())[start] += by
        elif by > 0:
            self._ending.setdefault(where, set()).add(start)

    def at(self, revision: int) -> Iterator[tuple[End, Kept]]:
        """Yield each tally that is another now."""
        for where in sorted({*self._net, *self._ending}):
            before = self._before.get(where, Kept(where.kind, 0, {}))
            weeks = {kind: dict(some) for kind, some in before.weeks.items()}
            uneven = before.uneven
            for (kind, start), count in sorted(self._net.get(where, Counter()).items()):
                uneven |= _move(weeks.setdefault(kind, {}), start, count)
            for kind, start in self._ending.get(where, ()):
                weeks.setdefault(kind, {}).setdefault(week_of(start), _NONE)
                uneven = True
            yield where, Kept(where.kind, revision, weeks, uneven)


def _move(weeks: dict[int, Week], start: int, by: int) -> bool:
    """Count edges in or out of their week; return whether its first or last is unknown now."""
    week = week_of(start)
    count, first, last = weeks.get(week, _NONE)
    if by >= 0:
        starts = (start, start) if not count else (min(first, start), max(last, start))
        weeks[week] = (count + by, *starts) if count + by else _NONE
        return False
    left = max(count + by, 0)
    weeks[week] = (left, first, last) if left else _NONE
    return bool(left) and start in {first, last}


class Reading(NamedTuple):
    """Tallies that need no edge, and where edges must be read for the rest.

    Attributes:
        sure: What is known.
        weeks: Ends in one week whose edges must be read.
    """

    sure: list[Tally]
    weeks: list[str]


def counted(rows: Iterable[tuple[str, Kept]], *, valid: int, revision: int) -> Reading:
    """Return what the tallies of nodes say at a point in both times.

    Args:
        rows: Ids of nodes with their tallies.
        valid: The valid time.
        revision: The revision.
    """
    found = Reading([], [])
    for target, kept in rows:
        unsure = kept.uneven or kept.at > revision
        partly = {
            week
            for weeks in kept.weeks.values()
            for week, (n, first, last) in weeks.items()
            if unsure or (n and first <= valid < last)
        }
        found.weeks.extend(in_week(target, kept.kind, week) for week in sorted(partly))
        if unsure:
            continue
        for kind, weeks in kept.weeks.items():
            found.sure.extend(
                Tally(kept.kind, kind, *some)
                for week, some in weeks.items()
                if some[0] and some[2] <= valid and week not in partly
            )
    return found
