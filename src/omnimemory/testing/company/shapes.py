"""What the sample company's days are made of, before any system's format is put on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

NOW: Final = datetime(2026, 3, 6, 10, 0, tzinfo=UTC)
"""When the story's telephone rings: Friday, 6 March 2026, 11:00 in Berlin."""


def at(text: str) -> datetime:
    """Return ``2026-03-04 08:12`` as a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def iso(when: datetime) -> str:
    """Return a time as systems write it, such as ``2026-03-04T08:12:00Z``."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class Comment(NamedTuple):
    """One comment of a ticket; ``by`` is the key of a customer or an agent."""

    at: datetime
    by: str
    text: str
    public: bool = True


class Change(NamedTuple):
    """One field of a ticket that changed."""

    at: datetime
    by: str
    field: str
    old: str | None
    new: str | None


class Target(NamedTuple):
    """One SLA clock of a ticket: what Zendesk's metric events say of it."""

    metric: str
    target_minutes: int
    started: datetime
    fulfilled: datetime | None = None
    paused: datetime | None = None

    @property
    def due(self) -> datetime:
        """When it is breached unless fulfilled."""
        return self.started + timedelta(minutes=self.target_minutes)


class Case(NamedTuple):
    """A ticket with everything that happened to it."""

    id: int
    subject: str
    requester: str
    assignee: str
    channel: str
    part: str
    priority: str
    tags: tuple[str, ...]
    comments: tuple[Comment, ...]
    changes: tuple[Change, ...] = ()
    targets: tuple[Target, ...] = ()
    score: str | None = None

    @property
    def opened(self) -> datetime:
        """When it was created."""
        return self.comments[0].at

    @property
    def updated(self) -> datetime:
        """When something last happened to it."""
        return max(one.at for one in (*self.comments, *self.changes))

    def last(self, field: str, first: str) -> str | None:
        """Return a field's present value; ``first`` is what it was at creation."""
        values = [change.new for change in self.changes if change.field == field]
        return values[-1] if values else first

    def original(self, field: str, present: str | None) -> str | None:
        """Return a field's value at creation, given the one it has where it never changed."""
        return next((change.old for change in self.changes if change.field == field), present)


class Mail(NamedTuple):
    """One mail of the support mailbox; ``sender`` is the key of a customer or an agent."""

    id: str
    at: datetime
    sender: str
    subject: str
    text: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    html: str | None = None
    attachment: tuple[str, str, bytes] | None = None
    to: str = ""
    cc: tuple[str, ...] = ()


class Line(NamedTuple):
    """One line of a chat; ``by`` is customer, bot, ai_agent, or the key of an agent."""

    at: datetime
    by: str
    text: str


class Handover(NamedTuple):
    """One transfer inside a chat."""

    at: datetime
    giver: str
    taker: str
    reason: str


class Chat(NamedTuple):
    """A chat transcript."""

    id: str
    customer: str
    lines: tuple[Line | Handover, ...]
    ticket: int | None = None
    rating: tuple[int, str] | None = None


class PhoneCall(NamedTuple):
    """A call record; a turn is who spoke, the second, and the words."""

    id: str
    at: datetime
    seconds: int
    number: str
    agent: str | None
    outcome: str
    turns: tuple[tuple[str, float, str], ...]
    ticket: int | None = None
    outbound: bool = False


class Event(NamedTuple):
    """One product event of a customer."""

    at: datetime
    customer: str
    name: str
    properties: tuple[tuple[str, str | int | float | bool], ...] = ()
    late_by: timedelta = timedelta(seconds=1)
    sent: int = 1


class Day(NamedTuple):
    """What one part of the company's history puts into each system."""

    cases: tuple[Case, ...] = ()
    mails: tuple[Mail, ...] = ()
    chats: tuple[Chat, ...] = ()
    calls: tuple[PhoneCall, ...] = ()
    events: tuple[Event, ...] = ()


def together(days: Iterable[Day]) -> Day:
    """Return several histories as one, each list in order of time."""
    parts = list(days)
    return Day(
        tuple(sorted((one for day in parts for one in day.cases), key=lambda one: one.id)),
        tuple(sorted((one for day in parts for one in day.mails), key=lambda one: one.at)),
        tuple(sorted((one for day in parts for one in day.chats), key=lambda one: one.lines[0].at)),
        tuple(sorted((one for day in parts for one in day.calls), key=lambda one: one.at)),
        tuple(sorted((one for day in parts for one in day.events), key=lambda one: one.at)),
    )
