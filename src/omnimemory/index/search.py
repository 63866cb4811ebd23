"""Search of a whole tenant: by words, and by meaning where there is an embedder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from omnimemory.errors import InputError
from omnimemory.index.vectors import VectorIndex
from omnimemory.index.words import WordIndex
from omnimemory.model.facts import Hit, Passage
from omnimemory.store.base import GraphView

Searcher: TypeAlias = Callable[[GraphView, str, int], Sequence[Hit]]
"""Returns the best passages of the tenant for a query, at most so many, best first."""

LEAST_COSINE: Final = 0.25
"""What is less near in meaning is no answer."""

MOST_QUERY_CHARACTERS: Final = 10_000
"""What stands further behind in a query does not count."""

MOST_WAITING: Final = 2_000
"""How many new passages a search encodes before it answers; with more, it goes by words."""

_RANK: Final = 60
_LOG: Final = logging.getLogger(__name__)


def search(
    view: GraphView,
    query: str,
    limit: int,
    *,
    words: WordIndex,
    vectors: VectorIndex | None = None,
) -> list[Hit]:
    """Return the best passages of a tenant for a query, best first, ties by id.

    By its words, and where there are vectors also by its meaning: places in both lists are
    added up as ``1 / (60 + place)`` (Cormack, Clarke and Büttcher, Reciprocal Rank Fusion, 2009).
    Where over `MOST_WAITING` passages wait to be encoded, it goes by words and logs a warning.

    Args:
        view: Where to look.
        query: Any text. Punctuation and query syntax are no more than separators.
        limit: Largest number of hits.
        words: The tenant's words.
        vectors: The tenant's vectors.

    Raises:
        EmbedderError: The embedder failed.
        InputError: The query is no text.
    """
    asked = check_query(query)
    by_words = words.search(view, asked, limit=limit)
    if vectors is None:
        return by_words
    if vectors.is_behind(view, MOST_WAITING):
        _LOG.warning("over %s passages have no vector yet; reindex() encodes them", MOST_WAITING)
        return by_words
    near = vectors.search(view, asked, limit=limit)
    return _fused(by_words, [hit for hit in near if hit.score >= LEAST_COSINE])[:limit]


def search_anew(view: GraphView, query: str, limit: int) -> list[Hit]:
    """Return what `search` finds by words, all of which are read for this one search."""
    return search(view, query, limit, words=WordIndex())


def check_query(query: str) -> str:
    """Return what counts of a query.

    Raises:
        InputError: It is no text.
    """
    if not isinstance(query, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"query is {type(query).__name__}; a text is wanted")
    return query[:MOST_QUERY_CHARACTERS]


def _fused(*lists: Sequence[Hit]) -> list[Hit]:
    scores: dict[str, float] = {}
    passages: dict[str, Passage] = {}
    for hits in lists:
        for place, hit in enumerate(hits, 1):
            passages[hit.passage.id] = hit.passage
            scores[hit.passage.id] = scores.get(hit.passage.id, 0.0) + 1 / (_RANK + place)
    best = sorted(scores, key=lambda one: (-scores[one], one))
    return [Hit(passages[id], scores[id]) for id in best]
