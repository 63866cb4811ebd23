"""Graphs: what lies around a customer, a bounded number of nodes, as of any time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from omnimemory.errors import InputError
from omnimemory.model.audience import Audience, may_see
from omnimemory.model.facts import Edge, Node
from omnimemory.model.ids import split_id
from omnimemory.model.kinds import Kinds
from omnimemory.model.relations import BUILT_IN
from omnimemory.model.time import now
from omnimemory.out import files, graphs, tables
from omnimemory.pictured import Pictured
from omnimemory.reads.customers import Customer
from omnimemory.reads.items import Item, title
from omnimemory.reads.page import check_limit
from omnimemory.reads.results import Result
from omnimemory.reads.timeline import Entry, usage_title
from omnimemory.store.base import GraphView
from omnimemory.store.walk import EdgeQuery

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

SHARED: Final = frozenset({"Account", "Agent", "Article", "Part", "Team", "Tenant"})
"""Kinds that many customers lead to; a graph shows them, and does not go on from them."""
MOST_HOPS: Final = 6
_PLENTIFUL: Final = ("FROM", "TO", "CC", "USED_BY")
_THEIRS: Final = frozenset({"Customer", "Identity"})


Found: TypeAlias = Customer | Item | Entry | Result
"""What reads return that is a node."""


class Graph(Pictured):
    """A part of the graph, with the ways out of it.

    Attributes:
        nodes: The nodes, nearest first.
        edges: The edges among them, by id.
        titles: A line that stands for each node, by id.
        focus: Ids of what it lies around.
        name: What that is called.
        hops: How far it reaches.
        is_cut: Whether there was more than the limit.
        at: The time that it shows, in microseconds.
    """

    def __init__(
        self,
        nodes: Iterable[Node],
        edges: Iterable[Edge],
        *,
        titles: Mapping[str, str],
        focus: Sequence[str],
        hops: int,
        is_cut: bool,
        at: int,
    ) -> None:
        self.nodes = tuple(nodes)
        self.edges = tuple(edges)
        self.titles = titles
        self.focus = tuple(focus)
        self.name = _name([titles.get(id, id) for id in self.focus])
        self.hops = hops
        self.is_cut = is_cut
        self.at = at

    def to_dicts(self) -> dict[str, list[dict[str, Any]]]:
        """Return nodes and edges as JSON: ids, kinds, times and properties."""
        return graphs.to_dicts(self.nodes, self.edges, self.titles)

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """Return a networkx graph; edges have their kind as key."""
        return graphs.to_networkx(self.nodes, self.edges, self.titles)

    def to_pandas(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return a frame of the nodes and one of the edges.

        Raises:
            MissingExtraError: The extra ``pandas`` is not installed.
        """
        return graphs.to_pandas(self.nodes, self.edges, self.titles)

    def to_arrow(self) -> tuple[tables.Stream, tables.Stream]:
        """Return an Arrow C stream of the nodes and one of the edges.

        Reading one raises `MissingExtraError` where the extra ``arrow`` is not installed.
        """
        return graphs.to_arrow(self.nodes, self.edges, self.titles)

    def to_dot(self) -> str:
        """Return the graph in the DOT language, for Graphviz."""
        return graphs.to_dot(self.nodes, self.edges, self.titles)

    def to_graphml(self) -> str:
        """Return the graph as GraphML, for Gephi, yEd and the like; properties are JSON."""
        return graphs.to_graphml(self.nodes, self.edges, self.titles)

    def to_page(self) -> str:
        """Return one HTML page to explore the graph in.

        It zooms, searches, filters by kind and time, and shows the record of what is clicked.
        Everything is in the page; no other address is ever contacted.

        Raises:
            MissingExtraError: This build has no cytoscape.js in it.
        """
        from importlib import import_module  # noqa: PLC0415 - show knows graphs, not they it

        return import_module("omnimemory.show.explore").page(self)

    def to_html(self, path: str | Path) -> Path:
        """Write the page to explore the graph in, whole or not at all, and return its path.

        Raises:
            InputError: The file cannot be written.
            MissingExtraError: This build has no cytoscape.js in it.
        """
        return files.write(path, self.to_page())

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        more = ", cut at the limit" if self.is_cut else ""
        return f"<Graph around {self.name}: {len(self.nodes)} nodes, {len(self.edges)} edges{more}>"


