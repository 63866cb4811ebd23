"""Zendesk: what its tickets, comments, audits, metric events and webhooks become."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from omnimemory import sources
from omnimemory.errors import RecordError
from omnimemory.model.records import (
    Account,
    AgentRecord,
    Call,
    Contact,
    Conversation,
    Feedback,
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

CUSTOMER = {"id": 1, "name": "Dana", "email": "dana@example.org", "role": "end-user"}
AGENT = {"id": 2, "name": "Kim", "email": "kim@vendor.example", "role": "agent"}
TICKET = {
    "id": 7,
    "subject": "Refund",
    "description": "Where is it?",
    "status": "open",
    "requester_id": 1,
    "via": {"channel": "email"},
    "created_at": "2026-03-01T10:00:00Z",
    "updated_at": "2026-03-02T10:00:00Z",
}


def comment(id: int, author: int, **fields: Any) -> dict[str, Any]:
    body = {"id": id, "ticket_id": 7, "author_id": author, "body": f"said {id}", "public": True}
    return body | {"created_at": f"2026-03-01T10:{id:02}:00Z"} | fields


def audit(*events: dict[str, Any], at: str = "2026-03-01T11:00:00Z") -> dict[str, Any]:
    return {"id": 9, "ticket_id": 7, "author_id": 2, "created_at": at, "events": list(events)}


def read(**collections: Any) -> list[Record]:
    items = list(sources.zendesk(collections))
    assert not [str(item) for item in items if isinstance(item, RecordError)]
    return [item for item in items if isinstance(item, Record)]


def only(items: Iterable[object], kind: type[T]) -> T:
    found = [item for item in items if type(item) is kind]
    assert len(found) == 1, found
    return found[0]


def values(change: TicketChange) -> dict[str, Any]:
    return {one.field: one.new for one in change.changes}


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        ("new", StatusClass.NEW),
        ("open", StatusClass.IN_PROGRESS),
        ("pending", StatusClass.WAITING_ON_CUSTOMER),
        ("hold", StatusClass.WAITING_ON_ENGINEERING),
        ("solved", StatusClass.RESOLVED),
        ("closed", StatusClass.CLOSED),
        ("SOLVED", StatusClass.RESOLVED),
        ("of our own", None),
    ],
)
def test_a_status_is_kept_and_classed(status: str, meant: StatusClass | None) -> None:
    ticket = only(read(tickets=[TICKET | {"status": status}]), Ticket)
    assert (ticket.status, ticket.status_class) == (status.lower(), meant)


def test_a_ticket_that_began_with_a_private_comment_is_internal() -> None:
    items = read(tickets=[TICKET | {"is_public": False}])
    assert only(items, Ticket).visibility is Visibility.INTERNAL
    assert only(items, Conversation).visibility is Visibility.INTERNAL


def test_a_deleted_ticket_ended_when_it_was_deleted() -> None:
    ticket = only(read(tickets=[TICKET | {"status": "deleted"}]), Ticket)
    assert ticket.deleted_at == ticket.updated_at


def test_the_description_stays_and_its_comment_is_the_interaction() -> None:
    items = read(users=[CUSTOMER], tickets=[TICKET], comments=[comment(51, 1)])
    said = only(items, Message)
    assert only(items, Ticket).description == "Where is it?"
    assert said.about == (Ref(kind="Ticket", id="7"),)
    assert said.conversation == only(items, Conversation).id == "7"


def test_a_comment_and_its_audit_event_are_one_interaction() -> None:
    event = {"id": 51, "type": "Comment", "body": "said 51", "public": True, "author_id": 1}
    items = read(tickets=[TICKET], comments=[comment(51, 1)], audits=[audit(event)])
    assert only(items, Message).text == "said 51"
    alone = read(tickets=[TICKET], audits=[audit(event)])
    assert only(alone, Message).id == "51"


def test_who_wrote_is_told_by_role_and_else_by_the_ticket() -> None:
    comments = [comment(51, 1), comment(52, 2), comment(53, 3, public=False)]
    items = read(users=[CUSTOMER, AGENT], tickets=[TICKET], comments=comments)
    kinds = {one.id: one.author.kind for one in items if isinstance(one, Message | Note)}
    assert kinds == {"51": "customer", "52": "agent", "53": "agent"}
    without_users = read(tickets=[TICKET], comments=comments)
    again = {one.id: one.author.kind for one in without_users if isinstance(one, Message | Note)}
    assert again == kinds


def test_an_agents_reply_goes_to_the_requester() -> None:
    said = only(read(users=[AGENT], tickets=[TICKET], comments=[comment(52, 2)]), Message)
    assert said.to == (Person(id="1"),)


def test_a_private_comment_is_an_internal_note() -> None:
    note = only(read(tickets=[TICKET], comments=[comment(53, 2, public=False)]), Note)
    assert note.visibility is Visibility.INTERNAL


def test_a_comment_made_private_is_internal_from_then_on() -> None:
    event = {"id": 60, "type": "CommentPrivacyChange", "comment_id": 51, "public": False}
    items = read(tickets=[TICKET], comments=[comment(51, 1)], audits=[audit(event)])
    first, then = (one for one in items if isinstance(one, Message))
    assert (first.visibility, then.visibility) == (Visibility.EXTERNAL, Visibility.INTERNAL)
    assert then.updated_at == datetime(2026, 3, 1, 11, tzinfo=UTC)


def test_a_redacted_comment_says_so_and_repeats_nothing() -> None:
    event = {"id": 60, "type": "CommentRedactionEvent", "comment_id": 51}
    items = read(tickets=[TICKET], comments=[comment(51, 1)], audits=[audit(event)])
    redacted = [one for one in items if isinstance(one, Message) and one.redacted]
    assert [one.text for one in redacted] == [""]


def test_a_voice_comment_is_a_call_with_its_transcript() -> None:
    data = {
        "call_duration": 61,
        "recording_url": "https://r.example/1",
        "transcription_text": "Hello",
        "started_at": "2026-03-01T09:59:00Z",
    }
    call = only(read(comments=[comment(54, 1, type="VoiceComment", data=data)]), Call)
    assert (call.duration_seconds, call.text, call.channel) == (61, "Hello", "phone")


def test_an_audit_changes_what_it_names_before_and_after() -> None:
    events = (
        {"type": "Change", "field_name": "status", "previous_value": "open", "value": "solved"},
        {"type": "Change", "field_name": "assignee_id", "previous_value": None, "value": "2"},
        {"type": "Change", "field_name": "900", "previous_value": "a", "value": "b"},
        {"type": "Change", "field_name": "901", "previous_value": None, "value": "c"},
    )
    change = only(read(audits=[audit(*events)]), TicketChange)
    assert values(change)["status_class"] is StatusClass.RESOLVED
    assert values(change)["custom"] == {"900": "b", "901": "c"}
    assert change.assignee == Person(id="2", kind="agent")
    assert {one.field: one.old for one in change.changes}["status"] == "open"


def test_nobody_is_assigned_after_the_assignee_is_taken_away() -> None:
    event = {"type": "Change", "field_name": "assignee_id", "previous_value": "2", "value": None}
    change = only(read(audits=[audit(event)]), TicketChange)
    assert change.unassigned
    assert change.assignee is None


def test_metric_events_move_a_clock_through_its_states() -> None:
    def event(kind: str, minute: int, **more: Any) -> dict[str, Any]:
        time = f"2026-03-01T10:{minute:02}:00Z"
        base = {"ticket_id": 7, "metric": "reply_time", "instance_id": 1, "id": minute}
        return base | {"type": kind, "time": time} | more

    sla = {"target": 20, "business_hours": False}
    events = [event("fulfill", 30), event("activate", 0), event("apply_sla", 1, sla=sla)]
    items = read(ticket_metric_events=[*events, event("breach", 20)])
    clocks = [
        values(one)["clocks"]["first_reply"] for one in items if isinstance(one, TicketChange)
    ]
    assert [clock["state"] for clock in clocks] == ["running", "running", "breached", "breached"]
    assert clocks[-1]["target_at"] == "2026-03-01T10:20:00Z"
    assert clocks[-1]["met_at"] == "2026-03-01T10:30:00Z"


def test_a_rating_counts_once_it_was_given() -> None:
    offered = TICKET | {"satisfaction_rating": {"score": "offered"}}
    assert not [one for one in read(tickets=[offered]) if isinstance(one, Feedback)]
    given = TICKET | {"satisfaction_rating": {"id": 3, "score": "bad", "comment": "Slow"}}
    rating = only(read(tickets=[given]), Feedback)
    assert (rating.score, rating.worst, rating.best, rating.comment) == (0, 0, 1, "Slow")


def test_links_between_tickets_are_kept() -> None:
    via = {"channel": "web", "source": {"rel": "follow_up", "from": {"ticket_id": 3}}}
    ticket = TICKET | {"problem_id": 5, "via": via, "merged_ticket_ids": [6]}
    items = read(tickets=[ticket])
    found = only(items, Ticket)
    assert found.parent == Ref(kind="Ticket", id="5")
    assert found.follow_up_of == Ref(kind="Ticket", id="3")
    merged = only(items, TicketChange)
    assert (merged.id, merged.merged_into) == ("6", Ref(kind="Ticket", id="7"))


def test_an_address_is_doubtful_only_where_its_user_is_suspended_unconfirmed() -> None:
    def verified(**fields: Any) -> bool:
        contact = only(read(users=[CUSTOMER | fields]), Contact)
        return contact.person.identifiers[0].verified

    assert verified(verified=True)
    assert verified(verified=False)
    assert not verified(verified=False, suspended=True)


def test_a_shared_phone_does_not_recognise_anybody() -> None:
    user = CUSTOMER | {"phone": "+4930123456", "shared_phone_number": True}
    contact = only(read(users=[user]), Contact)
    assert {one.type: one.verified for one in contact.person.identifiers} == {
        "email": True,
        "phone": False,
    }


def test_memberships_join_users_to_organizations_and_groups() -> None:
    items = read(
        organization_memberships=[{"user_id": 1, "organization_id": 21}],
        group_memberships=[{"user_id": 2, "group_id": 31}],
        organizations=[{"id": 21, "name": "Initech"}],
        users=[CUSTOMER, AGENT],
    )
    assert only(items, Contact).accounts == (Ref(kind="Account", id="21"),)
    assert only(items, AgentRecord).teams == (Ref(kind="Team", id="31"),)
    assert only(items, Account).name == "Initech"


def event(kind: str, **event: Any) -> list[Any]:
    detail = {
        "id": "7",
        "status": "SOLVED",
        "requester_id": "1",
        "assignee_id": "0",
        "subject": "Refund",
        "created_at": "2026-03-01T10:00:00Z",
        "updated_at": "2026-03-02T10:00:00Z",
    }
    body = {"type": f"zen:event-type:{kind}", "time": "2026-03-02T10:00:00Z"}
    text = json.dumps(body | {"detail": detail, "event": event})
    return list(sources.zendesk.event(text))


def test_a_status_event_is_the_ticket_now_and_what_it_was() -> None:
    items = event("ticket.status_changed", previous="OPEN", current="SOLVED")
    ticket, change = only(items, Ticket), only(items, TicketChange)
    assert (ticket.status, ticket.assignee) == ("solved", None)
    assert {one.field: (one.old, one.new) for one in change.changes}["status"] == ("open", "solved")


def test_a_comment_event_is_the_same_interaction_as_the_export_has() -> None:
    said = {"id": "51", "body": "said", "is_public": True, "author": {"id": "2", "is_staff": True}}
    message = only(event("ticket.comment_added", comment=said), Message)
    assert (message.id, message.author.kind, message.to) == ("51", "agent", (Person(id="1"),))


def test_a_trigger_may_send_the_ticket_itself() -> None:
    assert only(sources.zendesk.event({"ticket": TICKET}), Ticket).number == "7"
    assert only(sources.zendesk.event(TICKET), Ticket).id == "7"


def test_a_requester_that_a_trigger_writes_in_line_is_known_by_their_address() -> None:
    body = {
        "ticket": {
            "id": 1,
            "subject": "x",
            "status": "open",
            "requester": {"id": 7, "name": "Dana", "email": "dana@example.org"},
        }
    }
    (ticket,) = [one for one in sources.zendesk.event(body) if isinstance(one, Ticket)]
    assert ticket.requester is not None
    assert (ticket.requester.id, ticket.requester.email) == ("7", "dana@example.org")
