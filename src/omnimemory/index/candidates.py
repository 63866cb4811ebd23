"""Candidates: texts with what the graph tells of them, as the signals want it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Final

from omnimemory.index.domain import Asked, Told, codes, codes_of, labels
from omnimemory.index.signals import Candidate
from omnimemory.model.facts import Edge, Node
from omnimemory.model.records.base import is_open
from omnimemory.store.base import GraphView
from omnimemory.store.walk import EdgeQuery, Ends

BACKWARDS: Final = ("RESOLVED_BY", "DEPENDS_ON")
"""Edges that tell something of the node that they end at."""

CONCERNS: Final = "CONCERNS"
"""The edge from a record to the part of the product that it is about."""

_PEOPLE: Final = frozenset({"FROM", "TO", "CC", "REQUESTED_BY", "ASSIGNED_TO", "USED_BY"})
_WORK: Final = frozenset({"Ticket", "Issue"})


class Around:
    """The nodes around some texts, and what they point at.

    Args:
        nodes: Nodes by id.
        out: Targets of edges, by source and edge kind.
    """

    def __init__(
        self, nodes: Mapping[str, Node], out: Mapping[tuple[str, str], Sequence[str]]
    ) -> None:
        self.nodes = nodes
        self.out = out

    @classmethod
    def of(cls, nodes: Iterable[Node], edges: Iterable[Edge]) -> Around:
        """Return what is around, from nodes and edges as they were read."""
        out: dict[tuple[str, str], list[str]] = {}
        for edge in edges:
            out.setdefault((edge.source, edge.kind), []).append(edge.target)
        return cls({node.id: node for node in nodes}, out)

    def first(self, id: str, kind: str) -> str:
        """Return the first target of one kind of edge; empty where there is none."""
        targets = self.out.get((id, kind))
        return targets[0] if targets else ""

    def linked(self, id: str) -> list[tuple[str, Node]]:
        """Return the records that a node is linked to, with the edge kind, once each.

        Those of its conversation are among them.
        """
        steps = list(self._links.get(id, ()))
        steps += [
            one for kind, end in steps if kind == "PART_OF" for one in self._links.get(end, ())
        ]
        found = {end: kind for kind, end in steps if end != id and end in self.nodes}
        return [(kind, self.nodes[end]) for end, kind in found.items()]

    @cached_property
    def _links(self) -> dict[str, list[tuple[str, str]]]:
        links: dict[str, list[tuple[str, str]]] = {}
        for (source, kind), targets in self.out.items():
            if kind in _PEOPLE:
                continue
            links.setdefault(source, []).extend((kind, target) for target in targets)
            if kind in BACKWARDS:
                for target in targets:
                    links.setdefault(target, []).append((f"-{kind}", source))
        return links


def said(view: GraphView, own: EdgeQuery) -> tuple[set[str], Around]:
    """Return where some edges start, and who said that, in which conversation, on which parts."""
    starts = (Ends((0,), "source"),)
    kinds = ("PART_OF", "FROM", CONCERNS)
    walked = view.walk([own, *(EdgeQuery((), (kind,), "source", ends=starts) for kind in kinds)])
    hanging, *edges = walked.edges
    around = Around.of(walked.nodes, chain.from_iterable(edges))
    return {edge.source for edge in hanging}, around


def linked(
    view: GraphView, about: Collection[str], known: Mapping[str, Node] = MappingProxyType({})
) -> Around:
    """Return that of these nodes, and the records around them: theirs, their conversation's ticket.

    Args:
        view: Where to look.
        about: The nodes.
        known: Nodes that have been read.
    """
    walked = view.walk(
        [
            EdgeQuery(about, None, "source"),
            EdgeQuery(about, BACKWARDS, "target"),
            EdgeQuery(
                (), ("ABOUT", CONCERNS), "source", ends=(Ends((0,), "target", "conversation:"),)
            ),
            EdgeQuery((), (CONCERNS,), "source", ends=(Ends((0, 2), "target", "ticket:"),)),
        ],
        read=about,
        known=known.keys(),
    )
    return Around.of([*known.values(), *walked.nodes], chain.from_iterable(walked.edges))


def candidate(
    id: str, about: str, text: str, *, around: Around, asked: Asked, at: int | None = None
) -> Candidate:
    """Return a text with what the graph tells of it, as far as the query asks for it.

    Args:
        id: What the candidate is known by.
        about: The node that it is about.
        text: What it says.
        around: The node, its author and the records that it is linked to.
        asked: What the query asks for.
        at: When, if other than since the node holds.
    """
    node = around.nodes.get(about)
    author = around.nodes.get(around.first(about, "FROM"))
    since = node.span.valid_from if node else 0
    return Candidate(
        id=id,
        text=text,
        at=since if at is None else at,
        thread=around.first(about, "PART_OF"),
        speaker=_text(author, "name"),
        sequence=_sequence(node),
        told=_told(node, author, text, around, asked) if node else Told(),
    )


def _told(node: Node, author: Node | None, text: str, around: Around, asked: Asked) -> Told:
    named = _labels(node.kind, _text(node, "channel"), _text(node, "form"))
    if not asked.is_special:
        return Told(labels=named)
    links = around.linked(node.id) if asked.needs_links else []
    role = _text(node, "author_kind") or _text(author, "author_kind")
    linked = (codes_of(one) for _, one in links)
    return Told(
        role=role,
        labels=named,
        state=_state(node, role, links) if asked.state else "",
        codes=codes_of(node) | codes(text) if asked.codes else frozenset(),
        linked=frozenset[str]().union(*linked) if asked.codes else frozenset(),
        parts=_parts(node, links, around, asked) if asked.parts else frozenset(),
    )


@lru_cache(maxsize=1_024)
def _labels(*named: str) -> frozenset[str]:
    return labels(" ".join(named))


def _parts(
    node: Node, links: Sequence[tuple[str, Node]], around: Around, asked: Asked
) -> frozenset[str]:
    """Return which parts that the query names a record concerns, or what it is linked to."""
    concern = (around.out.get((one.id, CONCERNS), ()) for one in (node, *(end for _, end in links)))
    return asked.parts & set(chain.from_iterable(concern))


def _state(node: Node, role: str, links: Sequence[tuple[str, Node]]) -> str:
    """Return the state of a record, or of the ticket or issue that it belongs to.

    What resolved a ticket is a resolution: a record that it says so of, its own words for it,
    and what was said in it to the customer.
    """
    if any(kind == "-RESOLVED_BY" for kind, _ in links):
        return "resolution"
    if node.kind in _WORK:
        return "resolution" if _text(node, "resolution") else _state_of(node)
    state = next((_state_of(one) for _, one in links if one.kind in _WORK), "")
    return "resolution" if state == "resolved" and role in _OURS else state


_OURS: Final = frozenset({"agent", "ai_agent", "bot"})


def _state_of(node: Node) -> str:
    return "open" if is_open(node.props) else "resolved"


def _text(node: Node | None, name: str) -> str:
    value = node.props.get(name) if node else None
    return value if isinstance(value, str) else ""


def _sequence(node: Node | None) -> float:
    sequence = node.props.get("sequence") if node else None
    return float(sequence) if sequence and isinstance(sequence, int | float) else 0.0
