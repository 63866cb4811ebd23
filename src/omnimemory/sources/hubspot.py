"""HubSpot → records: CRM objects of the API, tables of properties, and webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import Contact, Person, Record, Ticket
from omnimemory.sources._exports import Layout, Mapper, Payload, mapped, payloads
from omnimemory.sources._hubspot_people import company, contact, merged, owner
from omnimemory.sources._hubspot_said import ENGAGEMENTS
from omnimemory.sources._hubspot_thing import Links, Thing
from omnimemory.sources._hubspot_work import Stages, change, ticket
from omnimemory.sources._reading import Fields, Item, Json, member, one
from omnimemory.sources._source import Given, Source, objects

_MARKS: Final = {
    "tickets": ("hs_pipeline_stage", "hs_ticket_priority"),
    "calls": ("hs_call_body", "hs_call_title", "hs_call_duration"),
    "emails": ("hs_email_subject", "hs_email_text", "hs_email_html"),
    "notes": ("hs_note_body",),
    "meetings": ("hs_meeting_title", "hs_meeting_body"),
    "communications": ("hs_communication_body",),
    "tasks": ("hs_task_subject", "hs_task_body"),
    "contacts": ("firstname", "lastname", "email"),
    "companies": ("domain", "name"),
}
_PAIRS: Final = {
    "ticket_contact": ("tickets", "ticket_id", "contacts", "contact_id"),
    "ticket_company": ("tickets", "ticket_id", "companies", "company_id"),
    "contact_company": ("contacts", "contact_id", "companies", "company_id"),
}


def _guess(value: Mapping[str, Json]) -> str | None:
    """Return which kind of object this is, by the properties that only its kind has."""
    given = value.get("properties")
    if "id" not in value or not isinstance(given, Mapping):
        return None
    return next((kind for kind, marks in _MARKS.items() if any(m in given for m in marks)), None)


LAYOUT: Final = Layout(
    source="hubspot",
    collections={
        "owners": ("owner",),
        "pipelines": ("pipeline", "ticket_pipeline"),
        "stages": ("ticket_pipeline_stage", "pipeline_stage"),
        **dict.fromkeys(_PAIRS, ()),
        "ticket_engagement": (),
        "engagement_contact": (),
        "engagement_company": (),
        "companies": ("company",),
        "contacts": ("contact",),
        "contact_merge_audit": (),
        "tickets": ("ticket",),
        "ticket_property_history": (),
        "calls": ("call", "engagement_call"),
        "emails": ("email", "engagement_email"),
        "notes": ("note", "engagement_note"),
        "meetings": ("meeting", "engagement_meeting"),
        "communications": ("communication", "engagement_communication"),
        "tasks": ("task", "engagement_task"),
    },
    ignored=frozenset(
        "paging deal deals deal_company deal_contact deal_pipeline deal_pipeline_stage deal_stage "
        "engagement engagement_deal contact_list property property_option".split()
    ),
    guess=_guess,
)


class _Export:
    """One export on its way through: what its earlier objects said that its later ones need."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._links = Links()
        self._stages = Stages()
        self._phones: set[str] = set()

    def records(self, found: Iterable[Payload | RecordError]) -> Iterator[Item]:
        """Yield the records of an export."""
        return mapped(found, self._mappers(), source=self._source)

    def _mappers(self) -> dict[str, Mapper]:
        return {
            **{kind: self._pair(*columns) for kind, columns in _PAIRS.items()},
            **{kind: self._said(kind) for kind in ENGAGEMENTS},
            "ticket_engagement": self._engaged("tickets", "ticket_id"),
            "engagement_contact": self._engaged("contacts", "contact_id"),
            "engagement_company": self._engaged("companies", "company_id"),
            "owners": lambda fields: owner(fields, source=self._source),
            "pipelines": lambda fields: self._stages.pipeline(fields) or (),
            "stages": lambda fields: self._stages.stage(fields) or (),
            "companies": self._company,
            "contacts": lambda fields: contact(
                self._thing(fields, "contacts"), phones=self._phones
            ),
            "contact_merge_audit": self._merged,
            "tickets": lambda fields: ticket(self._thing(fields, "tickets"), self._stages),
            "ticket_property_history": self._history,
        }

    def _thing(self, fields: Fields, kind: str) -> Thing:
        return Thing(fields, kind=kind, source=self._source, links=self._links)

    def _pair(self, kind: str, column: str, other: str, other_column: str) -> Mapper:
        def pair(fields: Fields) -> Iterable[Record]:
            id, other_id = str(fields.need(column)), str(fields.need(other_column))
            self._links.add(kind, id, other, other_id)
            return ()

        return pair

    def _engaged(self, other: str, column: str) -> Mapper:
        """Return what reads a table of engagements, whose kind the table need not say."""

        def engaged(fields: Fields) -> Iterable[Record]:
            id, other_id = str(fields.need("engagement_id")), str(fields.need(column))
            for kind in ENGAGEMENTS:
                self._links.add(kind, id, other, other_id)
            return ()

        return engaged

    def _said(self, kind: str) -> Mapper:
        return lambda fields: [ENGAGEMENTS[kind](self._thing(fields, kind))]

    def _company(self, fields: Fields) -> Iterator[Record]:
        found = company(self._thing(fields, "companies"))
        if found.phone:
            self._phones.add(found.phone)
        yield found

    def _merged(self, fields: Fields) -> Iterator[Record]:
        old, into = str(fields.need("vid_to_merge")), str(fields.need("canonical_vid"))
        found = merged(self._source, old, into=into, at=fields.time("timestamp"))
        fields.repeats("contact_id", into)
        yield found.model_copy(update={"extra": fields.rest()})

    def _history(self, fields: Fields) -> Iterator[Record]:
        yield change(
            fields,
            ticket=str(fields.need("ticket_id")),
            name=str(fields.need("name")),
            source=self._source,
            stages=self._stages,
        )


