"""Reads of one tenant in Neo4j at one point in time, each in one round trip."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, LiteralString, cast

from omnimemory.model.facts import Edge, Fact, Node, Passage, Recorded, Subgraph, Tally
from omnimemory.model.time import FOREVER, AsOf, Span
from omnimemory.store import _neo4j_cypher as cypher
from omnimemory.store import _neo4j_tally as counts
from omnimemory.store import _rows
from omnimemory.store._neo4j_driver import Row, Server, TooMuchError
from omnimemory.store._neo4j_edges import (
    MOST,
    arguments,
    bounds,
    edges_statement,
    shape_of,
    walk_statement,
)
from omnimemory.store.base import GraphView, check_ids, sum_tallies
from omnimemory.store.walk import (
    EdgeQuery,
    EdgeSide,
    TallyQuery,
    Walked,
    check_walk,
    reached,
    step_by_step,
)


class Neo4jView(GraphView):
    """One tenant of a Neo4j database at one point in time."""

    def __init__(self, server: Server, tenant: str, as_of: AsOf) -> None:
        self._server = server
        self._tenant = tenant
        args = {"tenant": tenant, "recorded": min(as_of.recorded, FOREVER)}
        found, self._mark = server.marked_rows(cypher.HEAD, args)
        self.revision = (found[0][0] if found else 0) or 0
        self.as_of = AsOf(as_of.valid, self.revision)

    def nodes(self, ids: Collection[str]) -> list[Node]:
        check_ids(ids)
        return self._sorted_nodes(self._rows(cypher.NODES, ids=_rows.names(ids)))

    def find(
        self,
        *,
        kind: str | None = None,
        keys: Collection[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Node]:
        check_ids(keys)
        if limit is not None and limit <= 0:
            return []
        if keys is not None:
            found = self._rows(cypher.WITH_KEYS, keys=_rows.names(keys), kind=kind, after=after)
            return self._sorted_nodes(found)[:limit]
        args = {"after": after or "", "limit": FOREVER if limit is None else limit}
        if kind is None:
            return self._sorted_nodes(self._rows(cypher.FIND, **args))
        return self._sorted_nodes(self._rows(cypher.FIND_KIND, kind=kind, **args))

    def keys(self, prefix: str, *, limit: int) -> list[str]:
        rows = self._rows(cypher.KEYS, prefix=prefix, limit=max(limit, 0))
        return [key for (key,) in rows]

    def edges(
        self,
        touching: Collection[str],
        *,
        kinds: Collection[str] | None = None,
        at: EdgeSide | None = None,
        before: int | None = None,
        newest: int | None = None,
    ) -> list[Edge]:
        return self.edges_for([EdgeQuery(touching, kinds, at, before, newest)])[0]

    def edges_for(self, queries: Sequence[EdgeQuery]) -> list[list[Edge]]:
        out: list[list[Edge]] = []
        for start in range(0, len(queries), MOST):
            lists = self._edge_lists(queries[start : start + MOST])
            out += map(self._newest_first, lists)
        return out

    def _edge_lists(self, queries: Sequence[EdgeQuery]) -> list[list[Row]]:
        """Return the rows of each question, asked alone where all take too much memory."""
        statement, args = edges_statement(tuple(map(shape_of, queries))), self._asked(queries)
        try:
            ((lists,),) = self._answer(statement, args, divisible=len(queries) > 1)
        except TooMuchError:
            if len(queries) == 1:
                raise
            return [rows for query in queries for rows in self._edge_lists([query])]
        return lists

    def walk(
        self,
        queries: Sequence[EdgeQuery],
        *,
        read: Collection[str] = (),
        known: Collection[str] = (),
        tally: TallyQuery | None = None,
        texts: Collection[str] = (),
    ) -> Walked:
        check_walk(queries)
        check_ids(read, known, texts)
        if 0 < len(queries) <= MOST:
            with suppress(TooMuchError):
                return self._walked(queries, read, known, tally, texts)
        return step_by_step(self, queries, read=read, known=known, tally=tally, texts=texts)

    def _walked(
        self,
        queries: Sequence[EdgeQuery],
        read: Collection[str],
        known: Collection[str],
        tally: TallyQuery | None,
        texts: Collection[str],
    ) -> Walked:
        """Return what a walk finds, in one round trip."""
        args = self._asked(queries) | {"read": _rows.names(read), "texts": _rows.names(texts)}
        args["known"] = dict.fromkeys(_rows.names(known), True)
        if tally is not None:
            args |= {"counted": bounds(tally.ends), "kinds": _rows.names(tally.kinds)}
        place = None if tally is None else (tally.ends.of, tally.ends.side)
        statement = walk_statement(
            tuple(map(shape_of, queries)), place, kept=counts.may_be_kept(self.as_of)
        )
        ((lists, nodes, counted, passages),) = self._answer(statement, args, divisible=True)
        edges = [self._newest_first(rows) for rows in lists]
        if tally is not None and self._is_newer(counted):
            tallies = self._counted(reached(edges, tally.ends), tally.kinds)
        else:
            tallies = sum_tallies(counts.tallies(counted))
        told = sorted(self._told(passages), key=_rows.version_order)
        return Walked(edges, self._sorted_nodes(nodes), tallies, told)

    def _asked(self, queries: Sequence[EdgeQuery]) -> dict[str, Any]:
        for query in queries:
            check_ids(query.touching, query.kinds, query.keys)
        return arguments(queries)

    def _newest_first(self, rows: Iterable[Row]) -> list[Edge]:
        return sorted(self._edges(rows), key=_rows.newest_first)

    def tally(self, targets: Collection[str], *, kinds: Collection[str]) -> list[Tally]:
        check_ids(targets, kinds)
        if not counts.may_be_kept(self.as_of):
            return self._counted(targets, kinds)
        rows = self._tallies(counts.KEPT, targets, kinds)
        if self._is_newer(rows):
            return self._counted(targets, kinds)
        return sum_tallies(counts.tallies(rows))

    def _counted(self, targets: Collection[str], kinds: Collection[str]) -> list[Tally]:
        return sum_tallies(counts.tallies(self._tallies(counts.COUNT, targets, kinds)))

    def _tallies(
        self, statement: LiteralString, targets: Collection[str], kinds: Collection[str]
    ) -> list[Row]:
        args = {"ids": _rows.names(targets), "kinds": _rows.names(kinds)}
        return [row for (row,) in self._rows(f"UNWIND $ids AS id {statement}", **args)]

    def _is_newer(self, counted: Iterable[Row]) -> bool:
        """Whether a count has changed since the view's revision."""
        return any(row[-1] > self.revision for row in counted if row)

    def passages(self, about: Collection[str] | None = None) -> Iterator[Passage]:
        check_ids(about)
        return self._passages(self._pages() if about is None else _pages(_rows.names(about)))

    def versions(self, owners: Collection[str]) -> list[Fact]:
        check_ids(owners)
        ((nodes, edges, passages),) = self._rows(cypher.VERSIONS, ids=_rows.names(owners))
        return sorted(self._facts(nodes, edges, passages), key=_rows.version_order)

    def scan(self, *, since: int = 0) -> Iterator[Recorded]:
        while moments := self._rows(cypher.MOMENTS, since=since, page=cypher.PAGE):
            for (at,) in moments:
                (found,) = self._rows(cypher.MOMENT, at=at)
                for closed, time in ((True, -1), (False, -2)):
                    rows = ([row for row in some if row[time] == at] for some in found)
                    facts = sorted(self._facts(*rows), key=_rows.version_order)
                    yield from (Recorded(at, fact, closed) for fact in facts)
            since = moments[-1][0]

    def counts(self) -> dict[str, int]:
        nodes: dict[str, int] = dict(self._rows(cypher.COUNT_NODES))
        ((passages,),) = self._rows(cypher.COUNT_PASSAGES)
        return dict(sorted(nodes.items())) | ({"passage": passages} if passages else {})

    def expand(
        self,
        seeds: Collection[str],
        *,
        hops: int = 2,
        kinds: Collection[str] | None = None,
        limit: int = 500,
    ) -> Subgraph:
        check_ids(seeds, kinds)
        statement = cypher.expansion(hops, every_kind=kinds is None)
        args = {"ids": _rows.names(seeds), "kinds": _rows.names(kinds or ())}
        ((reached, nodes, edges),) = self._rows(statement, limit=max(limit, 0), **args)
        rank = {id: position for position, id in enumerate(reached)}
        near = sorted(self._sorted_nodes(nodes), key=lambda node: rank[node.id])
        among = sorted(self._edges(edges), key=_rows.newest_first)
        return Subgraph(tuple(near), tuple(sorted(among, key=lambda edge: edge.id)))

    def _rows(self, statement: LiteralString, **args: Any) -> list[Row]:
        return self._answer(statement, args)

    def _answer(
        self, statement: LiteralString, args: dict[str, Any], *, divisible: bool = False
    ) -> list[Row]:
        times = {"valid": self.as_of.valid, "revision": self.revision, "forever": FOREVER}
        args = {"tenant": self._tenant, **times, **args}
        return self._server.rows(statement, args, after=self._mark, divisible=divisible)

    def _pages(self) -> Iterator[list[str]]:
        after = ""
        while rows := self._rows(cypher.NEXT_ENTITIES, after=after, page=cypher.PAGE):
            yield [id for (id,) in rows]
            after = rows[-1][0]

    def _passages(self, pages: Iterable[list[str]]) -> Iterator[Passage]:
        for ids in pages:
            found = self._told(self._rows(cypher.PASSAGES, ids=ids))
            yield from sorted(found, key=_rows.version_order)

    def _facts(
        self, nodes: Iterable[Row], edges: Iterable[Row], passages: Iterable[Row]
    ) -> list[Fact]:
        return [
            *self._sorted_nodes(nodes),
            *self._edges(edges),
            *self._told(passages),
        ]

    def _sorted_nodes(self, rows: Iterable[Row]) -> list[Node]:
        return sorted(map(self._node, filter(_is_whole, rows)), key=_rows.version_order)

    def _edges(self, rows: Iterable[Row]) -> Iterator[Edge]:
        return (self._edge(row) for row in rows if row.count(None) == (row[3] is None))

    def _told(self, rows: Iterable[Row]) -> Iterator[Passage]:
        return map(self._passage, filter(_is_whole, rows))

    def _node(self, row: Row) -> Node:
        id, kind, keys, props, *times = row
        return Node(
            id=id,
            kind=kind,
            keys=frozenset(cast("list[str]", keys)),
            props=_rows.load(props),
            span=self._span(times),
        )

    def _edge(self, row: Row) -> Edge:
        source, kind, target, props, *times = row
        return Edge(
            source=source,
            kind=kind,
            target=target,
            props={} if props is None else _rows.load(props),
            span=self._span(times),
        )

    def _passage(self, row: Row) -> Passage:
        about, part, text, *times = row
        return Passage(about=about, part=part, text=text, span=self._span(times))

    def _span(self, times: Iterable[int]) -> Span:
        return _rows.known_by(self.revision, Span(*times))


def _is_whole(row: Row) -> bool:
    """Return whether a fact was not erased while it was read."""
    return None not in row


def _pages(names: list[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while page := list(islice(rest, cypher.PAGE)):
        yield page
