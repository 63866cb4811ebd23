"""Search within: what of some nodes answers a query, by every signal that tells."""

from __future__ import annotations

from collections.abc import Collection

from omnimemory.index.search import LEAST_COSINE, check_query
from omnimemory.index.signals import Candidate, Nearness, Scored, as_said, score
from omnimemory.model.facts import Hit, Node, Passage
from omnimemory.store.base import GraphView, check_ids
from omnimemory.store.walk import EdgeQuery


def search_within(
    view: GraphView,
    query: str,
    about: Collection[str],
    *,
    nearness: Nearness | None = None,
) -> list[tuple[Hit, Scored]]:
    """Return the passages about these nodes that answer a query, best first, ties by id.

    Those come in which, or beside which in their conversation, a word of the query stands, and
    those that are near to it in meaning.

    Args:
        view: Where to look.
        query: Words.
        about: The nodes.
        nearness: Tells how near nodes are to a text in meaning; by words only if left out.

    Raises:
        EmbedderError: The embedder failed.
        InputError: The query is no text, or ``about`` is a bare string.
    """
    check_ids(about)
    asked = check_query(query)
    passages = list(view.passages(about))
    if not asked.strip() or not passages:
        return []
    candidates = _candidates(view, passages)
    near: list[float] | None = None
    if nearness is not None:
        cosines = nearness(view, as_said(asked, candidates), about)
        near = [cosines.get(passage.about, 0.0) for passage in passages]
    found = [
        (Hit(passage, one.score), one)
        for at, (passage, one) in enumerate(
            zip(passages, score(asked, candidates, near), strict=True)
        )
        if one.has_words or (near is not None and near[at] >= LEAST_COSINE)
    ]
    return sorted(found, key=lambda one: (-one[0].score, one[0].passage.id))


def _candidates(view: GraphView, passages: Collection[Passage]) -> list[Candidate]:
    """Return the passages with who said them, when, and in which conversation."""
    about = {passage.about for passage in passages}
    threads, authors = view.edges_for(
        [EdgeQuery(about, ("PART_OF",), "source"), EdgeQuery(about, ("FROM",), "source")]
    )
    nodes = {node.id: node for node in view.nodes({*about, *(edge.target for edge in authors)})}
    thread = {edge.source: edge.target for edge in threads}
    author = {edge.source: nodes.get(edge.target) for edge in authors}
    return [
        Candidate(
            id=passage.id,
            text=passage.text,
            at=node.span.valid_from if node else 0,
            thread=thread.get(passage.about, ""),
            speaker=_name(author.get(passage.about)),
            sequence=_sequence(node),
        )
        for passage in passages
        for node in (nodes.get(passage.about),)
    ]


def _name(node: Node | None) -> str:
    name = node.props.get("name") if node else None
    return name if isinstance(name, str) else ""


def _sequence(node: Node | None) -> float:
    sequence = node.props.get("sequence") if node else None
    return float(sequence) if isinstance(sequence, int | float) else 0.0
