"""Signals: what speaks for a text as the answer to a query, a number for every candidate.

What each counts, and their sum, are of `omnimemory.index.ranker`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from math import log1p, sqrt
from typing import Final, TypeAlias

import msgspec

from omnimemory.index import domain
from omnimemory.index._dates import date
from omnimemory.index.domain import Told
from omnimemory.index.lexical import bm25, neighbours
from omnimemory.store.base import GraphView

Nearness: TypeAlias = Callable[[GraphView, str, Collection[str]], Mapping[str, float]]
"""Returns how near to a text in meaning nodes are, by id: cosines; some may be missing."""


class Candidate(msgspec.Struct, frozen=True):
    """A text that may answer a query.

    Attributes:
        id: The node that it belongs to.
        text: What it says.
        at: When, in microseconds; 0 where unknown.
        thread: The conversation that it is part of; empty where none.
        speaker: The name of whoever said it; empty where unknown.
        sequence: Its place among those of the same time.
        told: What the graph tells of it besides.
    """

    id: str
    text: str
    at: int = 0
    thread: str = ""
    speaker: str = ""
    sequence: float = 0.0
    told: Told = Told()


def columns(
    query: str, candidates: Sequence[Candidate], near: Sequence[float] | None = None
) -> dict[str, list[float]]:
    """Return each signal's value for every candidate; ``found`` is the words' score as it is."""
    order = sorted(range(len(candidates)), key=lambda at: _in_time(candidates[at]))
    around = neighbours([one.thread for one in candidates], order)
    found = bm25(query, [one.text for one in candidates], around)
    words = standard(found)
    said = speaker(query, candidates)
    out = {
        "found": found,
        "words": words,
        "speaker": said,
        "of_self": of_self(said, candidates),
        "date": date(query, [one.at for one in candidates]),
        "time_words": time_words(query, candidates),
        "question": question(candidates),
        "number": number(query, candidates),
        "name": name(query, candidates),
        "length": standard([log1p(len(one.text.split())) for one in candidates]),
    }
    both = words
    if near is not None:
        meaning = standard(near)
        both = [one + _MEANING * other for one, other in zip(words, meaning, strict=True)]
        out |= {
            "meaning": meaning,
            "lesser": [min(pair) for pair in zip(words, meaning, strict=True)],
            "speaker_meaning": [one * other for one, other in zip(said, meaning, strict=True)],
        }
    out |= {
        "conversation": conversation(both, candidates),
        "beside": beside(both, candidates, order),
        "stands_out": stands_out(both, candidates),
    }
    return out | domain.columns(query, [one.told for one in candidates])


_MEANING: Final = 0.7
"""What meaning counts against words where a conversation or a neighbour is weighed by both."""


def as_said(query: str, candidates: Sequence[Candidate]) -> str:
    """Return the query as a speaker would have put it: their name comes to ``I`` and ``my``.

    Who speaks names themselves so, and their texts are near to it in meaning.
    """
    for first in sorted({one.speaker.partition(" ")[0] for one in candidates} - {""}):
        query = re.sub(rf"\b{re.escape(first)}['\u2019]s\b", "my", query)
        query = re.sub(rf"\b{re.escape(first)}\b", "I", query)
    return query


def _in_time(one: Candidate) -> tuple[int, float, str]:
    return one.at, one.sequence, one.id


def standard(values: Sequence[float]) -> list[float]:
    """Return values less their mean, in standard deviations; zeros where all are the same."""
    mean, off = sum(values) / len(values), deviation(values)
    return [(value - mean) / off if off else 0.0 for value in values]


def deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of some values."""
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / len(values))


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


def stands_out(values: Sequence[float], candidates: Sequence[Candidate]) -> list[float]:
    """Return how far each candidate is above the mean of the others of its conversation."""
    by_thread: dict[str, list[float]] = {}
    for one, value in zip(candidates, values, strict=True):
        by_thread.setdefault(one.thread or one.id, []).append(value)
    sums = {thread: (sum(some), len(some) - 1) for thread, some in by_thread.items()}
    of_each = (sums[one.thread or one.id] for one in candidates)
    pairs = zip(values, of_each, strict=True)
    return [one - (whole - one) / others if others else one for one, (whole, others) in pairs]


def beside(
    values: Sequence[float], candidates: Sequence[Candidate], order: Sequence[int]
) -> list[float]:
    """Return for each candidate the better of the one before and after it in its conversation."""
    by_thread: dict[str, list[int]] = {}
    for at in order:
        by_thread.setdefault(candidates[at].thread or candidates[at].id, []).append(at)
    least = min(values)
    out = [least] * len(values)
    for some in by_thread.values():
        for one, other in pairwise(some):
            out[one] = max(out[one], values[other])
            out[other] = max(out[other], values[one])
    return out


def speaker(query: str, candidates: Sequence[Candidate]) -> list[float]:
    """Return 1 for what was said by the only speaker that the query names."""
    asked = query.casefold()
    names = {one.speaker for one in candidates if one.speaker}
    named = {name for name in names if _stands_in(name, asked)}
    if len(named) != 1:
        return [0.0] * len(candidates)
    return [float(one.speaker in named) for one in candidates]


_OF_SELF: Final = re.compile(r"\b(i|me|my|mine|we|us|our)\b", re.IGNORECASE)


def of_self(said: Sequence[float], candidates: Sequence[Candidate]) -> list[float]:
    """Return 1 where the speaker whom the query names speaks of themselves."""
    pairs = zip(said, candidates, strict=True)
    return [float(bool(by) and _OF_SELF.search(one.text) is not None) for by, one in pairs]


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


_ASKS_NUMBER: Final = re.compile(r"\s*how (many|much|old|long|often)\b", re.IGNORECASE)
_NUMBER: Final = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|once|twice|couple|few|dozen)\b",
    re.IGNORECASE,
)
_ASKS_NAME: Final = re.compile(r"\s*(who|where|which|what (is|was|are) the name)\b", re.IGNORECASE)
_NAME: Final = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]{2,}")
_MOST_NAMES: Final = 3


def number(query: str, candidates: Sequence[Candidate]) -> list[float]:
    """Return 1 for a text with a number where the query asks how many."""
    if not _ASKS_NUMBER.match(query):
        return [0.0] * len(candidates)
    return [float(_NUMBER.search(one.text) is not None) for one in candidates]


def name(query: str, candidates: Sequence[Candidate]) -> list[float]:
    """Return how many names stand in a text, up to three, where the query asks who or where."""
    if not _ASKS_NAME.match(query):
        return [0.0] * len(candidates)
    return [float(min(len(_NAME.findall(one.text)), _MOST_NAMES)) for one in candidates]


def question(candidates: Sequence[Candidate]) -> list[float]:
    """Return 1 for a text that ends in a question, which rarely answers one."""
    return [float(one.text.rstrip().endswith(("?", "\uff1f"))) for one in candidates]
