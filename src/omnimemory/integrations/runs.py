"""Write-back: what an agent said, asked, decided, promised and did, written exactly once.

It stands in the graph as from that agent: messages, statements and actions with the agent as
their author, never a fact. The next agent, in whichever channel, reads it in the pack.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import msgspec

from omnimemory.integrations.scope import Scope
from omnimemory.integrations.writing import (
    Party,
    Whom,
    digest,
    made,
    moment,
    own_id,
    party,
    ref_of,
    spoken,
    write,
)
from omnimemory.model.ids import node_id
from omnimemory.model.records import Action, Record, Ref, Statement

When: TypeAlias = str | datetime | None
OwnForm: TypeAlias = Literal["decision", "question", "commitment", "preference", "attempt"]
"""What an agent may state; a fact is not for it to make."""
Outcome: TypeAlias = Literal["pending", "done", "failed"]

BROKEN: Final = "run of the agent"
"""The action by which a run stands that did not come to its end."""

_LONGEST_RESULT: Final = 20_000


class Recorded(msgspec.Struct, frozen=True):
    """What came of recording a run.

    Attributes:
        written: Ids of what is new.
        known: Ids of what was there already.
    """

    written: tuple[str, ...]
    known: tuple[str, ...]


class Run:
    """One run of an agent: collects what happened, in order; `record_run` writes it.

    Args:
        scope: Whose memory, which customer, who the agent is, in which channel.
        id: The run's id, or the thread's where a framework hands over the whole thread each
            time; the same run again changes nothing.
        of: The ticket that it is about, by id or citation.
        at: When it ran; now if left out.
    """

    def __init__(self, scope: Scope, id: str, *, of: str | None = None, at: When = None) -> None:
        self.scope = scope
        self.id = id
        self.of = of
        self.at = moment(at)
        self._parts: list[tuple[str, str | None, dict[str, Any]]] = []
        self._is_broken = False

    def heard(self, text: str, *, id: str | None = None, at: When = None) -> None:
        """Note what the customer said; leave it out where the channel's own source brings it."""
        self._add("message", id, text=text, inbound=True, at=at)

    def said(self, text: str, *, id: str | None = None, at: When = None) -> None:
        """Note what the agent said to the customer."""
        self._add("message", id, text=text, inbound=False, at=at)

    def asked(self, text: str, *, id: str | None = None, **fields: Any) -> None:
        """Note a question of the agent's to the customer."""
        self.stated("question", text, id=id, **fields)

    def decided(self, text: str, *, id: str | None = None, **fields: Any) -> None:
        """Note what the agent decided."""
        self.stated("decision", text, id=id, **fields)

    def promised(
        self, text: str, *, due: When = None, id: str | None = None, **fields: Any
    ) -> None:
        """Note what the agent promised, and by when."""
        self.stated("commitment", text, id=id, due=due, **fields)

    def tried(self, text: str, *, id: str | None = None, **fields: Any) -> None:
        """Note what was tried to solve it."""
        self.stated("attempt", text, id=id, **fields)

    def stated(
        self,
        form: OwnForm,
        text: str,
        *,
        id: str | None = None,
        at: When = None,
        due: When = None,
        **fields: Any,
    ) -> None:
        """Note a statement; ``fields`` are others of a `Statement`, such as ``answer``."""
        self._add("statement", id, form=form, text=text, at=at, due=due, **fields)

    def did(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        outcome: Outcome = "done",
        result: str | None = None,
        key: str | None = None,
        id: str | None = None,
        at: When = None,
    ) -> None:
        """Note a tool call and what came of it.

        Args:
            name: The tool.
            arguments: What it was called with, as JSON.
            outcome: Pending, done or failed; a pending one may be noted again once it ended.
            result: What it gave back, or why it failed.
            key: An idempotency key: one action, in however many runs it is noted.
            id: The call's id within the run.
            at: When.
        """
        self._add(
            "action",
            id,
            name=name,
            arguments=dict(arguments or {}),
            outcome=outcome,
            result=None if result is None else result[:_LONGEST_RESULT],
            key=key,
            at=at,
        )

    def broke(self, error: BaseException) -> None:
        """Note that an error ended the run; of the error only its class, never its words.

        What the agent said until then keeps its place beside what it says in another try.
        """
        end = ended_by(error)
        self._is_broken = True
        self.did(BROKEN, outcome="failed", result=end, id=f"broke-{end}")

    def __len__(self) -> int:
        return len(self._parts)

    def __repr__(self) -> str:
        return f"<Run {self.id} by {self.scope.by}: {len(self)} parts>"

    def _add(self, what: str, id: str | None, **fields: Any) -> None:
        self._parts.append((what, id, fields))

    def records(self, whom: Whom | None = None) -> list[Record]:
        """Return the run as records.

        Args:
            whom: The customer, where they were looked up already.

        Raises:
            NotFoundError: There is no such customer, or no such ticket for this scope.
        """
        customer = whom or party(self.scope).whom
        of = None if self.of is None else ref_of(self.scope.record(self.of))
        return [
            self._record(position, *part, customer=customer, of=of)
            for position, part in enumerate(self._parts)
        ]

    def _record(
        self,
        position: int,
        what: str,
        id: str | None,
        given: Mapping[str, Any],
        *,
        customer: Whom,
        of: Ref | None,
    ) -> Record:
        fields = dict(given)
        id = id or f"{what}-{position}"
        if self._is_broken and not fields.get("inbound", True):
            id = f"{id}-{digest(fields['text'])}"
        place = own_id(self.scope, self.id, id)
        at = moment(fields.pop("at") or self.at)
        if what == "message":
            return spoken(
                self.scope, place, customer=customer, of=of, at=at, sequence=position, **fields
            )
        key = fields.pop("key", None)
        due = fields.pop("due", None)
        common = {
            "id": own_id(self.scope, "key", key) if key else place,
            "occurred_at": at,
            "author": self.scope.agent,
            "customer": customer,
            "of": of,
            "visibility": self.scope.visibility,
        }
        if what == "action":
            return made(Action, **common, **fields)
        if due is not None:
            fields["due_at"] = moment(due)
        return made(Statement, **common, **fields)


def ended_by(error: BaseException) -> str:
    """Return what ended a run: ``cancelled``, also where a stream was left, or an error's class."""
    is_cancelled = isinstance(error, CancelledError | GeneratorExit)
    return "cancelled" if is_cancelled else type(error).__name__


def record_run(run: Run, *, of: Party | None = None, beside: Sequence[Record] = ()) -> Recorded:
    """Write a run: its messages, statements and actions, each exactly once.

    Args:
        run: What happened.
        of: The customer, where they were looked up already.
        beside: Other records for the same commit.

    Raises:
        NotFoundError: The customer is named by an id that nobody has, or the ticket is not
            there for this scope.
        InputError: A field cannot be used; or the run's id, its conversation or a key was used
            with another customer. Nothing was written.
    """
    customer = of or party(run.scope)
    records = run.records(customer.whom)
    own = {node_id(record.kind, record.source, record.id) for record in records}
    told = write(run.scope, records, of=customer, beside=beside)
    new = {id: is_new for id, is_new in told.items() if id in own}
    return Recorded(
        written=tuple(id for id, is_new in new.items() if is_new),
        known=tuple(id for id, is_new in new.items() if not is_new),
    )
