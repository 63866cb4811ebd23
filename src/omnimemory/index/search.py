"""Search: the store's own text index where it has one, and BM25 over its passages elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from omnimemory.errors import InputError
from omnimemory.index.lexical import bm25, query_terms
from omnimemory.model.facts import Hit, Passage
from omnimemory.store.base import GraphView, TextSearch, check_ids

SMALL_SCOPE: Final = 5_000
"""Up to so many nodes are ranked here, the same on every store, by their own statistics."""

_MOST_QUERY_CHARACTERS: Final = 10_000


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
    words = query_terms(query[:_MOST_QUERY_CHARACTERS])
    if not words or limit < 1:
        return []
    asked = " ".join(words)
    if isinstance(view, TextSearch) and (about is None or len(about) > SMALL_SCOPE):
        return view.search_text(asked, limit=limit, about=about)
    return rank_passages(asked, list(view.passages(about)), limit)


def rank_passages(query: str, passages: Sequence[Passage], limit: int) -> list[Hit]:
    """Return the passages with any word of the query, best first, ties by id."""
    scores = bm25(query, [passage.text for passage in passages])
    hits = [
        Hit(passage, score) for passage, score in zip(passages, scores, strict=True) if score > 0
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))[:limit]
