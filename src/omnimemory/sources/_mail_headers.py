"""Mail headers as they really are: encoded words, bad charsets, broken addresses and dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message as Part
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from typing import Final, NamedTuple

from omnimemory.model.ids import MAX_ID_LENGTH
from omnimemory.model.records.base import repair


class Address(NamedTuple):
    """Somebody in a header: an address, a name, or both."""

    email: str
    name: str


_ID: Final = re.compile(r"<\s*([^<>\s]+)\s*>")
_BARE_ID: Final = re.compile(r"[^\s<>\"(),;]+@[^\s<>\"(),;]+")
_SCRAMBLED: Final = re.compile(r"^\s*([\w.+-]+) at ([\w.-]+\.\w+)(?:\s*\((.*)\))?\s*$")
_LOOSE: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+")
_PREFIX: Final = re.compile(
    r"^\s*((re|aw|antw|antwort|sv|vs|fw|fwd|wg|tr|rv|rif|ref|odp|ynt|回复|答复|转发)"
    r"\s*(\[\d+\]|\(\d+\))?\s*[:\uff1a]\s*)+",
    re.IGNORECASE,
)
_MOST_HEADER: Final = 100_000


def values(part: Part, name: str) -> list[str]:
    """Return a header's raw values, unfolded, in order; bytes that are not ASCII are decoded."""
    wanted = name.lower()
    return [
        re.sub(r"\r?\n[ \t]?", " ", _ascii_safe(str(value)))[:_MOST_HEADER]
        for field, value in part.raw_items()
        if field.lower() == wanted
    ]


def text(part: Part, name: str) -> str:
    """Return a header's first value for people, its encoded words decoded; empty if missing."""
    found = values(part, name)
    return decoded(found[0]) if found else ""


def decoded(value: str) -> str:
    """Return text with its encoded words (RFC 2047) decoded; broken ones stay as they are."""
    if "=?" not in value:
        return repair(value).strip()
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return repair(value).strip()
    out = [piece if isinstance(piece, str) else decode(piece, charset) for piece, charset in pieces]
    return repair("".join(out)).strip()


def decode(payload: bytes, charset: str | None) -> str:
    """Return bytes as text: by the charset they claim, else UTF-8, else Windows-1252."""
    claimed = (charset or "utf-8").strip().strip("\"'").lower()
    claimed = {"iso-8859-1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8"}.get(claimed, claimed)
    for one in (claimed, "utf-8"):
        try:
            return payload.decode(one)
        except (LookupError, UnicodeError, ValueError):
            continue
    return payload.decode("cp1252", errors="replace")


def _ascii_safe(value: str) -> str:
    """Return a header whose raw bytes the parser kept as lone surrogates as real text."""
    if not re.search(r"[\udc80-\udcff]", value):
        return value
    return decode(value.encode("utf-8", "surrogateescape"), None)


def addresses(part: Part, *names: str) -> tuple[Address, ...]:
    """Return who the headers name, each address once, in order; groups without members vanish."""
    found: dict[str, Address] = {}
    for name in names:
        for one in _parse(values(part, name)):
            found.setdefault(one.email.casefold() or one.name, one)
    return tuple(found.values())


def _parse(lines: Sequence[str]) -> Iterable[Address]:
    for line in lines:
        if scrambled := _SCRAMBLED.match(line):
            local, domain, name = scrambled.groups()
            yield Address(f"{local}@{domain}", decoded(name or ""))
            continue
        parsed = [(name, email) for name, email in getaddresses([line]) if name or email]
        if not any("@" in email for _, email in parsed) and "@" in line:
            parsed = [("", email) for email in _LOOSE.findall(line)]
        for name, email in parsed:
            plain = decoded(email)
            if "@" in plain:
                yield Address(re.sub(r"\s", "", plain), _name(name, plain))
            elif name and not line.rstrip().endswith(";"):
                yield Address("", decoded(name))


def _name(name: str, email: str) -> str:
    shown = decoded(name).strip("'\" ")
    return "" if shown.casefold() == email.casefold() else shown


def ids(part: Part, *names: str) -> list[str]:
    """Return the message ids in these headers, in order, without their angle brackets."""
    found: list[str] = []
    for line in (line for name in names for line in values(part, name)):
        found += _ID.findall(line) or _BARE_ID.findall(line)
    return [short(repair(one)) for one in found]


def short(id: str) -> str:
    """Return an id that the model can hold: one that is too long becomes its digest."""
    return id if len(id) < MAX_ID_LENGTH else f"sha256-{sha256(id.encode()).hexdigest()}"


def sent_at(part: Part) -> datetime | None:
    """Return when a mail was sent: its date, else when the first server received it, else None.

    A date without a zone is UTC, as RFC 5322 (3.3 and 4.3) reads ``-0000`` and unknown zones.
    """
    received = [line.rpartition(";")[2] for line in reversed(values(part, "received"))]
    for line in (*values(part, "date"), *received):
        try:
            when = parsedate_to_datetime(line)
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
        except (TypeError, ValueError, OverflowError, IndexError):
            continue
    return None


def topic(subject: str) -> str:
    """Return a subject without the "Re:", "AW:", "Fwd:" that replies put before it."""
    return " ".join(_PREFIX.sub("", subject).split())
