"""Zendesk's tickets, audits and metric events → tickets, their changes and their clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from omnimemory.model.records import (
    Conversation,
    Feedback,
    Person,
    Record,
    Ref,
    StatusClass,
    Ticket,
    TicketChange,
    Visibility,
)
from omnimemory.sources._changes import Delta, ids, stamp
from omnimemory.sources._reading import Fields, Json, read_time
from omnimemory.sources._zendesk_clocks import clocks
from omnimemory.sources._zendesk_people import known_id
from omnimemory.sources._zendesk_said import CHANNELS, People

STATUS: Final[Mapping[str, StatusClass]] = {
    "new": StatusClass.NEW,
    "open": StatusClass.IN_PROGRESS,
    "pending": StatusClass.WAITING_ON_CUSTOMER,
    "hold": StatusClass.WAITING_ON_ENGINEERING,
    "solved": StatusClass.RESOLVED,
    "closed": StatusClass.CLOSED,
    "deleted": StatusClass.CANCELED,
}
SCHEME: Final = "zendesk"


def ticket(
    fields: Fields,
    *,
    source: str,
    people: People,
    stages: Mapping[str, str],
    tags: Iterable[str] = (),
    at: datetime | None = None,
) -> Iterator[Record]:
    """Yield a ticket, its conversation, and its rating.

    Args:
        fields: The ticket.
        source: Name of the source.
        people: Who is who; it learns who asked.
        stages: Names of custom statuses by id.
        tags: Tags that came in a table of their own.
        at: When this held, where the ticket does not say.
    """
    id = str(fields.need("id"))
    inline = fields.object("requester") if "requester" in fields else None
    requester = known_id(fields, "requester_id") or (known_id(inline, "id") if inline else None)
    if requester is not None:
        people.asked(id, requester)
    assignee, group, problem = (
        known_id(fields, name) for name in ("assignee_id", "group_id", "problem_id")
    )
    status = _word(fields, "status")
    updated = fields.time("updated_at") or at
    channel = _channel(fields)
    subject = fields.text("subject") or fields.text("raw_subject") or ""
    fields.repeats("raw_subject", subject)
    common: dict[str, Json] = {
        "source": source,
        "id": id,
        "created_at": fields.time("created_at"),
        "updated_at": updated,
        "visibility": _visibility(fields),
    }
    who = None if requester is None else people.person(requester)
    if who is not None and inline is not None:
        told = {"name": inline.text("name"), "email": inline.text("email")}
        who = who.model_copy(update=told)
    yield from _rating(fields, source=source, ticket=id, customer=who, at=updated)
    yield from _merged(fields, source=source, ticket=id, at=updated)
    priority = _word(fields, "priority")
    record = Ticket(
        **common,
        number=id,
        url=fields.text("url"),
        subject=subject,
        description=fields.text("description"),
        status=status,
        status_class=STATUS.get(status or ""),
        stage=_stage(fields, stages),
        priority=priority,
        priority_scheme=None if priority is None else SCHEME,
        tags=(*fields.items("tags"), *tags),
        due_at=fields.time("due_at"),
        resolved_at=_resolved(fields, status),
        deleted_at=updated if status == "deleted" else None,
        requester=who,
        assignee=None if assignee is None else Person(id=assignee, kind="agent"),
        team=None if group is None else Ref(kind="Team", id=group),
        parent=None if problem is None else Ref(kind="Ticket", id=problem),
        follow_up_of=_follow_up(fields),
        channel=channel,
        clocks=clocks(fields, updated),
        custom=_custom(fields),
        extra=fields.rest(),
    )
    yield record
    if who is not None or subject:
        yield Conversation(
            **common,
            title=subject or None,
            channel=channel,
            about=(Ref(kind="Ticket", id=id),),
            status=status,
            status_class=record.status_class,
        )


def _word(fields: Fields, name: str) -> str | None:
    """Return a word of Zendesk's in lower case, as the API writes it and webhooks do not."""
    found = fields.text(name)
    return None if found is None else found.lower()


def _visibility(fields: Fields) -> Visibility:
    """Return who sees a ticket: one that began with a private comment is internal."""
    is_public = fields.flag("is_public")
    return Visibility.INTERNAL if is_public is False else Visibility.EXTERNAL


def _resolved(fields: Fields, status: str | None) -> datetime | None:
    """Return since when a ticket is solved; one that was opened again is not."""
    measures = fields.object("metric_set")
    found = measures.time("solved_at")
    if status in ("solved", "closed"):
        return found
    measures.put_back("solved_at")
    return None


