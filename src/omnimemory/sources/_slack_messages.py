"""Slack's messages → messages: threads, bots, files, edits, deletions and marked-up text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import unescape
from typing import Final

import msgspec

from omnimemory.errors import InputError
from omnimemory.model.records import Attachment, Conversation, Message, Person, Visibility
from omnimemory.sources._reading import Fields, Json, as_object, read_time
from omnimemory.sources._slack_people import People

_MARKED: Final = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_ANSWERS: Final = (None, "thread_broadcast", "me_message", "file_share", "file_comment")
"""Subtypes of what people say; other subtypes are bots' or tell of events in the channel."""
_MOST_TITLE: Final = 120


class Channel(msgspec.Struct, frozen=True):
    """A channel: its id, its name, who of the customers is in it.

    ``is_direct`` says that it is one conversation, not a place for many.
    """

    id: str
    name: str | None = None
    customers: Sequence[Person] = ()
    is_shared: bool = False
    is_direct: bool = False


def message(
    value: Json, channel: Channel, people: People, *, source: str, opener: Person | None = None
) -> Message:
    """Return a message.

    Args:
        value: Slack's message object.
        channel: Where it was said.
        people: Who is who.
        source: What the record calls the source.
        opener: Who began the thread that it answers in, if known.

    Raises:
        InputError: It lacks its time ``ts``.
    """
    given = Fields(value)
    ts = str(given.need("ts"))
    thread = given.text("thread_ts")
    author = _author(given, people)
    is_said = given.take("subtype") in _ANSWERS or author.kind == "bot"
    to = _recipients(author, channel, opener) if is_said else ()
    with_customer = channel.is_shared or any(one.kind == "customer" for one in (author, *to))
    edited = given.object("edited")
    changed = None if edited.peek("ts") is None else read_ts(edited.take("ts"))
    gone = given.take("subtype") == "tombstone"
    return Message(
        source=source,
        id=f"{channel.id}/{ts}",
        form="message" if is_said else "event",
        channel="chat",
        occurred_at=read_ts(ts),
        updated_at=changed,
        author=author,
        to=to,
        visibility=Visibility.EXTERNAL if with_customer else Visibility.INTERNAL,
        direction=None if with_customer else "internal",
        text="" if gone else _text(given, people),
        redacted=gone,
        sequence=_sequence(ts),
        conversation=conversation_id(channel, ts, thread) if is_said else None,
        in_reply_to=f"{channel.id}/{thread}" if thread and thread != ts else None,
        attachments=_attachments(given),
        extra=_extra(given, channel),
    )


def conversation_id(channel: Channel, ts: str, thread: str | None) -> str:
    """Return the id of the thread that a message begins or is in; of a direct channel, its own."""
    if channel.is_direct and (thread is None or thread == ts):
        return channel.id
    return f"{channel.id}/{thread or ts}"


def conversation(first: Message, channel: Channel) -> Conversation:
    """Return the conversation that a message begins."""
    line = first.text.strip().partition("\n")[0]
    named = {"channel": channel.name} if channel.name else {}
    return Conversation(
        source=first.source,
        id=first.conversation or first.id,
        title=(channel.name if channel.is_direct else line[:_MOST_TITLE]) or None,
        channel="chat",
        visibility=first.visibility,
        created_at=None if channel.is_direct else first.occurred_at,
        extra=named,
    )


def read_ts(ts: Json) -> datetime:
    """Return the time in a ``ts``: seconds since the epoch, with Slack's own order behind the dot.

    Raises:
        InputError: It is no such number.
    """
    try:
        return read_time(float(ts))
    except (TypeError, ValueError):
        raise InputError(f"the ts {str(ts)[:80]!r} is no number of seconds") from None


def _sequence(ts: str) -> int:
    """Return Slack's own order among messages of one second."""
    fraction = ts.partition(".")[2]
    return int(fraction) if fraction.isdecimal() else 0


def _author(given: Fields, people: People) -> Person:
    comment = as_object(given.take("comment"))
    user = given.text("user") or comment.get("user")
    if given.peek("subtype") not in (*_ANSWERS, "bot_message", "tombstone"):
        given.put_back("user")
        return Person(kind="system", name="Slack")
    if user is not None and not (given.peek("bot_id") and given.peek("subtype") == "bot_message"):
        team = given.peek("user_team") or given.peek("source_team")
        seen = as_object(given.peek("user_profile"))
        seen = {"profile": seen, "name": seen.get("name")} | ({"team_id": team} if team else {})
        return people.person(str(user), seen=seen)
    profile = as_object(given.peek("bot_profile"))
    bot = given.text("bot_id")
    name = given.text("username") or profile.get("name")
    return Person(id=bot, kind="bot", name=str(name) if name else "Slack bot")


def _recipients(author: Person, channel: Channel, opener: Person | None) -> tuple[Person, ...]:
    """Return the customers whom something said by us is for."""
    if author.kind == "customer":
        return ()
    if opener is not None and opener.kind == "customer":
        return (opener,)
    return tuple(channel.customers)


def _text(given: Fields, people: People) -> str:
    body = read_markup(given.text("text") or "", people)
    if body:
        given.skip("blocks")
        return body
    attached = [as_object(one) for one in given.items("attachments")]
    given.put_back("attachments")
    lines = [
        read_markup(str(one[name]), people)
        for one in attached
        for name in ("pretext", "title", "text")
        if one.get(name)
    ] or [read_markup(str(one["fallback"]), people) for one in attached if one.get("fallback")]
    return "\n".join(lines)


def read_markup(text: str, people: People) -> str:
    """Return Slack's mrkdwn as people read it: names for mentions, labels with their links."""

    def shown(found: re.Match[str]) -> str:
        target, label = found.groups()
        match target[:1]:
            case "@":
                return f"@{label or people.name(target[1:]) or target[1:]}"
            case "#":
                return f"#{label or target[1:]}"
            case "!":
                return label or f"@{target[1:].partition('^')[0]}"
            case _:
                return f"{label} <{target}>" if label and label != target else target

    return unescape(_MARKED.sub(shown, text))


def _attachments(given: Fields) -> tuple[Attachment, ...]:
    """Return the files; what a reference has no place for stays in ``extra``."""
    many = given.items("files")
    one = given.take("file")
    given.put_back("files", "file")
    return tuple(_file(as_object(file)) for file in (*many, *([one] if one else [])))


def _file(file: Mapping[str, Json]) -> Attachment:
    size = file.get("size")
    return Attachment(
        name=file.get("name") or file.get("title"),
        media_type=file.get("mimetype"),
        size_bytes=size if isinstance(size, int) and size >= 0 else None,
        url=file.get("url_private") or file.get("permalink"),
    )


def _extra(given: Fields, channel: Channel) -> dict[str, Json]:
    given.skip("type", "channel", "event_ts", "parent_user_id")
    named = {"channel": channel.name} if channel.name else {}
    return given.rest() | named


def deleted(value: Json, at: datetime) -> dict[str, Json]:
    """Return the message that a deletion took away.

    Raises:
        InputError: The event does not carry it.
    """
    previous = as_object(as_object(value).get("previous_message"))
    if not previous:
        raise InputError(f"the deletion at {at.isoformat()} carries no 'previous_message'")
    return previous
