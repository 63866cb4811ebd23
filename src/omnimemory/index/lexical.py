"""Words: how well a text answers a query by them (BM25F), with the texts around it as fields."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from omnimemory.index import analyzer
from omnimemory.index.analyzer import terms
from omnimemory.index.conversations import Conversations
from omnimemory.index.kept import kept

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores: TypeAlias = NDArray[np.float64]

K1: Final = 1.2
B: Final = 0.5
"""Constants of BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009)."""

NEIGHBOURS: Final = {-2: 0.3, -1: 0.4, 1: 0.4, 2: 0.2}
"""What a word counts that stands in a text so many places before or after, in its conversation."""

MOST_TERMS: Final = 64
"""How many different words of a query count."""


_CACHED_TERMS: Final = 1 << 17
_MOST_KEPT_CHARACTERS: Final = 4_000
"""Longer texts are cut anew each time."""


def query_terms(query: str) -> list[str]:
    """Return the different terms of a query in every language, the first `MOST_TERMS` of each."""
    return analyzer.query_terms(query, MOST_TERMS)


def bm25(query: str, texts: Sequence[str], conversations: Conversations | None = None) -> Scores:
    """Return for each text how well it answers the query; 0 where no word of it is there.

    Weighted counts of the fields are added before they saturate (Robertson, Zaragoza and
    Taylor, CIKM 2004). How rare a word is, is told by the texts alone.

    Args:
        query: Words.
        texts: What to score.
        conversations: Those of the texts, where neighbours lend their words.
    """
    np: Any = import_module("numpy")
    wanted = np.unique(np.array([*map(hashed, query_terms(query))], dtype=np.uint64))
    if not len(wanted) or not texts:
        return np.zeros(len(texts))
    cut = [_cut(text) for text in texts]
    lengths = np.array([len(one) for one in cut])
    counts = _counts(wanted, np.concatenate(cut), np.repeat(np.arange(len(cut)), lengths), len(cut))
    found = np.count_nonzero(counts, axis=0)
    rarity = np.log(1 + (len(texts) - found + 0.5) / (found + 0.5))
    if conversations is not None:
        counts = counts + conversations.lent(counts, NEIGHBOURS)
        lengths = lengths + conversations.lent(lengths.astype(float), NEIGHBOURS)
    damping = K1 * (1 - B + B * lengths / (lengths.mean() or 1.0))
    return (rarity * counts * (K1 + 1) / (counts + damping[:, None])).sum(axis=1)


@lru_cache(maxsize=_CACHED_TERMS)
def hashed(term: str) -> int:
    """Return what a term is known by in an index: 64 bits, so that no word stands there."""
    return int.from_bytes(_digest(term), "little")


def _cut(text: str) -> Any:
    """Return the hashed terms of a text in their order."""
    return _kept_cut(text) if len(text) <= _MOST_KEPT_CHARACTERS else _cut_anew(text)


def _cut_anew(text: str) -> Any:
    np: Any = import_module("numpy")
    return np.array([*map(hashed, terms(text))], dtype=np.uint64)


_kept_cut: Final = kept(_cut_anew)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _counts(wanted: Any, terms: Any, texts: Any, many: int) -> Any:
    """Return how often terms stand in texts: a row a text, a column for each that is anywhere.

    Args:
        wanted: Different terms in rising order.
        terms: The terms of all texts.
        texts: In which text each of them stands.
        many: How many texts there are.
    """
    np: Any = import_module("numpy")
    at = np.minimum(np.searchsorted(wanted, terms), len(wanted) - 1)
    is_wanted = wanted[at] == terms
    there, column = np.unique(at[is_wanted], return_inverse=True)
    cells = texts[is_wanted] * len(there) + column
    return np.bincount(cells, minlength=many * len(there)).reshape(many, -1).astype(float)
