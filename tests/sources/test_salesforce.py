"""Salesforce: what its objects, trees, plans, histories and change events become."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from omnimemory import sources
from omnimemory.errors import RecordError
from omnimemory.model.records import (
    Account,
    AgentRecord,
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
    Visibility,
)

T = TypeVar("T", bound=Record)

CASE, DANA, KIM, QUEUE = (f"{start}000000000001AAA" for start in ("500", "003", "005", "00G"))
WHEN = "2025-01-01T00:00:00.000+0000"


def sobject(kind: str, id: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind}, "Id": id, "CreatedDate": WHEN, **fields}


def read(*records: dict[str, Any]) -> list[Record]:
    items = list(sources.salesforce({"totalSize": len(records), "records": list(records)}))
    assert not [str(item) for item in items if isinstance(item, RecordError)]
    return [item for item in items if isinstance(item, Record)]


def only(items: Iterable[object], kind: type[T]) -> T:
    (found,) = [item for item in items if type(item) is kind]
    return found


@pytest.mark.parametrize(
    ("status", "closed", "meant"),
    [
        ("New", False, StatusClass.NEW),
        ("Working", False, StatusClass.IN_PROGRESS),
        ("Waiting on Customer", False, StatusClass.WAITING_ON_CUSTOMER),
        ("Escalated", False, StatusClass.WAITING_ON_ENGINEERING),
        ("Closed", True, StatusClass.CLOSED),
        ("Done and dusted", True, StatusClass.CLOSED),
    ],
)
def test_a_status_is_classed_by_its_words_and_is_closed(
    status: str, *, closed: bool, meant: StatusClass
) -> None:
    case = only(read(sobject("Case", CASE, Status=status, IsClosed=closed)), Ticket)
    assert (case.status, case.status_class) == (status, meant)


def test_a_case_is_found_by_its_number_and_belongs_to_its_contact() -> None:
    case = only(read(sobject("Case", CASE, CaseNumber="00001029", ContactId=DANA)), Ticket)
    assert set(case.keys()) == {f"salesforce:{CASE}", "salesforce:00001029"}
    assert case.requester == Person(id=DANA)


def test_a_case_from_a_web_form_is_of_whom_it_says() -> None:
    case = only(read(sobject("Case", CASE, SuppliedEmail="d@example.org")), Ticket)
    assert case.requester == Person(email="d@example.org")


def test_a_queue_is_a_team_and_a_user_an_assignee() -> None:
    queued = only(read(sobject("Case", CASE, OwnerId=QUEUE)), Ticket)
    owned = only(read(sobject("Case", CASE, OwnerId=KIM)), Ticket)
    assert (queued.team, queued.assignee) == (Ref(kind="Team", id=QUEUE), None)
    assert (owned.team, owned.assignee) == (None, Person(id=KIM, kind="agent"))


def test_a_short_id_is_the_same_as_the_long_one() -> None:
    short = only(read(sobject("Contact", DANA[:15], LastName="K")), Contact)
    assert short.id == DANA
    mixed = only(read(sobject("Contact", "003q000000KvQ1t", LastName="K")), Contact)
    assert mixed.id == "003q000000KvQ1tAAF"


def test_a_published_comment_is_a_message_and_another_a_note() -> None:
    comment = {"ParentId": CASE, "CommentBody": "c", "CreatedById": KIM}
    case = sobject("Case", CASE, ContactId=DANA)
    shown = read(case, sobject("CaseComment", "1", IsPublished=True, **comment))
    hidden = read(case, sobject("CaseComment", "1", IsPublished=False, **comment))
    assert only(shown, Message).to == (Person(id=DANA),)
    assert only(hidden, Note).visibility is Visibility.INTERNAL


def test_a_portal_user_writes_as_the_contact_they_are() -> None:
    user = sobject("User", KIM, ContactId=DANA, Name="Dana")
    comment = sobject("CaseComment", "1", ParentId=CASE, CommentBody="c", CreatedById=KIM)
    items = read(user, comment)
    assert only(items, Message).author == Person(id=DANA)
    assert not [one for one in items if isinstance(one, AgentRecord)]


def test_an_email_keeps_who_wrote_to_whom() -> None:
    mail = {"ParentId": CASE, "FromAddress": "d@example.org", "ToAddress": "s@v.example"}
    incoming = only(read(sobject("EmailMessage", "1", Incoming=True, **mail)), Message)
    outgoing = only(read(sobject("EmailMessage", "1", Incoming=False, **mail)), Message)
    assert (incoming.author, incoming.to) == (Person(email="d@example.org"), ())
    assert (outgoing.author.kind, outgoing.to) == ("agent", (Person(email="s@v.example"),))


def test_a_task_that_logs_a_call_is_one() -> None:
    task = {"TaskSubtype": "Call", "CallType": "Inbound", "WhoId": DANA, "WhatId": CASE}
    call = only(read(sobject("Task", "1", OwnerId=KIM, **task)), Call)
    assert (call.author, call.direction) == (Person(id=DANA), "inbound")
    assert call.about == (Ref(kind="Ticket", id=CASE),)


def test_a_history_row_changes_what_it_names() -> None:
    row = {"CaseId": CASE, "Field": "Status", "OldValue": "New", "NewValue": "Escalated"}
    change = only(read(sobject("CaseHistory", "1", **row)), TicketChange)
    found = {one.field: (one.old, one.new) for one in change.changes}
    assert found["status"] == ("New", "Escalated")
    assert found["status_class"][1] is StatusClass.WAITING_ON_ENGINEERING


def test_the_owner_of_a_history_row_is_told_by_the_id() -> None:
    row = {"CaseId": CASE, "Field": "Owner", "OldValue": QUEUE, "NewValue": KIM}
    change = only(read(sobject("CaseHistory", "1", **row)), TicketChange)
    assert change.assignee == Person(id=KIM, kind="agent")


def test_a_converted_lead_leads_to_its_contact() -> None:
    lead = only(read(sobject("Lead", "00Q1", LastName="K", ConvertedContactId=DANA)), Contact)
    assert lead.merged_into == Ref(kind="Identity", id=DANA)


def test_children_in_a_tree_belong_to_their_parent() -> None:
    child = {"attributes": {"type": "Contact", "referenceId": "ContactRef1"}, "LastName": "K"}
    parent = {"attributes": {"type": "Account", "referenceId": "AccountRef1"}, "Name": "Initech"}
    items = read(parent | {"Contacts": {"records": [child]}})
    assert only(items, Account).id == "AccountRef1"
    assert only(items, Contact).accounts == (Ref(kind="Account", id="AccountRef1"),)


def test_a_plan_is_read_in_its_order(tmp_path: Path) -> None:
    plan = [{"sobject": "Account", "files": ["Accounts.json"]}, {"files": ["gone.json"]}]
    (tmp_path / "sample-data-plan.json").write_text(json.dumps(plan))
    record = {"attributes": {"type": "Account", "referenceId": "AccountRef1"}, "Name": "Initech"}
    (tmp_path / "Accounts.json").write_text(json.dumps({"records": [record]}))
    assert only(sources.salesforce(tmp_path / "sample-data-plan.json"), Account).name == "Initech"


def test_an_object_of_another_type_is_an_error_that_names_it() -> None:
    (error,) = sources.salesforce([sobject("Whizbang", "1")])
    assert isinstance(error, RecordError)
    assert "Whizbang" in str(error)


def test_a_change_event_says_what_its_fields_are_now() -> None:
    header = {"entityName": "Case", "recordIds": [CASE], "changeType": "UPDATE"}
    change = {"ChangeEventHeader": header | {"commitTimestamp": 1_760_000_000_000}}
    body = {"schema": "x", "payload": change | {"Status": "Closed"}}
    case = only(sources.salesforce.event(json.dumps(body)), Ticket)
    assert (case.id, case.status) == (CASE, "Closed")
    assert case.updated_at is not None
    assert case.deleted_at is None


def test_a_deletion_ends_what_the_id_says_it_was() -> None:
    gone = {"deletedRecords": [{"id": DANA, "deletedDate": "2013-05-07T22:07:19.000+0000"}]}
    assert only(sources.salesforce(gone), Contact).deleted_at is not None
