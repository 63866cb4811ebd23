"""A view → triples, a page of nodes at a time, with what an audience may not see left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from omnimemory.model.audience import Audience, levels, may_see
from omnimemory.model.facts import Edge, Node
from omnimemory.rdf.mapping import Mapper
from omnimemory.rdf.tables import HIDDEN_KINDS
from omnimemory.store.base import GraphView

if TYPE_CHECKING:
    from pyoxigraph import Triple

PAGE_NODES: Final = 500
"""How many nodes are read at once; it bounds memory."""

_PEOPLE: Final = frozenset({"Customer", "Identity"})


def triples(view: GraphView, tenant: str, *, audience: Audience = "internal") -> Iterator[Triple]:
    """Stream the graph of a view in standard vocabularies, by kind, then by id.

    Raises:
        InputError: There is no such audience.
    """
    levels(audience)
    mapper = Mapper(tenant)
    for ids in pages(view):
        for _, said in described(view, mapper, ids, audience=audience):
            yield from said


def pages(view: GraphView) -> Iterator[list[str]]:
    """Yield the ids of all nodes that may be told of, a page at a time."""
    for kind in sorted(view.counts()):
        if kind == "passage" or kind in HIDDEN_KINDS:
            continue
        after = None
        while found := view.find(kind=kind, after=after, limit=PAGE_NODES):
            yield sorted({node.id for node in found})
            after = found[-1].id


def described(
    view: GraphView, mapper: Mapper, ids: Collection[str], *, audience: Audience
) -> Iterator[tuple[str, list[Triple]]]:
    """Yield what is said of each of these nodes and of the edges that start at it, by id.

    Triples are in order, and those of one subject stand together.
    """
    held = [fact for fact in view.versions(ids) if view.as_of.sees(fact.span)]
    nodes = _shown((fact for fact in held if isinstance(fact, Node)), audience)
    edges = {fact.id: fact for fact in held if isinstance(fact, Edge) and fact.source in nodes}
    ends = {edge.target for edge in edges.values()}.difference(nodes)
    known = nodes | _shown(view.nodes(sorted(ends)), audience)
    leaving: dict[str, list[Edge]] = {}
    for edge in edges.values():
        if edge.target in known:
            leaving.setdefault(edge.source, []).append(edge)
    for id, node in sorted(nodes.items()):
        said = set(_said(mapper, node, leaving.get(id, ()), known))
        yield id, sorted(said, key=str)


def seen(audience: Audience, node: Node) -> bool:
    """Return whether an audience is told of a node; people without a level are told of."""
    if node.kind in HIDDEN_KINDS:
        return False
    if node.kind in _PEOPLE and "visibility" not in node.props:
        return True
    return may_see(audience, node)


def _said(
    mapper: Mapper, node: Node, edges: Iterable[Edge], known: dict[str, Node]
) -> Iterator[Triple]:
    yield from mapper.node(node)
    leaving = list(edges)
    customers = [edge.target for edge in leaving if edge.kind == "SAME_AS"]
    for edge in leaving:
        yield from mapper.edge(edge, node.kind, known[edge.target].kind, customers=customers)


def _shown(nodes: Iterable[Node], audience: Audience) -> dict[str, Node]:
    """Return the newest version of each node, of those that an audience is told of."""
    newest = {node.id: node for node in nodes}
    return {id: node for id, node in newest.items() if seen(audience, node)}
