"""Reads of one tenant in an RDF engine at one point in time, each in a request or two."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

import msgspec

from omnimemory.model.facts import Edge, Fact, Node, Passage, Recorded, Tally
from omnimemory.model.time import FOREVER, AsOf, Span
from omnimemory.store import _rdf_sparql as sparql
from omnimemory.store import _rdf_tally as tally
from omnimemory.store import _rows
from omnimemory.store._rdf_edges import Asked, find
from omnimemory.store._rdf_engine import Engine, Question, Row
from omnimemory.store._rdf_sparql import Star
from omnimemory.store._rdf_tally import Kept
from omnimemory.store._rdf_terms import Iri, Value, entity_of, kind_of
from omnimemory.store.base import GraphView, check_ids, sum_tallies
from omnimemory.store.walk import EdgeQuery, EdgeSide, with_carriers

PAGE: Final = 500
"""Nodes whose passages a stream fetches at a time."""

MOMENTS: Final = 50
"""Commits that a scan fetches at a time."""

FactT = TypeVar("FactT", bound=Fact)

_nodes: Final = msgspec.json.Decoder(Node)
_edges: Final = msgspec.json.Decoder(Edge)
_passages: Final = msgspec.json.Decoder(Passage)


class RdfView(GraphView):
    """One tenant of an RDF store at one point in time."""

    def __init__(self, engine: Engine, graph: Iri, as_of: AsOf) -> None:
        self._engine = engine
        self._graph = graph
        self.revision = self._pinned(min(as_of.recorded, FOREVER))
        self.as_of = AsOf(valid=as_of.valid, recorded=self.revision)

    def _pinned(self, recorded: int) -> int:
        """Return the newest revision that is not after a recorded time."""
        rows = self._engine.rows(sparql.HEAD, graph=self._graph, ids=[self._graph])
        head: int = rows[0][0] if rows else 0
        if head <= recorded:
            return head
        rows = self._engine.rows(sparql.HEAD_AT, graph=self._graph, recorded=recorded)
        return (rows[0][0] if rows else None) or 0

    def nodes(self, ids: Collection[str]) -> list[Node]:
        check_ids(ids)
        return self._sorted(_nodes, self._rows(sparql.known("node"), ids=_rows.names(ids)))

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
        if keys is None and (after is not None or limit is not None):
            return self._page(kind, after=after or "", limit=limit)
        if keys is not None:
            rows = self._rows(sparql.known("key"), ids=_rows.names(keys))
        elif kind is not None:
            rows = self._rows(sparql.FIND_KIND, kind=kind)
        else:
            rows = self._rows(sparql.FIND)
        found = self._sorted(_nodes, rows)
        return [
            node
            for node in found
            if (kind is None or node.kind == kind) and (after is None or node.id > after)
        ][:limit]

    def _page(self, kind: str | None, *, after: str, limit: int | None) -> list[Node]:
        """Return a page; ids are put in order here, since engines differ in how they do it."""
        template = sparql.IDS if kind is None else sparql.IDS_OF_KIND
        rows = self._rows(template, kind=kind or "")
        return self.nodes(sorted(id for (id,) in rows if id > after)[:limit])[:limit]

    def keys(self, prefix: str, *, limit: int) -> list[str]:
        rest = iter(sorted({key for (key,) in self._rows(sparql.KEYS, prefix=prefix)}))
        held: list[str] = []
        while len(held) < limit and (some := list(islice(rest, limit))):
            carried = {key for node in self.find(keys=some) for key in node.keys}
            held += [key for key in some if key in carried]
        return held[: max(limit, 0)]

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
        def ask(asked: Sequence[Asked]) -> list[list[Row]]:
            return self._engine.ask(*(self._asked(one.star, ids=one.ids) for one in asked))

        def read(rows: Iterable[Row]) -> Iterator[Edge]:
            return self._facts(_edges, rows)

        queries = [with_carriers(self, query) for query in queries]
        return find(queries, ask, self._tallies, read, valid=self.as_of.valid)

    def _tallies(self, ids: Collection[str]) -> dict[str, list[Kept]]:
        """Return what is kept of the edges that end at nodes."""
        found: dict[str, list[Kept]] = {id: [] for id in ids}
        entities = {entity_of(self._graph, id): id for id in _rows.names(ids)}
        for entity, text in self._rows(sparql.TALLIES, ids=list(entities)):
            found[entities[entity]].append(tally.read(text))
        return found

    def tally(self, targets: Collection[str], *, kinds: Collection[str]) -> list[Tally]:
        check_ids(targets, kinds)
        every = ((id, one) for id, some in self._tallies(targets).items() for one in some)
        kept = ((id, one) for id, one in every if one.kind in kinds)
        known = tally.counted(kept, valid=self.as_of.valid, revision=self.revision)
        rows = self._rows(sparql.TALLY, ends=known.weeks)
        read = [Tally(end.split(" ")[1], *row) for end, *row in rows if row[1]]
        return sum_tallies([*known.sure, *read])

    def passages(self, about: Collection[str] | None = None) -> Iterator[Passage]:
        check_ids(about)
        return self._passages(None if about is None else _rows.names(about))

    def versions(self, owners: Collection[str]) -> list[Fact]:
        check_ids(owners)
        ids = _rows.names(owners)
        found = self._engine.ask(*(self._asked(sparql.owned(by), ids=ids) for by in sparql.OWNERS))
        facts = [self._any(v, body, closed) for rows in found for v, body, closed in rows]
        known = [fact for fact in facts if fact.span.recorded_from <= self.revision]
        return sorted(known, key=_rows.version_order)

    def scan(self, *, since: int = 0) -> Iterator[Recorded]:
        moments = sorted(at for (at,) in self._rows(sparql.MOMENTS, since=since))
        for start in range(0, len(moments), MOMENTS):
            yield from self._scan(moments[start : start + MOMENTS])

    def _scan(self, moments: list[int]) -> Iterator[Recorded]:
        ended, added = self._engine.ask(
            self._asked(sparql.CLOSED, ids=moments), self._asked(sparql.ADDED, ids=moments)
        )
        events = [Recorded(at, self._any(v, body, at), closed=True) for v, at, body in ended]
        events += [Recorded(at, self._any(v, body, closed)) for v, at, body, closed in added]
        order = _rows.version_order
        yield from sorted(events, key=lambda one: (one.revision, not one.closed, *order(one.fact)))

    def counts(self) -> dict[str, int]:
        nodes, passages = self._engine.ask(
            self._asked(sparql.COUNT_NODES), self._asked(sparql.COUNT_PASSAGES)
        )
        counts: dict[str, int] = dict(sorted(row for row in nodes if row[1]))
        total = sum(count for (count,) in passages)
        return counts | ({"passage": total} if total else {})

    def _passages(self, about: list[str] | None) -> Iterator[Passage]:
        if about is None:
            about = sorted(id for (id,) in self._rows(sparql.WITH_PASSAGES))
        for start in range(0, len(about), PAGE):
            rows = self._rows(sparql.known("about"), ids=about[start : start + PAGE])
            yield from self._sorted(_passages, rows)

    def _asked(self, template: str | Star, **values: Value | Sequence[Value]) -> Question:
        times = {"valid": self.as_of.valid, "revision": self.revision}
        return Question(template, {"graph": self._graph, **times, **values})

    def _rows(self, template: str | Star, **values: Value | Sequence[Value]) -> list[Row]:
        return self._engine.ask(self._asked(template, **values))[0]

    def _sorted(self, decoder: msgspec.json.Decoder[FactT], rows: Iterable[Row]) -> list[FactT]:
        return sorted(self._facts(decoder, rows), key=_rows.version_order)

    def _any(self, version: str, body: str, closed: int) -> Fact:
        return self._known(_rows.read(body, kind_of(self._graph, version)), closed)

    def _facts(self, decoder: msgspec.json.Decoder[FactT], rows: Iterable[Row]) -> Iterator[FactT]:
        """Yield the facts of rows that hold here, each once: one found twice has two rows."""
        for body, closed in dict(rows).items():
            fact = self._known(decoder.decode(body), closed)
            if self.as_of.sees(fact.span):
                yield fact

    def _known(self, fact: FactT, closed: int) -> FactT:
        """Return a fact as it stood at the view's revision."""
        if closed > self.revision:
            return fact
        span = fact.span
        ended = Span(span.valid_from, span.valid_to, span.recorded_from, closed)
        return msgspec.structs.replace(fact, span=ended)
