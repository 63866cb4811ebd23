"""The store on RDF: a named graph a tenant, in one file, on disk, or on a SPARQL server."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from pathlib import Path
from threading import Lock
from typing import Final
from uuid import uuid4

from omnimemory.errors import SchemaError, StoreError
from omnimemory.model.facts import Changes
from omnimemory.model.time import NOW, AsOf, now
from omnimemory.store import _rdf_sparql as sparql
from omnimemory.store import _rows
from omnimemory.store._rdf_engine import Engine, Update
from omnimemory.store._rdf_read import RdfView
from omnimemory.store._rdf_terms import Iri, Triple, graph_of, staged_by, tenant_of
from omnimemory.store._rdf_write import look_up, plan
from omnimemory.store.base import GraphStore

VERSION: Final = 2
"""The schema that this library writes."""

_STORE: Final = Iri("urn:om:store")
_TRIES: Final = 200
_PAUSE_SECONDS: Final = 0.1


class RdfStore(GraphStore):
    """Keeps facts as RDF, each version a resource in the named graph of its tenant.

    A commit is one update that takes effect only if the tenant still is at the revision
    that it was planned on, and that leaves a token by which it is known again: whoever lost
    the answer looks for the token before trying once more.

    Args:
        engine: What keeps the triples; the store closes it.
        clock: Returns UTC microseconds.

    Raises:
        SchemaError: The dataset is of another program, or of a newer omnimemory.
        StoreError: The dataset cannot be reached.
    """

    def __init__(self, engine: Engine, *, clock: Callable[[], int] = now) -> None:
        self._engine = engine
        self._clock = clock
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)
        try:
            self._prepare()
        except BaseException:
            engine.close()
            raise

    def view(self, tenant: str, as_of: AsOf = NOW) -> RdfView:
        _rows.check_tenant(tenant)
        return RdfView(self._engine, graph_of(tenant), as_of)

    def commit(self, tenant: str, changes: Changes, *, base: int, at: int | None = None) -> int:
        _rows.check_tenant(tenant)
        _rows.check_changes(changes)
        graph, token = graph_of(tenant), uuid4().hex
        with self._locks[tenant]:
            for _ in range(_TRIES):
                known = look_up(self._engine, graph, changes, base=base, token=token)
                if known.landed is not None:
                    return known.landed
                revision, update = plan(
                    graph, changes, known, base=base, at=at, clock=self._clock, token=token
                )
                if self._engine.update(update):
                    return revision
                time.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 - no secret
        raise StoreError(f"{self._engine.name}: others write to {tenant} all the time; try again")

    def tenants(self) -> list[str]:
        graphs = {tenant_of(graph) for graph, _ in self._engine.rows(sparql.TENANTS)}
        return sorted(tenant for tenant in graphs if tenant is not None)

    def scrub(self) -> None:
        self._forget_staged()
        self._engine.scrub()

    def contains_bytes(self, needles: Collection[bytes]) -> list[bytes]:
        return self._engine.contains_bytes(needles)

    def backup(self, path: str | Path) -> None:
        self._engine.check_open()
        self._engine.backup(Path(path))

    def close(self) -> None:
        self._engine.close()

    def __repr__(self) -> str:
        return f"<RdfStore {self._engine.name}>"

    def _forget_staged(self) -> None:
        """Delete what was written ahead of commits that did not come."""
        for graph, mark, count in self._engine.rows(sparql.STAGED):
            self._engine.forget(graph, mark, staged_by(graph, mark, count))

    def _prepare(self) -> None:
        """Mark an empty dataset as ours, and refuse one that is not."""
        rows = self._engine.rows(sparql.SCHEMA, graph=_STORE, ids=[_STORE])
        if not rows:
            if self._engine.rows(sparql.ANYTHING):
                raise SchemaError(
                    f"{self._engine.name} holds the data of another program; choose another place"
                )
            mark = [Triple(_STORE, "schema", VERSION)]
            self._engine.update(Update(_STORE, 0, drop=(), delete=(), insert=mark))
            return
        if self._engine.is_alone:
            self._forget_staged()
        version = max(version for (version,) in rows)
        if version > VERSION:
            raise SchemaError(
                f"{self._engine.name} has schema version {version} and this omnimemory knows up "
                f"to {VERSION}; upgrade omnimemory-graph"
            )
        if version < VERSION:
            raise SchemaError(
                f"{self._engine.name} has schema version {version} of a development version; "
                "copy its tenants with the omnimemory that wrote it"
            )
