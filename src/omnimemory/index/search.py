"""Search: the store's own text index where it has one, and BM25 over its passages elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from omnimemory.errors import InputError
from omnimemory.index.lexical import bm25, query_words
from omnimemory.index.vectors import VectorIndex
from omnimemory.model.facts import Hit, Passage
from omnimemory.store.base import GraphView, TextSearch, check_ids

SMALL_SCOPE: Final = 5_000
"""Up to so many nodes are ranked here, the same on every store, by their own statistics."""

LEAST_COSINE: Final = 0.25
"""What is less near in meaning is no answer."""

MOST_QUERY_CHARACTERS: Final = 10_000
"""What stands further behind in a query does not count."""

_RANK: Final = 60


def search(view: GraphView, query: str, about: Collection[str] | None, limit: int) -> Sequence[Hit]:
    """Return the best passages for the words of ``query``, best first, ties by id.

    Args:
        view: Where to look.
        query: Words. Punctuation and query syntax are no more than separators.
        about: Only passages about these nodes; None is the whole tenant.
        limit: Largest number of hits.

    Raises:
        InputError: The query is no text, or ``about`` is a bare string.
    """
    check_ids(about)
    if not isinstance(query, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"query is {type(query).__name__}; a text is wanted")
    words = query_words(query[:MOST_QUERY_CHARACTERS])
    if not words or limit < 1:
        return []
    asked = " ".join(words)
    if isinstance(view, TextSearch) and (about is None or len(about) > SMALL_SCOPE):
        return view.search_text(asked, limit=limit, about=about)
    return rank_passages(asked, list(view.passages(about)), limit)


def fused(
    view: GraphView,
    query: str,
    about: Collection[str] | None,
    limit: int,
    *,
    vectors: VectorIndex,
) -> Sequence[Hit]:
    """Return the best passages for the words and the meaning of ``query``, best first, ties by id.

    Places in both lists are added up as ``1 / (60 + place)`` (Cormack, Clarke and Büttcher,
    Reciprocal Rank Fusion, 2009).

    Args:
        view: Where to look.
        query: Words.
        about: Only passages about these nodes; None is the whole tenant.
        limit: Largest number of hits.
        vectors: The tenant's vectors.

    Raises:
        EmbedderError: The embedder failed.
        InputError: The query is no text, or ``about`` is a bare string.
    """
    by_words = search(view, query, about, limit)
    asked = query[:MOST_QUERY_CHARACTERS]
    by_meaning = vectors.search(view, asked, within=about, limit=limit)
    near = [hit for hit in by_meaning if hit.score >= LEAST_COSINE]
    scores: dict[str, float] = {}
    passages: dict[str, Passage] = {}
    for hits in (by_words, near):
        for place, hit in enumerate(hits, 1):
            passages[hit.passage.id] = hit.passage
            scores[hit.passage.id] = scores.get(hit.passage.id, 0.0) + 1 / (_RANK + place)
    best = sorted(scores, key=lambda one: (-scores[one], one))[:limit]
    return [Hit(passages[id], scores[id]) for id in best]


def rank_passages(query: str, passages: Sequence[Passage], limit: int) -> list[Hit]:
    """Return the passages with any word of the query, best first, ties by id."""
    scores = bm25(query, [passage.text for passage in passages])
    hits = [
        Hit(passage, score) for passage, score in zip(passages, scores, strict=True) if score > 0
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))[:limit]
