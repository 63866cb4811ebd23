"""Due dates in English: ``by Friday``, ``within 24 hours``, ``on March 5th``, ``tomorrow``.

A time is told from when it was said, in UTC. A day ends a second before midnight. A weekday is
the next one after the day of the message. Of a range, ``3 to 5 business days``, the end counts.
Without a year, a date is the next one to come.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

_WEEKDAYS: Final[tuple[str, ...]] = tuple(
    "monday tuesday wednesday thursday friday saturday sunday".split()
)
_MONTHS: Final[tuple[str, ...]] = tuple(
    "january february march april may june july august september october november december".split()
)
_NUMBERS: Final = {
    word: number
    for number, words in enumerate(
        ("", "a an one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
    for word in words.split()
} | {"couple": 2, "twelve": 12}
_NUMBER: Final = rf"(?:\d{{1,3}}|{'|'.join(_NUMBERS)})"
_DAY: Final = "|".join(_WEEKDAYS)
_MONTH: Final = "|".join(rf"{name[:3]}(?:{name[3:]})?\.?" for name in _MONTHS)
_BY: Final = r"\b(?:by|before|until|till|on|no later than|not later than)\s+"
_COMING: Final = r"(?:this|next|coming)\s+"

_FRIDAY: Final = 4
_WEEK_DAYS: Final = 5
_LONGEST_DAYS: Final = 3_650


def due(text: str, said_at: datetime) -> datetime | None:
    """Return the time by which something is promised; None where the text names none.

    Args:
        text: A sentence.
        said_at: When it was said.
    """
    for pattern, resolve in _RULES:
        if found := pattern.search(text):
            when = resolve(found, said_at.astimezone(UTC))
            if when is not None:
                return when
    return None


def _end(day: datetime) -> datetime:
    return day.replace(hour=23, minute=59, second=59, microsecond=0)


def _span(found: re.Match[str], at: datetime) -> datetime | None:
    number = found["last"] or found["first"]
    count = int(number) if number.isdigit() else _NUMBERS[number.lower()]
    unit = found["unit"].lower().removesuffix("s")
    if found["business"] and unit == "day":
        return _end(_business_days(at, count))
    days = {"week": 7, "month": 30}.get(unit)
    if unit in ("minute", "min", "hour", "hr"):
        return at + timedelta(**{"hours" if unit[0] == "h" else "minutes": count})
    whole = count * (days or 1)
    return _end(at + timedelta(days=whole)) if whole <= _LONGEST_DAYS else None


def _business_days(at: datetime, count: int) -> datetime:
    while count > 0:
        at += timedelta(days=1)
        count -= at.weekday() < _WEEK_DAYS
    return at


def _weekday(found: re.Match[str], at: datetime) -> datetime:
    ahead = (_WEEKDAYS.index(found["day"].lower()) - at.weekday() - 1) % 7 + 1
    return _end(at + timedelta(days=ahead))


def _date(found: re.Match[str], at: datetime) -> datetime | None:
    month = next(n for n, name in enumerate(_MONTHS, 1) if name[:3] == found["month"][:3].lower())
    year = int(found["year"]) if found["year"] else at.year
    try:
        when = _end(datetime(year, month, int(found["date"]), tzinfo=UTC))
        return when if found["year"] or when >= at else when.replace(year=year + 1)
    except ValueError:
        return None


def _iso(found: re.Match[str], _: datetime) -> datetime | None:
    try:
        return _end(datetime.fromisoformat(found[0]).replace(tzinfo=UTC))
    except ValueError:
        return None


def _end_of(found: re.Match[str], at: datetime) -> datetime:
    match found["what"].lower():
        case "week":
            return _end(at + timedelta(days=(_FRIDAY - at.weekday()) % 7))
        case "month":
            return _end(at.replace(day=monthrange(at.year, at.month)[1]))
        case _:
            return _end(at)


def _next_week(_: re.Match[str], at: datetime) -> datetime:
    return _end(at + timedelta(days=7 - at.weekday() + _FRIDAY))


def _days_on(days: int) -> Callable[[re.Match[str], datetime], datetime]:
    return lambda _, at: _end(at + timedelta(days=days))


def _rule(
    pattern: str, resolve: Callable[[re.Match[str], datetime], datetime | None]
) -> tuple[re.Pattern[str], Callable[[re.Match[str], datetime], datetime | None]]:
    return re.compile(pattern, re.IGNORECASE), resolve


_YEAR: Final = r"(?:,?\s+(?P<year>20\d\d))?\b"
_RULES: Final = (
    _rule(r"\b20\d\d-\d\d-\d\d\b", _iso),
    _rule(
        r"\b(?:within|in|after|up to|takes?)\s+"
        r"(?:(?:the\s+)?next\s+|about\s+|around\s+|a\s+(?=couple))?"
        rf"(?P<first>{_NUMBER})(?:\s+of)?(?:\s*(?:-|–|to|or)\s*(?P<last>{_NUMBER}))?[\s-]+"  # noqa: RUF001
        r"(?P<business>business\s+|working\s+)?(?P<unit>minutes?|mins?|hours?|hrs?|days?|weeks?|months?)\b",
        _span,
    ),
    _rule(rf"\b(?P<month>{_MONTH})\s+(?P<date>\d{{1,2}})(?:st|nd|rd|th)?{_YEAR}", _date),
    _rule(
        rf"\b(?P<date>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH}){_YEAR}",
        _date,
    ),
    _rule(r"\bend of (?:the |this |your )?(?:business )?(?P<what>day|week|month)\b", _end_of),
    _rule(r"\b(?:eod|cob)\b", _days_on(0)),
    _rule(r"\bday after tomorrow\b", _days_on(2)),
    _rule(r"\btomorrow\b", _days_on(1)),
    _rule(r"\b(?:today|tonight|this (?:afternoon|evening))\b", _days_on(0)),
    _rule(
        rf"(?:{_BY}|\b(?:this|next|coming)\s+)(?:(?:this|next|coming)\s+)?(?P<day>{_DAY})\b",
        _weekday,
    ),
    _rule(r"\bnext week\b", _next_week),
)
"""Patterns in the order in which they are tried, and what each resolves to."""
