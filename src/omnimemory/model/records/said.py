"""Records of what must not be forgotten: statements, actions, feedback, handoffs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from pydantic import Field

from omnimemory.model.records.base import (
    Channel,
    Json,
    Label,
    Link,
    Person,
    Record,
    Ref,
    Text,
    Time,
    some,
)

StatementForm: TypeAlias = Literal[
    "decision", "question", "commitment", "preference", "attempt", "fact"
]


class Said(Record):
    """What statements, actions, feedback and handoffs have in common: by whom, about what."""

    not_props = frozenset({"author", "customer", "of", "created_at"})

    occurred_at: Time
    author: Person | Ref | None = None
    customer: Person | Ref | None = None
    """Whom it concerns."""
    of: Ref | None = None
    """The ticket, conversation, interaction or account it belongs to."""

    def props(self) -> Json:
        return super().props() | _author_kind(self.author)

    def keys(self) -> Iterable[str]:
        return ()

    def links(self) -> Iterable[Link]:
        return some(("FROM", self.author), ("OF", self.customer), ("OF", self.of))


class Statement(Said):
    """Something said that must not be forgotten."""

    type: Literal["statement"] = "statement"
    kind = "Statement"
    text_fields = ("text",)
    title_field = "text"
    state = frozenset({"status", "answer", "done_at"})
    not_props = Said.not_props | {"stated_in"}

    form: StatementForm
    text: Text
    status: Literal["open", "answered", "kept", "broken", "withdrawn"] | None = None
    answer: Text | None = None
    due_at: Time | None = None
    done_at: Time | None = None
    stated_in: Ref | None = None

    def links(self) -> Iterable[Link]:
        yield from super().links()
        yield from some(("STATED_IN", self.stated_in))


class Action(Said):
    """Something done on a system, with its outcome; ``id`` is its idempotency key."""

    type: Literal["action"] = "action"
    kind = "Action"
    text_fields = ("name", "result")
    title_field = "name"
    state = frozenset({"outcome", "result"})

    name: Label
    arguments: Json = Field(default_factory=dict)
    outcome: Literal["pending", "done", "failed"] = "done"
    result: Text | None = None


class Feedback(Said):
    """A rating with or without words."""

    type: Literal["feedback"] = "feedback"
    kind = "Feedback"
    text_fields = ("comment",)
    title_field = "comment"

    metric: Literal["csat", "ces", "nps", "other"] = "csat"
    score: float | None = None
    worst: float | None = None
    best: float | None = None
    question: Label | None = None
    comment: Text | None = None


class Handoff(Said):
    """A transfer between self-service, AI, human or team; ``author`` gives, ``to`` takes."""

    type: Literal["handoff"] = "handoff"
    kind = "Handoff"
    text_fields = ("reason",)
    title_field = "reason"
    not_props = Said.not_props | {"to", "to_team"}

    reason: Text = ""
    to: Person | Ref | None = None
    to_team: Ref | None = None
    to_channel: Channel | None = None

    def links(self) -> Iterable[Link]:
        yield from super().links()
        yield from some(("TO", self.to), ("TO", self.to_team))


def _author_kind(author: Person | Ref | None) -> Json:
    match author:
        case None:
            return {}
        case Person():
            return {"author_kind": author.kind}
        case Ref():
            return {"author_kind": "customer" if author.kind == "Identity" else "agent"}
