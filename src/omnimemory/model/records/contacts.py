"""Records of what was said to whom: conversations, messages, calls, notes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from omnimemory.model.records.base import (
    Attachment,
    AuthorKind,
    Channel,
    ExternalId,
    Json,
    Label,
    Link,
    Person,
    Record,
    Ref,
    StatusClass,
    Text,
    Time,
    Value,
    Visibility,
    Word,
    some,
)

Direction: TypeAlias = Literal["inbound", "outbound", "internal"]


class Conversation(Record):
    """One thread in one channel."""

    type: Literal["conversation"] = "conversation"
    kind = "Conversation"
    title_field = "title"
    text_fields = ("title",)
    state = frozenset({"status", "status_class", "tags", "priority"})
    not_props = frozenset({"about", "assignee", "team", "parts", "follow_up_of", "merged_into"})

    title: Label | None = None
    channel: Channel = "other"
    status: Label | None = None
    status_class: StatusClass | None = None
    priority: Label | None = None
    tags: tuple[Label, ...] = ()
    about: tuple[Ref, ...] = ()
    assignee: Person | None = None
    team: Ref | None = None
    parts: tuple[Ref, ...] = ()
    follow_up_of: Ref | None = None
    merged_into: Ref | None = None

    def links(self) -> Iterable[Link]:
        yield from (Link("ABOUT", ref) for ref in self.about)
        yield from (Link("CONCERNS", ref) for ref in self.parts)
        yield from some(
            ("ASSIGNED_TO", self.assignee),
            ("ASSIGNED_TO", self.team),
            ("FOLLOW_UP_OF", self.follow_up_of),
            ("MERGED_INTO", self.merged_into),
        )


_SIDE: Final[dict[AuthorKind, str]] = {
    "customer": "customer",
    "agent": "tenant",
    "ai_agent": "tenant",
    "bot": "tenant",
    "system": "tenant",
}


class Interaction(Record):
    """What messages, calls and notes have in common: somebody got in touch."""

    kind = "Interaction"
    title_field = "subject"
    text_fields = ("subject", "text")
    not_props = frozenset({"author", "to", "cc", "conversation", "about", "cites", "created_at"})

    form: Word
    occurred_at: Time
    author: Person
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    channel: Channel = "other"
    direction: Direction | None = None
    """Inbound from a customer, outbound to one; told from the author when left out."""
    subject: Label | None = None
    text: Text = ""
    language: Word | None = None
    sequence: int = 0
    """The source's own order among what happened at the same time."""
    conversation: ExternalId | None = None
    about: tuple[Ref, ...] = ()
    cites: tuple[Ref, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    def props(self) -> Json:
        direction = self.direction or ("inbound" if self.author.kind == "customer" else "outbound")
        out = super().props() | {"author_kind": self.author.kind, "direction": direction}
        if not self.sequence:
            del out["sequence"]
        return out

    def keys(self) -> Iterable[str]:
        return ()

    def links(self) -> Iterable[Link]:
        """Return who took part, once each: one customer-side FROM or TO, the others as CC."""
        yield Link("FROM", self.author)
        filed = self.author.kind == "customer"
        told = {_SIDE[self.author.kind]} if filed else set[str]()
        seen = {self.author.told}
        for role, people in (("to", self.to), ("cc", self.cc)):
            for person in people:
                if (who := person.told) in seen:
                    continue
                seen.add(who)
                side = _SIDE[person.kind]
                if role == "to" and side not in told:
                    told.add(side)
                    yield Link("TO", person)
                else:
                    yield Link("CC", person, props={"role": role})
        if self.conversation is not None:
            yield Link("PART_OF", _conversation(self.conversation))
        for ref in self.about:
            yield Link("ABOUT", ref)
        for ref in self.cites:
            yield Link("CITES", ref)


@lru_cache(maxsize=4_096)
def _conversation(id: str) -> Ref:
    return Ref(kind="Conversation", id=id)


class Message(Interaction):
    """A message in any channel: a mail, a chat line, a comment, a post, an in-app message."""

    type: Literal["message"] = "message"
    form: Word = "message"
    in_reply_to: ExternalId | None = None
    """The source's id of the message that this one answers."""
    quoted: Text | None = None
    """The part of the body that repeats earlier messages."""
    signature: Text | None = None


class Turn(Value, frozen=True):
    """One speaker's words in a call."""

    speaker: Label
    text: Text
    offset_seconds: float | None = None


class Call(Interaction):
    """A phone call or meeting, with its transcript if there is one."""

    type: Literal["call"] = "call"
    form: Word = "call"
    channel: Channel = "phone"
    duration_seconds: Annotated[float, Field(ge=0)] | None = None
    outcome: Label | None = None
    transcript: tuple[Turn, ...] = ()
    recording: Attachment | None = None

    def props(self) -> Json:
        out = super().props()
        if self.transcript and not self.text:
            out["text"] = "\n".join(f"{turn.speaker}: {turn.text}" for turn in self.transcript)
        return out


class Note(Interaction):
    """Something an agent wrote down, not addressed to the customer."""

    type: Literal["note"] = "note"
    form: Word = "note"
    visibility: Visibility = Visibility.INTERNAL
    direction: Direction | None = "internal"
