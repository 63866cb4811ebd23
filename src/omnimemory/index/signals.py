"""Signals: what speaks for a text as the answer to a query, a number for every candidate.

What each counts, and their sum, are of `omnimemory.index.ranker`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from math import log1p
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from omnimemory.index import domain
from omnimemory.index._dates import date
from omnimemory.index.conversations import Conversations
from omnimemory.index.domain import Told
from omnimemory.index.kept import kept
from omnimemory.index.lexical import bm25
from omnimemory.model.facts import Passage
from omnimemory.store.base import GraphView

if TYPE_CHECKING:
    from omnimemory.index.lexical import Scores

Nearness: TypeAlias = Callable[[GraphView, str, Sequence[Passage]], Mapping[str, float]]
"""Returns how near to a text in meaning what passages of a view are about is, by id: cosines; some
may be missing."""


class Candidate(msgspec.Struct, frozen=True, gc=False):
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
) -> dict[str, Scores]:
    """Return each signal's value for every candidate; ``found`` is the words' score as it is."""
    texts = [one.text for one in candidates]
    conversations = Conversations([one.thread for one in candidates], _in_time(candidates))
    found = bm25(query, texts, conversations)
    words = standard(found)
    said = speaker(query, candidates)
    out = {
        "found": found,
        "words": words,
        "speaker": said,
        "of_self": of_self(said, texts),
        "date": date(query, [one.at for one in candidates]),
        "time_words": time_words(query, texts),
        "question": each(_ends_in_question, texts),
        "number": number(query, texts),
        "name": name(query, texts),
        "length": standard(each(_length, texts)),
    }
    both = words
    if near is not None:
        np: Any = import_module("numpy")
        meaning = standard(near)
        both = words + _MEANING * meaning
        out |= {
            "meaning": meaning,
            "lesser": np.minimum(words, meaning),
            "speaker_meaning": said * meaning,
        }
    out |= {
        "conversation": conversations.best(both, _BEST_OF_CONVERSATION),
        "beside": conversations.beside(both),
        "stands_out": conversations.above(both),
    }
    return out | domain.columns(query, [one.told for one in candidates])


_BEST_OF_CONVERSATION: Final = 3
_MEANING: Final = 0.7
"""What meaning counts against words where a conversation or a neighbour is weighed by both."""


def as_said(query: str, candidates: Sequence[Candidate]) -> str:
    """Return the query as a speaker would have put it: their name comes to ``I`` and ``my``.

    Who speaks names themselves so, and their texts are near to it in meaning.
    """
    speakers = {one.speaker for one in candidates}
    for first in sorted({one.partition(" ")[0] for one in speakers} - {""}):
        query = re.sub(rf"\b{re.escape(first)}['\u2019]s\b", "my", query)
        query = re.sub(rf"\b{re.escape(first)}\b", "I", query)
    return query


def _in_time(candidates: Sequence[Candidate]) -> Any:
    """Return the positions of candidates in the order of time, ties by sequence, then by id."""
    np: Any = import_module("numpy")
    ids = [one.id for one in candidates]
    by_id = np.array(sorted(range(len(ids)), key=ids.__getitem__))
    times = np.array([one.at for one in candidates])[by_id]
    sequences = np.array([one.sequence for one in candidates])[by_id]
    return by_id[np.lexsort((sequences, times))]


def standard(values: Sequence[float] | Scores) -> Scores:
    """Return values less their mean, in standard deviations; zeros where all are the same."""
    np: Any = import_module("numpy")
    given = np.asarray(values, dtype=float)
    off = given.std() if given.min() < given.max() else 0.0
    return (given - given.mean()) / off if off else np.zeros(len(given))


def each(tell: Callable[[str], float], texts: Sequence[str], *, is_asked: bool = True) -> Scores:
    """Return what is told of each text; zeros where it is not asked for."""
    np: Any = import_module("numpy")
    return np.array([tell(text) for text in texts]) if is_asked else np.zeros(len(texts))


def speaker(query: str, candidates: Sequence[Candidate]) -> Scores:
    """Return 1 for what was said by the only speaker that the query names."""
    np: Any = import_module("numpy")
    asked = query.casefold()
    names = {one.speaker for one in candidates if one.speaker}
    named = [name for name in names if _stands_in(name, asked)]
    if len(named) != 1:
        return np.zeros(len(candidates))
    return np.array([one.speaker == named[0] for one in candidates], dtype=float)


_OF_SELF: Final = re.compile(r"\b(i|me|my|mine|we|us|our)\b", re.IGNORECASE)


def of_self(said: Scores, texts: Sequence[str]) -> Scores:
    """Return 1 where the speaker whom the query names speaks of themselves."""
    return said * each(_tells_of_self, texts, is_asked=bool(said.any()))


@kept
def _tells_of_self(text: str) -> float:
    return float(_OF_SELF.search(text) is not None)


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


def time_words(query: str, texts: Sequence[str]) -> Scores:
    """Return 1 for a text that tells a time where the query asks for one."""
    return each(_tells_time, texts, is_asked=bool(_ASKS_WHEN.match(query)))


@kept
def _tells_time(text: str) -> float:
    return float(_TIME_WORDS.search(text) is not None)


_ASKS_NUMBER: Final = re.compile(r"\s*how (many|much|old|long|often)\b", re.IGNORECASE)
_NUMBER: Final = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|once|twice|couple|few|dozen)\b",
    re.IGNORECASE,
)
_ASKS_NAME: Final = re.compile(r"\s*(who|where|which|what (is|was|are) the name)\b", re.IGNORECASE)
_NAME: Final = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]{2,}")
_MOST_NAMES: Final = 3


def number(query: str, texts: Sequence[str]) -> Scores:
    """Return 1 for a text with a number where the query asks how many."""
    return each(_tells_number, texts, is_asked=bool(_ASKS_NUMBER.match(query)))


@kept
def _tells_number(text: str) -> float:
    return float(_NUMBER.search(text) is not None)


def name(query: str, texts: Sequence[str]) -> Scores:
    """Return how many names stand in a text, up to three, where the query asks who or where."""
    return each(_names, texts, is_asked=bool(_ASKS_NAME.match(query)))


@kept
def _names(text: str) -> float:
    return float(min(len(_NAME.findall(text)), _MOST_NAMES))


@kept
def _length(text: str) -> float:
    return log1p(len(text.split()))


def _ends_in_question(text: str) -> float:
    """Return 1 for a text that ends in a question, which rarely answers one."""
    return float(text.rstrip().endswith(("?", "\uff1f")))
