"""Dates that a query names, and how near a time is to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from math import exp
from typing import TYPE_CHECKING, Any, Final

from omnimemory.model.time import to_datetime

if TYPE_CHECKING:
    from omnimemory.index.lexical import Scores

_MONTHS: Final[tuple[str, ...]] = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH: Final = "|".join(_MONTHS)
_DATE: Final = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})"
    rf"|(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}})(?!\d)"
    rf"|(?:in|of|during|since|last|this|on|early|late)\s+(?P<month3>{_MONTH}))\b"
    r"(?:[a-z]*,?\s+(?P<year>(?:19|20)\d\d))?",
    re.IGNORECASE,
)
_DAYS_OFF: Final = 7.0
_DAYS_OFF_A_MONTH: Final = 15.0
_DAYS_OF_YEAR: Final = 365
_DAYS_OF_MONTH: Final = 30


def date(query: str, times: Sequence[int]) -> Scores:
    """Return how near each time, in microseconds, is to the date that the query names: 0 to 1."""
    np: Any = import_module("numpy")
    found = _DATE.search(query)
    if found is None:
        return np.zeros(len(times))
    month = _MONTHS.index((found["month"] or found["month2"] or found["month3"]).lower())
    day = int(found["day"] or found["day2"] or 0)
    year = int(found["year"]) if found["year"] else None
    return np.array([_nearness(at, year, month, day) if at > 0 else 0.0 for at in times])


def _nearness(at: int, year: int | None, month: int, day: int) -> float:
    """Return 1 inside the day or month, less the further off; any year if none is named."""
    then = to_datetime(at)
    here = (then.month - 1) * _DAYS_OF_MONTH + min(then.day, _DAYS_OF_MONTH)
    first = month * _DAYS_OF_MONTH + (day or 1)
    last = first if day else first + _DAYS_OF_MONTH - 1
    off = max(first - here, here - last, 0)
    if year is not None:
        off += abs(then.year - year) * _DAYS_OF_YEAR
    return exp(-off / (_DAYS_OFF if day else _DAYS_OFF_A_MONTH))
