"""Zendesk's comments → messages, notes and calls, and who wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from omnimemory.errors import InputError
from omnimemory.model.records import (
    Attachment,
    AuthorKind,
    Call,
    Channel,
    Interaction,
    Message,
    Note,
    Person,
    Ref,
    Visibility,
)
from omnimemory.sources._html import plain_text
from omnimemory.sources._reading import Fields, Json

CHANNELS: Final[Mapping[str, Channel]] = {
    "email": "email",
    "mail": "email",
    "web": "web",
    "web_form": "web",
    "web_widget": "web",
    "closed_ticket": "web",
    "chat": "chat",
    "chat_transcript": "chat",
    "chat_offline_message": "chat",
    "messaging": "chat",
    "native_messaging": "chat",
    "voice": "phone",
    "phone": "phone",
    "voicemail": "phone",
    "phone_call_inbound": "phone",
    "phone_call_outbound": "phone",
    "sms": "sms",
    "twitter": "social",
    "twitter_dm": "social",
    "twitter_favorite": "social",
    "facebook": "social",
    "instagram_dm": "social",
    "whatsapp": "social",
    "line": "social",
    "wechat": "social",
    "telegram": "social",
    "viber": "social",
    "mobile": "in_app",
    "mobile_sdk": "in_app",
    "ios": "in_app",
    "android": "in_app",
    "help_center": "community",
    "forum": "community",
}


class People:
    """What an export has said of its people so far: their roles, and who asked for which ticket."""

    def __init__(self) -> None:
        self._kinds: dict[str, AuthorKind] = {"-1": "system"}
        self._requesters: dict[str, str] = {}

    def know(self, id: str, kind: AuthorKind) -> None:
        """Remember what somebody is."""
        self._kinds[id] = kind

    def asked(self, ticket: str, requester: str) -> None:
        """Remember who asked for a ticket."""
        self._requesters[ticket] = requester

    def person(self, id: str, otherwise: AuthorKind = "customer") -> Person:
        """Return somebody by id; ``otherwise`` is what they are if no user record said."""
        return Person(id=id, kind=self._kinds.get(id, otherwise))

    def author(self, id: str, *, ticket: str | None, public: bool) -> Person:
        """Return who wrote a comment: staff if it is private or by another than the requester."""
        requester = self._requesters.get(ticket or "")
        asks = id == requester or (requester is None and public)
        return self.person(id, "customer" if asks else "agent")

    def requester(self, ticket: str | None) -> Person | None:
        """Return who asked for a ticket, if it was seen."""
        id = self._requesters.get(ticket or "")
        return None if id is None else self.person(id)


def comment(
    fields: Fields,
    *,
    source: str,
    people: People,
    ticket: str | None = None,
    at: datetime | None = None,
    author: str | None = None,
    channel: str | None = None,
) -> Interaction:
    """Return the message, note or call that a comment is.

    Args:
        fields: The comment.
        source: Name of the source.
        people: Who is who.
        ticket: The ticket it belongs to, where the comment does not say.
        at: When it was written, where the comment does not say.
        author: Who wrote it, where the comment does not say.
        channel: Zendesk's channel, where the comment does not say.
    """
    ticket = fields.text("ticket_id") or ticket
    when = fields.time("created_at") or fields.time("created") or at
    writer = fields.text("author_id") or fields.text("user_id") or author
    if when is None or writer is None:
        raise InputError(f"a comment needs {'created_at' if when is None else 'author_id'}")
    public = fields.flag("is_public") if "is_public" in fields else fields.flag("public")
    wrote = people.author(writer, ticket=ticket, public=public is not False)
    asked = people.requester(ticket)
    common: dict[str, Json] = {
        "source": source,
        "id": fields.need("id"),
        "occurred_at": when,
        "updated_at": fields.time("updated_at"),
        "author": wrote,
        "to": (asked,) if asked is not None and wrote.kind != "customer" else (),
        "text": _text(fields),
        "conversation": ticket,
        "about": () if ticket is None else (Ref(kind="Ticket", id=ticket),),
        "attachments": tuple(attachment(one) for one in fields.objects("attachments")),
        "channel": _channel(fields, channel),
        "url": fields.text("url"),
    }
    if _is_call(fields):
        return _call(fields, common, public=public)
    if public is False:
        return Note(**common, extra=fields.drain())
    return Message(**common, extra=fields.drain())


def redaction(comment: Interaction, at: datetime) -> Interaction:
    """Return a comment as it is after its text was taken back."""
    emptied: dict[str, Json] = {
        "text": "",
        "attachments": (),
        "extra": {},
        "redacted": True,
        "updated_at": at,
    }
    return comment.model_copy(update=emptied)


def made(comment: Interaction, *, public: bool, at: datetime) -> Interaction:
    """Return what changes in a comment that is shown or hidden at a time."""
    level = Visibility.EXTERNAL if public else Visibility.INTERNAL
    return comment.model_copy(
        update={"visibility": level, "updated_at": at, "text": "", "extra": {}, "attachments": ()}
    )


def _text(fields: Fields) -> str:
    """Return the body; Zendesk sends the same one up to three times."""
    plain, body, html = (fields.text(name) for name in ("plain_body", "body", "html_body"))
    return plain or body or plain_text(html or "")


def _channel(fields: Fields, otherwise: str | None) -> Channel:
    via = fields.object("via")
    word = via.text("channel") or otherwise or ""
    found: Channel = CHANNELS.get(word, "other")
    if word != found:
        via.put_back("channel")
    return found


def attachment(fields: Fields) -> Attachment:
    """Return a file by reference."""
    size = fields.number("size")
    return Attachment(
        name=fields.text("file_name") or fields.text("name"),
        media_type=fields.text("content_type"),
        size_bytes=None if size is None else int(size),
        url=fields.text("content_url") or fields.text("url"),
    )


def _is_call(fields: Fields) -> bool:
    """Return whether a comment stands for a call: by its type, or by a table's flag."""
    return fields.text("type") == "VoiceComment" or (
        "voice_comment" in fields and fields.flag("voice_comment") is True
    )


def _call(fields: Fields, common: dict[str, Json], *, public: bool | None) -> Call:
    call = fields.object("data")
    recording = call.text("recording_url") or fields.text("recording_url")
    words = call.text("transcription_text") or fields.text("transcription_text")
    if words is not None:
        fields.skip("body")
    started = call.time("started_at")
    own: dict[str, Json] = {
        "channel": "phone",
        "text": words or common["text"],
        "occurred_at": started or common["occurred_at"],
        "duration_seconds": call.number("call_duration"),
        "outcome": call.text("outcome"),
        "recording": None if recording is None else Attachment(url=recording),
        "visibility": Visibility.INTERNAL if public is False else Visibility.EXTERNAL,
    }
    return Call(**{**common, **own}, extra=fields.drain())
