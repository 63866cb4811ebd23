"""Search of a whole tenant: by words, and by meaning where there is an embedder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from omnimemory.errors import InputError
from omnimemory.index._near import Near, shown
from omnimemory.index.vectors import VectorIndex
from omnimemory.index.words import WordIndex
from omnimemory.model.facts import Hit, Passage, owner
from omnimemory.model.records.base import repair
from omnimemory.store.base import GraphView

Searcher: TypeAlias = Callable[[GraphView, str, int], Sequence[Hit]]
"""Returns the best passages of the tenant for a query, at most so many, best first."""


class Proposals(msgspec.Struct, frozen=True):
    """What the indexes propose for a query, before anybody has looked whether it holds.

    Attributes:
        words: Passages by words, best first.
        meaning: Passages by meaning, if there is an embedder.
    """

    words: Sequence[Near]
    meaning: Sequence[Near] = ()

    def owners(self) -> list[str]:
        """Return the nodes that the passages are about, the best first."""
        lists = ([id for id, *_ in near] for near in (self.words, self.meaning))
        return list(dict.fromkeys(owner(id) for id, _ in _by_place(*lists)))

    def hits(self, passages: Sequence[Passage]) -> list[Hit]:
        """Return those of the proposals that are among these passages, best first, ties by id."""
        by_words = shown(self.words, passages)
        return _fused(by_words, shown(self.meaning, passages)) if self.meaning else by_words


Proposer: TypeAlias = Callable[[GraphView, str, int, tuple[str, ...]], Proposals]
"""Returns what may be the best passages of the tenant for a query, at most so many of a list, of
nodes whose ids begin so."""

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
    if vectors is None or _is_behind(view, vectors):
        return by_words
    near = vectors.search(view, asked, limit=limit)
    return _fused(by_words, [hit for hit in near if hit.score >= LEAST_COSINE])[:limit]


def propose(
    view: GraphView,
    query: str,
    limit: int,
    of: tuple[str, ...] = (),
    *,
    words: WordIndex,
    vectors: VectorIndex | None = None,
) -> Proposals:
    """Return what `search` would look up in the view, at most so many of each list.

    Whoever reads the passages anyway, with other things, saves a request to the store.

    Args:
        view: Where to look.
        query: Any text.
        limit: Largest number of passages by words, and by meaning.
        of: Only passages about nodes whose ids begin so; any if empty.
        words: The tenant's words.
        vectors: The tenant's vectors.

    Raises:
        EmbedderError: The embedder failed.
        InputError: The query is no text.
    """
    asked = check_query(query)
    by_words = words.propose(view, asked, limit=limit, of=of)
    if vectors is None or _is_behind(view, vectors):
        return Proposals(by_words)
    near = vectors.propose(view, asked, limit=limit)
    near = [one for one in near if one[2] >= LEAST_COSINE and (not of or one[0].startswith(of))]
    return Proposals(by_words, near)


def propose_anew(view: GraphView, query: str, limit: int, of: tuple[str, ...] = ()) -> Proposals:
    """Return what `propose` gives by words, all of which are read for this one time."""
    return propose(view, query, limit, of, words=WordIndex())


def _is_behind(view: GraphView, vectors: VectorIndex) -> bool:
    """Return whether too many passages wait to be encoded; the log says so once an index."""
    behind = vectors.is_behind(view, MOST_WAITING)
    if behind and not vectors.warned:
        vectors.warned = True
        _LOG.warning("over %s passages have no vector yet; reindex() encodes them", MOST_WAITING)
    return behind


def check_query(query: str) -> str:
    """Return what counts of a query, without what no store can hold.

    Raises:
        InputError: It is no text.
    """
    if not isinstance(query, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"query is {type(query).__name__}; a text is wanted")
    return repair(query[:MOST_QUERY_CHARACTERS])


def _fused(*lists: Sequence[Hit]) -> list[Hit]:
    passages = {hit.passage.id: hit.passage for hits in lists for hit in hits}
    places = _by_place(*([hit.passage.id for hit in hits] for hits in lists))
    return [Hit(passages[id], score) for id, score in places]


def _by_place(*lists: Sequence[str]) -> list[tuple[str, float]]:
    """Return what the lists name with the sum of its places, the best first, ties by name."""
    scores: dict[str, float] = {}
    for names in lists:
        for place, name in enumerate(names, 1):
            scores[name] = scores.get(name, 0.0) + 1 / (_RANK + place)
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))
