"""The tools that write: remember, record_interaction, record_action, hand_off.

A docstring here is what a model reads. Each call writes once, however often it is retried.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from omnimemory.context.safe import cite
from omnimemory.errors import InputError
from omnimemory.integrations.runs import Outcome, OwnForm
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.writing import (
    digest,
    made,
    moment,
    own_id,
    ref_of,
    spoken,
    whom,
    write,
)
from omnimemory.model.ids import node_id
from omnimemory.model.records import Action, Channel, Record, Ref, Statement

About = Annotated[
    str | None,
    Field(description="The ticket or conversation it belongs to, by id or citation."),
]
Words = Annotated[str, Field(min_length=1, max_length=20_000)]


class Written(BaseModel):
    """What was written."""

    id: str
    citation: str
    is_new: bool = Field(description="False where the same was there already.")


class HandedOff(BaseModel):
    """What whoever takes over needs."""

    id: str
    citation: str
    text: str = Field(description="The handoff pack in Markdown.")


def remember(
    scope: Scope,
    *,
    form: Annotated[
        OwnForm,
        Field(description="A promise is a commitment; what was tried to solve it, an attempt."),
    ],
    text: Annotated[Words, Field(description="One sentence, in plain words.")],
    due: Annotated[
        str | None, Field(description="By when a promise is due, such as 2026-03-06.")
    ] = None,
    answer: Annotated[str | None, Field(description="The answer, if a question has one.")] = None,
    of: About = None,
) -> Written:
    """Write down what must not be forgotten: a decision, question, promise, preference, attempt.

    It is kept as your statement, and the next agent in any channel sees it.
    """
    record = made(
        Statement,
        **_common(scope, of),
        id=own_id(scope, digest(scope.conversation, scope.customer, form, text, of)),
        form=form,
        text=text,
        due_at=None if due is None else moment(due),
        answer=answer,
        status="answered" if form == "question" and answer else None,
    )
    return _written(scope, record)


def record_interaction(
    scope: Scope,
    *,
    text: Annotated[Words, Field(description="What was said or written, in full.")],
    direction: Annotated[
        Literal["inbound", "outbound", "internal"],
        Field(description="From the customer, to the customer, or a note for colleagues."),
    ] = "outbound",
    channel: Annotated[
        Channel | None, Field(description="Where; the channel of this exchange if left out.")
    ] = None,
    subject: str | None = None,
    of: About = None,
) -> Written:
    """Write down one message between you and the customer, or a note for colleagues."""
    about = _about(scope, of)
    inbound = direction == "inbound"
    fields: dict[str, Any] = {"subject": subject, "channel": channel or scope.channel}
    if direction == "internal":
        if about is None and scope.conversation is None:
            raise InputError("a note hangs on a ticket or a conversation; name it as 'of'")
        fields |= {"form": "note", "direction": "internal", "visibility": "internal", "to": ()}
    told = digest(scope.conversation, scope.customer, direction, channel, subject, text, of)
    record = spoken(
        scope, own_id(scope, told), text, customer=whom(scope), inbound=inbound, of=about, **fields
    )
    return _written(scope, record)


def record_action(
    scope: Scope,
    *,
    name: Annotated[
        str, Field(min_length=1, max_length=200, description="What was done, such as issue_credit.")
    ],
    arguments: Annotated[
        dict[str, Any] | None, Field(description="What it was done with, as JSON.")
    ] = None,
    outcome: Outcome = "done",
    result: Annotated[
        str | None, Field(max_length=20_000, description="What came of it, or why it failed.")
    ] = None,
    key: Annotated[
        str | None,
        Field(max_length=200, description="Idempotency key: the same key is the same action."),
    ] = None,
    of: About = None,
) -> Written:
    """Write down what you did on a system for the customer, and what came of it."""
    told = digest(scope.conversation, scope.customer, name, sorted((arguments or {}).items()), of)
    record = made(
        Action,
        **_common(scope, of),
        id=own_id(scope, "key", key) if key else own_id(scope, told),
        name=name,
        arguments=arguments or {},
        outcome=outcome,
        result=result,
    )
    return _written(scope, record)


def hand_off(
    scope: Scope,
    *,
    of: Annotated[
        str, Field(description="The ticket or conversation to hand over, by id or citation.")
    ],
    to: Annotated[
        str, Field(description="Who takes over: agent:NAME, team:NAME, bot:NAME or channel:NAME.")
    ],
    reason: Annotated[Words, Field(description="Why, in one sentence.")],
) -> HandedOff:
    """Hand the customer over to a person, a team, another agent or another channel.

    Use it when they ask for a human, or when you cannot solve it. It cannot be taken back.
    """
    item = scope.record(of)
    pack = scope.memory.hand_off(
        item.id,
        to=to,
        reason=reason,
        by=scope.by,
        audience=scope.audience,
        id=own_id(scope, digest(item.id, to, reason)),
    )
    return HandedOff(id=pack.handoff, citation=cite(pack.handoff), text=pack.markdown())


def _common(scope: Scope, of: str | None) -> dict[str, Any]:
    """Return the fields that statements and actions of an agent have in common."""
    return {
        "occurred_at": moment(),
        "author": scope.agent,
        "customer": whom(scope),
        "of": _about(scope, of),
        "visibility": scope.visibility,
    }


def _about(scope: Scope, of: str | None) -> Ref | None:
    if of is None:
        return None
    item = scope.record(of)
    if item.kind not in ("Ticket", "Conversation"):
        raise InputError(f"{of} is of kind {item.kind}; name a ticket or a conversation")
    return ref_of(item)


def _written(scope: Scope, record: Record) -> Written:
    id = node_id(record.kind, record.source, record.id)
    return Written(id=id, citation=cite(id), is_new=write(scope, [record])[id])
