"""Segment's calls → usage, contacts and accounts: track, page, screen, identify, group, alias.

Read are JSON, JSON Lines, and bodies of one call or a ``batch``. An event's time is Segment's
own ``timestamp``; where a call lacks it, it is corrected for the device's clock as Segment
does: ``receivedAt - (sentAt - originalTimestamp)``, else the first of those that is there.

An event reports a failure when its properties say so (``error``, ``error_code``,
``error_message``) or when its name does ("Import Failed", "Checkout Error").
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Final, TypeAlias, cast

from omnimemory.errors import InputError
from omnimemory.model.records import Record, UsageEvent
from omnimemory.sources._lines import read_objects
from omnimemory.sources._reading import Fields, Item, Json, as_object
from omnimemory.sources._segment_people import alias, group, identify, user
from omnimemory.sources._source import Given, Source

_FAILED: Final = re.compile(
    r"(?<![a-z])(fail(s|ed|ure)?|error(s|ed)?|exception|crash(ed)?)(?![a-z])", re.IGNORECASE
)
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SHARED: Final = ("context", "integrations", "sentAt", "receivedAt")
"""What a batch says for all its calls."""


def read(given: Given, *, name: str = "segment") -> Iterator[Item]:
    """Yield what each call says.

    Args:
        given: A ``.jsonl`` or ``.json`` file, a folder of them, or decoded objects.
        name: What the records call this source.

    Raises:
        InputError: Nothing is there.
    """
    return read_objects(given, partial(_records, name=name), source=name, split=_calls)


def event(body: Json, *, name: str = "segment") -> Iterator[Item]:
    """Yield what the call or the batch of a body says."""
    return read([body] if not isinstance(body, list) else cast("list[Json]", body), name=name)


def _calls(value: Json) -> list[Json]:
    """Return the calls of a batch, each with what the batch says for all; else the call itself."""
    batch = as_object(value)
    inside = batch.get("batch")
    if not isinstance(inside, list):
        return [value]
    shared = {field: batch[field] for field in _SHARED if field in batch}
    calls = cast("list[Json]", inside)
    return [shared | as_object(call) if as_object(call) else call for call in calls]


def _records(value: Json, *, name: str) -> Iterator[Record]:
    given = Fields(value, zone=UTC)
    kind = given.need("type")
    reader = _READERS.get(str(kind))
    if reader is None:
        raise InputError(f"no call of type {str(kind)[:80]!r}; known: {', '.join(_READERS)}")
    yield from reader(given, _time(given), name)


def _time(given: Fields) -> datetime:
    """Return when a call happened."""
    timestamp, original, sent, received = (
        given.time(field) for field in ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
    )
    if timestamp is None and original and sent and received:
        return received - (sent - original)
    for when in (timestamp, original, sent, received):
        if when is not None:
            return when
    raise InputError("no timestamp, originalTimestamp, sentAt or receivedAt says when this was")


def _track(given: Fields, at: datetime, name: str) -> Iterator[Record]:
    event = given.need("event")
    yield _usage(given, str(event), at, name)


def _view(given: Fields, at: datetime, name: str) -> Iterator[Record]:
    properties = _properties(given)
    shown = given.text("name") or next(
        (str(properties[one]) for one in ("title", "name", "path", "url") if properties.get(one)),
        str(given.take("type")),
    )
    yield _usage(given, f"Viewed {shown}", at, name)


def _usage(given: Fields, event: str, at: datetime, name: str) -> UsageEvent:
    properties = _properties(given)
    who = user(given)
    id = given.text("messageId") or _digest(given, event, at)
    return UsageEvent(
        source=name,
        id=id,
        name=event,
        occurred_at=at,
        user=who,
        error=_error(event, properties),
        properties=properties,
        extra=given.rest(),
    )


def _properties(given: Fields) -> dict[str, Json]:
    properties = given.take("properties", {})
    if not isinstance(properties, Mapping):
        raise InputError("the field 'properties' is no object")
    return as_object(cast("Json", properties))


def _digest(given: Fields, event: str, at: datetime) -> str:
    """Return an id for a call without one: the same for the same call, however often sent."""
    said = [given.take("userId"), given.take("anonymousId"), event, at.isoformat()]
    text = json.dumps([*said, given.take("properties")], sort_keys=True, default=str)
    return f"sha256-{sha256(text.encode(errors='replace')).hexdigest()}"


def _error(event: str, properties: Mapping[str, Json]) -> str | None:
    """Return what went wrong as ``code: message``, or None where the event is no failure."""
    given = properties.get("error")
    inner = as_object(given)
    code = properties.get("error_code") or inner.get("code")
    message = properties.get("error_message") or inner.get("message")
    if isinstance(given, str) and given:
        message = message or given
    if not (code or message or given or _FAILED.search(_HUMP.sub(" ", event))):
        return None
    code = code or properties.get("code")
    message = message or properties.get("message") or properties.get("reason")
    said = ": ".join(dict.fromkeys(str(one) for one in (code, message) if one))
    return (said or event)[:5_000]


_Reader: TypeAlias = Callable[[Fields, datetime, str], Iterator[Record]]
_READERS: Final[dict[str, _Reader]] = {
    "track": _track,
    "identify": identify,
    "group": group,
    "page": _view,
    "screen": _view,
    "alias": alias,
}

segment = Source("segment", read, event)
