"""The words of many texts: which texts hold a word, how often, and the best for some words.

Texts are numbered, and words are hashes of 64 bits, so that no word stands here to be read.
What came at one time is a run; runs of like size are merged, as in a log-structured merge tree
(O'Neil et al., 1996), so that adding a few texts to a million costs a few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import import_module
from math import log
from typing import Any, Final

import msgspec

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

_MOST_COUNTED: Final = 255
_MOST_LENGTH: Final = 65_535


class Postings:
    """Which texts hold which terms, scored by BM25."""

    def __init__(self) -> None:
        self._np: Any = import_module("numpy")
        self._lengths: Any = self._np.zeros(0, dtype="<u2")
        self._runs: list[_Run] = []
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
        if words:
            few = np.minimum(np.array(counts), _MOST_COUNTED).astype("u1")
            self._runs.append(
                _run(np, np.array(words, dtype="<u8"), np.array(texts, dtype="<i4"), few)
            )
            self._merge()
        self._count()

    def forget(self, numbers: Sequence[int]) -> None:
        """Drop what is known of texts."""
        np = self._np
        gone = np.zeros(len(self._lengths), dtype=bool)
        gone[list(numbers)] = True
        self._runs = [_kept(np, run, ~gone[run.texts]) for run in self._runs]
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

    def best(self, wanted: Sequence[str], most: int, among: Any = None) -> list[tuple[int, float]]:
        """Return numbers and scores of the best texts, best first, and all ties of the last.

        Rare terms are scored first. As soon as those that remain cannot lift another text
        among the best, only the texts that may still get there are looked at (Turtle and
        Flood, Query Evaluation: Strategies and Optimizations, 1995).

        Args:
            wanted: Different terms.
            most: How many texts, not counting ties.
            among: Whether each text is wanted; all are if left out. How rare a word is, is
                told by all of them.
        """
        np = self._np
        found = [entries for term in wanted if (entries := self._entries(term)).count]
        found.sort(key=lambda one: one.count)
        scores = np.zeros(len(self._lengths), dtype=np.float32)
        rarity = [log(1 + (self._texts - one.count + 0.5) / (one.count + 0.5)) for one in found]
        if among is not None:
            found = [entries.where(among) for entries in found]
        hope = [sum(rarity[at:]) * (K1 + 1) + _ROUNDING for at in range(len(found))]
        seen: Any = np.zeros(0, dtype="<i4")
        for at, entries in enumerate(found):
            least = _least(np, scores[seen], most)
            if hope[at] < least:
                seen = seen[scores[seen] >= least - hope[at]]
                self._score(entries.among(np, seen), rarity[at], scores)
            else:
                self._score(entries.runs, rarity[at], scores)
                seen = np.flatnonzero(scores > 0)
        seen = seen[scores[seen] >= _least(np, scores[seen], most)]
        seen = seen[np.argsort(-scores[seen], kind="stable")]
        rounded = scores[seen].astype(np.float64).round(5)
        return list(zip(seen.tolist(), rounded.tolist(), strict=True))

    def parts(self) -> dict[str, Any]:
        """Return the arrays, by the names of `PARTS`, for a file."""
        self._merge(every=True)
        run = self._runs[0] if self._runs else _run(self._np, *_nothing(self._np))
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
        self._runs = [_Run(parts["words"], starts, texts, parts["counts"])]
        self._lengths = parts["lengths"]
        self._count()

    def _count(self) -> None:
        """Keep what every score needs: how many texts, and their lengths against the mean."""
        np = self._np
        self._texts = int(np.count_nonzero(self._lengths))
        mean = float(self._lengths.sum(dtype=np.int64)) / (self._texts or 1) or 1.0
        self._damping = (K1 * (1 - B + B * (self._lengths / np.float32(mean)))).astype(np.float32)

    def _entries(self, term: str) -> _Entries:
        word = self._np.uint64(hashed(term))
        return _Entries([part for run in self._runs if (part := run.part(self._np, word))])

    def _score(self, runs: Sequence[tuple[Any, Any]], rarity: float, scores: Any) -> None:
        np = self._np
        for texts, counts in runs:
            count = counts.astype(np.float32)
            gave = count * np.float32(rarity * (K1 + 1)) / (count + self._damping[texts])
            scores[texts] += gave

    def _merge(self, *, every: bool = False) -> None:
        """Merge the newest runs while the one before is not much larger."""
        while len(self._runs) > 1:
            before, last = self._runs[-2:]
            if not every and len(before.texts) >= _MERGED_BELOW * len(last.texts):
                return
            self._runs[-2:] = [_joined(self._np, before, last)]


class _Run(msgspec.Struct):
    """Terms in rising order; the entries of the n-th are those from its start to the next."""

    words: Any
    starts: Any
    texts: Any
    counts: Any

    def part(self, np: Any, word: Any) -> tuple[Any, Any] | None:
        """Return in which texts a term stands and how often, the texts in rising order."""
        at = int(np.searchsorted(self.words, word))
        if at == len(self.words) or self.words[at] != word:
            return None
        entries = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.texts[entries], self.counts[entries]


class _Entries(msgspec.Struct):
    """Where one term stands, run by run."""

    runs: Sequence[tuple[Any, Any]]

    @property
    def count(self) -> int:
        """In how many texts it stands."""
        return sum(len(texts) for texts, _ in self.runs)

    def where(self, wanted: Any) -> _Entries:
        """Return only the entries of texts that are wanted."""
        kept = [(texts, counts, wanted[texts]) for texts, counts in self.runs]
        return _Entries([(texts[one], counts[one]) for texts, counts, one in kept if one.any()])

    def among(self, np: Any, wanted: Any) -> list[tuple[Any, Any]]:
        """Return only the entries of these texts, which rise."""
        out: list[tuple[Any, Any]] = []
        for texts, counts in self.runs:
            at = np.minimum(np.searchsorted(texts, wanted), len(texts) - 1)
            at = at[texts[at] == wanted]
            out.append((texts[at], counts[at]))
        return out


def _least(np: Any, scores: Any, most: int) -> float:
    """Return the score of the last of the best; 0 where there are fewer."""
    if len(scores) < most:
        return 0.0
    return float(np.partition(scores, len(scores) - most)[len(scores) - most])


def _nothing(np: Any) -> tuple[Any, Any, Any]:
    return np.zeros(0, "<u8"), np.zeros(0, "<i4"), np.zeros(0, "u1")


def _run(np: Any, words: Any, texts: Any, counts: Any) -> _Run:
    """Return the run of these entries, whose texts rise within each word."""
    order = np.argsort(words, kind="stable")
    distinct, starts = np.unique(words[order], return_index=True)
    ends = np.append(starts, len(words)).astype("<i8")
    return _Run(distinct, ends, texts[order], counts[order])


def _each(np: Any, run: _Run) -> Any:
    return np.repeat(run.words, np.diff(run.starts))


def _joined(np: Any, first: _Run, second: _Run) -> _Run:
    return _run(
        np,
        np.concatenate([_each(np, first), _each(np, second)]),
        np.concatenate([first.texts, second.texts]),
        np.concatenate([first.counts, second.counts]),
    )


def _kept(np: Any, run: _Run, kept: Any) -> _Run:
    return _run(np, _each(np, run)[kept], run.texts[kept], run.counts[kept])
