"""Signals: what besides its words speaks for a text as the answer to a query, and their sum.

Each signal is a number for every candidate; the weights that add them up are data
(`weights.json`), in units of the standard deviation of the words' score.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import starmap
from math import exp, sqrt
from typing import Final

import msgspec

from omnimemory.index.lexical import bm25, neighbours
from omnimemory.model.time import to_datetime


class Candidate(msgspec.Struct, frozen=True):
    """A text that may answer a query.

    Attributes:
        id: The node that it belongs to.
        text: What it says.
        at: When, in microseconds; 0 where unknown.
        thread: The conversation that it is part of; empty where none.
        speaker: The name of whoever said it; empty where unknown.
        sequence: Its place among those of the same time.
    """

    id: str
    text: str
    at: int = 0
    thread: str = ""
    speaker: str = ""
    sequence: float = 0.0


class Scored(msgspec.Struct, frozen=True):
    """How well a candidate answers, and what of that each signal gave.

    Attributes:
        score: The sum of the signals; it compares inside one query only.
        signals: What each signal added, by name; those that added nothing do not stand here.
        has_words: Whether a word of the query stands in it or in a neighbour.
    """

    score: float
    signals: Mapping[str, float]
    has_words: bool


@cache
def weights() -> Mapping[str, float]:
    """Return the weights that ship, by signal."""
    read = files("omnimemory.index").joinpath("weights.json").read_bytes()
    return msgspec.json.decode(read, type=dict[str, float])


def score(query: str, candidates: Sequence[Candidate]) -> list[Scored]:
    """Return how well each candidate answers the query, in the order given."""
    if not candidates:
        return []
    order = sorted(range(len(candidates)), key=lambda at: _in_time(candidates[at]))
    near = neighbours([one.thread for one in candidates], order)
    found = bm25(query, [one.text for one in candidates], near)
    words = standard(found)
    columns = {
        "words": words,
        "conversation": conversation(words, candidates),
        "speaker": speaker(query, candidates),
        "date": date(query, candidates),
        "time_words": time_words(query, candidates),
        "question": question(candidates),
    }
    return list(starmap(_sum, ((columns, at, found[at] > 0) for at in range(len(candidates)))))


def _sum(columns: Mapping[str, Sequence[float]], at: int, has_words: bool) -> Scored:  # noqa: FBT001
    gave = {name: weights().get(name, 0.0) * column[at] for name, column in columns.items()}
    return Scored(sum(gave.values()), {name: one for name, one in gave.items() if one}, has_words)


def _in_time(one: Candidate) -> tuple[int, float, str]:
    return one.at, one.sequence, one.id


def standard(values: Sequence[float]) -> list[float]:
    """Return values less their mean, in standard deviations; zeros where all are the same."""
    mean = sum(values) / len(values)
    deviation = sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return [(value - mean) / deviation if deviation else 0.0 for value in values]


_BEST_OF_CONVERSATION: Final = 3


def conversation(words: Sequence[float], candidates: Sequence[Candidate]) -> list[float]:
    """Return for each candidate the mean of the three best of its conversation."""
    by_thread: dict[str, list[float]] = {}
    for one, value in zip(candidates, words, strict=True):
        if one.thread:
            by_thread.setdefault(one.thread, []).append(value)
    best = {
        thread: sorted(some, reverse=True)[:_BEST_OF_CONVERSATION]
        for thread, some in by_thread.items()
    }
    mean = {thread: sum(some) / len(some) for thread, some in best.items()}
    return [mean.get(one.thread, 0.0) for one in candidates]


def speaker(query: str, candidates: Sequence[Candidate]) -> list[float]:
    """Return 1 for what was said by the only speaker that the query names."""
    asked = query.casefold()
    names = {one.speaker for one in candidates if one.speaker}
    named = {name for name in names if _stands_in(name, asked)}
    if len(named) != 1:
        return [0.0] * len(candidates)
    return [float(one.speaker in named) for one in candidates]


def _stands_in(name: str, asked: str) -> bool:
    first, _, _ = name.casefold().partition(" ")
    return len(first) > 1 and re.search(rf"\b{re.escape(first)}\b", asked) is not None


_TIME_WORDS: Final = re.compile(
    r"\b(yesterday|today|tonight|tomorrow|last|next|ago|weeks?|weekend|months?|years?|recently|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august|"
    r"september|october|november|december|morning|since|\d{4}|summer|winter|spring)\b",
    re.IGNORECASE,
)
_ASKS_WHEN: Final = re.compile(
    r"\s*(when|since when|how long|(on|in)? ?(what|which) (year|month|date|day|time))\b",
    re.IGNORECASE,
)


def time_words(query: str, candidates: Sequence[Candidate]) -> list[float]:
    """Return 1 for a text that tells a time where the query asks for one."""
    if not _ASKS_WHEN.match(query):
        return [0.0] * len(candidates)
    return [float(_TIME_WORDS.search(one.text) is not None) for one in candidates]


def question(candidates: Sequence[Candidate]) -> list[float]:
    """Return 1 for a text that ends in a question, which rarely answers one."""
    return [float(one.text.rstrip().endswith(("?", "\uff1f"))) for one in candidates]


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


def date(query: str, candidates: Sequence[Candidate]) -> list[float]:
    """Return how near each candidate's time is to the date that the query names, from 0 to 1."""
    found = _DATE.search(query)
    if found is None:
        return [0.0] * len(candidates)
    month = _MONTHS.index((found["month"] or found["month2"] or found["month3"]).lower())
    day = int(found["day"] or found["day2"] or 0)
    year = int(found["year"]) if found["year"] else None
    return [_nearness(one.at, year, month, day) if one.at > 0 else 0.0 for one in candidates]


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
