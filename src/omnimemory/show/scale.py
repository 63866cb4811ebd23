"""Scales: from a time to a place on a drawing, and the dates that stand along it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Final

import msgspec

from omnimemory.model.time import micros, to_datetime

_HOUR: Final = 3_600_000_000
_DAY: Final = 24 * _HOUR
_STEPS: Final = (
    (_HOUR, "%H:%M"),
    (3 * _HOUR, "%H:%M"),
    (6 * _HOUR, "%d %b %H:%M"),
    (12 * _HOUR, "%d %b %H:%M"),
    (_DAY, "%d %b"),
    (2 * _DAY, "%d %b"),
    (7 * _DAY, "%d %b"),
    (14 * _DAY, "%d %b"),
)
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_MOST_TICKS: Final = 9


class Scale(msgspec.Struct, frozen=True):
    """A span of time laid out from left to right.

    Attributes:
        first: Its beginning, in microseconds.
        last: Its end.
        left: Where on the drawing it begins.
        right: Where it ends.
    """

    first: int
    last: int
    left: float
    right: float

    def at(self, time: int) -> float:
        """Return the place of a time; one beyond the span comes to its end."""
        inside = min(max(time, self.first), self.last)
        part = (inside - self.first) / max(1, self.last - self.first)
        return self.left + part * (self.right - self.left)

    def ticks(self) -> Iterator[tuple[int, str]]:
        """Yield round times inside the span, with their labels."""
        span = self.last - self.first
        for step, form in _STEPS:
            if span <= step * _MOST_TICKS:
                start = -(-self.first // step) * step
                for at in range(start, self.last + 1, step):
                    yield at, f"{to_datetime(at):{form}}".lstrip("0")
                return
        yield from self._months(span)

    def _months(self, span: int) -> Iterator[tuple[int, str]]:
        step = next((n for n in _MONTHS if span <= n * 30 * _DAY * _MOST_TICKS), _MONTHS[-1])
        first = to_datetime(self.first)
        month = first.year * 12 + first.month - 1
        month += -month % step
        while month // 12 <= MAXYEAR:
            moment = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
            if micros(moment) > self.last:
                return
            if micros(moment) >= self.first:
                yield micros(moment), f"{moment:%Y}" if step >= 12 else f"{moment:%b %Y}"  # noqa: PLR2004
            month += step


def around(times: list[int], left: float, right: float) -> Scale:
    """Return a scale that these times fit on, with a little room at both ends."""
    first, last = min(times), max(times)
    spare = max((last - first) // 40, timedelta(minutes=30) // timedelta(microseconds=1))
    return Scale(first - spare, last + spare, left, right)
