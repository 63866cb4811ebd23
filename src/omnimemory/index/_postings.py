"""The words of many texts: which texts hold a word, how often, and the best for some words.

Texts are numbered, and words are hashes of 64 bits, so that no word stands here to be read.
What came at one time is a run; runs of like size are merged, as in a log-structured merge tree
(O'Neil et al., 1996), so that adding a few texts to a million costs a few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from importlib import import_module
from math import log
from typing import Any, Final

import msgspec

from omnimemory.index._runs import Entries, Run, empty, joined, kept, run_of
from omnimemory.index.lexical import K1, B, hashed

PARTS: Final = {
    "words": "<u8",
    "starts": "<i8",
    "texts": "<i4",
    "counts": "u1",
    "lengths": "<u2",
}
"""The arrays that a file keeps, and their types."""

_MERGED_BELOW: Final = 4
"""A run is merged with the one before unless that has so many times as many entries."""

_ROUNDING: Final = 1e-3
"""How far a sum of scores may be off."""

_SEEK: Final = 16
"""To look a text up among the entries of a term takes as long as to score so many."""

_GROUP: Final = 64
"""So many scores are a group of which only the best is looked at first."""

_MOST_COUNTED: Final = 255
_MOST_LENGTH: Final = 65_535


class Part(msgspec.Struct):
    """Some of the texts with entries of their own, so that a search of them passes no others.

    Attributes:
        wanted: Whether each text is one of them.
        numbers: Their numbers in rising order; in the part they are known by their places.
        runs: The runs of all texts, with the part's share of each.
        damping: What damps the counts of each, once it is asked for.
    """

    wanted: Any
    numbers: Any
    runs: Sequence[tuple[Run, Run]] = ()
    damping: Any = None


class Postings:
    """Which texts hold which terms, scored by BM25."""

    def __init__(self) -> None:
        self._np: Any = import_module("numpy")
        self._lengths: Any = self._np.zeros(0, dtype="<u2")
        self._runs: list[Run] = []
        self._count()

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, cut: Sequence[Sequence[str]]) -> None:
        """Take texts as their terms; they have the next numbers."""
        np = self._np
        first = len(self._lengths)
        lengths = [min(len(one), _MOST_LENGTH) for one in cut]
        words: list[int] = []
        texts: list[int] = []
        counts: list[int] = []
        for number, one in enumerate(cut, first):
            counted = Counter(one)
            words += map(hashed, counted)
            counts += counted.values()
            texts += [number] * len(counted)
        self._lengths = np.concatenate([self._lengths, np.array(lengths, dtype="<u2")])
        self._texts += sum(map(bool, lengths))
        self._total += sum(lengths)
        self._damping = None
        if words:
            few = np.minimum(np.array(counts), _MOST_COUNTED).astype("u1")
            self._runs.append(
                run_of(np, np.array(words, dtype="<u8"), np.array(texts, dtype="<i4"), few)
            )
            self._merge()

    def forget(self, numbers: Sequence[int]) -> None:
        """Drop what is known of texts."""
        np = self._np
        gone = np.zeros(len(self._lengths), dtype=bool)
        gone[list(numbers)] = True
        self._runs = [kept(np, run, ~gone[run.texts]) for run in self._runs]
        self._lengths[gone] = 0
        self._count()

    def compact(self, kept: Sequence[int]) -> None:
        """Number the texts anew: those of these numbers come to 0, 1, 2 and so on."""
        np = self._np
        anew = np.zeros(len(self._lengths), dtype="<i4")
        anew[list(kept)] = np.arange(len(kept))
        for run in self._runs:
            run.texts = anew[run.texts]
        self._lengths = self._lengths[list(kept)]
        self._count()

    def part(self, name: Hashable, wanted: Any) -> Part:
        """Return some of the texts; what has come since it was asked for last joins it.

        Args:
            name: What the part is known by.
            wanted: Whether each text is one of them.
        """
        np = self._np
        part = self._parts.get(name)
        if part and part.wanted is wanted and len(part.runs) == len(self._runs):
            return part
        if part is None or not np.array_equal(part.wanted, wanted[: len(part.wanted)]):
            part = Part(wanted[:0], np.zeros(0, dtype="<i4"))
        seen = len(part.wanted)
        new = (np.flatnonzero(wanted[seen:]) + seen).astype("<i4")
        numbers = np.concatenate([part.numbers, new])
        own = {id(run): share for run, share in part.runs}
        runs = [
            (run, own[id(run)] if id(run) in own else run.within(np, wanted, numbers))
            for run in self._runs
        ]
        self._parts[name] = part = Part(wanted, numbers, runs)
        return part

    def best(self, wanted: Sequence[str], most: int, part: Part | None = None) -> tuple[Any, Any]:
        """Return numbers and scores of the best texts, best first, and all ties of the last.

        Rare terms are scored first. As soon as those that remain cannot lift another text
        among the best, only the texts that may still get there are looked at (Turtle and
        Flood, Query Evaluation: Strategies and Optimizations, 1995).

        Args:
            wanted: Different terms.
            most: How many texts, not counting ties.
            part: Only these texts. How rare a word is, is told by all of them.
        """
        np = self._np
        words = [np.uint64(hashed(term)) for term in wanted]
        counted = [(_entries(np, self._runs, word).count, word) for word in words]
        counted = sorted((one for one in counted if one[0]), key=lambda one: one[0])
        rarity = [log(1 + (self._texts - n + 0.5) / (n + 0.5)) for n, _ in counted]
        searched = self._runs if part is None else [own for _, own in part.runs]
        found = [_entries(np, searched, word) for _, word in counted]
        damping = self._damped(part)
        scores = np.zeros(len(damping), dtype=np.float32)
        hope = [sum(rarity[at:]) * (K1 + 1) + _ROUNDING for at in range(len(found))]
        seen: Any = None
        for at, entries in enumerate(found):
            seen = _left(np, scores, seen, most, hope[at])
            is_long = seen is not None and entries.count > _SEEK * len(seen)
            runs = entries.among(np, seen) if is_long else entries.runs
            self._score(runs, rarity[at], damping, scores)
        first, gave = _first(np, np.flatnonzero(scores > 0) if seen is None else seen, scores, most)
        return first if part is None else part.numbers[first], gave

    def parts(self) -> dict[str, Any]:
        """Return the arrays, by the names of `PARTS`, for a file."""
        self._merge(every=True)
        run = self._runs[0] if self._runs else empty(self._np)
        return {
            "words": run.words,
            "starts": run.starts,
            "texts": run.texts,
            "counts": run.counts,
            "lengths": self._lengths,
        }

    def restore(self, parts: Mapping[str, Any]) -> None:
        """Take the arrays of a file.

        Raises:
            ValueError: They do not belong together.
        """
        starts, texts = parts["starts"], parts["texts"]
        fits = len(starts) == len(parts["words"]) + 1 and len(texts) == len(parts["counts"])
        if not fits or int(starts[-1]) != len(texts):
            raise ValueError
        self._runs = [Run(parts["words"], starts, texts, parts["counts"])]
        self._lengths = parts["lengths"]
        self._count()

    def _count(self) -> None:
        """Count what every score needs: how many texts there are, and their lengths together."""
        np = self._np
        self._texts = int(np.count_nonzero(self._lengths))
        self._total = int(self._lengths.sum(dtype=np.int64))
        self._damping: Any = None
        self._parts: dict[Hashable, Part] = {}

    def _damped(self, part: Part | None) -> Any:
        """Return what damps the counts of each text: its length against the mean."""
        known = self._damping if part is None else part.damping
        if known is not None:
            return known
        np = self._np
        lengths = self._lengths if part is None else self._lengths[part.numbers]
        mean = float(self._total) / (self._texts or 1) or 1.0
        damping = (K1 * (1 - B + B * (lengths / np.float32(mean)))).astype(np.float32)
        if part is None:
            self._damping = damping
        else:
            part.damping = damping
        return damping

    def _score(
        self, runs: Sequence[tuple[Any, Any]], rarity: float, damping: Any, scores: Any
    ) -> None:
        np = self._np
        for texts, counts in runs:
            at, count = texts.astype(np.intp), counts.astype(np.float32)
            gave = count * np.float32(rarity * (K1 + 1)) / (count + damping.take(at))
            scores[at] = scores.take(at) + gave

    def _merge(self, *, every: bool = False) -> None:
        """Merge the newest runs while the one before is not much larger."""
        while len(self._runs) > 1:
            before, last = self._runs[-2:]
            if not every and len(before.texts) >= _MERGED_BELOW * len(last.texts):
                return
            self._runs[-2:] = [joined(self._np, before, last)]


def _least(np: Any, scores: Any, most: int) -> float:
    """Return the score of the last of the best; 0 where there are fewer.

    The best of each of so many groups bound it from below, so that of many scores few are
    sorted, and none where so many are as good as the best.
    """
    if len(scores) < most:
        return 0.0
    best = scores[: len(scores) // _GROUP * _GROUP].reshape(_GROUP, -1).max(axis=0)
    if len(best) >= most:
        bound = _last(np, best, most)
        if bound == scores.max():
            return bound
        scores = scores[scores >= bound]
    return _last(np, scores, most)


def _last(np: Any, scores: Any, most: int) -> float:
    """Return the least of so many of the best scores."""
    return float(np.partition(scores, len(scores) - most)[len(scores) - most])


def _entries(np: Any, runs: Sequence[Run], word: Any) -> Entries:
    return Entries([part for run in runs if (part := run.part(np, word))])


def _left(np: Any, scores: Any, seen: Any, most: int, hope: float) -> Any:
    """Return the texts that may still be among the best; None while that may be any.

    Args:
        np: NumPy.
        scores: What each text has so far.
        seen: Those that were left before; None is any.
        most: How many the best are.
        hope: What the terms that remain may add to a text.
    """
    if hope >= scores.max(initial=0.0):
        return None
    if seen is None:
        seen = np.flatnonzero(scores > 0)
    least = _least(np, scores[seen], most)
    return seen[scores[seen] >= least - hope] if hope < least else None


def _first(np: Any, texts: Any, scores: Any, most: int) -> tuple[Any, Any]:
    """Return the best of some texts, best first, and all ties of the last, with their scores."""
    given = scores[texts]
    least = _least(np, given, most)
    above = np.flatnonzero(given > least)
    above = above[np.argsort(-given[above], kind="stable")]
    tied = texts[given == least]
    rounded = np.append(given[above], np.float32(least)).astype(np.float64).round(5)
    return np.append(texts[above], tied), rounded.repeat(np.append(np.ones_like(above), len(tied)))
