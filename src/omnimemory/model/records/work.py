"""Records of what is owed: tickets, engineering issues, and how they changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from omnimemory.model.records.base import (
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
    repair_all,
    some,
)

ClockState: TypeAlias = Literal["running", "paused", "met", "breached", "canceled"]


class Clock(Value, frozen=True):
    """One SLA clock: by when, and how it stands."""

    state: ClockState
    target_at: Time | None = None
    started_at: Time | None = None
    paused_at: Time | None = None
    met_at: Time | None = None
    breached_at: Time | None = None


class Work(Record):
    """What tickets and issues have in common: status, urgency, owners, links."""

    title_field = "subject"
    text_fields = ("subject", "description", "number")
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
    priority_scheme: Word | None = None
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
        yield from some(
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
        yield from some(("MERGED_INTO", self.merged_into))


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


class FieldChange(Value, frozen=True):
    """One property before and after; None is no value."""

    field: Word
    old: Annotated[Any, BeforeValidator(repair_all)] = None
    new: Annotated[Any, BeforeValidator(repair_all)] = None


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
        yield from some(("ASSIGNED_TO", self.assignee), ("ASSIGNED_TO", self.team))


class TicketChange(Change):
    """What changed in a ticket: ``id`` is the ticket's."""

    type: Literal["ticket_change"] = "ticket_change"
    kind = "Ticket"
    depends_on: tuple[Ref, ...] = ()
    merged_into: Ref | None = None

    def links(self) -> Iterable[Link]:
        yield from super().links()
        yield from (Link("DEPENDS_ON", ref) for ref in self.depends_on)
        yield from some(("MERGED_INTO", self.merged_into))


class IssueChange(Change):
    """What changed in an issue: ``id`` is the issue's."""

    type: Literal["issue_change"] = "issue_change"
    kind = "Issue"
    visibility: Visibility = Visibility.INTERNAL
