"""Intercom → records: API lists, tables of versions, and webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import Conversation, Message, Person, Record
from omnimemory.sources._exports import Layout, Mapper, Payload, mapped, payloads
from omnimemory.sources._html import plain_text
from omnimemory.sources._intercom_parts import Place, part
from omnimemory.sources._intercom_people import (
    admin,
    article,
    company,
    contact,
    person,
    team,
    usage,
)
from omnimemory.sources._intercom_talk import conversation, ticket
from omnimemory.sources._reading import Fields, Item, Json, member, read_time
from omnimemory.sources._source import Given, Source

_TYPES: Final = {
    "contact": "contacts",
    "user": "contacts",
    "lead": "contacts",
    "visitor": "contacts",
    "company": "companies",
    "admin": "admins",
    "bot": "admins",
    "team": "teams",
    "conversation": "conversations",
    "ticket": "tickets",
    "article": "articles",
    "internal_article": "articles",
    "event": "events",
    "user_message": "messages",
    "admin_message": "messages",
}


def _guess(value: Mapping[str, Json]) -> str | None:
    """Return which collection an object belongs to: Intercom writes its type into it."""
    if "event_name" in value:
        return "events"
    return _TYPES.get(str(value.get("type"))) if "id" in value else None


LAYOUT: Final = Layout(
    source="intercom",
    collections={
        "teams": ("team",),
        "admins": ("admin",),
        "contact_companies": ("contact_company_history",),
        "companies": ("company", "company_history"),
        "contacts": ("contact", "users", "user", "leads", "lead", "contact_history"),
        "articles": ("article", "article_history", "internal_articles"),
        "conversation_contacts": ("conversation_contact_history",),
        "conversations": ("conversation", "conversation_history"),
        "conversation_parts": ("conversation_part_history",),
        "tickets": ("ticket",),
        "messages": ("message",),
        "events": ("event",),
    },
    ignored=frozenset(
        "pages links segment segments tag tags job jobs collection collection_history "
        "help_center help_center_history notification".split()
    ),
    guess=_guess,
)


class _Export:
    """One export on its way through: what its earlier objects said that its later ones need."""

    def __init__(self, source: str, *, deleted: datetime | None = None) -> None:
        self._source = source
        self._deleted = deleted
        self._homes: dict[str, list[str]] = {}
        self._contacts: dict[str, list[str]] = {}
        self._threads: dict[str, Conversation] = {}

    def records(self, found: Iterable[Payload | RecordError]) -> Iterator[Item]:
        """Yield the records of an export."""
        return mapped(found, self._mappers(), source=self._source)

    def _mappers(self) -> dict[str, Mapper]:
        source = self._source
        return {
            "teams": lambda fields: team(fields, source=source),
            "admins": lambda fields: [admin(fields, source=source)],
            "contact_companies": self._note(self._homes, "contact_id", "company_id"),
            "companies": lambda fields: [company(fields, source=source)],
            "contacts": self._contact,
            "articles": lambda fields: [article(fields, source=source)],
            "conversation_contacts": self._note(self._contacts, "conversation_id", "contact_id"),
            "conversations": self._conversation,
            "conversation_parts": self._part,
            "tickets": lambda fields: ticket(fields, source=source),
            "messages": lambda fields: [_message(fields, source=source)],
            "events": lambda fields: [usage(fields, source=source)],
        }

    def _note(self, known: dict[str, list[str]], key: str, value: str) -> Mapper:
        """Return what reads a table that says only what belongs to what."""

        def note(fields: Fields) -> Iterable[Record]:
            held = known.setdefault(str(fields.need(key)), [])
            if (found := str(fields.need(value))) not in held:
                held.append(found)
            return ()

        return note

    def _contact(self, fields: Fields) -> Iterable[Record]:
        homes = self._homes.get(str(fields.need("id")), ())
        return [contact(fields, source=self._source, companies=homes, deleted=self._deleted)]

    def _conversation(self, fields: Fields) -> Iterator[Record]:
        id = str(fields.need("id"))
        fields.put_back("id")
        people = self._contacts.get(id, [])
        for record in conversation(_nested(fields), source=self._source, contacts=people):
            if isinstance(record, Conversation) and "source_type" in fields:
                self._threads[id] = record.model_copy(update={"custom": {}, "extra": {}})
            yield record

    def _part(self, fields: Fields) -> Iterator[Record]:
        id = str(fields.need("conversation_id"))
        fields.put_back("conversation_id")
        thread = self._threads.get(id) or Conversation(source=self._source, id=id, channel="chat")
        people = self._contacts.get(id, [])
        customer = Person(id=people[0]) if people else None
        return part(_nested(fields), Place(self._source, thread, customer))


_GROUPS: Final = ("source_author", "source", "author", "assigned_to", "assignee")


def _nested(fields: Fields) -> Fields:
    """Return a table's row in the shape of the API; what comes from the API stays as it is."""
    row = fields.rest()
    if "source_type" not in row and "conversation_id" not in row:
        return fields
    out: dict[str, Json] = {}
    for name, value in row.items():
        group = next((one for one in _GROUPS if name.startswith(f"{one}_")), None)
        if group is None:
            out[name] = value
        else:
            out.setdefault(group, {})[name.removeprefix(f"{group}_")] = value
    if author := out.pop("source_author", None):
        out.setdefault("source", {})["author"] = author
    rated = {"value": "rating", "remark": "remark", "created_at": "created_at"}
    for column, name in rated.items():
        if found := out.pop(f"conversation_rating_{column}", None):
            out.setdefault("conversation_rating", {})[name] = found
    out.pop("conversation_id", None)
    return fields.like(out)


