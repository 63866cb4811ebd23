"""Zendesk Support → records: API exports, incremental exports, tables, and webhooks.

A ticket's description is its first comment: the ticket keeps the text, the comment becomes
the interaction. Comments and audits of one export name the same things by the same ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from omnimemory.errors import InputError
from omnimemory.model.records import AuthorKind, Record, Ticket, TicketChange
from omnimemory.sources._changes import Delta
from omnimemory.sources._exports import Payload, payloads
from omnimemory.sources._reading import Fields, Item, Json, member, one
from omnimemory.sources._source import Given, Source
from omnimemory.sources._zendesk_export import LAYOUT, Export
from omnimemory.sources._zendesk_history import Hands
from omnimemory.sources._zendesk_said import comment, made, redaction
from omnimemory.sources._zendesk_work import delta_of, merge

_EVENT: Final = "zen:event-type:"


def _read(given: Given, *, name: str = "zendesk") -> Iterator[Item]:
    """Zendesk Support: a folder or file of API responses or tables, or decoded objects.

    Args:
        given: ``tickets.json``, ``users.json``, ``ticket_comments.json`` and their kin, as the
            API or the incremental export sends them, as JSON Lines, or as CSV tables.
        name: What to call the source, where there is more than one Zendesk.
    """
    return Export(name).records(payloads(given, LAYOUT))


def _event(body: Json, *, name: str = "zendesk") -> Iterator[Item]:
    """An event subscription's body, or a trigger's with a ticket in it."""
    kind = member(body, "type")
    if not isinstance(kind, str) or not kind.startswith(_EVENT):
        return Export(name).records(payloads(body, LAYOUT))
    what = kind.removeprefix(_EVENT)
    subject, _, verb = what.partition(".")
    if subject in ("user", "organization"):
        detail = Fields(body).take("detail")
        return Export(name).records([Payload(f"{subject}s", detail, what)])
    return iter(
        one(
            body,
            lambda value: _happened(Fields(value), subject, verb, name),
            source=name,
            where=what,
        )
    )


def _happened(fields: Fields, subject: str, verb: str, source: str) -> Iterator[Record]:
    """Yield what an event of a ticket says: how the ticket is now, and what became of it."""
    at = fields.time("time")
    if at is None or subject not in ("ticket", "messaging_ticket"):
        raise InputError(f"nothing is known of the event {subject}.{verb} without a time")
    detail, event = fields.object("detail"), fields.object("event")
    export = Export(source)
    id = str(detail.need("id"))
    author = detail.text("actor_id")
    if subject == "messaging_ticket":
        yield from _line(event, export, ticket=id, at=at)
        return
    channel = _channel(detail)
    for record in export.ticket(detail, at=at):
        gone = isinstance(record, Ticket) and verb in _GONE
        yield record.model_copy(update={"deleted_at": at}) if gone else record
    if "comment" in event:
        yield from _comment(event, verb, export, ticket=id, at=at, channel=channel)
    elif verb == "merged":
        into = event.text("target_ticket_id") or event.object("target_ticket").need("id")
        yield merge(source, id, into=str(into), at=at)
    elif verb.endswith("_changed"):
        yield _changed(event, verb, source, ticket=id, at=at, author=author)


_GONE: Final = ("soft_deleted", "permanently_deleted", "marked_as_spam")


def _channel(detail: Fields) -> str | None:
    via = detail.object("via")
    found = via.text("channel")
    via.put_back("channel")
    return found


def _comment(
    event: Fields, verb: str, export: Export, *, ticket: str, at: datetime, channel: str | None
) -> Iterator[Record]:
    """Yield a comment as an event sends it, and what became of it."""
    said = event.object("comment")
    author = said.object("author")
    writer = author.text("id")
    if writer is not None:
        export.people.know(writer, "agent" if author.flag("is_staff") else "customer")
    found = comment(
        said,
        source=export.source,
        people=export.people,
        ticket=ticket,
        at=at,
        author=writer,
        channel=channel,
    )
    match verb:
        case "comment_made_private":
            yield made(found, public=False, at=at)
        case "comment_redacted" | "attachment_redacted_from_comment":
            yield redaction(found, at)
        case _:
            yield found


def _line(event: Fields, export: Export, *, ticket: str, at: datetime) -> Iterator[Record]:
    """Yield one line of a messaging conversation."""
    actor = event.object("actor")
    id = actor.text("id")
    kind = _ACTORS.get(actor.text("type") or "", "customer")
    if id is not None:
        export.people.know(id, kind)
    yield comment(
        event.object("message"),
        source=export.source,
        people=export.people,
        ticket=ticket,
        at=at,
        author=id,
        channel="messaging",
    )


_ACTORS: Final[Mapping[str, AuthorKind]] = {
    "end_user": "customer",
    "agent": "agent",
    "trigger": "system",
    "system": "bot",
}


def _changed(
    event: Fields, verb: str, source: str, *, ticket: str, at: datetime, author: str | None
) -> TicketChange:
    """Return what changed in a ticket, by the event's name."""
    name = _FIELDS.get(verb) or verb.removesuffix("_changed")
    if verb == "custom_field_changed":
        name = str(event.object("field").need("id"))
    delta, hands = Delta(), Hands()
    old, new = event.take("previous"), event.take("current")
    if name == "tags":
        event.put_back("previous", "current")
    elif name in ("assignee_id", "group_id") and str(new) == "0":
        new = None
    hands.take(name, new)
    if name != "tags":
        delta_of(delta, name, old, new)
    delta.nest("extra", "event", None, event.rest() or None)
    return hands.change(source, ticket, at=at, delta=delta, author=author)


_FIELDS: Final[Mapping[str, str]] = {
    "agent_assignment_changed": "assignee_id",
    "group_assignment_changed": "group_id",
    "organization_changed": "organization_id",
    "requester_changed": "requester_id",
    "problem_link_changed": "problem_id",
    "brand_changed": "brand_id",
    "ticket_form_changed": "ticket_form_id",
    "form_changed": "ticket_form_id",
    "ticket_type_changed": "type",
}

zendesk = Source("zendesk", _read, _event)
