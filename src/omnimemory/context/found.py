"""What bears on a query: which records answer it, and what the tenant knows elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from omnimemory.context import fields
from omnimemory.context.gather import Gathered, is_open
from omnimemory.context.items import Item
from omnimemory.index.search import search
from omnimemory.index.signals import Candidate, Scored, as_said, score
from omnimemory.model.audience import Audience, may_see
from omnimemory.model.facts import Node
from omnimemory.store.base import GraphView

Near: TypeAlias = Callable[[str, Collection[str]], Mapping[str, float]]
"""Returns how near to a text in meaning nodes are, by id."""

MOST_FOUND: Final = 5
_LOOKED_AT: Final = 60
_MOST_CHARACTERS: Final = 20_000


def find(view: GraphView, query: str, gathered: Gathered, audience: Audience) -> list[Node]:
    """Return articles that answer a query and, for the tenant's agents, resolutions of others.

    Best first; of other customers' tickets only resolved ones come.
    """
    hits = search(view, query, None, _LOOKED_AT)
    ids = list(dict.fromkeys(hit.passage.about for hit in hits))
    wanted = [id for id in ids if id.startswith(("article:", "ticket:")) and id not in gathered.own]
    nodes = {node.id: node for node in view.nodes(wanted)}
    out = [nodes[id] for id in wanted if id in nodes and _bears(nodes[id], audience)]
    return out[:MOST_FOUND]


def answers(
    items: Iterable[Item],
    query: str,
    gathered: Gathered,
    text_fields: Mapping[str, Sequence[str]],
    *,
    near: Near | None = None,
) -> dict[str, Scored]:
    """Return how well each item's text answers a query, by node id; those without text do not.

    Args:
        items: What may answer.
        query: What is asked.
        gathered: What was read.
        text_fields: Where each kind has its text.
        near: Tells how near nodes are to a text in meaning, where there is an embedder.
    """
    candidates = [
        Candidate(
            id=item.node.id,
            text=text,
            at=item.at,
            thread=item.thread,
            speaker=_speaker(item.node, gathered),
            sequence=fields.amount(item.node.props.get("sequence")) or 0.0,
        )
        for item in items
        if (text := _text(item.node, text_fields))
    ]
    cosines = None
    if near is not None:
        found = near(as_said(query, candidates), [one.id for one in candidates])
        cosines = [found.get(one.id, 0.0) for one in candidates]
    scored = zip(candidates, score(query, candidates, cosines), strict=True)
    return {candidate.id: one for candidate, one in scored}


def _speaker(node: Node, gathered: Gathered) -> str:
    for person in gathered.targets(node.id, "FROM"):
        if name := fields.text(person.props.get("name")):
            return name
    return ""


def _text(node: Node, text_fields: Mapping[str, Sequence[str]]) -> str:
    props = node.props
    values = [props.get(name) for name in text_fields.get(node.kind, _NAMES)]
    return "\n".join(str(value) for value in values if value)[:_MOST_CHARACTERS]


_NAMES: Final = ("name", "last_error")


def _bears(node: Node, audience: Audience) -> bool:
    if not may_see(audience, node):
        return False
    if node.kind == "Article":
        return True
    resolved = node.kind == "Ticket" and not is_open(node.props)
    return audience == "internal" and resolved and bool(node.props.get("resolution"))