def _channel(fields: Fields) -> Json:
    via = fields.object("via")
    word = via.text("channel") or fields.text("via_channel") or ""
    found = CHANNELS.get(word, "other")
    if word != found:
        via.put_back("channel")
        fields.put_back("via_channel")
    return found


def _stage(fields: Fields, stages: Mapping[str, str]) -> str | None:
    for name in ("custom_status_id", "custom_status"):
        found = fields.text(name) or ""
        if found in stages:
            return stages[found]
        fields.put_back(name)
    return None


def _follow_up(fields: Fields) -> Ref | None:
    """Return the closed ticket that this one follows up."""
    origin = fields.object("via").object("source")
    found = fields.text("via_followup_source_id")
    if found is None and origin.take("rel") == "follow_up":
        found = origin.object("from").text("ticket_id")
    return None if found is None else Ref(kind="Ticket", id=found)


def _custom(fields: Fields) -> dict[str, Json]:
    """Return custom fields by id; ``fields`` is Zendesk's older name for the same list."""
    listed = [*fields.objects("fields"), *fields.objects("custom_fields")]
    pairs = ((one.text("id"), one.take("value")) for one in listed)
    return {id: value for id, value in pairs if id is not None and value is not None}


def _rating(
    fields: Fields, *, source: str, ticket: str, customer: Person | None, at: datetime | None
) -> Iterator[Feedback]:
    if not isinstance(fields.take("satisfaction_rating"), Mapping):
        fields.put_back("satisfaction_rating")
        return
    rated = fields.object("satisfaction_rating")
    if at is not None and (found := rating(rated, source, ticket=ticket, customer=customer, at=at)):
        yield found
    else:
        rated.put_back("score")


def rating(
    fields: Fields,
    source: str,
    *,
    ticket: str | None = None,
    customer: Person | None = None,
    at: datetime | None = None,
) -> Feedback | None:
    """Return a satisfaction rating, or None while it is only offered."""
    score = _SCORES.get((fields.text("score") or "").partition("_")[0])
    when = fields.time("created_at") or at
    if score is None or when is None:
        return None
    of = fields.text("ticket_id") or ticket
    return Feedback(
        source=source,
        id=fields.text("id") or f"{of}/satisfaction",
        occurred_at=when,
        updated_at=fields.time("updated_at"),
        score=score,
        worst=0,
        best=1,
        comment=fields.text("comment"),
        customer=customer,
        author=customer,
        of=None if of is None else Ref(kind="Ticket", id=of),
        url=fields.text("url"),
        extra=fields.drain(),
    )


_SCORES: Final = {"good": 1.0, "bad": 0.0}


def _merged(
    fields: Fields, *, source: str, ticket: str, at: datetime | None
) -> Iterator[TicketChange]:
    """Yield that other tickets went into this one, or this one into another."""
    if at is None:
        return
    origin = fields.object("via").object("source")
    gone = ids(fields, "merged_ticket_ids")
    into = None
    if origin.take("rel") == "merge":
        into = origin.object("to").text("ticket_id")
        gone += ids(origin.object("from"), "ticket_ids")
    for one in gone:
        yield merge(source, one, into=ticket, at=at)
    if into is not None and into != ticket:
        yield merge(source, ticket, into=into, at=at)


def merge(source: str, ticket: str, *, into: str, at: datetime) -> TicketChange:
    """Return that a ticket went into another."""
    return TicketChange(
        source=source, id=ticket, changed_at=at, merged_into=Ref(kind="Ticket", id=into)
    )


def delta_of(delta: Delta, field: str, old: Json, new: Json) -> None:
    """Add the change of one of Zendesk's fields."""
    match field:
        case "status":
            before, after = (None if one is None else str(one).lower() for one in (old, new))
            delta.set("status", before, after)
            delta.set("status_class", STATUS.get(before or ""), STATUS.get(after or ""))
        case "priority":
            delta.set("priority", old and str(old).lower(), new and str(new).lower())
            delta.set("priority_scheme", old and SCHEME, new and SCHEME)
        case "tags":
            delta.set("tags", _tags(old), _tags(new))
        case "subject" | "description":
            delta.set(field, old, new)
        case "due_at":
            delta.set(field, old, stamp(read_time(new)) if new else None)
        case _:
            delta.nest("custom" if field.isdigit() else "extra", field, old, new)


def _tags(value: Json) -> Json:
    return value.split() if isinstance(value, str) else value
