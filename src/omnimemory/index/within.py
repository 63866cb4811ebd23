"""Search within: what of some nodes answers a query, by every signal that tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heapreplace
from importlib import import_module
from typing import Any, Final

from omnimemory.embed.reranker import Rescore
from omnimemory.index.candidates import Around, candidate, linked, said
from omnimemory.index.domain import asked_for
from omnimemory.index.ranker import Scored, score
from omnimemory.index.search import LEAST_COSINE, check_query
from omnimemory.index.signals import Candidate, Nearness, as_said
from omnimemory.model.facts import Hit, Passage
from omnimemory.store.base import GraphView
from omnimemory.store.walk import EdgeQuery


def search_within(
    view: GraphView,
    query: str,
    own: EdgeQuery,
    *,
    nearness: Nearness | None = None,
    rescore: Rescore | None = None,
) -> Iterator[tuple[Hit, Scored]]:
    """Yield the passages that answer a query, of nodes where some edges start.

    The best come first, ties by id.
    Those come in which, or beside which in their conversation, a word of the query stands, those
    linked to a record whose code it names or to a part of the product that it names, and those
    that are near to it in meaning.

    Args:
        view: Where to look.
        query: Words.
        own: Asks for the edges, such as the newest that end at a customer's identities.
        nearness: Tells how near passages are to a text in meaning; by words only if left out.
        rescore: Asks a reranker about the best, if there is one.

    Raises:
        EmbedderError: The embedder failed.
        RerankerError: The reranker failed.
        InputError: The query is no text.
    """
    np: Any = import_module("numpy")
    asked = check_query(query)
    if not asked.strip():
        return
    about, around = said(view, own)
    passages = list(view.passages(about))
    if not passages:
        return
    candidates = _candidates(view, asked, passages, around)
    near: list[float] | None = None
    if nearness is not None:
        cosines = nearness(view, as_said(asked, candidates), passages)
        near = [cosines.get(passage.about, 0.0) for passage in passages]
    scored = score(asked, candidates, near, rescore)
    found = [
        at
        for at, one in enumerate(scored)
        if one.is_found or (near is not None and near[at] >= LEAST_COSINE)
    ]
    again = AGAIN * float(np.std([one.score for one in scored]))
    threads = [one.thread for one in candidates]
    for at, one in spread(found, scored, threads, again=again):
        yield Hit(passages[at], one.score), one


AGAIN: Final = 0.08
"""What each result before it of the same conversation takes from a text, in standard deviations
of the scores: what answers a question may stand in several conversations."""


def spread(
    found: Iterable[int], scored: Sequence[Scored], threads: Sequence[str], *, again: float
) -> Iterator[tuple[int, Scored]]:
    """Yield positions and scores, the best first, ties by position; conversations take turns.

    Args:
        found: The positions that are wanted.
        scored: The score of every position.
        threads: The conversation of every position; empty where it is part of none.
        again: What each one before it of its conversation takes from a score.
    """
    by_thread: dict[str | int, list[int]] = {}
    for at in sorted(found, key=lambda at: (-scored[at].score, at)):
        by_thread.setdefault(threads[at] or at, []).append(at)
    queue = [(-scored[some[0]].score, some[0], 0, some) for some in by_thread.values()]
    heapify(queue)
    while queue:
        _, at, before, some = queue[0]
        yield at, scored[at].less("again", again * before)
        before += 1
        if before < len(some):
            below = again * before - scored[some[before]].score
            heapreplace(queue, (below, some[before], before, some))
        else:
            heappop(queue)


def _candidates(
    view: GraphView, query: str, passages: Collection[Passage], around: Around
) -> list[Candidate]:
    """Return the passages with what the graph tells of them, as far as the query asks for it."""
    asked = asked_for(query)
    about = {passage.about for passage in passages}
    if asked.needs_links:
        around = linked(view, about, around.nodes)
        asked = asked.naming(around.nodes.values())
    elif (asked := asked.naming(around.nodes.values())).parts:
        around = linked(view, about, around.nodes)
    return [
        candidate(passage.id, passage.about, passage.text, around=around, asked=asked)
        for passage in passages
    ]
