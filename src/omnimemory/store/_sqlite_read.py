"""A view of one tenant in SQLite; every read is driven from the ids that it was given."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from omnimemory.model.facts import Edge, Fact, Node, Passage, Recorded, Tally
from omnimemory.model.time import FOREVER, AsOf, Span
from omnimemory.store import _rows
from omnimemory.store import _sqlite_sql as sql
from omnimemory.store._sqlite_driver import Connections, Row
from omnimemory.store._sqlite_tally import read_tally
from omnimemory.store._sqlite_walk import Walk
from omnimemory.store.base import GraphView, check_ids
from omnimemory.store.walk import (
    EdgeQuery,
    EdgeSide,
    TallyQuery,
    Walked,
    check_walk,
    with_carriers,
)

_NO_KEYS: Final[frozenset[str]] = frozenset()


class SqliteView(GraphView):
    """One tenant of a SQLite store at one point in time."""

    def __init__(
        self, connections: Connections, tenant: int, *, revision: int, as_of: AsOf
    ) -> None:
        self._connections = connections
        self._tenant = tenant
        self.revision = revision
        self.as_of = AsOf(valid=as_of.valid, recorded=revision)

    def nodes(self, ids: Collection[str]) -> list[Node]:
        check_ids(ids)
        return self._sorted_nodes(self._rows(sql.NODES, ids=_rows.listing(ids)))

    def find(
        self,
        *,
        kind: str | None = None,
        keys: Collection[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Node]:
        check_ids(keys)
        if keys is not None:
            return self._with_keys(frozenset(keys), kind=kind, after=after)[:limit]
        query = sql.FIND.format(
            kind="" if kind is None else "AND t.kind = :kind",
            after="" if after is None else "AND t.id > :after",
        )
        rows = self._rows(query, kind=kind, after=after, limit=-1 if limit is None else limit)
        return self._sorted_nodes(rows)

    def keys(self, prefix: str, *, limit: int) -> list[str]:
        end = _rows.past(prefix)
        query = sql.KEYS.format(below="" if end is None else "AND k.key < :end")
        return [key for (key,) in self._rows(query, prefix=prefix, end=end, limit=limit)]

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
        queries = self._checked(queries)
        with self._connections.snapshot() as db:
            walk = Walk(db, self._args())
            answers = [walk.answer(query, ()) for query in queries]
            walk.identify({ref for rows in answers for row in rows for ref in (row[2], row[4])})
        return [self._newest_first(rows, walk.ids) for rows in answers]

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
        queries = self._checked(queries)
        tallies: list[Tally] = []
        answers: list[Collection[Row]] = []
        with self._connections.snapshot() as db:
            walk = Walk(db, self._args())
            for query in queries:
                answers.append(walk.answer(query, answers))
            met = {ref for rows in answers for row in rows for ref in (row[2], row[4])}
            nodes = walk.nodes(met | walk.refs(read), known)
            walk.identify(met)
            if tally is not None:
                targets = walk.reached_ids(answers, tally.ends)
                tallies = read_tally(db, self._counted(targets, tally.kinds))
        edges = [self._newest_first(rows, walk.ids) for rows in answers]
        return Walked(edges, self._sorted_nodes(nodes), tallies, list(self.passages(texts)))

    def tally(self, targets: Collection[str], *, kinds: Collection[str]) -> list[Tally]:
        check_ids(targets, kinds)
        with self._connections.snapshot() as db:
            return read_tally(db, self._counted(targets, kinds))

    def passages(self, about: Collection[str] | None = None) -> Iterator[Passage]:
        check_ids(about)
        return self._passages(self._pages() if about is None else _pages(about))

    def versions(self, owners: Collection[str]) -> list[Fact]:
        check_ids(owners)
        facts = self._facts(sql.VERSIONS, ids=_rows.listing(owners))
        return sorted(facts, key=_rows.version_order)

    def scan(self, *, since: int = 0) -> Iterator[Recorded]:
        while moments := self._rows(sql.MOMENTS, since=since):
            for (at,) in moments:
                for closed, queries in ((True, sql.CLOSED), (False, sql.ADDED)):
                    facts = sorted(self._facts(queries, at=at), key=_rows.version_order)
                    yield from (Recorded(at, fact, closed) for fact in facts)
            since = moments[-1][0]

    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = dict(self._rows(sql.COUNT_NODES))
        ((passages,),) = self._rows(sql.COUNT_PASSAGES)
        return counts | ({"passage": passages} if passages else {})

    def _args(self, **more: Any) -> dict[str, Any]:
        return {
            "tenant": self._tenant,
            "valid": self.as_of.valid,
            "revision": self.revision,
            **more,
        }

    def _rows(self, query: str, **args: Any) -> list[Row]:
        return self._connections.rows(query, self._args(**args))

    def _with_keys(
        self, keys: frozenset[str], *, kind: str | None, after: str | None
    ) -> list[Node]:
        nodes = self._sorted_nodes(self._rows(sql.WITH_KEYS, keys=_rows.listing(keys)))
        return [
            node
            for node in nodes
            if keys & node.keys
            and (kind is None or node.kind == kind)
            and (after is None or node.id > after)
        ]

    def _checked(self, queries: Sequence[EdgeQuery]) -> list[EdgeQuery]:
        """Return questions with the nodes that carry their keys, once they are sound."""
        for query in queries:
            check_ids(query.touching, query.kinds, query.keys)
        return [with_carriers(self, query) for query in queries]

    def _counted(self, targets: Collection[str], kinds: Collection[str]) -> dict[str, Any]:
        return self._args(targets=_rows.listing(targets), kinds=_rows.listing(kinds))

    def _newest_first(self, rows: Iterable[Row], ids: Mapping[int, str]) -> list[Edge]:
        edges = [
            Edge(
                source=ids[source],
                kind=kind,
                target=ids[target],
                props={} if props == "{}" else _rows.load(props),
                span=self._span(start, end, recorded, closed),
            )
            for start, _, source, kind, target, props, end, recorded, closed in rows
        ]
        return sorted(edges, key=_rows.newest_first)

    def _pages(self) -> Iterator[tuple[str, ...]]:
        after = ""
        while rows := self._rows(sql.NEXT_THINGS, after=after):
            yield tuple(id for (id,) in rows)
            after = rows[-1][0]

    def _passages(self, pages: Iterable[Iterable[str]]) -> Iterator[Passage]:
        for ids in pages:
            found = map(self._passage, self._rows(sql.PASSAGES, ids=_rows.listing(ids)))
            yield from sorted(found, key=_rows.version_order)

    def _facts(self, queries: tuple[str, ...], **args: Any) -> list[Fact]:
        nodes, edges, passages = (self._rows(query, **args) for query in queries)
        return [
            *map(self._node, nodes),
            *map(self._edge, edges),
            *map(self._passage, passages),
        ]

    def _sorted_nodes(self, rows: Iterable[Row]) -> list[Node]:
        return sorted(map(self._node, rows), key=_rows.version_order)

    def _node(self, row: Row) -> Node:
        id, kind, keys, props, start, end, recorded, closed = row
        return Node(
            id=id,
            kind=kind,
            keys=frozenset(_rows.load(keys)) if keys else _NO_KEYS,
            props=_rows.load(props),
            span=self._span(start, end, recorded, closed),
        )

    def _edge(self, row: Row) -> Edge:
        source, kind, target, props, start, end, recorded, closed = row
        return Edge(
            source=source,
            kind=kind,
            target=target,
            props={} if props == "{}" else _rows.load(props),
            span=self._span(start, end, recorded, closed),
        )

    def _passage(self, row: Row) -> Passage:
        return Passage(
            about=row[0],
            part=row[1],
            text=row[2],
            span=self._span(*row[3:7]),
        )

    def _span(self, start: int, end: int, recorded: int, closed: int) -> Span:
        """Return a span as it stood at the revision: what was closed later is still open."""
        return Span(start, end, recorded, closed if closed <= self.revision else FOREVER)


def _pages(ids: Collection[str]) -> Iterator[list[str]]:
    rest = iter(sorted(set(ids)))
    while page := list(islice(rest, sql.PAGE)):
        yield page
