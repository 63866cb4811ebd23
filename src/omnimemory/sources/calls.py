"""Call records with transcripts → calls: our own form, JSON Lines.

One call a line; only ``id``, ``started_at`` and one of ``from``, ``to``, ``customer`` are needed:

```json
{"id": "call-1", "started_at": "2026-03-02T09:00:00Z", "duration_seconds": 312,
 "from": "+4930123456", "to": "+4930987654", "direction": "inbound",
 "customer": {"id": "u-7", "name": "Dana"},
 "agent": {"id": "kim", "name": "Kim", "email": "kim@acme.com"},
 "outcome": "resolved", "ticket": "zendesk:35436", "subject": "Refund", "language": "en",
 "summary": "Dana asks for her refund.",
 "transcript": [{"speaker": "Dana", "text": "Hello", "offset_seconds": 1.5}, "Kim: Hello Dana"],
 "recording": {"name": "call-1.wav", "media_type": "audio/wav", "url": "https://calls.example/1"}}
```

A transcript may also be one text with a line a turn. The tenant's own number says nothing about
the agent who spoke on it; it is kept in ``extra``, with all that stands beside these fields.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any, Final, cast

from omnimemory.errors import InputError
from omnimemory.identity.normal import key_of
from omnimemory.model.records import Attachment, Call, Identifier, Person, Turn
from omnimemory.model.records.contacts import Direction
from omnimemory.sources._lines import read_objects
from omnimemory.sources._reading import Fields, Item, Json, as_object
from omnimemory.sources._source import Given, Source
from omnimemory.sources._talk import channel, person, ticket

_SPOKEN: Final = re.compile(r"\s*([^:\n]{1,80}):\s+(.*)", re.DOTALL)


def read(
    given: Given,
    *,
    ours: Collection[str] = (),
    tickets: str | None = None,
    name: str = "calls",
) -> Iterator[Item]:
    """Yield a call for each record.

    Args:
        given: A ``.jsonl`` file, a folder of them, or decoded objects.
        ours: The tenant's own numbers: a call without a ``direction`` that comes from one of
            them is outbound, any other inbound.
        tickets: Source of tickets that are named by id alone, such as ``zendesk``.
        name: What the records call this source.

    Raises:
        InputError: Nothing is there, or ``ours`` holds what is no number.
    """
    lines = [ours] if isinstance(ours, str) else ours
    keys = {line: _phone(line) for line in lines}
    if wrong := [line for line, key in keys.items() if key is None]:
        raise InputError(f"{wrong[0]!r} in ours is no phone number")
    known = frozenset(key for key in keys.values() if key)
    mapper = partial(_records, ours=known, tickets=tickets, name=name)
    return read_objects(given, mapper, source=name)


def event(
    body: Json, *, ours: Collection[str] = (), tickets: str | None = None, name: str = "calls"
) -> Iterator[Item]:
    """Yield the call of one body, or the calls of a list."""
    return read(body, ours=ours, tickets=tickets, name=name)


def _phone(number: object) -> str | None:
    return key_of(Identifier(type="phone", value=number)) if isinstance(number, str) else None


def _records(
    value: Json, *, ours: Collection[str], tickets: str | None, name: str
) -> Iterator[Call]:
    given = Fields(value)
    started = given.time("started_at")
    if started is None:
        raise InputError("the field 'started_at' is missing")
    direction = _direction(given, ours)
    theirs, own = ("to", "from") if direction == "outbound" else ("from", "to")
    customer, kept = _customer(given, theirs)
    agent, line = _agent(given, own)
    turns = _transcript(given.take("transcript", []))
    summary = given.text("summary") or ""
    medium, unknown = channel(given.take("channel"), "phone")
    yield Call(
        source=name,
        id=given.need("id"),
        occurred_at=started,
        channel=medium,
        direction=direction,
        author=agent if direction == "outbound" else customer,
        to=(customer,) if direction == "outbound" else (agent,),
        subject=given.text("subject"),
        text="\n\n".join([summary, _spoken(turns)]).strip() if summary else "",
        language=given.text("language"),
        duration_seconds=given.number("duration_seconds"),
        outcome=given.text("outcome"),
        conversation=given.text("conversation"),
        about=ticket(given.take("ticket"), source=tickets),
        transcript=turns,
        recording=_recording(given.take("recording")),
        url=given.text("url"),
        extra=given.rest() | kept | line | unknown,
    )


def _direction(given: Fields, ours: Collection[str]) -> Direction:
    said = given.text("direction")
    if said is None:
        return "outbound" if _phone(given.take("from")) in ours else "inbound"
    if said not in ("inbound", "outbound"):
        raise InputError(f"the direction {said[:80]!r} is neither 'inbound' nor 'outbound'")
    return "outbound" if said == "outbound" else "inbound"


def _customer(given: Fields, side: str) -> tuple[Person, dict[str, Any]]:
    """Return who called or was called, and what was given for a number but is none."""
    number = given.text(side)
    who = person(given.take("customer", {}), kind="customer")
    if number is None and who == Person():
        raise InputError(f"neither {side!r} nor 'customer' says whose call this is")
    if _phone(number) is None:
        return who, {} if number is None else {side: number}
    own = Identifier(type="phone", value=str(number))
    return who.model_copy(update={"identifiers": (*who.identifiers, own)}), {}


def _agent(given: Fields, side: str) -> tuple[Person, dict[str, Any]]:
    """Return who spoke for the tenant, or the line that nobody took, and the line's number."""
    line = given.text(side)
    if "agent" in given:
        return person(given.take("agent"), kind="agent"), {side: line} if line else {}
    return Person(kind="system", phone=line, name=None if line else "phone"), {}


def _transcript(value: Json) -> tuple[Turn, ...]:
    lines = value
    if isinstance(value, str):
        lines = [line for line in value.splitlines() if line.strip()]
    if not isinstance(lines, list):
        raise InputError("the field 'transcript' is neither a list nor a text")
    return tuple(_turn(line) for line in cast("list[Json]", lines))


def _turn(line: Json) -> Turn:
    if isinstance(line, str):
        found = _SPOKEN.fullmatch(line)
        return Turn(speaker=found[1], text=found[2]) if found else Turn(speaker="", text=line)
    given = Fields(line)
    offset = given.number("offset_seconds")
    turn = Turn(
        speaker=given.text("speaker") or "",
        text=given.text("text") or "",
        offset_seconds=given.number("offset") if offset is None else offset,
    )
    if rest := given.rest():
        raise InputError(f"a transcript's turn has no place for {', '.join(sorted(rest))}")
    return turn


def _spoken(turns: tuple[Turn, ...]) -> str:
    return "\n".join(f"{turn.speaker}: {turn.text}" for turn in turns)


def _recording(value: Json) -> Attachment | None:
    if value is None:
        return None
    return Attachment.model_validate(as_object(value) or {"url": value})


calls = Source("calls", read, event)
