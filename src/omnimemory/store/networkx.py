"""The store in process: each tenant is a `networkx.MultiDiGraph` that carries versions."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from threading import RLock

import msgspec
import networkx as nx

from omnimemory.errors import ClosedError
from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage, Recorded, Tally
from omnimemory.model.time import FOREVER, NOW, AsOf, now
from omnimemory.store import _networkx_file, _rows
from omnimemory.store._networkx_graph import End, FactT, TenantGraph
from omnimemory.store.base import (
    EdgeSide,
    GraphStore,
    GraphView,
    check_ids,
    count_edges,
    sum_tallies,
)


class _Gate:
    """Lets one thread at a time into a store that is open."""

    def __init__(self) -> None:
        self._lock = RLock()
        self.closed = False

    @contextmanager
    def __call__(self) -> Generator[None]:
        with self._lock:
            if self.closed:
                raise ClosedError("the store was closed; open it again with omnimemory.connect")
            yield


class NetworkXStore(GraphStore):
    """Keeps facts in this process, and in a JSON Lines file if one was named.

    The file is read when the store opens and written whole by `save`, which `close` and
    `scrub` call. It takes the place of the old one in one step, so that a crash
    leaves what was saved last and never half a file; commits since then are lost. Choose
    SQLite where each commit must outlive a crash.

    Args:
        path: The file; without one nothing outlives the process.
        clock: Returns UTC microseconds.

    Raises:
        StoreError: The file cannot be read, or is no such file.
    """

    def __init__(
        self, path: str | PathLike[str] | None = None, *, clock: Callable[[], int] = now
    ) -> None:
        self._clock = clock
        self._path = None if path is None else Path(path)
        self._gate = _Gate()
        self._tenants = _networkx_file.read(self._path) if self._path else {}

    def view(self, tenant: str, as_of: AsOf = NOW) -> NetworkXView:
        _rows.check_tenant(tenant)
        with self._gate():
            return NetworkXView(self._gate, self._tenants.get(tenant) or TenantGraph(), as_of)

    def commit(self, tenant: str, changes: Changes, *, base: int, at: int | None = None) -> int:
        _rows.check_tenant(tenant)
        _rows.check_changes(changes)
        with self._gate():
            graph = self._tenants.get(tenant) or TenantGraph()
            revision = _rows.next_revision(graph.revision, at=at, clock=self._clock)
            graph.check(changes, base)
            graph.apply(changes, [_rows.stored(fact, revision) for fact in changes.add], revision)
            self._tenants[tenant] = graph
            return revision

    def tenants(self) -> list[str]:
        with self._gate():
            return sorted(self._tenants)

    def graph(self, tenant: str) -> nx.MultiDiGraph[str]:
        """Return the live graph of a tenant, to explore and not to change.

        A node carries ``kind``, ``versions`` and ``passages``; an edge's key is its kind, and
        it carries ``versions``.
        """
        with self._gate():
            return (self._tenants.get(tenant) or TenantGraph()).graph

    def save(self) -> None:
        """Write all facts to the store's file, if it has one.

        Raises:
            StoreError: The file cannot be written; the one that was there stands.
        """
        with self._gate():
            if self._path is not None:
                _networkx_file.write(self._path, self._tenants)

    def scrub(self) -> None:
        self.save()

    def contains_bytes(self, needles: Collection[bytes]) -> list[bytes]:
        return _rows.in_files([self._path] if self._path else [], needles)

    def __repr__(self) -> str:
        return f"<NetworkXStore {self._path or 'in process'}>"

    def close(self) -> None:
        if not self._gate.closed:
            self.save()
            self._gate.closed = True
            self._tenants = {}


class NetworkXView(GraphView):
    """One tenant of a NetworkX store at one point in time."""

    def __init__(self, gate: _Gate, graph: TenantGraph, as_of: AsOf) -> None:
        self._gate = gate
        self._graph = graph
        self.revision = graph.revision_at(as_of.recorded)
        self.as_of = AsOf(valid=as_of.valid, recorded=self.revision)

    def nodes(self, ids: Collection[str]) -> list[Node]:
        check_ids(ids)
        with self._gate():
            seen = [node for id in set(ids) for node in self._seen(self._graph.nodes(id))]
        return sorted(seen, key=_rows.version_order)

    def find(
        self,
        *,
        kind: str | None = None,
        keys: Collection[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Node]:
        check_ids(keys)
        with self._gate():
            graph = self._graph
            wanted = None if keys is None else frozenset(keys)
            ids = (
                list(graph.graph)
                if wanted is None
                else {id for key in wanted for id in graph.with_key(key)}
            )
            found = self.nodes(
                [
                    id
                    for id in ids
                    if (after is None or id > after) and (kind is None or graph.kind(id) == kind)
                ]
            )
        return [node for node in found if wanted is None or wanted & node.keys][:limit]

    def keys(self, prefix: str, *, limit: int) -> list[str]:
        with self._gate():
            carried = (
                key
                for key in self._graph.keys(prefix)
                if any(key in node.keys for node in self.nodes(list(self._graph.with_key(key))))
            )
            return [key for key, _ in zip(carried, range(limit), strict=False)]

    def edges(
        self,
        touching: Collection[str],
        *,
        kinds: Collection[str] | None = None,
        at: EdgeSide | None = None,
        before: int | None = None,
        newest: int | None = None,
    ) -> list[Edge]:
        check_ids(touching, kinds)
        with self._gate():
            ranges = [
                self._graph.newest(end, before=FOREVER if before is None else before)
                for id in set(touching)
                for end in self._graph.ends(id)
                if (kinds is None or end.kind in kinds)
                and (at is None or end.incoming == (at == "target"))
            ]
            merged = heapq.merge(*ranges, key=_start, reverse=True)
            found = _take(self._seen(merged), newest)
        return sorted(found, key=_rows.newest_first)

    def tally(self, targets: Collection[str], *, kinds: Collection[str]) -> list[Tally]:
        check_ids(targets, kinds)
        with self._gate():
            ends = [End(id, kind, incoming=True) for id in set(targets) for kind in set(kinds)]
            if self.revision == self._graph.revision:
                return sum_tallies(part for end in ends for part in self._kept(end))
            edges = [e for end in ends for e in self._seen(self._graph.newest(end, before=FOREVER))]
            return count_edges(edges, {e.source: self._graph.kind(e.source) for e in edges})

    def passages(self, about: Collection[str] | None = None) -> Iterator[Passage]:
        check_ids(about)
        with self._gate():
            ids = list(self._graph.graph) if about is None else set(about)
        return self._passages(sorted(ids))

    def versions(self, owners: Collection[str]) -> list[Fact]:
        check_ids(owners)
        with self._gate():
            facts = [self._known(f) for id in set(owners) for f in self._graph.owned(id)]
        known = [fact for fact in facts if fact.span.recorded_from <= self.revision]
        return sorted(known, key=_rows.version_order)

    def scan(self, *, since: int = 0) -> Iterator[Recorded]:
        with self._gate():
            revisions = self._graph.revisions_since(since, self.revision)
        for revision in revisions:
            with self._gate():
                written = self._graph.written_at(revision)
                facts = [self._known(fact) for id in written for fact in self._graph.owned(id)]
            facts.sort(key=_rows.version_order)
            yield from (
                Recorded(revision, f, True) for f in facts if f.span.recorded_to == revision
            )
            yield from (Recorded(revision, f) for f in facts if f.span.recorded_from == revision)

    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for node in self.find():
            counts[node.kind] = counts.get(node.kind, 0) + 1
        passages = sum(1 for _ in self.passages())
        return dict(sorted(counts.items())) | ({"passage": passages} if passages else {})

    def _seen(self, versions: Iterable[FactT]) -> Iterator[FactT]:
        return (self._known(fact) for fact in versions if self.as_of.sees(fact.span))

    def _known(self, fact: FactT) -> FactT:
        span = _rows.known_by(self.revision, fact.span)
        return fact if span is fact.span else msgspec.structs.replace(fact, span=span)

    def _passages(self, ids: Iterable[str]) -> Iterator[Passage]:
        for id in ids:
            with self._gate():
                found = list(self._seen(self._graph.passages(id)))
            yield from sorted(found, key=_rows.version_order)

    def _kept(self, end: End) -> Iterator[Tally]:
        """Yield the tallies of one end that are kept with the newest revision."""
        ending = [e for e in self._graph.ending(end) if self.as_of.sees(e.span)]
        yield from count_edges(ending, {e.source: self._graph.kind(e.source) for e in ending})
        yield from self._graph.endless(end, valid=self.as_of.valid)


def _start(edge: Edge) -> int:
    return edge.span.valid_from


def _take(edges: Iterable[Edge], newest: int | None) -> list[Edge]:
    """Return the first ``newest`` of sorted edges, and all that tie with the last."""
    taken: dict[tuple[str, int, int], Edge] = {}
    last: int | None = None
    for edge in edges:
        if newest is not None and len(taken) >= newest and edge.span.valid_from != last:
            break
        taken[edge.id, edge.span.recorded_from, edge.span.valid_from] = edge
        last = edge.span.valid_from
    return list(taken.values())
