"""The records of a support stack, one class a kind: what callers hand to `ingest`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from omnimemory.model.record import (
    Attachment,
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
)

Channel: TypeAlias = Literal[
    "email", "chat", "phone", "sms", "social", "in_app", "web", "community", "meeting", "other"
]
Direction: TypeAlias = Literal["inbound", "outbound", "internal"]
ClockState: TypeAlias = Literal["running", "paused", "met", "breached", "canceled"]
StatementForm: TypeAlias = Literal[
    "decision", "question", "commitment", "preference", "attempt", "fact"
]


class Clock(Value):
    """One SLA clock: by when, and how it stands."""

    state: ClockState
    target_at: Time | None = None
    started_at: Time | None = None
    paused_at: Time | None = None
    met_at: Time | None = None
    breached_at: Time | None = None


class Account(Record):
    """The company that customers belong to."""

    type: Literal["account"] = "account"
    kind = "Account"
    title_field = "name"
    text_fields = ("name", "description")
    not_props = frozenset({"owner", "parent", "merged_into", "refs"})

    name: Label
    domains: tuple[str, ...] = ()
    description: Text | None = None
    tier: Label | None = None
    state_name: Label | None = None
    annual_value: float | None = None
    currency: str | None = None
    industry: Label | None = None
    phone: str | None = None
    address: Json = Field(default_factory=dict)
    tags: tuple[Label, ...] = ()
    refs: dict[str, str] = Field(default_factory=dict)
    """Ids of the same company elsewhere, by namespace."""
    owner: Person | None = None
    parent: Ref | None = None
    merged_into: Ref | None = None

    def keys(self) -> Iterable[str]:
        yield from super().keys()
        yield f"name:{self.name.casefold().strip()}"
        yield from (f"domain:{domain.lower()}" for domain in self.domains)
        yield from (f"{namespace}:{id}" for namespace, id in self.refs.items())

    def links(self) -> Iterable[Link]:
        yield from _some(
            ("OWNED_BY", self.owner), ("CHILD_OF", self.parent), ("MERGED_INTO", self.merged_into)
        )


class Contact(Record):
    """One participant as one source knows them, with their identifiers."""

    type: Literal["contact"] = "contact"
    kind = "Identity"
    title_field = "name"
    not_props = frozenset({"person", "accounts", "merged_into"})

    person: Person
    title: Label | None = None
    language: Label | None = None
    time_zone: Label | None = None
    birth_date: date | None = None
    state_name: Label | None = None
    address: Json = Field(default_factory=dict)
    tags: tuple[Label, ...] = ()
    accounts: tuple[Ref, ...] = ()
    merged_into: Ref | None = None

    def keys(self) -> Iterable[str]:
        return ()

    def links(self) -> Iterable[Link]:
        yield from (Link("MEMBER_OF", account) for account in self.accounts)
        yield from _some(("MERGED_INTO", self.merged_into))


class AgentRecord(Record):
    """Somebody, or something, that works for the tenant."""

    type: Literal["agent"] = "agent"
    kind = "Agent"
    title_field = "name"
    visibility: Visibility = Visibility.INTERNAL
    not_props = frozenset({"person", "teams"})

    person: Person
    teams: tuple[Ref, ...] = ()

    def keys(self) -> Iterable[str]:
        return ()

    def links(self) -> Iterable[Link]:
        return (Link("BELONGS_TO", team) for team in self.teams)


class Team(Record):
    """A group of agents."""

    type: Literal["team"] = "team"
    kind = "Team"
    title_field = "name"
    visibility: Visibility = Visibility.INTERNAL

    name: Label


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
        yield from _some(
            ("ASSIGNED_TO", self.assignee),
            ("ASSIGNED_TO", self.team),
            ("FOLLOW_UP_OF", self.follow_up_of),
            ("MERGED_INTO", self.merged_into),
        )


class Interaction(Record):
    """What messages, calls and notes have in common: somebody got in touch."""

    kind = "Interaction"
    title_field = "subject"
    text_fields = ("subject", "text")
    not_props = frozenset({"author", "to", "cc", "conversation", "about", "cites", "created_at"})

    form: str
    occurred_at: Time
    author: Person
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    channel: Channel = "other"
    direction: Direction | None = None
    """Inbound from a customer, outbound to one; told from the author when left out."""
    subject: Label | None = None
    text: Text = ""
    language: str | None = None
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
        seen = [self.author]
        for role, person in (*(("to", p) for p in self.to), *(("cc", p) for p in self.cc)):
            if person in seen:
                continue
            seen.append(person)
            if person.kind == "customer" and (filed or role == "cc"):
                yield Link("CC", person, props={"role": role})
            elif role == "to" and not any(p.kind == person.kind for p in seen[1:-1]):
                filed = filed or person.kind == "customer"
                yield Link("TO", person)
            else:
                yield Link("CC", person, props={"role": role})
        if self.conversation is not None:
            yield Link("PART_OF", Ref(kind="Conversation", id=self.conversation))
        yield from (Link("ABOUT", ref) for ref in self.about)
        yield from (Link("CITES", ref) for ref in self.cites)


class Message(Interaction):
    """A message in any channel: a mail, a chat line, a comment, a post, an in-app message."""

    type: Literal["message"] = "message"
    form: str = "message"
    in_reply_to: ExternalId | None = None
    """The source's id of the message that this one answers."""
    quoted: Text | None = None
    """The part of the body that repeats earlier messages."""
    signature: Text | None = None


