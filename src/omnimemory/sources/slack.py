"""Slack → messages, conversations and members: workspace exports, and bodies of the Events API.

A thread is a conversation, and so is a message that nobody has answered yet; a direct message
channel is one conversation. Members are agents, but for guests, strangers and members of other
teams, who are customers; ``customers`` decides otherwise. What is said where no customer is
present is internal. Joins, topics and the like are kept as messages of the form ``event``.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, cast

from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import Person, Record
from omnimemory.sources._reading import Fields, Item, Json, as_object, one
from omnimemory.sources._slack_messages import Channel, conversation, deleted, message, read_ts
from omnimemory.sources._slack_people import IsCustomer, People
from omnimemory.sources._source import Given, Source, is_path, objects

_Folder: TypeAlias = Path | zipfile.Path

_LISTS: Final = {"channels": False, "groups": False, "mpims": True, "dms": True}
"""Files that list channels, and whether those are direct ones."""
_MOST_CUSTOMERS: Final = 20
"""Beyond this many customers in a channel, what we say there is addressed to none of them."""


def read(
    given: Given,
    *,
    customers: IsCustomer | None = None,
    users: Iterable[Json] = (),
    name: str = "slack",
) -> Iterator[Item]:
    """Yield the members of an export, then what was said, channel by channel and day by day.

    Args:
        given: An export's folder or ``.zip``, or decoded bodies of the Events API.
        customers: Tells whether a Slack user object is a customer's.
        users: User objects beside those of the export, such as from ``users.list``.
        name: What the records call this source.

    Raises:
        InputError: Nothing is there, or it is no export.
    """
    if not is_path(given):
        bodies = objects(given)
        mapper = partial(_event, customers=customers, users=list(users), name=name)
        return (
            item
            for n, body in enumerate(bodies)
            for item in one(body, mapper, source=name, where=f"body[{n}]")
        )
    root = _folder(Path(str(given)))
    listed = root / "users.json"
    known = _objects(_json(listed)) if listed.exists() else []
    people = People([*known, *users], customers=customers)
    channels = _channels(root, people)
    if not channels:
        raise InputError(f"{given} is no Slack export: no folder of a channel is there")
    return _export(root, channels, people, name)


def event(
    body: Json,
    *,
    customers: IsCustomer | None = None,
    users: Iterable[Json] = (),
    name: str = "slack",
) -> Iterator[Item]:
    """Yield what one body of the Events API says."""
    return read([body], customers=customers, users=users, name=name)


def _folder(root: Path) -> _Folder:
    if root.is_dir():
        return root
    try:
        return zipfile.Path(root)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"cannot read {root} as a Slack export: {error}") from error


def _json(file: _Folder) -> Json:
    try:
        return json.loads(file.read_bytes().decode("utf-8-sig", errors="replace"))
    except (ValueError, OSError, RecursionError, zipfile.BadZipFile) as error:
        raise InputError(f"{file.name} cannot be read: {error}") from error


def _objects(value: Json) -> list[Json]:
    return cast("list[Json]", value) if isinstance(value, list) else []


def _channels(root: _Folder, people: People) -> dict[str, Channel]:
    """Return the channels by the name of their folder."""
    listed: dict[str, Channel] = {}
    for stem, is_direct in _LISTS.items():
        file = root / f"{stem}.json"
        for value in _objects(_json(file)) if file.exists() else []:
            given = as_object(value)
            channel = _channel(given, people, is_direct=is_direct)
            listed[str(given.get("name") or channel.id)] = channel
            listed[channel.id] = channel
    found = sorted(one.name for one in root.iterdir() if one.is_dir())
    return {name: listed.get(name, Channel(name, name)) for name in found if name != "__MACOSX"}


def _channel(given: Mapping[str, Json], people: People, *, is_direct: bool) -> Channel:
    members = [people.person(str(id)) for id in _objects(given.get("members"))]
    outside = [member for member in members if member.kind == "customer"]
    name = given.get("name")
    return Channel(
        id=str(given.get("id") or name),
        name=str(name) if name else None,
        customers=outside if len(outside) <= _MOST_CUSTOMERS else (),
        is_shared=bool(outside or given.get("is_ext_shared")),
        is_direct=is_direct,
    )


def _export(
    root: _Folder, channels: Mapping[str, Channel], people: People, name: str
) -> Iterator[Item]:
    for n, user in enumerate(people.users.values()):
        to_record = partial(_member, people=people, name=name)
        yield from one(user, to_record, source=name, where=f"users.json[{n}]")
    for folder, channel in channels.items():
        openers: dict[str, Person] = {}
        days = (day for day in (root / folder).iterdir() if day.name.endswith(".json"))
        for day in sorted(days, key=lambda day: day.name):
            yield from _day(day, f"{folder}/{day.name}", channel, people, openers, name)


def _member(user: Json, *, people: People, name: str) -> Iterable[Record]:
    return (people.record(user, source=name),)


def _day(
    day: _Folder,
    where: str,
    channel: Channel,
    people: People,
    openers: dict[str, Person],
    name: str,
) -> Iterator[Item]:
    try:
        values = _json(day)
    except InputError as error:
        yield RecordError(str(error), source=name, where=where)
        return
    to_records = partial(_said, channel=channel, people=people, openers=openers, name=name)
    for n, value in enumerate(_objects(values) or [values]):
        yield from one(value, to_records, source=name, where=f"{where}[{n}]")


def _said(
    value: Json,
    *,
    channel: Channel,
    people: People,
    openers: dict[str, Person],
    name: str,
) -> Iterator[Record]:
    """Yield a message, after the conversation that it begins."""
    given = as_object(value)
    ts, thread = str(given.get("ts")), given.get("thread_ts")
    opener = openers.get(str(thread)) or _opener(given, people)
    found = message(value, channel, people, source=name, opener=opener)
    openers[ts] = found.author
    if found.conversation is not None and (thread is None or str(thread) == ts):
        yield conversation(found, channel)
    yield found


def _opener(given: Mapping[str, Json], people: People) -> Person | None:
    parent = given.get("parent_user_id")
    return people.person(str(parent)) if parent and parent != given.get("user") else None


def _event(
    body: Json, *, customers: IsCustomer | None, users: list[Json], name: str
) -> Iterator[Record]:
    """Yield what a body of the Events API says, or a bare message event."""
    given = Fields(body)
    inner = given.take("event", body if "ts" in given else None)
    team = given.text("team_id") if "event" in given else None
    people = People(users, customers=customers, team=team)
    shown = as_object(inner)
    kind = shown.get("type", given.take("type"))
    if kind in ("team_join", "user_change"):
        people = People([*users, shown.get("user")], customers=customers, team=team)
        yield people.record(shown.get("user"), source=name)
    elif kind == "message":
        yield from _message_event(
            shown, people, is_shared=given.flag("is_ext_shared_channel"), name=name
        )
    elif kind != "url_verification":
        raise InputError(f"no event of type {str(kind)[:80]!r} is read; wanted: message")


def _message_event(
    shown: dict[str, Json], people: People, *, is_shared: bool | None, name: str
) -> Iterator[Record]:
    channel = Channel(
        id=str(Fields(shown).need("channel")),
        is_shared=bool(is_shared),
        is_direct=shown.get("channel_type") in ("im", "mpim"),
    )
    subtype = shown.get("subtype")
    if subtype == "message_changed":
        at = _event_time(shown)
        edited = as_object(shown.get("message"))
        edited = {"edited": {"ts": at.timestamp()}} | edited
        yield from _said(edited, channel=channel, people=people, openers={}, name=name)
    elif subtype == "message_deleted":
        at = _event_time(shown)
        gone = message(deleted(shown, at), channel, people, source=name)
        yield gone.model_copy(update={"deleted_at": at, "updated_at": at})
    elif subtype != "message_replied":
        yield from _said(shown, channel=channel, people=people, openers={}, name=name)


def _event_time(shown: Mapping[str, Json]) -> datetime:
    return read_ts(shown.get("event_ts") or shown.get("ts"))


slack = Source("slack", read, event)