def _read(given: Given, *, name: str = "hubspot") -> Iterator[Item]:
    """HubSpot: a folder or file of CRM objects or property tables, or decoded objects.

    Args:
        given: ``contacts.json``, ``companies.csv``, ``tickets.json``, ``engagement_call.csv``
            and their kin, as the API sends them, as JSON Lines, or as CSV tables.
        name: What to call the source, where there is more than one HubSpot.
    """
    return _Export(name).records(payloads(given, LAYOUT))


def _event(body: Json, *, name: str = "hubspot") -> Iterator[Item]:
    """A webhook's list of events, each a property that changed, or whole CRM objects."""
    for position, event in enumerate(objects(body)):
        kind = member(event, "subscriptionType")
        if not isinstance(kind, str):
            yield from _Export(name).records(payloads(event, LAYOUT))
            continue
        where = f"{kind}[{position}]"
        yield from one(event, partial(_happened, source=name), source=name, where=where)


_TYPES: Final = {"0-1": "contact", "0-2": "company", "0-5": "ticket"}


def _happened(event: Json, *, source: str) -> Iterator[Record]:
    """Yield what one event says of a contact or a ticket.

    Raises:
        InputError: It is about something else, or says too little for a record.
    """
    fields = Fields(event)
    subject, _, what = str(fields.need("subscriptionType")).partition(".")
    subject = _TYPES.get(str(fields.take("objectTypeId", "")), subject)
    id = str(fields.need("objectId"))
    at = fields.time("occurredAt")
    fields.skip("eventId", "subscriptionId", "portalId", "appId", "attemptNumber", "changeFlag")
    match subject, what:
        case "contact", "merge":
            for old in fields.items("mergedObjectIds"):
                yield merged(source, str(old), into=id, at=at)
        case "contact", "deletion" | "privacyDeletion":
            yield Contact(source=source, id=id, person=Person(id=id), deleted_at=at)
        case "contact", _:
            yield from contact(_now(fields, "contacts", id, source), phones=())
        case "ticket", "deletion":
            yield Ticket(source=source, id=id, deleted_at=at)
        case "ticket", "creation":
            yield Ticket(source=source, id=id, number=id, created_at=at, extra=fields.rest())
        case "ticket", "propertyChange":
            value = Fields(
                {"value": fields.take("propertyValue"), "timestamp": fields.take("occurredAt")}
            )
            name = str(fields.need("propertyName"))
            yield change(value, ticket=id, name=name, source=source, stages=Stages())
        case _:
            raise InputError(
                f"a {subject}.{what} event says too little for a record; read the export"
            )


def _now(fields: Fields, kind: str, id: str, source: str) -> Thing:
    """Return an object as an event tells of it: by the one property that changed."""
    changed = fields.text("propertyName")
    given = {} if changed is None else {changed: fields.take("propertyValue")}
    when = fields.take("occurredAt")
    payload = {"id": id, "properties": given, "updatedAt": when, "event": fields.rest()}
    return Thing(Fields(payload), kind=kind, source=source, links=Links())


hubspot = Source("hubspot", _read, _event)