class Turn(Value):
    """One speaker's words in a call."""

    speaker: Label
    text: Text
    offset_seconds: float | None = None


class Call(Interaction):
    """A phone call or meeting, with its transcript if there is one."""

    type: Literal["call"] = "call"
    form: str = "call"
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
    form: str = "note"
    visibility: Visibility = Visibility.INTERNAL
    direction: Direction | None = "internal"


class Work(Record):
    """What tickets and issues have in common: status, urgency, owners, links."""

    title_field = "subject"
    text_fields = ("subject", "description")
    state = frozenset(
        [
            "status",
            "status_class",
            "stage",
            "priority",
            "priority_scheme",
            "severity",
            "tags",
            "clocks",
            "resolution",
        ]
    )
    not_props = frozenset(
        [
            "number",
            "requester",
            "assignee",
            "team",
            "parts",
            "duplicate_of",
            "follow_up_of",
            "merged_into",
            "parent",
            "depends_on",
            "relates_to",
            "resolved_by",
        ]
    )

    number: ExternalId | None = None
    """What people say for it, such as ``35436`` or ``PAY-17``; it may change, the id does not."""
    subject: Label = ""
    description: Text | None = None
    status: Label | None = None
    """The source's own word."""
    status_class: StatusClass | None = None
    stage: Label | None = None
    priority: Label | None = None
    priority_scheme: str | None = None
    """Whose priorities these are, such as ``zendesk``; ranks compare inside one scheme only."""
    severity: Label | None = None
    tags: tuple[Label, ...] = ()
    resolution: Text | None = None
    due_at: Time | None = None
    resolved_at: Time | None = None
    requester: Person | None = None
    assignee: Person | None = None
    team: Ref | None = None
    parts: tuple[Ref, ...] = ()
    duplicate_of: Ref | None = None
    follow_up_of: Ref | None = None
    parent: Ref | None = None
    relates_to: tuple[Ref, ...] = ()

    def keys(self) -> Iterable[str]:
        yield f"{self.source}:{self.id}"
        if self.number is not None:
            yield f"{self.source}:{self.number}"

    def links(self) -> Iterable[Link]:
        yield from _some(
            ("REQUESTED_BY", self.requester),
            ("ASSIGNED_TO", self.assignee),
            ("ASSIGNED_TO", self.team),
            ("DUPLICATE_OF", self.duplicate_of),
            ("FOLLOW_UP_OF", self.follow_up_of),
            ("CHILD_OF", self.parent),
        )
        yield from (Link("CONCERNS", ref) for ref in self.parts)
        yield from (Link("RELATES_TO", ref) for ref in self.relates_to)

    def props(self) -> Json:
        number = {} if self.number is None else {"number": self.number}
        return super().props() | number


class Ticket(Work):
    """A request that the tenant owes an answer to."""

    type: Literal["ticket"] = "ticket"
    kind = "Ticket"
    channel: Channel | None = None
    clocks: dict[str, Clock] = Field(default_factory=dict)
    """SLA clocks by name: ``first_reply``, ``resolution``."""
    depends_on: tuple[Ref, ...] = ()
    resolved_by: tuple[Ref, ...] = ()
    merged_into: Ref | None = None

    def links(self) -> Iterable[Link]:
        yield from super().links()
        yield from (Link("DEPENDS_ON", ref) for ref in self.depends_on)
        yield from (Link("RESOLVED_BY", ref) for ref in self.resolved_by)
        yield from _some(("MERGED_INTO", self.merged_into))


class Issue(Work):
    """Engineering work: a bug, a task, a feature."""

    type: Literal["issue"] = "issue"
    kind = "Issue"
    visibility: Visibility = Visibility.INTERNAL
    issue_type: Label | None = None
    fixed_in: tuple[Label, ...] = ()
    dependents: tuple[Ref, ...] = ()
    """Tickets that wait for this issue."""
    not_props = Work.not_props | {"dependents"}


