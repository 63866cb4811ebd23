"""Times in words: how long ago, in how long, and the moment itself in UTC."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from omnimemory.errors import InputError
from omnimemory.model.time import parse_time, to_datetime

_MINUTE: Final = 60_000_000
_HOUR: Final = 60 * _MINUTE
DAY: Final = 24 * _HOUR
"""A day in microseconds."""
_STEPS: Final = ((365 * DAY, "y"), (DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"))
_FEW: Final = 2
_CACHED: Final = 4_096
"""How many moments are kept as they are written, since records of a customer share days."""


def length(micros: int) -> str:
    """Return a duration in its largest unit: ``3 h``; under two of a unit, in the next one."""
    for unit, name in _STEPS:
        if micros >= _FEW * unit or (unit == _MINUTE):
            return f"{max(0, micros // unit)} {name}"
    return "0 min"


def stamp(at: int) -> str:
    """Return a time to the minute: ``2026-03-02 10:00Z``."""
    return _stamp(at // _MINUTE)


def lately(at: int, now: int) -> str:
    """Return a time to the minute, of the day of ``now`` without its date: ``today 10:00Z``."""
    return f"today {stamp(at).partition(' ')[2]}" if at // DAY == now // DAY else stamp(at)


def day(at: int) -> str:
    """Return the date of a time; ``?`` where nobody knows it."""
    return _date(at // DAY) if at > 0 else "?"


@lru_cache(maxsize=_CACHED)
def _stamp(minutes: int) -> str:
    return f"{to_datetime(minutes * _MINUTE):%Y-%m-%d %H:%M}Z"


@lru_cache(maxsize=_CACHED)
def _date(days: int) -> str:
    return f"{to_datetime(days * DAY):%Y-%m-%d}"


def period(first: int, last: int) -> str:
    """Return a range of dates; one date where both ends share it."""
    start, end = day(first), day(last)
    return start if start == end else f"{start} – {end}"  # noqa: RUF001


def due(target: int, now: int) -> str:
    """Return by when something is due: ``due in 2 h (2026-03-02 10:00Z)``, or how long overdue."""
    when = f"in {length(target - now)}" if target >= now else f"{length(now - target)} ago: overdue"
    return f"due {when} ({stamp(target)})"


def read(value: Any) -> int | None:
    """Return a property as a time; None where it is no time."""
    return _read(value) if isinstance(value, str) else None


@lru_cache(maxsize=_CACHED)
def _read(value: str) -> int | None:
    try:
        return parse_time(value)
    except InputError:
        return None
