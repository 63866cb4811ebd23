"""How well each of a customer's records answers a query."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from omnimemory.context.gather import Gathered
from omnimemory.context.items import Item
from omnimemory.embed.reranker import Rescore
from omnimemory.index.candidates import Around, candidate
from omnimemory.index.domain import asked_for
from omnimemory.index.ranker import Scored, score
from omnimemory.index.signals import as_said
from omnimemory.model.facts import Node

Near: TypeAlias = Callable[[str, Collection[str]], Mapping[str, float]]
"""Returns how near to a text in meaning nodes are, by id."""

_MOST_CHARACTERS: Final = 20_000


def answers(
    items: Iterable[Item],
    query: str,
    gathered: Gathered,
    text_fields: Mapping[str, Sequence[str]],
    *,
    near: Near | None = None,
    rescore: Rescore | None = None,
) -> dict[str, Scored]:
    """Return how well each item's text answers a query, by node id; those without text do not.

    Args:
        items: What may answer.
        query: What is asked.
        gathered: What was read.
        text_fields: Where each kind has its text.
        near: Tells how near nodes are to a text in meaning, where there is an embedder.
        rescore: Asks a reranker about the best, if there is one.
    """
    asked = asked_for(query).naming(gathered.nodes.values())
    around = Around(gathered.nodes, gathered.out)
    candidates = [
        candidate(item.node.id, item.node.id, text, around=around, asked=asked, at=item.at)
        for item in items
        if (text := _text(item.node, text_fields))
    ]
    cosines = None
    if near is not None:
        found = near(as_said(query, candidates), [one.id for one in candidates])
        cosines = [found.get(one.id, 0.0) for one in candidates]
    scored = zip(candidates, score(query, candidates, cosines, rescore), strict=True)
    return {candidate.id: one for candidate, one in scored}


def _text(node: Node, text_fields: Mapping[str, Sequence[str]]) -> str:
    props = node.props
    values = [props.get(name) for name in text_fields.get(node.kind, _NAMES)]
    return "\n".join(str(value) for value in values if value)[:_MOST_CHARACTERS]


_NAMES: Final = ("name", "last_error")
