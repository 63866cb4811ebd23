"""The facade: one memory of one tenant's customers, over any store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from omnimemory.embed import Embedder, open_embedder
from omnimemory.errors import InputError
from omnimemory.index.meaning import Meaning
from omnimemory.index.signals import Nearness
from omnimemory.ingest.drafts import OURS
from omnimemory.ingest.pipeline import BATCH_RECORDS, Input, Progress, ingest
from omnimemory.ingest.report import Report
from omnimemory.keep import copy as copying
from omnimemory.keep import erase as erasing
from omnimemory.keep import exchange, retain
from omnimemory.keep.copy import Copied
from omnimemory.model.audience import Audience
from omnimemory.model.ids import TENANT_NAME, check_name, split_id
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import Person, Record, Ref, StatementForm
from omnimemory.model.time import as_of as parse_as_of
from omnimemory.model.time import now, parse_time, to_datetime
from omnimemory.rdf import export as rdf_export
from omnimemory.rdf.results import SparqlResult
from omnimemory.rdf.sparql import Graphs
from omnimemory.reading import Reading, When
from omnimemory.reads import items
from omnimemory.reads.customers import Customer
from omnimemory.reads.results import Searcher
from omnimemory.store.base import GraphStore, GraphView
from omnimemory.store.registry import beside, open_store


def connect(
    url: str,
    *,
    tenant: str,
    embedder: Embedder | str | None = None,
    vectors: str | Path | None = None,
    **options: Any,
) -> Memory:
    """Return the memory of a tenant in the store at a URL.

    Args:
        url: ``sqlite:///support.db`` (a path of its own after three slashes),
            ``sqlite://`` in memory, ``networkx://`` in process, ``networkx:///file.jsonl``,
            ``neo4j://127.0.0.1:7687`` with ``auth=(user, password)``.
        tenant: Whose memory. Nothing crosses it.
        embedder: Lets `Memory.search` find by meaning as well as by words: ``"minilm"``,
            ``"hash"``, ``"auto"`` or an object; see `omnimemory.embed.open_embedder`.
        vectors: Folder where vectors are saved; for a store in a file, ``FILE.vectors`` if left
            out, and else nowhere.
        options: What that kind of store takes.

    Raises:
        InputError: The URL, the tenant's name or the embedder cannot be used.
        MissingExtraError: What the embedder needs is not installed.
        StoreError: The store cannot be opened.
    """
    check_name(tenant, TENANT_NAME, "tenant")
    found = open_embedder(embedder)
    store = open_store(url, **options)
    folder = beside(url, ".vectors") if vectors is None else vectors
    return Memory(store, tenant=tenant, embedder=found, vectors=folder)


class Memory(Reading):
    """Everything that a company knows about its customers.

    Args:
        store: Where it is kept; `close` closes it.
        tenant: Whose it is.
        embedder: What lets `search` find by meaning; by words only if left out.
        vectors: Folder where vectors are saved; without one they live as long as the process.
    """

    def __init__(
        self,
        store: GraphStore,
        *,
        tenant: str,
        embedder: Embedder | str | None = None,
        vectors: str | Path | None = None,
    ) -> None:
        self.store = store
        self.tenant = check_name(tenant, TENANT_NAME, "tenant")
        self.kinds = Kinds()
        self._graphs = Graphs(store, self.tenant)
        self._meaning = Meaning(self.tenant, open_embedder(embedder), vectors)

    def view(self, as_of: When = None) -> GraphView:
        """Return the graph at a point in time, for reads that have no method of their own."""
        return self.store.view(self.tenant, parse_as_of(as_of))

    def register(self, record: type[Record]) -> None:
        """Let records of a team's own kind be ingested, searched and shown like any other.

        Raises:
            InputError: The kind's name does not fit, or is taken.
        """
        self.kinds.register(record)

    def ingest(
        self,
        records: Input | Iterable[Input],
        *,
        strict: bool = False,
        revive: bool = False,
        batch_records: int = BATCH_RECORDS,
        on_progress: Progress | None = None,
    ) -> Report:
        """Take in one record or any number; the same records again change nothing.

        Args:
            records: Records, or mappings with a ``type``, or what a source yields.
            strict: Whether to raise on bad records, before their batch is written.
            revive: Whether records of somebody who was erased may bring them back.
            batch_records: How many records a commit takes; it bounds memory.
            on_progress: Called after each batch with the number of records seen.

        Raises:
            ExceptionGroup: With ``strict``, the errors of the first batch that has any.
            StoreError: The store failed; batches before this one are kept.
        """
        report = ingest(
            self.store,
            self.tenant,
            records,
            kinds=self.kinds,
            strict=strict,
            revive=revive,
            batch_records=batch_records,
            on_progress=on_progress,
        )
        if report.redacted:
            self._meaning.forget(self.view())
        return report

    def reindex(
        self,
        embedder: Embedder | str | None = None,
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> int:
        """Encode every passage anew and return how many texts that were.

        Searches go on answering from the vectors that there are until the new ones are whole.

        Args:
            embedder: Another one to use from now on; the same if left out.
            on_progress: Called after each batch with the number of texts encoded.

        Raises:
            EmbedderError: The embedder failed; the vectors that there were stand.
            InputError: There is no embedder.
        """
        found = open_embedder(embedder)
        return self._meaning.reindex(self.view(), found, on_progress=on_progress)

    def remember(
        self,
        customer: Customer | str,
        form: StatementForm,
        text: str,
        *,
        by: str,
        at: str | datetime | None = None,
        due: str | datetime | None = None,
        of: str | None = None,
        id: str | None = None,
        **fields: Any,
    ) -> items.Item:
        """Write down a statement about a customer, and return it.

        Args:
            customer: Whom it concerns.
            form: ``decision``, ``question``, ``commitment``, ``preference``, ``attempt``, ``fact``.
            text: What was said.
            by: Who said it: ``agent:kim``, ``bot:helper``, ``customer``.
            at: When; now if left out.
            due: By when a commitment is due.
            of: The ticket that it belongs to, such as ``zendesk:35436``.
            id: An id of the caller's, so that saying it twice writes it once.
            fields: Other fields of a `Statement`, such as ``status`` or ``answer``.

        Raises:
            NotFoundError: There is no such customer or ticket.
            ExceptionGroup: A field cannot be used.
        """
        whom = self.customer(_name(customer))
        ticket = None if of is None else self.ticket(of)
        record = {
            "type": "statement",
            "source": OURS,
            "id": id or uuid4().hex,
            "form": form,
            "text": text,
            "occurred_at": to_datetime(now() if at is None else parse_time(at)),
            "due_at": None if due is None else to_datetime(parse_time(due)),
            "author": _author(by, whom),
            "customer": _identity(whom),
            "of": None if ticket is None else _ref(ticket.kind, ticket.id),
            **fields,
        }
        self.ingest(record, strict=True)
        return self.item(f"statement:{OURS}:{record['id']}")

    def erase(self, customer: Customer | str) -> erasing.Erased:
        """Remove everything that is a customer's, look for it in the files, and say what went.

        Raises:
            NotFoundError: There is no such customer.
        """
        found = self.customer(_name(customer))
        try:
            erased = erasing.erase(self.store, self.tenant, found, self.kinds)
            self._meaning.forget(self.view())
        finally:
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
                self._meaning.forget(self.view())
        finally:
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

    def load(self, path: str | Path, *, on_progress: Callable[[int], None] | None = None) -> int:
        """Read an export in, its revisions kept; return how many lines were new.

        Raises:
            InputError: The file is no export of ours, or the tenant has written since.
        """
        return exchange.load(self.store, self.tenant, path, on_progress=on_progress)

    def backup(self, path: str | Path) -> None:
        """Copy the whole store, all tenants, to a file, while others go on using it."""
        self.store.backup(path)

    def counts(self, *, as_of: When = None) -> dict[str, int]:
        """Return how many nodes of each kind, and passages, there are."""
        return self.view(as_of).counts()

    def check(self) -> list[str]:
        """Return what is wrong with the store, in sentences; empty is good."""
        return self.store.check()

    def close(self) -> None:
        """Save the vectors and close the store. Calling it again does nothing."""
        try:
            self._meaning.save()
        finally:
            self.store.close()

    def _searcher(self) -> Searcher:
        return self._meaning.searcher()

    def _nearness(self) -> Nearness | None:
        return self._meaning.nearness()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Memory of {self.tenant} in {self.store!r}>"


def _author(by: str, customer: Customer) -> Person | Ref:
    """Return who said something, from ``agent:kim``, ``bot:helper`` or ``customer``."""
    kind, _, name = by.partition(":")
    if kind == "customer":
        return _identity(customer)
    if kind not in ("agent", "ai_agent", "bot", "system") or not name:
        raise InputError(
            f"by is {by!r}; write 'agent:NAME', 'ai_agent:NAME', 'bot:NAME', "
            "'system:NAME' or 'customer'"
        )
    return Person(kind=kind, id=name, name=name)


def _name(customer: Customer | str) -> str:
    return customer.id if isinstance(customer, Customer) else customer


def _identity(customer: Customer) -> Ref:
    """Return the customer as records name them: by their first identity."""
    return _ref("Identity", customer.identities[0])


def _ref(kind: str, id: str) -> Ref:
    source, own = split_id(id)
    return Ref(kind=kind, source=source, id=own)
