"""A mail's MIME tree → the text that people read, and its attachments by reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message as Part
from hashlib import sha256
from typing import Final, cast

from omnimemory.model.records import Attachment
from omnimemory.model.records.base import repair
from omnimemory.sources._html import plain_text
from omnimemory.sources._mail_headers import decode, decoded, text

_DEEPEST: Final = 50
"""MIME parts nested deeper than this are attachments."""

_FLOWED: Final = re.compile(r"^(>*)( ?)(.*)$", re.DOTALL)


def read_body(mail: Part) -> tuple[str, tuple[Attachment, ...]]:
    """Return a mail's text and what is attached to it.

    Of alternatives the plain one is read, unless it is blank. HTML becomes text.
    """
    texts: list[str] = []
    attachments: list[Attachment] = []
    for part, is_text in _walk(mail, 0):
        if is_text:
            texts.append(_text(part))
        else:
            attachments.append(_attachment(part))
    whole = "\n\n".join(text.strip("\n") for text in texts if text.strip())
    return repair(whole.replace("\r\n", "\n")), tuple(attachments)


def _walk(part: Part, depth: int) -> Iterator[tuple[Part, bool]]:
    """Yield the leaves of the tree, and whether each is text to read."""
    inner = _inner(part)
    if inner is None or depth > _DEEPEST:
        yield part, inner is None and _is_text(part)
    elif part.get_content_subtype() == "alternative":
        yield from _alternative(inner, depth)
    else:
        for one in inner:
            yield from _walk(one, depth + 1)


def _inner(part: Part) -> list[Part] | None:
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        return _children(part)
    return None


def _children(part: Part) -> list[Part]:
    payload = cast("object", part.get_payload())
    many = cast("list[object]", payload) if isinstance(payload, list) else []
    return [cast("Part", one) for one in many if isinstance(one, Part)]


def _alternative(choices: list[Part], depth: int) -> Iterator[tuple[Part, bool]]:
    """Yield the best text of the alternatives, and all of them that are no text."""
    leaves = [list(_walk(choice, depth + 1)) for choice in choices]
    readable = [n for n, found in enumerate(leaves) if _said(found)]
    chosen = min(readable, key=lambda n: (not _is_plain(leaves[n]), n), default=None)
    for n, found in enumerate(leaves):
        yield from ((part, is_text) for part, is_text in found if n == chosen or not is_text)


def _said(found: list[tuple[Part, bool]]) -> bool:
    return any(is_text and _text(part).strip() for part, is_text in found)


def _is_plain(found: list[tuple[Part, bool]]) -> bool:
    return any(is_text and part.get_content_subtype() == "plain" for part, is_text in found)


def _is_text(part: Part) -> bool:
    if part.get_content_type() not in ("text/plain", "text/html"):
        return False
    return part.get_content_disposition() != "attachment" and part.get_filename() is None


def _text(part: Part) -> str:
    payload = decode(_payload(part), part.get_content_charset())
    if part.get_content_subtype() == "html":
        return plain_text(payload)
    if str(part.get_param("format", "")).lower() == "flowed":
        return _unflow(payload, delete_space=str(part.get_param("delsp", "")).lower() == "yes")
    return payload


def _payload(part: Part) -> bytes:
    """Return a leaf's bytes; what holds other mails is written out."""
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload
    try:
        return b"\n".join(one.as_bytes() for one in _children(part) or [part])
    except (UnicodeError, ValueError, LookupError, TypeError, AttributeError):
        return str(part).encode(errors="replace")


def _attachment(part: Part) -> Attachment:
    payload = _payload(part)
    name = part.get_filename()
    media_type = part.get_content_type()
    if name is None and media_type == "message/rfc822":
        subject = next((text(one, "subject") for one in _children(part)), "")
        name = f"{subject or 'message'}.eml"
    return Attachment(
        name=None if name is None else decoded(name)[:1_000],
        media_type=repair(media_type),
        size_bytes=len(payload),
        sha256=sha256(payload).hexdigest(),
    )


def _unflow(payload: str, *, delete_space: bool) -> str:
    """Return flowed text (RFC 3676) with its soft line breaks undone."""
    out: list[str] = []
    depth = ""
    joins = False
    for line in payload.replace("\r\n", "\n").split("\n"):
        found = _FLOWED.match(line)
        marks, _, words = found.groups() if found else ("", "", line)
        if joins and marks == depth and words != "-- ":
            out[-1] += words
        else:
            out.append(f"{marks} {words}" if marks else words)
        depth, joins = marks, words.endswith(" ") and words != "-- "
        if joins and delete_space:
            out[-1] = out[-1][:-1]
    return "\n".join(out)