class FieldChange(Value):
    """One property before and after; None is no value."""

    field: str
    old: Any = None
    new: Any = None


class Change(Record):
    """Properties and links that changed at a time; the node need not be known yet."""

    changed_at: Time
    changes: tuple[FieldChange, ...] = ()
    assignee: Person | None = None
    team: Ref | None = None
    unassigned: bool = False
    """Whether nobody is assigned from now on."""
    author: Person | None = None
    sequence: int = 0

    def keys(self) -> Iterable[str]:
        return ()

    def links(self) -> Iterable[Link]:
        if self.unassigned:
            yield Link("ASSIGNED_TO", None, to_kind="Agent")
        yield from _some(("ASSIGNED_TO", self.assignee), ("ASSIGNED_TO", self.team))


class TicketChange(Change):
    """What changed in a ticket: ``id`` is the ticket's."""

    type: Literal["ticket_change"] = "ticket_change"
    kind = "Ticket"
    depends_on: tuple[Ref, ...] = ()
    merged_into: Ref | None = None

    def links(self) -> Iterable[Link]:
        yield from super().links()
        yield from (Link("DEPENDS_ON", ref) for ref in self.depends_on)
        yield from _some(("MERGED_INTO", self.merged_into))


class IssueChange(Change):
    """What changed in an issue: ``id`` is the issue's."""

    type: Literal["issue_change"] = "issue_change"
    kind = "Issue"
    visibility: Visibility = Visibility.INTERNAL


class UsageEvent(Record):
    """One product event; ingest counts them by identity, name and day. ``id`` is the event's."""

    type: Literal["usage_event"] = "usage_event"
    kind = "Usage"
    visibility: Visibility = Visibility.INTERNAL

    name: Label
    occurred_at: Time
    user: Person
    error: Label | None = None
    """What went wrong, when the event reports a failure."""
    properties: Json = Field(default_factory=dict)
    parts: tuple[Ref, ...] = ()


class Part(Record):
    """A piece of the product."""

    type: Literal["part"] = "part"
    kind = "Part"
    title_field = "name"
    text_fields = ("name", "description")
    not_props = frozenset({"parent", "owner"})

    name: Label
    part_type: Label | None = None
    description: Text | None = None
    parent: Ref | None = None
    owner: Person | None = None

    def keys(self) -> Iterable[str]:
        yield from super().keys()
        yield f"name:{self.name.casefold().strip()}"

    def links(self) -> Iterable[Link]:
        return _some(("CHILD_OF", self.parent), ("OWNED_BY", self.owner))


class Article(Record):
    """A knowledge-base page."""

    type: Literal["article"] = "article"
    kind = "Article"
    title_field = "title"
    text_fields = ("title", "text")
    state = frozenset({"status", "text", "title"})
    not_props = frozenset({"parts", "owner"})

    title: Label
    text: Text = ""
    status: Label | None = None
    language: str | None = None
    tags: tuple[Label, ...] = ()
    parts: tuple[Ref, ...] = ()
    owner: Person | None = None

    def links(self) -> Iterable[Link]:
        yield from (Link("CONCERNS", ref) for ref in self.parts)
        yield from _some(("OWNED_BY", self.owner))


class Said(Record):
    """What statements, actions, feedback and handoffs have in common: by whom, about what."""

    not_props = frozenset({"author", "customer", "of", "created_at"})

    occurred_at: Time
    author: Person | None = None
    customer: Person | None = None
    """Whom it concerns."""
    of: Ref | None = None
    """The ticket, conversation, interaction or account it belongs to."""

    def props(self) -> Json:
        by = {} if self.author is None else {"author_kind": self.author.kind}
        return super().props() | by

    def keys(self) -> Iterable[str]:
        return ()

    def links(self) -> Iterable[Link]:
        return _some(("FROM", self.author), ("OF", self.customer), ("OF", self.of))


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
        yield from _some(("STATED_IN", self.stated_in))


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
    to: Person | None = None
    to_team: Ref | None = None
    to_channel: Channel | None = None

    def links(self) -> Iterable[Link]:
        yield from super().links()
        yield from _some(("TO", self.to), ("TO", self.to_team))


BUILT_IN: tuple[type[Record], ...] = (
    Account, Contact, AgentRecord, Team, Conversation, Message, Call, Note, Ticket, TicketChange,
    Issue, IssueChange, UsageEvent, Part, Article, Statement, Action, Feedback, Handoff,
)  # fmt: skip


def _some(*links: tuple[str, Ref | Person | None]) -> Iterable[Link]:
    return [Link(kind, to) for kind, to in links if to is not None]
