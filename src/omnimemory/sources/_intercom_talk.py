"""Intercom's conversations and tickets → their records, around what was said in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from omnimemory.model.records import (
    Channel,
    Conversation,
    Feedback,
    Person,
    Record,
    Ref,
    StatusClass,
    Ticket,
    Visibility,
)
from omnimemory.sources._html import plain_text
from omnimemory.sources._intercom_parts import STATES, Place, first, part, parts
from omnimemory.sources._intercom_people import listed, own_fields, person, tags
from omnimemory.sources._reading import Fields, Json

_CHANNELS: Final[Mapping[str, Channel]] = {
    "conversation": "chat",
    "chat": "chat",
    "email": "email",
    "push": "in_app",
    "in_app": "in_app",
    "inapp": "in_app",
    "facebook": "social",
    "instagram": "social",
    "twitter": "social",
    "whatsapp": "social",
    "sms": "sms",
    "phone_call": "phone",
    "phone_switch": "phone",
}


def conversation(fields: Fields, *, source: str, contacts: list[str]) -> Iterator[Record]:
    """Yield a conversation, what was said in it, how it went, and how it was rated.

    Args:
        fields: The conversation. Its first message stands outside its parts.
        source: Name of the source.
        contacts: Who takes part, where a table of its own says so.
    """
    fields.skip("type")
    begun = fields.object("source" if "source" in fields else "conversation_message")
    people = [
        *(person(one, kind="customer") for one in listed(fields, "contacts")),
        person(fields.object("user"), kind="customer"),
        *(Person(id=one) for one in contacts),
    ]
    customer = next((one for one in people if one is not None), None)
    thread = _thread(fields, source=source, channel=_channel(begun))
    place = Place(source, thread, customer)
    yield from first(begun, place)
    for one in parts(fields, "conversation_parts"):
        yield from part(one, place)
    yield from _ratings(fields, place)
    yield thread.model_copy(update={"extra": fields.rest()})


def _thread(fields: Fields, *, source: str, channel: Channel) -> Conversation:
    state = fields.text("state")
    if state is None and "open" in fields:
        state = "open" if fields.flag("open") else "closed"
    assignee, team = assigned(fields)
    priority = fields.text("priority")
    return Conversation(
        source=source,
        id=fields.need("id"),
        title=plain_text(fields.text("title") or "") or None,
        channel=channel,
        status=state,
        status_class=STATES.get(state or ""),
        priority=None if priority == "not_priority" else priority,
        tags=tags(fields),
        about=tuple(_linked(fields, "ticket")),
        assignee=assignee,
        team=team,
        created_at=fields.time("created_at"),
        updated_at=fields.time("updated_at"),
        custom=own_fields(fields),
    )


def assigned(fields: Fields) -> tuple[Person | None, Ref | None]:
    """Return who has a conversation or ticket: an admin, a team, or both."""
    admin, team = fields.text("admin_assignee_id"), fields.text("team_assignee_id")
    if not isinstance(fields.take("assignee"), Mapping):
        fields.put_back("assignee")
    else:
        older = fields.object("assignee")
        if older.text("type") == "team":
            team = team or older.text("id")
        else:
            admin = admin or older.text("id")
    admin, team = (None if one in (None, "0", "nobody_admin") else one for one in (admin, team))
    return (
        None if admin is None else Person(id=admin, kind="agent"),
        None if team is None else Ref(kind="Team", id=team),
    )


def _linked(fields: Fields, kind: str) -> list[Ref]:
    """Return the tickets among the linked objects; other links stay unread."""
    found: list[Ref] = []
    for one in listed(fields, "linked_objects"):
        if one.text("type") == kind:
            found.append(Ref(kind="Ticket", id=str(one.need("id"))))
        else:
            one.put_back("type")
    return found


def _channel(first: Fields) -> Channel:
    word = first.text("type") or ""
    found = _CHANNELS.get(word, "chat")
    if word not in (found, "conversation_message"):
        first.put_back("type")
    return found


def _ratings(fields: Fields, place: Place) -> Iterator[Feedback]:
    """Yield the ratings of a conversation: one of the people, one of the AI agent."""
    of = Ref(kind="Conversation", id=place.thread.id)
    human, ai = fields.object("conversation_rating"), fields.object("ai_agent")
    for rated, name, remark in (
        (human, "rating", "remark"),
        (ai, "rating", "rating_remark"),
    ):
        score = rated.number(name)
        at = rated.time("created_at") or rated.time("updated_at") or place.thread.updated_at
        if score is None or at is None:
            continue
        yield Feedback(
            source=place.source,
            id=f"{of.id}/{'ai_rating' if rated is ai else 'rating'}",
            occurred_at=at,
            author=place.customer,
            customer=place.customer,
            of=of,
            score=score,
            worst=1,
            best=5,
            question="How did the AI agent do?" if rated is ai else None,
            comment=rated.text(remark),
        )


def ticket(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield a ticket with what was said about it; a back-office one is internal."""
    fields.skip("type")
    id = str(fields.need("id"))
    people = [person(one, kind="customer") for one in listed(fields, "contacts")]
    customer = next((one for one in people if one is not None), None)
    given = fields.object("ticket_attributes")
    state, state_class = _state(fields)
    assignee, team = assigned(fields)
    shared = fields.flag("is_shared")
    category = fields.text("category")
    fields.put_back("category")
    inner = shared is False or category in ("Back-office", "Tracker")
    common: dict[str, Json] = {
        "source": source,
        "id": id,
        "created_at": fields.time("created_at"),
        "updated_at": fields.time("updated_at"),
        "visibility": Visibility.INTERNAL if inner else Visibility.EXTERNAL,
    }
    subject = given.text("_default_title_") or ""
    of = Ref(kind="Ticket", id=id)
    thread = Conversation(**common, title=subject or None, channel="chat", about=(of,))
    place = Place(source, thread, customer, of)
    for one in parts(fields, "ticket_parts"):
        yield from part(one, place)
    yield Ticket(
        **common,
        number=fields.text("ticket_id") or id,
        subject=subject,
        description=plain_text(given.text("_default_description_") or "") or None,
        status=state,
        status_class=state_class,
        tags=tags(fields),
        requester=customer,
        assignee=assignee,
        team=team,
        relates_to=tuple(_linked(fields, "ticket")),
        custom=given.rest(),
        extra={name: value for name, value in fields.rest().items() if name != "ticket_attributes"},
    )
    yield thread


def _state(fields: Fields) -> tuple[str | None, StatusClass | None]:
    """Return a ticket's state, which newer API versions send as an object with a category."""
    if not isinstance(fields.take("ticket_state"), Mapping):
        word = fields.text("ticket_state")
        return word, STATES.get(word or "")
    state = fields.object("ticket_state")
    category = state.text("category")
    return state.text("internal_label") or category, STATES.get(category or "")
