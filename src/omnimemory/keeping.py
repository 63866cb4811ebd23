"""Keeping: what whoever runs a memory does with all of it: move it, prove it, remove it."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from omnimemory.identity.resolution import Resolution
from omnimemory.index.indexes import Indexes
from omnimemory.keep import copy as copying
from omnimemory.keep import erase as erasing
from omnimemory.keep import exchange, retain
from omnimemory.keep.copy import Copied
from omnimemory.listing import When
from omnimemory.model.audience import Audience
from omnimemory.model.time import as_of as parse_as_of
from omnimemory.rdf import export as rdf_export
from omnimemory.rdf.results import SparqlResult
from omnimemory.rdf.sparql import Graphs
from omnimemory.reading import Reading
from omnimemory.reads.customers import Customer
from omnimemory.reads.overview import Overview, overview
from omnimemory.store.base import GraphStore
from omnimemory.store.registry import open_store


class Keeping(Reading, ABC):
    """What can be done with a memory as a whole."""

    store: GraphStore
    tenant: str
    _graphs: Graphs
    _indexes: Indexes
    _resolution: Resolution

    def overview(self, *, as_of: When = None) -> Overview:
        """Return what is in the memory: counts, channels, the range of time.

        Where there are more than 5,000 interactions, channels and times are those of the
        first of each source; `Overview.looked_at` says of how many.
        """
        return overview(self.view(as_of), tenant=self.tenant, store=repr(self.store))

    def erase(
        self, customer: Customer | str, *, identities: Collection[str] | None = None
    ) -> erasing.Erased:
        """Remove everything that is a customer's, look for it in the files, and say what went.

        Args:
            customer: The customer, by any of their names.
            identities: Only these of their identities, and what hangs on them; whom they
                held together is decided again, and `Erased.left` says who they are now.

        Raises:
            NotFoundError: There is no such customer.
            InputError: One of the identities is not theirs.
        """
        found = self.customer(customer if isinstance(customer, str) else customer.id)
        about = erasing.whom(found, identities, self._resolution)
        try:
            erased = erasing.erase(self.store, self.tenant, about, self.kinds)
            self._indexes.forget(self.view())
        finally:
            self._resolution.cache.clear()
            self._graphs.clear()
        return erased

    def retain(
        self, rules: Mapping[str, timedelta], *, at: When = None, dry_run: bool = False
    ) -> dict[str, int]:
        """Erase what is older than its kind may be; return how many nodes went, by kind.

        Args:
            rules: The greatest age by node kind, such as ``{"Usage": timedelta(days=90)}``.
            at: The time that ages are counted from; now if left out.
            dry_run: Whether to count only.
        """
        moment = None if at is None else parse_as_of(at).valid
        try:
            went = retain.retain(self.store, self.tenant, rules, at=moment, dry_run=dry_run)
            if not dry_run:
                self._indexes.forget(self.view())
        finally:
            self._resolution.cache.clear()
            self._graphs.clear()
        return went

    def export(
        self,
        path: str | Path,
        *,
        since: int = 0,
        on_progress: Callable[[int], None] | None = None,
    ) -> int:
        """Write every fact with both times to a file of JSON Lines; return how many lines.

        Raises:
            InputError: The file cannot be written.
        """
        return exchange.export(self.store, self.tenant, path, since=since, on_progress=on_progress)

    def copy(
        self, to: str, *, on_progress: Callable[[int], None] | None = None, **options: Any
    ) -> Copied:
        """Write everything, both times and marks of erasure included, to the store at a URL.

        A copy that was cut short goes on where it stood; in the end the two are compared.

        Args:
            to: URL of the other store.
            on_progress: Called after each commit with the number of versions written.
            options: What that kind of store takes.

        Raises:
            InputError: The other store holds other data of this tenant.
            StoreError: A store failed, or the two differ in the end.
        """
        with open_store(to, **options) as target:
            return copying.copy(self.store, target, self.tenant, on_progress=on_progress)

    def export_rdf(
        self,
        path: str | Path,
        *,
        format: rdf_export.RdfFormat | None = None,
        audience: Audience = "internal",
        as_of: When = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> int:
        """Write the graph in standard vocabularies to a file; return how many triples.

        Args:
            path: The file; it appears whole or not at all.
            format: ``turtle``, ``trig``, ``n-quads`` or ``json-ld``; told from the suffix
                (``.ttl``, ``.trig``, ``.nq``, ``.jsonld``) when left out.
            audience: Who will read it.
            as_of: A point in time.
            on_progress: Called now and then with the number of triples.

        Raises:
            InputError: The format is unknown, or the file cannot be written.
            MissingExtraError: The extra ``rdf`` is not installed.
        """
        return rdf_export.export(
            self.view(as_of),
            self.tenant,
            path,
            format=format,
            audience=audience,
            on_progress=on_progress,
        )

    def load(self, path: str | Path, *, on_progress: Callable[[int], None] | None = None) -> int:
        """Read an export in, its revisions kept; return how many lines were new.

        Raises:
            InputError: The file is no export of ours, or the tenant has written since.
        """
        return exchange.load(self.store, self.tenant, path, on_progress=on_progress)

    def backup(self, path: str | Path) -> None:
        """Copy the whole store, all tenants, to a file, while others go on using it."""
        self.store.backup(path)

    def check(self) -> list[str]:
        """Return what is wrong with the store, in sentences; empty is good."""
        return self.store.check()

    def sparql(
        self,
        query: str,
        *,
        as_of: When = None,
        audience: Audience = "internal",
        limit: int = 10_000,
        seconds: float = 30,
    ) -> SparqlResult:
        """Return what a read-only SPARQL query finds in the graph, in standard vocabularies.

        The graph is held in memory, loaded at the first query and kept in step after it.

        Args:
            query: SELECT, ASK, CONSTRUCT or DESCRIBE; the prefixes of the vocabularies and
                ``om:`` and ``own:`` need no declaration.
            as_of: A point in time.
            audience: Who reads.
            limit: Most rows; `SparqlResult.truncated` says that there were more.
            seconds: Most time between the first row and the last. The engine cannot be
                stopped before its first row, so an ORDER BY over all may take longer.

        Raises:
            InputError: The query cannot be read, or does more than read this graph.
            StoreError: It took too long.
            MissingExtraError: The extra ``rdf`` is not installed.
        """
        return self._graphs.query(
            query, as_of=parse_as_of(as_of), audience=audience, limit=limit, seconds=seconds
        )
