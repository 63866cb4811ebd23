"""Mails to read: what the tests of the mail source share."""

from __future__ import annotations

from typing import Any

from omnimemory import sources
from omnimemory.errors import RecordError
from omnimemory.model.records import Message

OURS = ("support@acme.com", "@acme.com")


def mail(**fields: Any) -> bytes:
    body = fields.pop("body", "Hello")
    given = {
        "from": "Dana <dana@example.org>",
        "to": "support@acme.com",
        "date": "Mon, 2 Mar 2026 10:00:00 +0100",
        "message_id": "<1@example.org>",
        "subject": "Refund",
    } | fields
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in given.items() if value]
    return "\n".join([*lines, "", body]).encode("utf-8", "surrogateescape")


def one(raw: bytes) -> Message:
    (message,) = [r for r in sources.mbox(raw, ours=OURS) if isinstance(r, Message)]
    return message


def errors(raw: Any, **options: Any) -> list[RecordError]:
    return [r for r in sources.mbox(raw, **options) if isinstance(r, RecordError)]


def box(*mails: bytes) -> bytes:
    postmark = b"From dana@example.org Mon Mar  2 10:00:00 2026\n"
    return b"".join(postmark + raw + b"\n\n" for raw in mails)
