"""HubSpot: what its objects, tables, property histories and webhooks become."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from omnimemory import sources
from omnimemory.errors import RecordError
from omnimemory.model.records import (
    Account,
    Call,
    Contact,
    Message,
    Note,
    Person,
    Record,
    Ref,
    StatusClass,
    Ticket,
    TicketChange,
)

T = TypeVar("T", bound=Record)

PIPELINE = {
    "id": "0",
    "label": "Support",
    "stages": [
        {"id": "1", "label": "New", "metadata": {"ticketState": "OPEN"}},
        {"id": "2", "label": "Waiting on contact", "metadata": {"ticketState": "OPEN"}},
        {"id": "4", "label": "Done", "metadata": {"ticketState": "CLOSED", "isClosed": "true"}},
    ],
}


def thing(id: int, *, contacts: Iterable[int] = (), **properties: str) -> dict[str, Any]:
    linked = {"contacts": {"results": [{"id": str(one), "type": "x"} for one in contacts]}}
    return {
        "id": str(id),
        "properties": {"hs_timestamp": "2025-01-01T00:00:00Z", **properties},
        "createdAt": "2025-01-01T00:00:00Z",
        "updatedAt": "2025-01-02T00:00:00Z",
        "associations": linked,
    }


def read(**collections: Any) -> list[Record]:
    items = list(sources.hubspot(collections))
    assert not [str(item) for item in items if isinstance(item, RecordError)]
    return [item for item in items if isinstance(item, Record)]


def every(items: Iterable[object], kind: type[T]) -> list[T]:
    return [item for item in items if type(item) is kind]


def only(items: Iterable[object], kind: type[T]) -> T:
    (found,) = every(items, kind)
    return found


@pytest.mark.parametrize(
    ("stage", "status", "meant"),
    [
        ("1", "New", StatusClass.NEW),
        ("2", "Waiting on contact", StatusClass.WAITING_ON_CUSTOMER),
        ("4", "Done", StatusClass.CLOSED),
        ("9", "9", None),
    ],
)
def test_a_stage_means_what_its_portal_says(
    stage: str, status: str, meant: StatusClass | None
) -> None:
    found = only(read(pipelines=[PIPELINE], tickets=[thing(5, hs_pipeline_stage=stage)]), Ticket)
    assert (found.status, found.status_class) == (status, meant)


def test_a_property_history_is_a_change_for_each_value() -> None:
    past = [
        {"value": "4", "timestamp": "2025-01-03T00:00:00Z"},
        {"value": "1", "timestamp": "2025-01-01T00:00:00Z"},
    ]
    ticket = thing(5, hs_pipeline_stage="4") | {
        "propertiesWithHistory": {"hs_pipeline_stage": past}
    }
    changes = every(read(pipelines=[PIPELINE], tickets=[ticket]), TicketChange)
    assert [{one.field: one.new for one in each.changes}["status"] for each in changes] == [
        "Done",
        "New",
    ]


def test_an_engagement_stands_where_its_timestamp_says() -> None:
    note = only(read(notes=[thing(3, hs_timestamp="2024-05-01T00:00:00Z", hs_note_body="n")]), Note)
    assert note.occurred_at.year == 2024


def test_an_incoming_call_is_from_its_contact_and_an_outgoing_one_to_them() -> None:
    common = {"hubspot_owner_id": "5", "hs_call_duration": "61500"}
    inbound = only(
        read(calls=[thing(3, contacts=[11], hs_call_direction="INBOUND", **common)]), Call
    )
    outbound = only(
        read(calls=[thing(3, contacts=[11], hs_call_direction="OUTBOUND", **common)]), Call
    )
    assert inbound.author == Person(id="11")
    assert (outbound.author, outbound.to) == (Person(id="5", kind="agent"), (Person(id="11"),))
    assert inbound.duration_seconds == pytest.approx(61.5)


def test_an_email_without_a_contact_is_from_its_address() -> None:
    mail = thing(3, hs_email_direction="INCOMING_EMAIL", hs_email_from_email="d@example.org")
    assert only(read(emails=[mail]), Message).author == Person(email="d@example.org")


def test_a_merged_contact_leads_to_the_one_that_is_left() -> None:
    items = read(contacts=[thing(11, email="d@example.org", hs_merged_object_ids="12;13")])
    merged = {one.id: one.merged_into for one in every(items, Contact)}
    left = Ref(kind="Identity", id="11")
    assert merged == {"11": None, "12": left, "13": left}
    shared = every(items, Contact)[1].person.identifiers[0]
    assert (shared.namespace, shared.value) == ("hubspot", "11")


def test_a_companys_phone_does_not_recognise_its_people() -> None:
    items = read(
        companies=[thing(21, name="Initech", phone="+4930123")],
        contacts=[thing(11, phone="+4930123", mobilephone="+49171555")],
    )
    assert [one.verified for one in only(items, Contact).person.identifiers] == [False, True]


def test_a_table_with_plain_or_prefixed_columns_is_the_same_contact(tmp_path: Path) -> None:
    plain, prefixed = tmp_path / "crm_contacts.csv", tmp_path / "contact_data.csv"
    row = "11,d@example.org,Dana,2025-01-01 00:00:00\n"
    plain.write_text(f"id,email,firstname,createdate\n{row}")
    prefixed.write_text(f"id,property_email,property_firstname,property_createdate\n{row}")
    assert list(sources.hubspot(plain)) == list(sources.hubspot(prefixed))


def test_tables_of_links_join_what_they_name(tmp_path: Path) -> None:
    (tmp_path / "ticket_contact.csv").write_text("ticket_id,contact_id\n5,11\n")
    (tmp_path / "ticket.csv").write_text("id,property_subject\n5,Refund\n")
    (tmp_path / "engagement_contact.csv").write_text("engagement_id,contact_id\n3,11\n")
    (tmp_path / "engagement_call.csv").write_text(
        "engagement_id,property_hs_timestamp\n3,2025-01-01 00:00:00\n"
    )
    items = list(sources.hubspot(tmp_path))
    assert only(items, Ticket).requester == Person(id="11")
    assert only(items, Call).to == (Person(id="11"),)


def hook(kind: str, **fields: Any) -> list[Any]:
    event = {"subscriptionType": kind, "objectId": 5, "occurredAt": 1_760_000_000_000}
    return list(sources.hubspot.event([event | fields]))  # type: ignore[arg-type]


def test_a_property_that_changed_is_a_change_of_its_ticket() -> None:
    items = hook("ticket.propertyChange", propertyName="hs_ticket_priority", propertyValue="HIGH")
    change = only(items, TicketChange)
    changed = {one.field: one.new for one in change.changes}
    assert (changed["priority"], changed["priority_scheme"]) == ("HIGH", "hubspot")


def test_a_contact_event_names_what_changed() -> None:
    items = hook("contact.propertyChange", propertyName="email", propertyValue="d@example.org")
    assert only(items, Contact).person.identifiers[0].value == "d@example.org"
    assert [one.merged_into for one in hook("contact.merge", mergedObjectIds=[7])] == [
        Ref(kind="Identity", id="5")
    ]
    assert only(hook("contact.deletion"), Contact).deleted_at is not None


def test_an_event_that_says_too_little_is_a_record_error() -> None:
    (error,) = hook("deal.creation")
    assert isinstance(error, RecordError)
    assert "read the export" in str(error)


def test_a_company_keeps_its_tier_and_domain() -> None:
    found = only(
        read(companies=[thing(21, name="Initech", domain="i.example", tier="gold")]), Account
    )
    assert (found.domains, found.tier) == (("i.example",), "gold")
