"""Read-only SPARQL over a tenant's graph, in memory and in step with the store."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from omnimemory.errors import InputError, StoreError
from omnimemory.model.audience import Audience, levels
from omnimemory.model.facts import Node
from omnimemory.model.time import NOW, AsOf
from omnimemory.rdf.export import check_extra, prefixes
from omnimemory.rdf.graph import PAGE_NODES, described, pages
from omnimemory.rdf.guard import checked, syntax_problem
from omnimemory.rdf.mapping import Mapper
from omnimemory.rdf.results import SparqlResult
from omnimemory.rdf.tables import HIDDEN_KINDS
from omnimemory.store.base import GraphStore, GraphView

if TYPE_CHECKING:
    from pyoxigraph import Store, Triple

MAX_GRAPHS: Final = 4
"""How many points in time and audiences are kept in memory at once."""


class Graphs:
    """The graphs of one tenant that were asked lately, each loaded once and kept in step.

    Args:
        store: Where the facts are.
        tenant: Whose they are.
    """

    def __init__(self, store: GraphStore, tenant: str) -> None:
        self._store = store
        self._tenant = tenant
        self._kept: OrderedDict[tuple[AsOf, Audience], _Graph] = OrderedDict()
        self._lock = Lock()

    def query(
        self,
        query: str,
        *,
        as_of: AsOf = NOW,
        audience: Audience = "internal",
        limit: int = 10_000,
        seconds: float = 30,
    ) -> SparqlResult:
        """Return what a query finds; see `omnimemory.Memory.sparql`."""
        levels(audience)
        check_extra()
        if limit < 1:
            raise InputError(f"limit is {limit}; 1 row is the least")
        plain = checked(query)
        with self._lock:
            graph = self._graph(as_of, audience)
            return _run(graph.store, plain, prefixes(self._tenant), limit, seconds)

    def clear(self) -> None:
        """Forget every graph, as an erasure demands."""
        with self._lock:
            self._kept.clear()

    def _graph(self, as_of: AsOf, audience: Audience) -> _Graph:
        """Return the graph of a point in time, in step with the newest commit."""
        key = as_of, audience
        newest = self._store.view(self._tenant)
        graph = self._kept.pop(key, None)
        if graph is None or not graph.follows(newest, live=as_of == NOW):
            view = newest if as_of == NOW else self._store.view(self._tenant, as_of)
            graph = _Graph(view, self._tenant, audience, revision=newest.revision)
        self._kept[key] = graph
        while len(self._kept) > MAX_GRAPHS:
            self._kept.popitem(last=False)
        return graph


class _Graph:
    """A view in an engine, with the subjects by which each node is taken out again."""

    def __init__(self, view: GraphView, tenant: str, audience: Audience, *, revision: int) -> None:
        import pyoxigraph  # noqa: PLC0415 - an extra

        self.store: Store = pyoxigraph.Store()
        self.revision = revision
        self._mapper = Mapper(tenant)
        self._audience: Audience = audience
        self._said: dict[str, tuple[Any, ...]] = {}
        for ids in pages(view):
            self._load(view, ids)

    def follows(self, newest: GraphView, *, live: bool) -> bool:
        """Return whether this is how the newest commit has it, after catching up if it may."""
        if self.revision == newest.revision:
            return True
        if not live:
            return False
        changed: set[str] = set()
        for event in newest.scan(since=self.revision):
            if isinstance(event.fact, Node) and event.fact.kind in HIDDEN_KINDS:
                return False
            changed.add(event.fact.owner)
        self._renew(newest, changed)
        self.revision = newest.revision
        return True

    def _renew(self, view: GraphView, changed: set[str]) -> None:
        """Say anew what changed, and what points at nodes that came or went with it."""
        before = changed & self._said.keys()
        self._replace(view, changed)
        moved = before ^ (changed & self._said.keys())
        around = {edge.source for edge in view.edges(sorted(moved))} - changed
        self._replace(view, around)

    def _replace(self, view: GraphView, ids: Iterable[str]) -> None:
        waiting = iter(sorted(ids))
        while page := list(islice(waiting, PAGE_NODES)):
            for id in page:
                for subject in self._said.pop(id, ()):
                    for quad in self.store.quads_for_pattern(subject, None, None, None):
                        self.store.remove(quad)
            self._load(view, page)

    def _load(self, view: GraphView, ids: list[str]) -> None:
        import pyoxigraph  # noqa: PLC0415 - an extra

        for id, said in described(view, self._mapper, ids, audience=self._audience):
            self._said[id] = tuple(dict.fromkeys(row.subject for row in said))
            self.store.extend(pyoxigraph.Quad(*row) for row in said)


def _run(
    store: Store, query: str, names: dict[str, str], limit: int, seconds: float
) -> SparqlResult:
    import pyoxigraph as ox  # noqa: PLC0415 - an extra

    until = time.monotonic() + seconds
    try:
        found = store.query(query, prefixes=names)
        if isinstance(found, ox.QueryBoolean):
            return SparqlResult("ask", (), (), answer=bool(found))
        if isinstance(found, ox.QueryTriples):
            rows = _within(map(_as_row, found), limit, until)
            return _result("graph", ("subject", "predicate", "object"), rows, limit)
        columns = [variable.value for variable in found.variables]
        solutions = ({name: row[name] for name in columns} for row in found)
        return _result("select", columns, _within(solutions, limit, until), limit)
    except SyntaxError as error:
        raise InputError(syntax_problem(error)) from error
    except TimeoutError:
        raise StoreError(f"the query took more than {seconds:g} seconds; ask for less") from None
    except OSError as error:
        raise StoreError(f"the query failed: {error}") from error


def _result(form: Any, columns: Iterable[str], rows: list[Any], limit: int) -> SparqlResult:
    return SparqlResult(form, tuple(columns), rows[:limit], truncated=len(rows) > limit)


def _within(rows: Iterator[Any], limit: int, until: float) -> list[Any]:
    """Return the rows up to one more than the limit, if they come in time."""
    out: list[Any] = []
    for row in rows:
        if time.monotonic() > until:
            raise TimeoutError
        out.append(row)
        if len(out) > limit:
            break
    return out


def _as_row(row: Triple) -> dict[str, Any]:
    return {"subject": row.subject, "predicate": row.predicate, "object": row.object}
