"""Words: numbers, dates and texts from outside as a picture writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, cast

from omnimemory.context.safe import visible
from omnimemory.model.time import FOREVER, to_datetime

NOTHING: Final = "–"  # noqa: RUF001
"""What stands where there is nothing."""

MOST_CHARACTERS: Final = 160
"""How much of a text a cell shows."""


def clip(text: object, most: int = MOST_CHARACTERS) -> str:
    """Return a text on one line, what is invisible shown, cut where it is longer."""
    line = " ".join(visible(str(text)[: 4 * most]).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def count(number: float, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 ticket``, ``1,200 tickets``."""
    noun = one if number == 1 else many or f"{one}s"
    return f"{number:,} {noun}"


def spaced(name: str) -> str:
    """Return a name in snake case as words."""
    return clip(name.replace("_", " "), 40)


def day(when: datetime | int | None) -> str:
    """Return a date; a dash where nobody knows it."""
    found = _datetime(when)
    return NOTHING if found is None else f"{found:%Y-%m-%d}"


def minute(when: datetime | int | None) -> str:
    """Return a time to the minute, in UTC; a dash where nobody knows it."""
    found = _datetime(when)
    return NOTHING if found is None else f"{found:%Y-%m-%d %H:%M}"


def _datetime(when: datetime | int | None) -> datetime | None:
    if isinstance(when, int):
        return None if when <= 0 or when >= FOREVER - 1 else to_datetime(when)
    return when


def period(first: int, last: int) -> str:
    """Return a range of dates; one where both ends share it."""
    return day(first) if day(first) == day(last) else f"{day(first)} to {day(last)}"


def left_out(total: int, shown: int, one: str, many: str = "", *, how: str = "") -> str:
    """Return how many are not shown, and how to see them; empty where all are."""
    if total <= shown:
        return ""
    return f"{count(total - shown, one, many)} more, not shown{f': {how}' if how else ''}"


def listed(words: Iterable[str], most: int = 6) -> str:
    """Return words with commas, the first few and how many more."""
    known = list(words)
    more = f" and {len(known) - most:,} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def value(given: Any, most: int = MOST_CHARACTERS) -> str:
    """Return a property's value in words."""
    return clip(_said(given, most, 0), most)


def _said(given: Any, most: int, depth: int) -> str:
    """Return a value in words, not much more of it than are wanted."""
    match given:
        case Mapping() if depth < _DEEPEST:
            inner = cast("Mapping[object, object]", given).items()
            words = [
                f"{str(name)[:most].replace('_', ' ')}: {_said(one, most, depth + 1)}"
                for name, one in islice(inner, most)
            ]
            return "; ".join(words) if depth == 0 else f"({', '.join(words)})"
        case list() | tuple() if depth < _DEEPEST:
            inner = cast("Sequence[object]", given)
            return ", ".join(_said(one, most, depth + 1) for one in islice(inner, most))
        case _:
            return _MOMENT.sub(r"\1 \2", str(given)[: 4 * most])


_DEEPEST: Final = 4
_MOMENT: Final = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z$")
