"""Intercom: what its conversations, parts, tickets, people and notifications become."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from omnimemory import sources
from omnimemory.errors import RecordError
from omnimemory.model.records import (
    Contact,
    Conversation,
    Feedback,
    Handoff,
    Message,
    Note,
    Person,
    Record,
    Ref,
    StatusClass,
    Ticket,
    TicketChange,
    UsageEvent,
    Visibility,
)

T = TypeVar("T", bound=Record)

DANA = {"type": "user", "id": "u1", "name": "Dana", "email": "dana@example.org"}
FIN = {"type": "bot", "id": "fin", "name": "Fin", "from_ai_agent": True}
KIM = {"type": "admin", "id": "1", "name": "Kim"}


def part(id: int, author: dict[str, Any], kind: str = "comment", **fields: Any) -> dict[str, Any]:
    return {
        "type": "conversation_part",
        "id": str(id),
        "part_type": kind,
        "body": None,
        "created_at": 1_760_000_000 + id,
        "author": author,
    } | fields


def conversation(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "type": "conversation",
        "id": "147",
        "state": "open",
        "created_at": 1_760_000_000,
        "updated_at": 1_760_009_000,
        "source": {"type": "conversation", "id": "900", "body": "<p>Hi</p>", "author": DANA},
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "u1"}]},
        "conversation_parts": {"conversation_parts": list(parts)},
    } | fields


def read(*objects: dict[str, Any]) -> list[Record]:
    items = list(sources.intercom(objects))
    assert not [str(item) for item in items if isinstance(item, RecordError)]
    return [item for item in items if isinstance(item, Record)]


def every(items: Iterable[object], kind: type[T]) -> list[T]:
    return [item for item in items if type(item) is kind]


def test_the_first_message_stands_outside_the_parts_and_is_kept() -> None:
    items = read(conversation(part(1, KIM, body="<p>Hello</p>")))
    assert [(one.id, one.text) for one in every(items, Message)] == [("900", "Hi"), ("1", "Hello")]


def test_authors_are_told_apart() -> None:
    bot = {"type": "bot", "id": "b", "name": "Router"}
    parts = [part(1, FIN, body="a"), part(2, bot, body="b"), part(3, KIM, body="c")]
    kinds = [one.author.kind for one in every(read(conversation(*parts)), Message)]
    assert kinds == ["customer", "ai_agent", "bot", "agent"]


def test_what_we_say_goes_to_the_contact() -> None:
    said = every(read(conversation(part(1, FIN, body="a"))), Message)
    assert [one.to for one in said] == [(), (Person(id="u1"),)]


def test_a_note_is_internal() -> None:
    (note,) = every(read(conversation(part(1, KIM, "note", body="check"))), Note)
    assert note.visibility is Visibility.INTERNAL


def test_status_is_known_over_time() -> None:
    parts = [part(1, KIM, "snoozed"), part(2, KIM, "open"), part(3, KIM, "close", body="Bye")]
    states = every(read(conversation(*parts, state="closed")), Conversation)
    assert [one.status for one in states] == ["snoozed", "open", "closed", "closed"]
    assert states[0].status_class is StatusClass.WAITING_ON_CUSTOMER
    assert [one.updated_at for one in states] == sorted(one.updated_at for one in states)  # type: ignore[type-var]


def test_an_assignment_by_the_ai_agent_is_a_handoff() -> None:
    to = {"type": "admin", "id": "1"}
    (handoff,) = every(read(conversation(part(1, FIN, "assignment", assigned_to=to))), Handoff)
    assert handoff.author is not None
    assert (handoff.author.kind, handoff.to) == ("ai_agent", Person(id="1", kind="agent"))
    assert handoff.customer == Person(id="u1")


def test_ratings_of_people_and_of_the_ai_agent_are_two() -> None:
    rated = {"rating": 4, "remark": "Fine", "created_at": 1_760_000_900}
    items = read(conversation(conversation_rating=rated, ai_agent={"rating": 1}))
    scores = {one.id: (one.score, one.worst, one.best) for one in every(items, Feedback)}
    assert scores == {"147/rating": (4, 1, 5), "147/ai_rating": (1, 1, 5)}


def test_a_redacted_part_says_so() -> None:
    redacted = part(1, KIM, body="", redacted=True)
    assert every(read(conversation(redacted)), Message)[1].redacted


def test_a_conversation_is_about_its_linked_tickets() -> None:
    linked = {"data": [{"type": "ticket", "id": "501"}, {"type": "conversation", "id": "9"}]}
    last = every(read(conversation(linked_objects=linked)), Conversation)[-1]
    assert last.about == (Ref(kind="Ticket", id="501"),)
    assert last.extra["linked_objects"] == {"data": [{"type": "conversation", "id": "9"}]}


def ticket(**fields: Any) -> dict[str, Any]:
    return {
        "type": "ticket",
        "id": "501",
        "ticket_id": "12",
        "ticket_attributes": {"_default_title_": "Refund"},
        "ticket_state": "in_progress",
        "contacts": {"contacts": [{"type": "contact", "id": "u1"}]},
        "created_at": 1_760_000_000,
        "updated_at": 1_760_009_000,
    } | fields


def test_a_ticket_is_found_by_the_number_that_people_say() -> None:
    (found,) = every(read(ticket()), Ticket)
    assert set(found.keys()) == {"intercom:501", "intercom:12"}
    assert (found.subject, found.requester) == ("Refund", Person(id="u1"))


def test_a_back_office_ticket_is_internal() -> None:
    (found,) = every(read(ticket(category="Back-office")), Ticket)
    assert found.visibility is Visibility.INTERNAL


def test_a_ticket_part_changes_the_ticket() -> None:
    moved = part(
        1,
        KIM,
        "ticket_state_updated_by_admin",
        ticket_state="resolved",
        previous_ticket_state="in_progress",
    )
    (change,) = every(read(ticket(ticket_parts={"ticket_parts": [moved]})), TicketChange)
    assert {one.field: (one.old, one.new) for one in change.changes}["status_class"] == (
        StatusClass.IN_PROGRESS,
        StatusClass.RESOLVED,
    )


def test_a_contact_keeps_all_that_recognises_them() -> None:
    contact = DANA | {"type": "contact", "external_id": "usr_1", "phone": "+491713920017"}
    (found,) = every(read(contact), Contact)
    kinds = {one.type: one.value for one in found.person.identifiers}
    assert kinds == {"external": "usr_1", "email": "dana@example.org", "phone": "+491713920017"}


def test_an_event_without_an_id_is_told_by_whose_what_and_when() -> None:
    event = {"event_name": "invited", "created_at": 1_760_000_000, "user_id": "usr_1"}
    first, again = every(read(event, event), UsageEvent)
    assert first == again
    assert first.id == "usr_1/invited/1760000000"


def test_a_notification_is_its_object() -> None:
    body = {"type": "notification_event", "topic": "conversation.user.created"}
    items = list(sources.intercom.event(body | {"data": {"item": conversation()}}))
    assert [one.text for one in every(items, Message)] == ["Hi"]


def test_a_deleted_contact_ended_when_the_notification_says() -> None:
    body = {"topic": "contact.deleted", "created_at": 1_760_000_000}
    item = {"type": "contact", "id": "u1"}
    (found,) = every(sources.intercom.event(body | {"data": {"item": item}}), Contact)
    assert found.deleted_at is not None
