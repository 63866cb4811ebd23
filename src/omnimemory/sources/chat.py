"""Chat transcripts → conversations, messages, handoffs and feedback: our own form, JSON Lines.

One conversation a line; only ``id``, ``started_at`` and ``messages`` are needed:

```json
{"id": "c-1", "started_at": "2026-03-02T09:00:00Z", "ended_at": "2026-03-02T09:20:00Z",
 "channel": "chat", "subject": "Refund", "ticket": "zendesk:35436", "tags": ["billing"],
 "customer": {"id": "u-7", "name": "Dana", "email": "dana@example.org"},
 "agent": {"name": "Kim", "email": "kim@acme.com"},
 "messages": [
  {"id": "m-1", "at": "2026-03-02T09:00:00Z", "from": "customer", "text": "Where is it?"},
  {"at": "2026-03-02T09:01:00Z", "handoff": {"from": "bot", "to": "agent", "reason": "asked"}},
  {"at": "2026-03-02T09:02:00Z", "from": "agent", "name": "Kim", "text": "I will look."}],
 "rating": {"score": 4, "worst": 1, "best": 5, "comment": "Quick"}}
```

``from`` is ``customer``, ``bot``, ``ai_agent``, ``agent`` or ``system``. A message with
``"internal": true`` is a note. What stands beside these fields is kept in ``extra``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec

from omnimemory.errors import InputError
from omnimemory.model.records import (
    Attachment,
    AuthorKind,
    Conversation,
    Feedback,
    Handoff,
    Message,
    Note,
    Person,
    Record,
    Ref,
)
from omnimemory.sources._lines import read_objects
from omnimemory.sources._reading import Fields, Item, Json, as_object
from omnimemory.sources._source import Given, Source
from omnimemory.sources._talk import author_kind, channel, person, ticket


def read(given: Given, *, tickets: str | None = None, name: str = "chat") -> Iterator[Item]:
    """Yield each conversation, then its messages and handoffs in order, then its feedback.

    Args:
        given: A ``.jsonl`` file, a folder of them, or decoded objects.
        tickets: Source of tickets that are named by id alone, such as ``zendesk``.
        name: What the records call this source.

    Raises:
        InputError: Nothing is there.
    """
    return read_objects(given, partial(_records, tickets=tickets, name=name), source=name)


def event(body: Json, *, tickets: str | None = None, name: str = "chat") -> Iterator[Item]:
    """Yield the records of one conversation, or of a list of them."""
    return read(body, tickets=tickets, name=name)


class _Chat(msgspec.Struct, frozen=True):
    """One conversation on its way: what each of its lines needs to know."""

    source: str
    id: str
    customer: Person
    agent: Person | None
    lines: Sequence[Fields]

    @property
    def of(self) -> Ref:
        """The conversation as its handoffs and feedback name it."""
        return Ref(kind="Conversation", id=self.id)

    def speaker(self, kind: AuthorKind, name: str | None) -> Person:
        """Return who speaks: the conversation's customer or agent, else who is named so."""
        if kind == "customer":
            return self.customer
        if kind == "agent" and self.agent is not None and name in (None, self.agent.name):
            return self.agent
        return Person(kind=kind, name=name)

    def party(self, value: Json, others: Sequence[Fields]) -> Person:
        """Return a side of a handoff: a kind, a name, or an object.

        Args:
            value: The side.
            others: Lines to look for a speaker of that kind in, nearest first.
        """
        kind = author_kind(value) if isinstance(value, str) else None
        if kind is None:
            return person(value, kind="agent")
        for line in others:
            if author_kind(line.take("from")) == kind and line.text("name"):
                return self.speaker(kind, line.text("name"))
        return self.speaker(kind, None)


