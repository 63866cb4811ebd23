"""One tenant's versions on a `networkx.MultiDiGraph`, with what finds them fast."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

import msgspec
import networkx as nx

from omnimemory.errors import ConflictError
from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage, Tally, by_type
from omnimemory.model.time import FOREVER, Span
from omnimemory.store import _rows

FactT = TypeVar("FactT", bound=Fact)


class End(NamedTuple):
    """The edges of one kind that start, or end, at one node."""

    id: str
    kind: str
    incoming: bool


class TenantGraph:
    """All versions of one tenant.

    A node of ``graph`` carries ``kind``, ``touched`` (the revision that last wrote what it
    owns), ``versions`` and ``passages``; an edge's key is its kind and it carries ``versions``.
    """

    def __init__(self) -> None:
        self.graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        self.revisions: list[int] = []
        self._written: dict[int, set[str]] = {}
        self._by_key: dict[str, set[str]] = {}
        self._ends: dict[str, set[End]] = {}
        # Starts of edges with their other end, in order: the newest are read from the back.
        self._starts: dict[End, list[tuple[int, str]]] = {}
        # Starts of open edges without an end, by kind of source: a tally is a bisection.
        self._endless: dict[End, dict[str, list[int]]] = {}
        self._ending: dict[End, list[Edge]] = {}

    @property
    def revision(self) -> int:
        """The newest revision; 0 before the first."""
        return self.revisions[-1] if self.revisions else 0

    def revision_at(self, recorded: int) -> int:
        """Return the newest revision not after a recorded time."""
        position = bisect_right(self.revisions, recorded)
        return self.revisions[position - 1] if position else 0

    def revisions_since(self, since: int, until: int) -> list[int]:
        """Return the revisions after ``since``, up to ``until``."""
        first, last = bisect_right(self.revisions, since), bisect_right(self.revisions, until)
        return self.revisions[first:last]

    def written_at(self, revision: int) -> set[str]:
        """Return the ids of nodes that owned what a revision wrote."""
        return self._written.get(revision, set())

    def kind(self, id: str) -> str:
        """Return the kind of a node."""
        return self.graph.nodes[id]["kind"]

    def nodes(self, id: str) -> list[Node]:
        """Return all versions of a node."""
        return self.graph.nodes[id]["versions"] if id in self.graph else []

    def passages(self, id: str) -> list[Passage]:
        """Return all versions of the passages about a node."""
        return self.graph.nodes[id]["passages"] if id in self.graph else []

    def edges(self, source: str, kind: str, target: str) -> list[Edge]:
        """Return all versions of an edge."""
        if not self.graph.has_edge(source, target, kind):
            return []
        return self.graph.edges[source, target, kind]["versions"]

    def owned(self, id: str) -> Iterator[Fact]:
        """Yield all versions of all that a node owns."""
        yield from self.nodes(id)
        yield from self.passages(id)
        if id in self.graph:
            for _, target, kind in self.graph.out_edges(id, keys=True):
                yield from self.edges(id, kind, target)

    def with_key(self, key: str) -> Iterable[str]:
        """Return the ids of nodes that carry a key or did."""
        return self._by_key.get(key, ())

    def keys(self, prefix: str) -> list[str]:
        """Return the keys that begin with ``prefix`` and that any node carries or did."""
        return sorted(key for key in self._by_key if key.startswith(prefix))

    def ends(self, id: str) -> Iterable[End]:
        """Return both ends of every kind of edge at a node."""
        return self._ends.get(id, ())

    def newest(self, end: End, *, before: int) -> Iterator[Edge]:
        """Yield all versions of the edges at one end that start before a time, newest first."""
        starts = self._starts.get(end, [])
        for position in range(bisect_left(starts, (before, "")) - 1, -1, -1):
            start, other = starts[position]
            source, target = (other, end.id) if end.incoming else (end.id, other)
            versions = self.edges(source, end.kind, target)
            yield from (edge for edge in versions if edge.span.valid_from == start)

    def endless(self, end: End, *, valid: int) -> Iterator[Tally]:
        """Yield how many open edges without an end start at a time or before it."""
        for node_kind, starts in self._endless.get(end, {}).items():
            count = bisect_right(starts, valid)
            if count:
                yield Tally(end.kind, node_kind, count, starts[0], starts[count - 1])

    def ending(self, end: End) -> list[Edge]:
        """Return the open edges that have an end in valid time."""
        return self._ending.get(end, [])

    def check(self, changes: Changes, base: int) -> None:
        """Raise `ConflictError` or `InputError` unless ``changes`` can be applied."""
        moved = {
            id
            for id in changes.owners
            if id in self.graph and self.graph.nodes[id]["touched"] > base
        }
        moved.update(key for key in changes.keys if self._key_moved(key, base))
        if moved and base != self.revision:
            raise ConflictError(base=base, touched=moved)
        kinds: dict[str, str] = {}
        for fact in changes.add:
            if isinstance(fact, Node):
                self._check_kind(fact, kinds, changes.erase)
        for fact in changes.add:
            for id in _rows.leans_on(fact):
                if id not in kinds and (id not in self.graph or id in changes.erase):
                    raise _rows.unknown_end(fact, id, base=None if base == self.revision else base)

    def apply(self, changes: Changes, added: Iterable[Fact], at: int) -> None:
        """Apply changes that were checked; ``added`` are their facts as they are stored."""
        for id in changes.erase:
            self._erase(id)
        for fact in changes.retire:
            self._retire(fact, at)
        self._add(added)
        self.revisions.append(at)
        for id in changes.owners:
            if id in self.graph:
                self._touch(id, at)

    def load(self, revisions: list[int], facts: list[Fact]) -> None:
        """Take versions as they are into an empty graph."""
        self.revisions = revisions
        self._add(facts)
        for fact in facts:
            self._touch(fact.owner, fact.span.recorded_from)
            if not fact.span.is_open:
                self._touch(fact.owner, fact.span.recorded_to)

    def _touch(self, id: str, revision: int) -> None:
        attributes = self.graph.nodes[id]
        attributes["touched"] = max(revision, attributes["touched"])
        self._written.setdefault(revision, set()).add(id)

    def _add(self, facts: Iterable[Fact]) -> None:
        nodes, edges, passages = by_type(facts)
        for node in nodes:
            self._add_node(node)
        for edge in edges:
            self._add_edge(edge)
        for passage in passages:
            self.passages(passage.about).append(passage)

    def _key_moved(self, key: str, base: int) -> bool:
        return any(
            key in node.keys
            and (node.span.recorded_from > base or base < node.span.recorded_to < FOREVER)
            for id in self.with_key(key)
            for node in self.nodes(id)
        )

    def _check_kind(self, node: Node, kinds: dict[str, str], erased: frozenset[str]) -> None:
        if node.id in self.graph and node.id not in erased:
            kinds.setdefault(node.id, self.kind(node.id))
        kind = kinds.setdefault(node.id, node.kind)
        if kind != node.kind:
            raise _rows.other_kind(node, kind)

    def _erase(self, id: str) -> None:
        if id not in self.graph:
            return
        joined = {*self.graph.out_edges(id, keys=True), *self.graph.in_edges(id, keys=True)}
        for source, target, kind in joined:
            for edge in self.edges(source, kind, target):
                self._uncount(edge)
            for end, other in _two_ends(source, kind, target):
                starts = self._starts[end]
                self._starts[end] = [start for start in starts if start[1] != other]
        for key in {key for node in self.nodes(id) for key in node.keys}:
            self._by_key[key].discard(id)
            if not self._by_key[key]:
                del self._by_key[key]
        for end in self._ends.pop(id, set()):
            self._starts.pop(end, None)
        self.graph.remove_node(id)

    def _retire(self, fact: Fact, at: int) -> None:
        match fact:
            case Node():
                _close(self.nodes(fact.id), fact.span.valid_from, at)
            case Edge():
                versions = self.edges(fact.source, fact.kind, fact.target)
                for edge in _close(versions, fact.span.valid_from, at):
                    self._uncount(edge)
            case Passage():
                _close(self.passages(fact.about), fact.span.valid_from, at, part=fact.part)

    def _add_node(self, node: Node) -> None:
        if node.id not in self.graph:
            self.graph.add_node(node.id, kind=node.kind, touched=0, versions=[], passages=[])
        self.nodes(node.id).append(node)
        for key in node.keys:
            self._by_key.setdefault(key, set()).add(node.id)

    def _add_edge(self, edge: Edge) -> None:
        source, kind, target = edge.source, edge.kind, edge.target
        if not self.graph.has_edge(source, target, kind):
            self.graph.add_edge(source, target, key=kind, versions=[])
        versions = self.edges(source, kind, target)
        if all(known.span.valid_from != edge.span.valid_from for known in versions):
            for end, other in _two_ends(source, kind, target):
                insort(self._starts.setdefault(end, []), (edge.span.valid_from, other))
                self._ends.setdefault(end.id, set()).add(end)
        versions.append(edge)
        self._count(edge)

    def _count(self, edge: Edge) -> None:
        end = End(edge.target, edge.kind, incoming=True)
        if not edge.span.is_open:
            return
        if edge.span.valid_to == FOREVER:
            starts = self._endless.setdefault(end, {}).setdefault(self.kind(edge.source), [])
            insort(starts, edge.span.valid_from)
        else:
            self._ending.setdefault(end, []).append(edge)

    def _uncount(self, edge: Edge) -> None:
        """Undo `_count` of an edge that was open until now."""
        end = End(edge.target, edge.kind, incoming=True)
        if not edge.span.is_open:
            return
        if edge.span.valid_to == FOREVER:
            starts = self._endless[end][self.kind(edge.source)]
            del starts[bisect_left(starts, edge.span.valid_from)]
        else:
            self._ending[end].remove(edge)


def _two_ends(source: str, kind: str, target: str) -> tuple[tuple[End, str], tuple[End, str]]:
    return (End(source, kind, incoming=False), target), (End(target, kind, incoming=True), source)


def _closed(fact: FactT, at: int) -> FactT:
    span = fact.span
    closed = Span(span.valid_from, span.valid_to, span.recorded_from, at)
    return msgspec.structs.replace(fact, span=closed)


def _close(versions: list[FactT], start: int, at: int, *, part: int | None = None) -> list[FactT]:
    """Close the open versions that hold from ``start``, in place, and return them as they were."""
    found: list[FactT] = []
    for position, fact in enumerate(versions):
        if part is not None and isinstance(fact, Passage) and fact.part != part:
            continue
        if fact.span.is_open and fact.span.valid_from == start:
            found.append(fact)
            versions[position] = _closed(fact, at)
    return found
