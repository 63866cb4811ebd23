"""Words: how well a text answers a query by them (BM25F), with the texts around it as fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from math import log
from typing import Final

from omnimemory.index import analyzer
from omnimemory.index.analyzer import terms

K1: Final = 1.2
B: Final = 0.5
"""Constants of BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009)."""

NEIGHBOURS: Final = {-2: 0.3, -1: 0.4, 1: 0.4, 2: 0.2}
"""What a word counts that stands in a text so many places before or after, in its conversation."""

MOST_TERMS: Final = 64
"""How many different words of a query count."""


_CACHED_TERMS: Final = 1 << 17
_MOST_CUT: Final = 1 << 14
"""How many texts are kept as cut, since the same ones are asked of again and again."""
_MOST_KEPT_CHARACTERS: Final = 4_000
"""Longer texts are cut anew each time."""


def query_terms(query: str) -> list[str]:
    """Return the different terms of a query in every language, the first `MOST_TERMS` of each."""
    return analyzer.query_terms(query, MOST_TERMS)


def bm25(
    query: str, texts: Sequence[str], around: Sequence[Mapping[int, float]] | None = None
) -> list[float]:
    """Return for each text how well it answers the query; 0 where no word of it is there.

    Weighted counts of the fields are added before they saturate (Robertson, Zaragoza and
    Taylor, CIKM 2004). How rare a word is, is told by the texts alone.

    Args:
        query: Words.
        texts: What to score.
        around: For each text, the positions of those that lend it their words, and how much
            a word of theirs counts.
    """
    wanted = frozenset(map(hashed, query_terms(query)))
    if not wanted or not texts:
        return [0.0] * len(texts)
    cut = [_cut(text) for text in texts]
    own = [_counts(wanted, one) for one in cut]
    counts, lengths = own, [float(len(one)) for one in cut]
    if around is not None:
        counts = [_lent(count, near, own) for count, near in zip(own, around, strict=True)]
        lengths = [
            length + sum(weight * len(cut[at]) for at, weight in near.items())
            for length, near in zip(lengths, around, strict=True)
        ]
    found = Counter(term for count in own for term in count)
    rarity = {term: log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for term, n in found.items()}
    mean = sum(lengths) / len(texts) or 1.0
    return [
        sum(
            rarity[term] * n * (K1 + 1) / (n + K1 * (1 - B + B * length / mean))
            for term, n in count.items()
        )
        for count, length in zip(counts, lengths, strict=True)
    ]


def neighbours(threads: Sequence[str], order: Sequence[int]) -> list[dict[int, float]]:
    """Return for each text the positions of its neighbours in its conversation, with weights.

    Args:
        threads: The conversation of each text; empty where it is part of none.
        order: The positions of the texts in the order of time.
    """
    by_thread: dict[str, list[int]] = {}
    for position in order:
        if threads[position]:
            by_thread.setdefault(threads[position], []).append(position)
    out: list[dict[int, float]] = [{} for _ in threads]
    for some in by_thread.values():
        for place, position in enumerate(some):
            out[position] = {
                some[place + step]: weight
                for step, weight in NEIGHBOURS.items()
                if 0 <= place + step < len(some)
            }
    return out


@lru_cache(maxsize=_CACHED_TERMS)
def hashed(term: str) -> int:
    """Return what a term is known by in an index: 64 bits, so that no word stands there."""
    return int.from_bytes(_digest(term), "little")


_CUT: Final[dict[bytes, tuple[int, ...]]] = {}
"""Texts as their hashed terms, by a digest of each: nothing that was written can be read here."""


def _cut(text: str) -> tuple[int, ...]:
    """Return the hashed terms of a text in their order."""
    told = _digest(text)
    found = _CUT.get(told)
    if found is None:
        found = tuple(map(hashed, terms(text)))
        if len(text) <= _MOST_KEPT_CHARACTERS:
            if len(_CUT) >= _MOST_CUT:
                _CUT.clear()
            _CUT[told] = found
    return found


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _counts(wanted: Collection[int], cut: Sequence[int]) -> dict[int, float]:
    counts: dict[int, float] = {}
    for term in cut:
        if term in wanted:
            counts[term] = counts.get(term, 0.0) + 1.0
    return counts


def _lent(
    own: Mapping[int, float], near: Mapping[int, float], every: Sequence[Mapping[int, float]]
) -> dict[int, float]:
    out = dict(own)
    for at, weight in near.items():
        for term, count in every[at].items():
            out[term] = out.get(term, 0.0) + weight * count
    return out
