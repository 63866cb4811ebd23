"""Intercom's first messages and parts → what was said, handed over, and changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from omnimemory.errors import InputError
from omnimemory.model.records import (
    Attachment,
    Conversation,
    Handoff,
    Interaction,
    Message,
    Note,
    Person,
    Record,
    Ref,
    StatusClass,
    TicketChange,
)
from omnimemory.sources._changes import Delta
from omnimemory.sources._html import plain_text
from omnimemory.sources._intercom_people import listed, person
from omnimemory.sources._reading import Fields, Json

STATES: Final[Mapping[str, StatusClass]] = {
    "open": StatusClass.IN_PROGRESS,
    "snoozed": StatusClass.WAITING_ON_CUSTOMER,
    "closed": StatusClass.RESOLVED,
    "submitted": StatusClass.NEW,
    "in_progress": StatusClass.IN_PROGRESS,
    "on_hold": StatusClass.WAITING_ON_ENGINEERING,
    "waiting_on_customer": StatusClass.WAITING_ON_CUSTOMER,
    "resolved": StatusClass.RESOLVED,
}
_TURNS: Final[Mapping[str, str]] = {
    "open": "open",
    "assign_and_reopen": "open",
    "assign_and_unsnooze": "open",
    "unsnoozed": "open",
    "timer_unsnooze": "open",
    "snoozed": "snoozed",
    "close": "closed",
}


class Place(NamedTuple):
    """Where parts belong: the thread, its ticket if it is one, its channel and its customer."""

    source: str
    thread: Conversation
    customer: Person | None
    ticket: Ref | None = None


def parts(fields: Fields, name: str) -> list[Fields]:
    """Return parts in the order in which they happened."""
    found = listed(fields, name)
    return sorted(found, key=lambda part: str(part.take("created_at", "")))


def first(fields: Fields, place: Place) -> Iterator[Interaction]:
    """Yield the message that began a conversation."""
    thread = place.thread
    author = person(fields.object("author"))
    at = fields.time("created_at") or thread.created_at
    body = fields.text("body")
    if author is None or at is None or body is None:
        fields.put_back("body")
        return
    yield Message(
        source=place.source,
        id=fields.text("id") or f"{thread.id}/source",
        occurred_at=at,
        author=author,
        to=_to(author, place),
        channel=thread.channel,
        subject=plain_text(fields.text("subject") or "") or None,
        text=plain_text(body),
        redacted=fields.flag("redacted") is True,
        conversation=thread.id,
        attachments=_attachments(fields),
        url=fields.text("url"),
    )


def part(fields: Fields, place: Place) -> Iterator[Record]:
    """Yield what one part said, and what it changed."""
    fields.skip("type")
    kind = fields.text("part_type") or "comment"
    id = str(fields.need("id"))
    at = fields.time("created_at")
    if at is None:
        raise InputError("the field 'created_at' is missing")
    author = person(fields.object("author")) or Person(kind="system", name="Intercom")
    to, team = _assigned_to(fields)
    body = plain_text(fields.text("body") or "")
    files = _attachments(fields)
    redacted = fields.flag("redacted") is True
    said = bool(body or files or redacted)
    turn = _TURNS.get(kind)
    change = _ticket_change(fields, place, at=at, kind=kind)
    edited = fields.time("updated_at")
    extra = fields.drain()
    if kind not in ("comment", "note", "assignment"):
        extra["part_type"] = kind
    if not said:
        extra["id"] = id
    if said:
        yield _message(
            place,
            id=id,
            at=at,
            edited=edited,
            author=author,
            text=body,
            attachments=files,
            redacted=redacted,
            is_note=kind == "note",
            extra=extra,
        )
    if to is not None or team is not None:
        yield Handoff(
            source=place.source,
            id=id,
            occurred_at=at,
            author=author,
            customer=place.customer,
            of=place.ticket or Ref(kind="Conversation", id=place.thread.id),
            to=to,
            to_team=team,
            reason=body if kind == "assignment" else "",
        )
    if change is not None:
        yield change
    if turn is not None or to is not None or team is not None or not said:
        yield _after(place, at=at, state=turn, to=to, team=team, extra={} if said else extra)


def _assigned_to(fields: Fields) -> tuple[Person | None, Ref | None]:
    if not isinstance(fields.take("assigned_to"), Mapping):
        fields.put_back("assigned_to")
        return None, None
    to = fields.object("assigned_to")
    kind, id = to.text("type"), to.text("id")
    if id is None or kind == "nobody_admin":
        return None, None
    if kind == "team":
        return None, Ref(kind="Team", id=id)
    return Person(id=id, kind="bot" if kind == "bot" else "agent"), None


def _message(
    place: Place,
    *,
    id: str,
    at: datetime,
    edited: datetime | None,
    author: Person,
    text: str,
    attachments: tuple[Attachment, ...],
    redacted: bool,
    is_note: bool,
    extra: dict[str, Json],
) -> Interaction:
    make = Note if is_note else Message
    return make(
        source=place.source,
        id=id,
        occurred_at=at,
        updated_at=edited,
        author=author,
        to=_to(author, place),
        channel=place.thread.channel,
        text=text,
        attachments=attachments,
        redacted=redacted,
        conversation=place.thread.id,
        about=() if place.ticket is None else (place.ticket,),
        extra=extra,
    )


def _after(
    place: Place,
    *,
    at: datetime,
    state: str | None,
    to: Person | None,
    team: Ref | None,
    extra: dict[str, Json],
) -> Conversation:
    """Return the conversation as one part left it; what the part did not touch is not said."""
    thread = place.thread
    return Conversation(
        source=place.source,
        id=thread.id,
        title=thread.title,
        channel=thread.channel,
        created_at=thread.created_at,
        updated_at=at,
        status=state,
        status_class=STATES.get(state or ""),
        assignee=to,
        team=team,
        extra={"part": extra} if extra else {},
    )


def _ticket_change(fields: Fields, place: Place, *, at: datetime, kind: str) -> TicketChange | None:
    """Return how a part changed its ticket's state, if it did."""
    if place.ticket is None or not kind.startswith("ticket_state"):
        return None
    old, new = fields.text("previous_ticket_state"), fields.text("ticket_state")
    delta = Delta()
    delta.set("status", old, new)
    delta.set("status_class", STATES.get(old or ""), STATES.get(new or ""))
    return TicketChange(
        source=place.source, id=place.ticket.id, changed_at=at, changes=delta.changes()
    )


def _to(author: Person, place: Place) -> tuple[Person, ...]:
    is_ours = author.kind != "customer"
    return (place.customer,) if is_ours and place.customer is not None else ()


def _attachments(fields: Fields) -> tuple[Attachment, ...]:
    return tuple(_attachment(one) for one in fields.objects("attachments"))


def _attachment(fields: Fields) -> Attachment:
    size = fields.number("filesize")
    fields.skip("type")
    return Attachment(
        name=fields.text("name"),
        media_type=fields.text("content_type"),
        size_bytes=None if size is None else int(size),
        url=fields.text("url"),
    )