def _message(fields: Fields, *, source: str) -> Message:
    """Return a message that stands outside a conversation."""
    is_user = fields.text("type") == "user_message"
    sender = person(fields.object("from")) or _nobody(is_user=is_user)
    reader = person(fields.object("to"))
    word = fields.text("message_type")
    at = fields.time("created_at")
    if at is None:
        raise InputError("the field 'created_at' is missing")
    fields.put_back("message_type")
    return Message(
        source=source,
        id=fields.need("id"),
        occurred_at=at,
        author=sender,
        to=() if reader is None else (reader,),
        channel="email" if word == "email" else "in_app",
        subject=fields.text("subject"),
        text=plain_text(fields.text("body") or ""),
        conversation=fields.text("conversation_id"),
        extra=fields.rest(),
    )


def _nobody(*, is_user: bool) -> Person:
    """Return the writer of a message that names none."""
    return Person(kind="customer") if is_user else Person(kind="agent", name="unknown")


def _read(given: Given, *, name: str = "intercom") -> Iterator[Item]:
    """Intercom: a folder or file of API lists or tables, or decoded objects.

    Args:
        given: ``contacts.json``, ``companies.json``, ``conversations.json``, ``tickets.json``,
            ``admins.json`` and their kin, as the API sends them, as JSON Lines, or as CSV tables.
        name: What to call the source, where there is more than one Intercom.
    """
    return _Export(name).records(payloads(given, LAYOUT))


def _event(body: Json, *, name: str = "intercom") -> Iterator[Item]:
    """A notification: a topic, and the object that it is about."""
    topic = member(body, "topic")
    if not isinstance(topic, str):
        yield from _Export(name).records(payloads(body, LAYOUT))
        return
    item = member(member(body, "data"), "item")
    what = member(item, "type")
    kind = _TYPES.get(str(what))
    if kind is None:
        yield RecordError(f"no record can be made of a {what!r}", source=name, where=topic)
        return
    at = member(body, "created_at")
    gone = topic in _GONE and isinstance(at, int)
    export = _Export(name, deleted=read_time(at) if gone else None)
    yield from export.records([Payload(kind, item, topic)])


_GONE: Final = ("contact.deleted", "user.deleted", "contact.archived")

intercom = Source("intercom", _read, _event)
