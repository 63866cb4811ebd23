"""Nodes, edges and passages as immutable facts with both times.

An id says what it is: ``ticket:zendesk:1`` is a node, ``ticket:zendesk:1 #0`` a
passage about it, and ``ticket:zendesk:1 REQUESTED_BY identity:zendesk:7`` an edge.
A node *owns* itself, the edges that start at it and the passages about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from omnimemory.model.time import Span

JsonObject: TypeAlias = Mapping[str, Any]

OBSERVED: Final = "_observed"
"""Property that names the fields a version was told at its start; the rest it carries on."""


class Node(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of a node; ``keys`` are identifiers in normal form, and ``props`` JSON.

    A node without properties is a stub: something pointed at it before it was seen.
    """

    id: str
    kind: str
    span: Span
    keys: frozenset[str] = frozenset()
    props: JsonObject = {}

    @property
    def owner(self) -> str:
        """The node that this fact belongs to."""
        return self.id


class Edge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of a directed, typed edge; between two nodes there is one of a kind."""

    kind: str
    source: str
    target: str
    span: Span
    props: JsonObject = {}

    @property
    def id(self) -> str:
        """Source, kind and target, with a space between."""
        return f"{self.source} {self.kind} {self.target}"

    @property
    def owner(self) -> str:
        """The node that this fact belongs to."""
        return self.source


class Passage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of a text about a node."""

    about: str
    text: str
    span: Span
    part: int = 0

    @property
    def id(self) -> str:
        """The node's id and the passage's position in its text."""
        return f"{self.about} #{self.part}"

    @property
    def owner(self) -> str:
        """The node that this fact belongs to."""
        return self.about


Fact: TypeAlias = Node | Edge | Passage


class Changes(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One write: erase, then close ``retire``, then add.

    Attributes:
        add: Facts with valid time set; the store stamps the recorded time.
        retire: Open versions that end now, as they were read; one is recognised by its id
            and the start of its valid time.
        erase: Ids of nodes. All versions of what they own go, and all edges that point at them.
    """

    add: tuple[Fact, ...] = ()
    retire: tuple[Fact, ...] = ()
    erase: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.add or self.retire or self.erase)

    @property
    def owners(self) -> frozenset[str]:
        """Ids of the nodes that own what is written."""
        owners = set(self.erase)
        for facts in (self.add, self.retire):
            nodes, edges, passages = by_type(facts)
            owners.update([node.id for node in nodes])
            owners.update([edge.source for edge in edges])
            owners.update([passage.about for passage in passages])
        return frozenset(owners)

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the nodes that are added."""
        return frozenset(key for fact in self.add if isinstance(fact, Node) for key in fact.keys)


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """A fact at the revision that added it or, with ``closed``, that ended it."""

    revision: int
    fact: Fact
    closed: bool = False


class Tally(msgspec.Struct, frozen=True, gc=False):
    """How many edges of one kind run from nodes of one kind, and their oldest and newest start."""

    edge_kind: str
    node_kind: str
    count: int
    first: int
    last: int


class Subgraph(msgspec.Struct, frozen=True, gc=False):
    """Nodes, nearest first, and the edges among them, by id."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A passage that answers a search, and how well: higher is better."""

    passage: Passage
    score: float


def as_written(events: Iterable[Recorded]) -> Changes:
    """Return the batch that wrote the events of one revision."""
    at = list(events)
    closed = {(one.fact.id, one.fact.span.valid_from): one.fact for one in at if one.closed}
    return Changes(
        add=tuple(one.fact for one in at if not one.closed), retire=tuple(closed.values())
    )


def by_type(facts: Iterable[Fact]) -> tuple[list[Node], list[Edge], list[Passage]]:
    """Return facts apart, each of the three in their order."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    passages: list[Passage] = []
    for fact in facts:
        match fact:
            case Edge():
                edges.append(fact)
            case Node():
                nodes.append(fact)
            case Passage():
                passages.append(fact)
    return nodes, edges, passages


def owner(id: str) -> str:
    """Return the id of the node that owns the fact with this id."""
    return id.partition(" ")[0]


def of_kind(nodes: Iterable[Node], *kinds: str) -> list[Node]:
    """Return the nodes that are of one of these kinds, in their order."""
    return [node for node in nodes if node.kind in kinds]
