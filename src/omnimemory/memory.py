"""The facade: one memory of one tenant's customers, over any store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from omnimemory.context import handoff as handing
from omnimemory.context.handoff import Handed, HandoffPack, NextStep
from omnimemory.context.tokens import Tokenizer
from omnimemory.embed import Embedder, open_embedder
from omnimemory.errors import InputError
from omnimemory.index.meaning import Meaning
from omnimemory.index.signals import Nearness
from omnimemory.ingest import handoffs
from omnimemory.ingest.drafts import OURS
from omnimemory.ingest.pipeline import BATCH_RECORDS, Input, Progress, ingest
from omnimemory.ingest.report import Report
from omnimemory.keeping import Keeping
from omnimemory.listing import When
from omnimemory.model.audience import Audience
from omnimemory.model.ids import TENANT_NAME, check_name, node_id, split_id
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import Person, Record, Ref, StatementForm, Visibility
from omnimemory.model.time import as_of as parse_as_of
from omnimemory.model.time import now, parse_time, to_datetime
from omnimemory.pictured import Pictured
from omnimemory.rdf.sparql import Graphs
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


class Memory(Keeping, Pictured):
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

    def hand_off(
        self,
        of: str,
        to: str,
        *,
        reason: str = "",
        by: str | None = None,
        query: str | None = None,
        budget: int = 2_000,
        audience: Audience = "internal",
        tokenizer: Tokenizer | None = None,
        next_step: NextStep | None = None,
        at: str | datetime | None = None,
        id: str | None = None,
    ) -> HandoffPack:
        """Write a handoff down, and return the pack for whoever takes over.

        Args:
            of: The ticket or conversation: an id, or a ticket's number such as ``zendesk:7``.
            to: ``agent:kim``, ``ai_agent:helper``, ``team:billing``, ``channel:phone``, or the
                whole id of an agent or team.
            reason: Why.
            by: Who hands over, such as ``bot:helper`` or ``customer``.
            query: What the customer wants; told from what they said last if left out.
            budget: Most tokens of the pack, as ``tokenizer`` counts them.
            audience: Who reads the pack.
            tokenizer: Counts tokens; an estimate that does not fall short if left out.
            next_step: Suggests what to do next; a few plain rules if left out.
            at: When; now if left out.
            id: An id of the caller's, so that handing over twice writes it once.

        Raises:
            NotFoundError: There is no such ticket, conversation, agent or team.
            InputError: No customer has a part in it, ``to`` names nobody, or the budget is too
                small for the frame. Nothing was written.
        """
        view = self.view()
        (node,) = view.nodes([of]) or view.nodes([self.ticket(of).id])
        customer = self.customer(handoffs.requester(view, node))
        name = id or uuid4().hex
        when = now() if at is None else parse_time(at)
        records = handoffs.records(
            view,
            node,
            to,
            id=name,
            author=None if by is None else _author(by, customer),
            reason=reason,
            at=to_datetime(when),
            visibility=Visibility.EXTERNAL if audience == "customer" else Visibility.INTERNAL,
        )
        own = node_id("Handoff", OURS, name)
        pack = handing.build(
            view,
            customer.id,
            Handed(own, node.id, to, by, reason, when),
            query=query,
            budget_tokens=budget,
            audience=audience,
            tokenizer=tokenizer,
            kinds=self.kinds,
            nearness=self._nearness(),
            next_step=next_step,
        )
        if not view.nodes([own]):
            self.ingest(records, strict=True)
        return pack

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
