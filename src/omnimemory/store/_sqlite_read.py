"""A view of one tenant in SQLite; every read is driven from the ids that it was given."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from omnimemory.model.facts import Edge, Fact, Node, Passage, Recorded, Tally
from omnimemory.model.time import AsOf
from omnimemory.store import _rows
from omnimemory.store import _sqlite_decode as decode
from omnimemory.store import _sqlite_sql as sql
from omnimemory.store._sqlite_driver import Connections, Row
from omnimemory.store._sqlite_recent import Met, Recent
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


class SqliteView(GraphView):
    """One tenant of a SQLite store at one point in time."""

    def __init__(
        self,
        connections: Connections,
        tenant: int,
        *,
        revision: int,
        as_of: AsOf,
        recent: Recent | None = None,
    ) -> None:
        self._connections = connections
        self._tenant = tenant
        self._recent = recent
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
            walk = Walk(db, self._args(), Recent())
            return [[met.edge for met in walk.answer(query, ())] for query in queries]

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
        answers: list[Sequence[Met]] = []
        with self._walking() as walk:
            for query in queries:
                answers.append(walk.answer(query, answers))
            return Walked(
                [[met.edge for met in found] for found in answers],
                walk.nodes(answers, read, known),
                walk.tally(answers, tally) if tally else [],
                walk.passages(texts) if texts else [],
            )

    def tally(self, targets: Collection[str], *, kinds: Collection[str]) -> list[Tally]:
        check_ids(targets, kinds)
        with self._walking() as walk:
            return walk.count(walk.refs(targets), kinds)

    def passages(self, about: Collection[str] | None = None) -> Iterator[Passage]:
        check_ids(about)
        return self._every_passage() if about is None else self._passages(about)

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

    @contextmanager
    def _walking(self) -> Generator[Walk]:
        """Give a walk that does not read again what was read lately and holds still."""
        with self._connections.snapshot() as db:
            recent = self._recent
            if recent is None:
                recent = Recent()
            else:
                recent.catch_up(db, self._tenant)
            yield Walk(db, self._args(), recent)

    def _passages(self, about: Collection[str]) -> Iterator[Passage]:
        for ids in _pages(about):
            with self._walking() as walk:
                found = walk.passages(ids)
            yield from found

    def _every_passage(self) -> Iterator[Passage]:
        after = ""
        while rows := self._rows(sql.NEXT_THINGS, after=after):
            ids = [id for (id,) in rows]
            rows = self._rows(sql.PASSAGES, ids=_rows.listing(ids))
            found = (decode.passage(row, self.revision) for row in rows)
            yield from sorted(found, key=_rows.version_order)
            after = ids[-1]

    def _facts(self, queries: tuple[str, ...], **args: Any) -> list[Fact]:
        nodes, edges, passages = (self._rows(query, **args) for query in queries)
        at = self.revision
        return [
            *(decode.node(row, at) for row in nodes),
            *(decode.edge(row, at) for row in edges),
            *(decode.passage(row, at) for row in passages),
        ]

    def _sorted_nodes(self, rows: Iterable[Row]) -> list[Node]:
        nodes = (decode.node(row, self.revision) for row in rows)
        return sorted(nodes, key=_rows.version_order)


def _pages(ids: Collection[str]) -> Iterator[list[str]]:
    rest = iter(sorted(set(ids)))
    while page := list(islice(rest, sql.PAGE)):
        yield page