def _name(titles: Sequence[str]) -> str:
    match titles:
        case [title]:
            return title
        case [title, *others]:
            return f"{title} and {len(others):,} more"
        case _:
            return "nothing"


def graph_around(
    view: GraphView,
    around: Iterable[Found],
    *,
    kinds: Kinds,
    hops: int,
    only: Collection[str] | None,
    limit: int,
    audience: Audience,
) -> Graph:
    """Return what lies around some things, newest first where there is more than the limit.

    Args:
        view: Where to look.
        around: Customers, or what reads return of other nodes.
        kinds: The kinds that the memory knows.
        hops: How many edges away from them, or from the customers' identities.
        only: Edge kinds to go along; any if None.
        limit: Largest number of nodes.
        audience: Who looks.

    Raises:
        InputError: The limit or the number of hops is not a whole number that can be used.
    """
    check_limit(limit)
    if isinstance(hops, bool) or not isinstance(hops, int) or not 0 <= hops <= MOST_HOPS:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"hops is {hops!r}; it must be a whole number from 0 to {MOST_HOPS}")
    walk = _Walk(view, only, kinds, limit, audience)
    starts = list(around)
    walk.start(dict.fromkeys(id for one in starts for id in _ids(one)))
    for _ in range(hops):
        walk.on()
    nodes = walk.nodes
    among = [
        edge
        for edge in view.edges(list(nodes), kinds=only, at="source")
        if edge.source in nodes and edge.target in nodes
    ]
    return Graph(
        nodes.values(),
        sorted(among, key=lambda edge: edge.id),
        titles={id: _title(node, kinds) for id, node in nodes.items()}
        | {one.id: one.name for one in starts if isinstance(one, Customer)},
        focus=list(dict.fromkeys(one.id for one in starts if one.id in nodes)),
        hops=hops,
        is_cut=walk.is_cut,
        at=min(view.as_of.valid, now()),
    )


def _ids(one: Found) -> tuple[str, ...]:
    return (one.id, *one.identities) if isinstance(one, Customer) else (one.id,)


class _Walk:
    """Steps outward, a read of edges and one of nodes each, until the limit."""

    def __init__(
        self,
        view: GraphView,
        only: Collection[str] | None,
        kinds: Kinds,
        limit: int,
        audience: Audience,
    ) -> None:
        self._view = view
        self._limit = limit
        self._audience: Audience = audience
        known = {*BUILT_IN, *kinds.anchors().values()} if only is None else set(only)
        self._plentiful = sorted(known.intersection(_PLENTIFUL))
        self._others = sorted(known.difference(_PLENTIFUL))
        self._frontier: list[str] = []
        self.nodes: dict[str, Node] = {}
        self.is_cut = False

    def start(self, ids: Collection[str]) -> None:
        """Begin at these nodes."""
        self._reach(list(ids))

    def on(self) -> None:
        """Go one hop further, along the newest edges first."""
        if not self._frontier:
            return
        near = self._view.edges_for(
            [
                EdgeQuery(self._frontier, kinds=kinds, newest=2 * self._limit)
                for kinds in (self._others, self._plentiful)
                if kinds
            ]
        )
        found = (end for edges in near for edge in edges for end in (edge.source, edge.target))
        self._reach([id for id in dict.fromkeys(found) if id not in self.nodes])

    def _reach(self, ids: list[str]) -> None:
        room = self._limit - len(self.nodes)
        place = {id: position for position, id in enumerate(ids)}
        seen = [node for node in self._view.nodes(ids[: 4 * room]) if self._may_see(node)]
        seen.sort(key=lambda node: place[node.id])
        self.is_cut |= len(seen) > room or len(ids) > 4 * room
        self.nodes |= {node.id: node for node in seen[:room]}
        self._frontier = [node.id for node in seen[:room] if node.kind not in SHARED]

    def _may_see(self, node: Node) -> bool:
        return node.kind in _THEIRS or may_see(self._audience, node)


def _title(node: Node, kinds: Kinds) -> str:
    if node.kind == "Usage":
        return usage_title(node.props)
    if node.kind == "Identity":
        return (
            f"{node.props.get('name') or min(node.keys, default=node.id)} in {split_id(node.id)[0]}"
        )
    return title(node, kinds.title_fields.get(node.kind))
