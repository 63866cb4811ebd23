"""The facade: one memory of one tenant's customers, over any store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from omnimemory.embed import Embedder, Reranker, open_embedder, open_reranker
from omnimemory.embed.reranker import Rescore, rescoring
from omnimemory.identity.policy import Policy, PolicyName
from omnimemory.identity.resolution import Resolution
from omnimemory.index.indexes import Indexes
from omnimemory.index.search import Proposer, Searcher
from omnimemory.index.signals import Nearness
from omnimemory.ingest.pipeline import BATCH_RECORDS, Input, Progress, ingest
from omnimemory.ingest.report import Report
from omnimemory.listing import When
from omnimemory.model.ids import TENANT_NAME, check_name
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import Record
from omnimemory.model.time import as_of as parse_as_of
from omnimemory.pictured import Pictured
from omnimemory.rdf.sparql import Graphs
from omnimemory.saying import Saying
from omnimemory.statements import threads
from omnimemory.statements.base import Extractor
from omnimemory.statements.threads import extractor_of
from omnimemory.store.base import GraphStore, GraphView
from omnimemory.store.registry import beside, open_store
from omnimemory.who.identities import Identities


def connect(
    url: str,
    *,
    tenant: str,
    embedder: Embedder | str | None = "auto",
    vectors: str | Path | None = None,
    reranker: Reranker | str | None = None,
    extractor: Extractor | str | None = None,
    identity: Policy | PolicyName = "cautious",
    **options: Any,
) -> Memory:
    """Return the memory of a tenant in the store at a URL.

    Args:
        url: ``sqlite:///support.db`` (a path of its own after three slashes),
            ``sqlite://`` in memory, ``networkx://`` in process, ``networkx:///file.jsonl``,
            ``neo4j://127.0.0.1:7687`` with ``auth=(user, password)``.
        tenant: Whose memory. Nothing crosses it.
        embedder: Lets searches and packs find by meaning as well as by words: ``"minilm"``,
            ``"hash"``, an object, or None for words only; see `omnimemory.embed.open_embedder`.
            Left out, it is ``"minilm"`` where that is installed.
        vectors: Folder where indexes are saved; for a store in a file, ``FILE.vectors`` if left
            out, and else nowhere.
        reranker: Looks once more at the best of searches and packs: ``"minilm"``, or an object
            with ``scores(query, texts)``; see `omnimemory.embed.open_reranker`.
        extractor: Finds statements in what is taken in: ``"english"``, or a callable; see
            `omnimemory.statements.base.Extractor`. None are looked for if left out.
        identity: How sure is sure enough to say that two are one person: ``"cautious"``,
            ``"balanced"``, ``"strict"`` or a `Policy`.
        options: What that kind of store takes.

    Raises:
        InputError: The URL, the tenant's name, the embedder, the reranker or the extractor
            cannot be used.
        MissingExtraError: What the embedder needs is not installed.
        StoreError: The store cannot be opened.
    """
    check_name(tenant, TENANT_NAME, "tenant")
    found = open_embedder(embedder)
    reranks = open_reranker(reranker, found)
    extracts = extractor_of(extractor)
    store = open_store(url, **options)
    folder = beside(url, ".vectors") if vectors is None else vectors
    return Memory(
        store,
        tenant=tenant,
        embedder=found,
        vectors=folder,
        reranker=reranks,
        extractor=extracts,
        identity=identity,
    )


class Memory(Saying, Pictured):
    """Everything that a company knows about its customers.

    Args:
        store: Where it is kept; `close` closes it.
        tenant: Whose it is.
        embedder: What lets searches and packs find by meaning; None is by words only.
        vectors: Folder where indexes are saved; without one they live as long as the process.
        reranker: What looks once more at the best of searches and packs; nothing if left out.
        extractor: What finds statements in what is taken in; nothing does if left out.
        identity: The policy by which identities become customers, or its name.
    """

    def __init__(
        self,
        store: GraphStore,
        *,
        tenant: str,
        embedder: Embedder | str | None = "auto",
        vectors: str | Path | None = None,
        reranker: Reranker | str | None = None,
        extractor: Extractor | str | None = None,
        identity: Policy | PolicyName = "cautious",
    ) -> None:
        self.store = store
        self.tenant = check_name(tenant, TENANT_NAME, "tenant")
        self.kinds = Kinds()
        self._resolution = Resolution(identity)
        self.identity = Identities(store, self.tenant, self._resolution)
        self._graphs = Graphs(store, self.tenant)
        self._extractor = extractor_of(extractor)
        encodes = open_embedder(embedder)
        self._reranker = open_reranker(reranker, encodes)
        self._indexes = Indexes(self.tenant, encodes, vectors)

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
        before = self.view().revision if self._extractor else 0
        report = self._ingest(
            records,
            strict=strict,
            revive=revive,
            batch_records=batch_records,
            on_progress=on_progress,
        )
        if self._extractor and report.changed:
            pages = threads.recorded_since(self.view(), before)
            report.revision = self._extract(pages, self._extractor).revision
        return report

    def _extract(
        self,
        pages: Iterable[Collection[str]],
        extractor: Extractor,
        on_progress: Progress | None = None,
    ) -> Report:
        found = threads.statements(self.view(), pages, extractor, on_progress)
        return self._ingest(found, strict=True)

    def _ingest(self, records: Input | Iterable[Input], **options: Any) -> Report:
        options |= {"kinds": self.kinds, "resolution": self._resolution}
        report = ingest(self.store, self.tenant, records, **options)
        if report.redacted:
            self._indexes.forget(self.view())
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
        return self._indexes.reindex(self.view(), found, on_progress=on_progress)

    def close(self) -> None:
        """Save the vectors and close the store. Calling it again does nothing."""
        try:
            self._indexes.save()
        finally:
            self.store.close()

    def _searcher(self) -> Searcher:
        return self._indexes.search

    def _proposer(self) -> Proposer:
        return self._indexes.propose

    def _rescore(self, *, rerank: Reranker | bool = True) -> Rescore | None:
        found = self._reranker if rerank is True else open_reranker(rerank or None)
        return None if found is None else rescoring(found)

    def _nearness(self) -> Nearness | None:
        return self._indexes.nearness()

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
