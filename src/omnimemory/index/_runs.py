"""Runs: which texts hold which terms, as sorted arrays of what came at one time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec


class Run(msgspec.Struct):
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
        begin, end = int(self.starts[at]), int(self.starts[at + 1])
        return (self.texts[begin:end], self.counts[begin:end]) if begin < end else None

    def within(self, np: Any, wanted: Any, numbers: Any) -> Run:
        """Return the entries of some texts, which are numbered anew.

        Args:
            np: NumPy.
            wanted: Whether each text is one of them.
            numbers: Their numbers in rising order; their places are the new ones.
        """
        held = wanted[self.texts]
        each = np.add.reduceat(held, self.starts[:-1], dtype=np.int64) if len(held) else held
        starts = np.concatenate([[0], np.cumsum(each)]).astype("<i8")
        texts = np.searchsorted(numbers, self.texts[held]).astype("<i4")
        return Run(self.words, starts, texts, self.counts[held])


class Entries(msgspec.Struct):
    """Where one term stands, run by run."""

    runs: Sequence[tuple[Any, Any]]

    @property
    def count(self) -> int:
        """In how many texts it stands."""
        return sum(len(texts) for texts, _ in self.runs)

    def among(self, np: Any, wanted: Any) -> list[tuple[Any, Any]]:
        """Return only the entries of these texts, which rise."""
        out: list[tuple[Any, Any]] = []
        for texts, counts in self.runs:
            at = np.minimum(np.searchsorted(texts, wanted), len(texts) - 1)
            at = at[texts[at] == wanted]
            out.append((texts[at], counts[at]))
        return out


def empty(np: Any) -> Run:
    """Return a run without entries."""
    return run_of(np, np.zeros(0, "<u8"), np.zeros(0, "<i4"), np.zeros(0, "u1"))


def run_of(np: Any, words: Any, texts: Any, counts: Any) -> Run:
    """Return the run of these entries, whose texts rise within each word."""
    order = np.argsort(words, kind="stable")
    distinct, starts = np.unique(words[order], return_index=True)
    ends = np.append(starts, len(words)).astype("<i8")
    return Run(distinct, ends, texts[order], counts[order])


def _each(np: Any, run: Run) -> Any:
    return np.repeat(run.words, np.diff(run.starts))


def joined(np: Any, first: Run, second: Run) -> Run:
    """Return one run of the entries of two, of which the second's texts are the later ones."""
    words = np.union1d(first.words, second.words)
    runs = [
        (run, np.searchsorted(words, run.words), np.diff(run.starts)) for run in (first, second)
    ]
    sizes = np.zeros((2, len(words)), dtype="<i8")
    for own, (_, at, many) in zip(sizes, runs, strict=True):
        own[at] = many
    starts = np.concatenate([[0], np.cumsum(sizes.sum(axis=0))]).astype("<i8")
    texts, counts = np.empty(starts[-1], dtype="<i4"), np.empty(starts[-1], dtype="u1")
    begins = starts[:-1]
    for own, (run, at, many) in zip(sizes, runs, strict=True):
        places = np.repeat(begins[at] - run.starts[:-1], many)
        places += np.arange(len(run.texts))
        texts[places], counts[places] = run.texts, run.counts
        begins = begins + own
    return Run(words, starts, texts, counts)


def kept(np: Any, run: Run, wanted: Any) -> Run:
    """Return the run of those of its entries that are wanted."""
    return run_of(np, _each(np, run)[wanted], run.texts[wanted], run.counts[wanted])