def _records(value: Json, *, tickets: str | None, name: str) -> Iterator[Record]:
    given = Fields(value)
    lines = [Fields(line) for line in given.items("messages")]
    chat = _Chat(
        source=name,
        id=str(given.need("id")),
        customer=person(given.take("customer", {}), kind="customer"),
        agent=person(given.take("agent"), kind="agent") if "agent" in given else None,
        lines=lines,
    )
    started = given.time("started_at") or _first_time(lines)
    ended = given.time("ended_at")
    about = ticket(given.take("ticket"), source=tickets)
    said = [_line(chat, place) for place in range(len(lines))]
    rated = given.take("rating")
    feedback = () if rated is None else (_feedback(chat, rated, ended or _last(said) or started),)
    medium, unknown = channel(given.take("channel"), "chat")
    yield Conversation(
        source=name,
        id=chat.id,
        title=given.text("subject"),
        channel=medium,
        status=given.text("status"),
        tags=tuple(given.items("tags")),
        created_at=started,
        url=given.text("url"),
        about=about,
        extra=given.rest() | unknown | ({"ended_at": ended.isoformat()} if ended else {}),
    )
    for one in said:
        yield one.model_copy(update={"channel": medium}) if isinstance(one, Message) else one
    yield from feedback


def _first_time(lines: Sequence[Fields]) -> datetime | None:
    return min((at for line in lines if (at := line.time("at"))), default=None)


def _last(said: Sequence[Message | Note | Handoff]) -> datetime | None:
    return max((one.occurred_at for one in said), default=None)


def _line(chat: _Chat, place: int) -> Message | Note | Handoff:
    line = chat.lines[place]
    at = line.time("at")
    if at is None:
        raise InputError(f"messages[{place}] has no time 'at'")
    if "handoff" in line:
        return _handoff(chat, place, at)
    kind = author_kind(line.need("from"))
    if kind is None:
        raise InputError(
            f"messages[{place}] is from {str(line.take('from'))[:80]!r}; "
            "wanted: customer, bot, ai_agent, agent, system"
        )
    author = chat.speaker(kind, line.text("name"))
    shared: dict[str, Any] = {
        "source": chat.source,
        "id": line.text("id") or f"{chat.id}/{place + 1}",
        "occurred_at": at,
        "author": author,
        "conversation": chat.id,
        "sequence": place + 1,
        "text": line.text("text") or "",
        "language": line.text("language"),
        "attachments": tuple(map(Attachment.model_validate, line.items("attachments"))),
    }
    if line.flag("internal"):
        return Note(**shared, extra=line.rest())
    to = () if kind == "customer" else (chat.customer,)
    return Message(**shared, to=to, in_reply_to=line.text("in_reply_to"), extra=line.rest())


def _handoff(chat: _Chat, place: int, at: datetime) -> Handoff:
    line = chat.lines[place]
    given = line.object("handoff")
    taker = given.need("to")
    team = as_object(taker).get("team")
    giver = given.take("from")
    return Handoff(
        source=chat.source,
        id=line.text("id") or f"{chat.id}/{place + 1}",
        occurred_at=at,
        author=None if giver is None else chat.party(giver, chat.lines[:place][::-1]),
        to=chat.party(taker, chat.lines[place + 1 :]) if team is None else None,
        to_team=None if team is None else Ref(kind="Team", id=str(team)),
        to_channel=given.take("channel"),
        reason=given.text("reason") or "",
        customer=chat.customer,
        of=chat.of,
        extra=line.rest(),
    )


_SCALE: Final = ("worst", "best")


def _feedback(chat: _Chat, value: Json, at: datetime | None) -> Feedback:
    given = Fields(value if isinstance(value, Mapping) else {"score": value})
    worst, best = (given.number(name) for name in _SCALE)
    when = given.time("at") or at
    if when is None:
        raise InputError("the rating has no time, nor has the conversation")
    return Feedback(
        source=chat.source,
        id=f"{chat.id}/rating",
        occurred_at=when,
        author=chat.customer,
        customer=chat.customer,
        of=chat.of,
        metric=given.take("metric", "csat"),
        score=given.number("score"),
        worst=worst,
        best=best,
        question=given.text("question"),
        comment=given.text("comment"),
        extra=given.rest(),
    )


chat = Source("chat", read, event)
