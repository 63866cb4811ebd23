"""Saying: what can be written down about a customer: statements, and who takes over from whom."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from omnimemory.context import handoff as handing
from omnimemory.context.handoff import Handed, HandoffPack, NextStep
from omnimemory.context.tokens import Tokenizer
from omnimemory.errors import InputError
from omnimemory.ingest import handoffs
from omnimemory.ingest.drafts import OURS
from omnimemory.ingest.pipeline import Input, Progress
from omnimemory.ingest.report import Report
from omnimemory.keeping import Keeping
from omnimemory.model.audience import Audience
from omnimemory.model.ids import node_id, split_id
from omnimemory.model.records import Person, Ref, StatementForm, Visibility
from omnimemory.model.time import now, parse_time, to_datetime
from omnimemory.reads import items
from omnimemory.reads.customers import Customer
from omnimemory.statements import threads
from omnimemory.statements.base import Extractor
from omnimemory.statements.threads import extractor_of


class Saying(Keeping, ABC):
    """What can be written down about a customer."""

    _extractor: Extractor | None

    @abstractmethod
    def ingest(self, records: Input | Iterable[Input], *, strict: bool = False) -> Report:
        """Take in one record or any number; the same records again change nothing."""

    @abstractmethod
    def _extract(
        self,
        pages: Iterable[Collection[str]],
        extractor: Extractor,
        on_progress: Progress | None = None,
    ) -> Report:
        """Write down the statements of the threads that interactions belong to."""

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
            proposer=self._proposer(),
            nearness=self._nearness(),
            rescore=self._rescore(),
            next_step=next_step,
        )
        if not view.nodes([own]):
            self.ingest(records, strict=True)
        return pack

    def extract(
        self,
        extractor: Extractor | str | None = None,
        *,
        customer: Customer | str | None = None,
        on_progress: Progress | None = None,
    ) -> Report:
        """Find statements in what was said, and write them down; again, it changes nothing.

        Questions with or without an answer, commitments with their due date, attempts, and
        that somebody has to say something again; each cites its message, and is visible to no
        more than it is. What a message does not say any more ends.

        Args:
            extractor: Finds them: ``"english"``, which are plain rules, or a callable; the one
                of the memory if left out, else the rules.
            customer: Only in this customer's newest threads.
            on_progress: Called now and then with the number of messages seen.

        Raises:
            InputError: There is no such extractor.
            NotFoundError: There is no such customer.
        """
        found = extractor_of(extractor) or self._extractor or extractor_of("english")
        view = self.view()
        if customer is None:
            pages = threads.all_of(view)
        else:
            pages = threads.all_of_customer(view, self.customer(_name(customer)).identities)
        return self._extract(pages, cast("Extractor", found), on_progress)


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
