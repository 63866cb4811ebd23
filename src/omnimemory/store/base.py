"""The backend boundary: a store gives read views of a tenant and commits one batch at a time.

A backend holds no business rules. What supersedes what is decided by
`omnimemory.ingest.plan`; what matters to a reader, by `omnimemory.context.rank`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from omnimemory.errors import InputError, StoreError
from omnimemory.model.facts import (
    Changes,
    Edge,
    Fact,
    Node,
    Passage,
    Recorded,
    Subgraph,
    Tally,
)
from omnimemory.model.time import NOW, AsOf
from omnimemory.store.walk import (
    EdgeQuery,
    EdgeSide,
    TallyQuery,
    Walked,
    check_walk,
    step_by_step,
    with_carriers,
)


class GraphStore(ABC):
    """A home for the facts of many tenants, safe to share between threads."""

    @abstractmethod
    def view(self, tenant: str, as_of: AsOf = NOW) -> GraphView:
        """Return a read-only view of one tenant at one point in both times.

        The view is pinned to the tenant's newest commit not after ``as_of.recorded``.
        Later commits only add versions and close them at a later time, so reads
        through the view agree with one another without a lock. `Changes.erase` is
        the one exception: what it removes is gone from open views too.
        A tenant that was never written to is empty.
        """

    @abstractmethod
    def commit(self, tenant: str, changes: Changes, *, base: int, at: int | None = None) -> int:
        """Apply all of ``changes`` or none: erase, then close, then add.

        Args:
            tenant: The tenant to write to.
            changes: The batch. Spans carry valid time; the store stamps recorded time.
            base: `GraphView.revision` of the view that the batch was planned from.
            at: Recorded time to stamp, for copies that keep it; the clock's if left out.

        Returns:
            The new revision: the recorded time of the batch in UTC microseconds,
            greater than every revision of the tenant before it.

        Raises:
            ConflictError: A node that owns what is written, or a key of an added node,
                has a version recorded or closed after ``base``. Plan again from a new view.
            InputError: ``at`` is not after the tenant's newest revision; an added edge or
                passage leans on a node that neither the store nor the batch has; a node comes
                back as another kind; or a value has no form in JSON or UTF-8.
            StoreError: The driver failed; its error is the cause. Nothing was written.
        """

    @abstractmethod
    def tenants(self) -> list[str]:
        """Return the tenants that were ever written to, by name."""

    def scrub(self) -> None:  # noqa: B027 - a store without files has nothing to do
        """Rewrite the files that the store owns, so that nothing erased is left in them."""

    def contains_bytes(self, needles: Collection[bytes]) -> list[bytes]:
        """Return which of these byte strings stand in the files that the store owns."""
        del needles
        return []

    def check(self) -> list[str]:
        """Return what is wrong with the store, in sentences; empty is good."""
        return []

    def backup(self, path: str | Path) -> None:
        """Copy the whole store to a file, while others go on using it.

        Raises:
            StoreError: The copy failed, or this kind of store keeps its own backups.
        """
        raise StoreError(
            f"{type(self).__name__} has no file to copy to {path}; export the tenants instead"
        )

    @abstractmethod
    def close(self) -> None:
        """Release files and connections. Calling it again does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class GraphView(ABC):
    """One tenant at one point in time.

    Every argument that names ids is a collection; a bare string is an `InputError`.
    Unknown ids are passed over, an empty collection finds nothing, and ``None`` means any.
    Order is by id unless it says otherwise.
    """

    revision: int
    """Recorded time of the newest commit that this view sees; 0 for an empty tenant."""
    as_of: AsOf
    """The point in time, with ``recorded`` pinned to the revision."""

    @abstractmethod
    def nodes(self, ids: Collection[str]) -> list[Node]:
        """Return the nodes among ``ids`` that hold here."""

    @abstractmethod
    def find(
        self,
        *,
        kind: str | None = None,
        keys: Collection[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Node]:
        """Return the nodes of ``kind`` that carry any of ``keys``.

        Args:
            kind: Node kind.
            keys: Keys in normal form, such as ``email:ada@example.com``.
            after: Only nodes whose id sorts after this one; the cursor of a page.
            limit: Largest number of nodes.
        """

    @abstractmethod
    def keys(self, prefix: str, *, limit: int) -> list[str]:
        """Return keys of nodes here that begin with ``prefix``, in their order."""

    @abstractmethod
    def edges(
        self,
        touching: Collection[str],
        *,
        kinds: Collection[str] | None = None,
        at: EdgeSide | None = None,
        before: int | None = None,
        newest: int | None = None,
    ) -> list[Edge]:
        """Return the edges that start or end at any of ``touching``, newest first.

        Order is by the start of valid time, downwards, then by id.

        Args:
            touching: Node ids.
            kinds: Edge kinds.
            at: Only edges that have one of the nodes as this end.
            before: Only edges that hold from before this time, in microseconds.
            newest: Only this many, and all that share the last one's time, so that a
                page never ends between two edges of one time. It is an indexed read:
                its cost does not grow with how many older edges there are.
        """

    def edges_for(self, queries: Sequence[EdgeQuery]) -> list[list[Edge]]:
        """Return what `edges` gives for each of several questions, in their order.

        This asks one by one, which suits a store in the same process. A store behind a
        network overrides it to ask once.
        """
        return [
            self.edges(
                query.touching,
                kinds=query.kinds,
                at=query.at,
                before=query.before,
                newest=query.newest,
            )
            if query.touching
            else []
            for query in (with_carriers(self, query) for query in queries)
        ]

    def walk(
        self,
        queries: Sequence[EdgeQuery],
        *,
        read: Collection[str] = (),
        known: Collection[str] = (),
        tally: TallyQuery | None = None,
        texts: Collection[str] = (),
    ) -> Walked:
        """Return the edges of several questions, and the nodes that they run between.

        A question may start where earlier ones led. This takes a step for each, which suits
        a store in the same process. A store behind a network overrides it to ask once.

        Args:
            queries: The questions.
            read: Ids of nodes that are wanted too.
            known: Ids of nodes that are not wanted.
            tally: What to count as `tally` does.
            texts: Ids of nodes whose passages are wanted too.

        Raises:
            InputError: A question starts from itself or from a later one.
        """
        check_walk(queries)
        return step_by_step(self, queries, read=read, known=known, tally=tally, texts=texts)

    @abstractmethod
    def tally(self, targets: Collection[str], *, kinds: Collection[str]) -> list[Tally]:
        """Return how many edges of each kind end at ``targets``, by kind of their source.

        Order is by edge kind, then node kind. The cost does not grow with the count.
        """

    @abstractmethod
    def passages(self, about: Collection[str] | None = None) -> Iterator[Passage]:
        """Stream the passages about these nodes, by id."""

    @abstractmethod
    def versions(self, owners: Collection[str]) -> list[Fact]:
        """Return every version of what these nodes own, whatever the view's point in time.

        That is each node, the edges that start at it and its passages, closed versions
        included, up to the view's revision. Order is by id, then recorded time, then valid
        time.
        """

    @abstractmethod
    def scan(self, *, since: int = 0) -> Iterator[Recorded]:
        """Stream what was added or closed after revision ``since``, in order of revision.

        Within a revision what was closed comes before what was added, each by id. A fact
        that was added and closed comes twice. Erased facts do not come; whoever erases
        adds a ``Tombstone`` node, which does.
        """

    @abstractmethod
    def counts(self) -> dict[str, int]:
        """Return how many nodes of each kind, and passages (as ``passage``), hold here."""

    def expand(
        self,
        seeds: Collection[str],
        *,
        hops: int = 2,
        kinds: Collection[str] | None = None,
        limit: int = 500,
    ) -> Subgraph:
        """Return the neighbourhood of ``seeds``, nearest first, of at most ``limit`` nodes.

        This asks once a hop, which suits a store in the same process. A store
        behind a network overrides it to ask once.
        """
        check_ids(seeds)
        reached = list(dict.fromkeys(node.id for node in self.nodes(seeds)))[:limit]
        frontier = reached
        for _ in range(hops):
            near = self.edges(frontier, kinds=kinds)
            ends = {end for edge in near for end in (edge.source, edge.target)}
            frontier = sorted(ends.difference(reached))[: limit - len(reached)]
            if not frontier:
                break
            reached = reached + frontier
        rank = {id: position for position, id in enumerate(reached)}
        among = [
            e for e in self.edges(reached, kinds=kinds) if e.source in rank and e.target in rank
        ]
        return Subgraph(
            tuple(sorted(self.nodes(reached), key=lambda node: rank[node.id])),
            tuple(sorted(among, key=lambda edge: edge.id)),
        )


def check_ids(*collections: Collection[str] | None) -> None:
    """Raise `InputError` for a bare string where a collection of ids is wanted."""
    for ids in collections:
        if isinstance(ids, str | bytes):
            raise InputError(f"ids come as a collection; write [{ids!r}] for one")


def count_edges(edges: Collection[Edge], kind_of: dict[str, str]) -> list[Tally]:
    """Return the tallies of ``edges``, given the kind of each source node."""
    groups: dict[tuple[str, str], list[int]] = {}
    for edge in edges:
        starts = groups.setdefault((edge.kind, kind_of[edge.source]), [])
        starts.append(edge.span.valid_from)
    return [
        Tally(edge_kind, node_kind, len(starts), min(starts), max(starts))
        for (edge_kind, node_kind), starts in sorted(groups.items())
    ]


def sum_tallies(tallies: Iterable[Tally]) -> list[Tally]:
    """Return one tally for each kind of edge and of source, in the order of `GraphView.tally`."""
    groups: dict[tuple[str, str], list[Tally]] = {}
    for tally in tallies:
        groups.setdefault((tally.edge_kind, tally.node_kind), []).append(tally)
    return [
        Tally(
            *group,
            sum(tally.count for tally in parts),
            min(tally.first for tally in parts),
            max(tally.last for tally in parts),
        )
        for group, parts in sorted(groups.items())
    ]
