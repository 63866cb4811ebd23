"""HubSpot's engagements → calls, messages and notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from omnimemory.errors import InputError
from omnimemory.model.records import (
    Attachment,
    Call,
    Channel,
    Interaction,
    Message,
    Note,
    Person,
    Ref,
)
from omnimemory.sources._changes import ids
from omnimemory.sources._html import plain_text
from omnimemory.sources._hubspot_thing import Thing
from omnimemory.sources._reading import Fields, Json

_COMMUNICATION: Final[Mapping[str, Channel]] = {
    "SMS": "sms",
    "WHATS_APP": "social",
    "LINKEDIN_MESSAGE": "social",
    "PHYSICAL_MAIL": "other",
}
UNKNOWN: Final = "unknown"
"""Name of the one agent who logged what names nobody."""

_MILLISECONDS: Final = 1_000


def call(thing: Thing) -> Call:
    """Return a phone call."""
    given = thing.given
    inbound = given.text("hs_call_direction") == "INBOUND"
    number = given.text("hs_call_from_number" if inbound else "hs_call_to_number")
    took = given.number("hs_call_duration")
    recording = given.text("hs_call_recording_url")
    return Call(
        **_common(thing, inbound=inbound, phone=number),
        direction="inbound" if inbound else "outbound",
        subject=given.text("hs_call_title"),
        text=plain_text(given.first("hs_call_body", "body") or ""),
        duration_seconds=None if took is None else took / _MILLISECONDS,
        outcome=given.first("hs_call_disposition", "hs_call_status"),
        recording=None if recording is None else Attachment(url=recording),
        extra=thing.rest(),
    )


def email(thing: Thing) -> Message:
    """Return an e-mail that was logged, sent or received."""
    given = thing.given
    way = given.first("hs_email_direction", "direction", "type")
    inbound = way in ("INCOMING_EMAIL", "FORWARDED_EMAIL")
    address = given.text("hs_email_from_email" if inbound else "hs_email_to_email")
    plain, html = given.text("hs_email_text"), given.text("hs_email_html")
    return Message(
        **_common(thing, inbound=inbound, email=address),
        channel="email",
        direction="inbound" if inbound else "outbound",
        subject=given.text("hs_email_subject"),
        text=plain or plain_text(html or ""),
        conversation=given.text("hs_email_thread_id"),
        in_reply_to=given.text("hs_email_in_reply_to"),
        cc=tuple(Person(email=one) for one in ids(given, "hs_email_cc_email")),
        extra=thing.rest(),
    )


def note(thing: Thing) -> Note:
    """Return a note."""
    given = thing.given
    html = given.first("hs_note_body", "body", "hs_body_preview") or ""
    given.repeats("hs_body_preview", html)
    files = ids(given, "hs_attachment_ids")
    return Note(
        **_common(thing, inbound=False),
        text=plain_text(html),
        attachments=tuple(Attachment(name=one) for one in files),
        extra=thing.rest(),
    )


def task(thing: Thing) -> Note:
    """Return a task: what somebody was to do, and whether it is done."""
    given = thing.given
    return Note(
        **_common(thing, inbound=False),
        form="task",
        subject=given.first("hs_task_subject", "subject"),
        text=plain_text(given.first("hs_task_body", "body") or ""),
        extra=thing.rest(),
    )


def meeting(thing: Thing) -> Call:
    """Return a meeting."""
    given = thing.given
    start = _time(given, "hs_meeting_start_time", "start_time")
    end = _time(given, "hs_meeting_end_time", "end_time")
    took = None if start is None or end is None else max(0.0, (end - start).total_seconds())
    common = _common(thing, inbound=False, at=start)
    return Call(
        **common,
        form="meeting",
        channel="meeting",
        subject=given.first("hs_meeting_title", "title"),
        text=plain_text(given.first("hs_meeting_body", "body") or ""),
        duration_seconds=took,
        outcome=given.first("hs_meeting_outcome", "meeting_outcome"),
        extra=thing.rest(),
    )


def communication(thing: Thing) -> Message:
    """Return an SMS, WhatsApp or LinkedIn message."""
    given = thing.given
    word = given.text("hs_communication_channel_type") or ""
    given.put_back("hs_communication_channel_type")
    return Message(
        **_common(thing, inbound=False),
        channel=_COMMUNICATION.get(word, "other"),
        text=plain_text(given.first("hs_communication_body", "body") or ""),
        extra=thing.rest(),
    )


ENGAGEMENTS: Final[Mapping[str, Callable[[Thing], Interaction]]] = {
    "calls": call,
    "emails": email,
    "notes": note,
    "tasks": task,
    "meetings": meeting,
    "communications": communication,
}


def _common(
    thing: Thing,
    *,
    inbound: bool,
    at: datetime | None = None,
    email: str | None = None,
    phone: str | None = None,
) -> dict[str, Json]:
    """Return what all engagements have: when, by whom, to whom, about which tickets.

    HubSpot orders a timeline by ``hs_timestamp``, not by when the engagement was logged.
    """
    given = thing.given
    when = at or given.time("hs_timestamp") or _time(given, "timestamp") or thing.created
    if when is None:
        raise InputError("an engagement needs 'hs_timestamp'")
    contacts = [Person(id=one) for one in thing.linked("contacts")]
    if not contacts and (email or phone):
        contacts = [Person(email=email, phone=phone)]
    elif email:
        given.put_back("hs_email_from_email" if inbound else "hs_email_to_email")
    owner = given.text("hubspot_owner_id")
    agent = Person(id=owner, kind="agent", name=None if owner else UNKNOWN)
    given.repeats("type", thing.kind.removesuffix("s").upper())
    from_customer = inbound and bool(contacts)
    to = contacts[1:] if from_customer else contacts
    common = thing.common()
    common.pop("created_at")
    tickets = thing.linked("tickets")
    return {
        **common,
        "occurred_at": when,
        "author": contacts[0] if from_customer else agent,
        "to": (*to, agent) if from_customer and owner is not None else tuple(to),
        "about": (
            *(Ref(kind="Ticket", id=one) for one in tickets),
            *(Ref(kind="Account", id=one) for one in thing.linked("companies")),
        ),
    }


def _time(given: Fields, *names: str) -> datetime | None:
    found = given.first(*names)
    return None if found is None else given.time(next(n for n in names if n in given))
