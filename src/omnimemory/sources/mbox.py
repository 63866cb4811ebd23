"""Mail → messages and conversations: mbox files, .eml files, Maildirs, raw bytes.

A thread is all mails that name one another in Message-ID, In-Reply-To and References. Its id
is the oldest Message-ID that they refer to, so a mail that is read alone lands in the same
conversation as when its whole mailbox is read.

Who works for the tenant is told by ``ours``. Left out, it is guessed from all mails at once:
the role addresses (``support@``, ``billing@``…) that are in at least half of the threads. If
there are none, it is the one address that was written to and is in at least half of the
mails; a tie goes to who opened fewer threads, then to who wrote less. The domain of a guessed
address is ours too, unless it is a public mail service's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from email.message import Message as Part
from email.parser import BytesParser
from email.policy import compat32
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

from pydantic import ValidationError

from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import AuthorKind, Conversation, Message, Person, Visibility
from omnimemory.sources import _mail_headers as headers
from omnimemory.sources._mail_body import read_body
from omnimemory.sources._mail_files import Place, places
from omnimemory.sources._mail_headers import Address
from omnimemory.sources._ours import Ours, guess
from omnimemory.sources._reading import Item, Json, from_validation
from omnimemory.sources._replies import split_reply
from omnimemory.sources._source import Given, Source
from omnimemory.sources._threads import Letter, Thread, threads

_TRACE: Final = re.compile(
    r"received|return-path|delivered-to|x-original-to|envelope-to|x-delivered.*|status|x-status|"
    r"mime-version|content-(type|transfer-encoding|length|disposition|id)|lines|"
    r"(x-google-)?dkim-.*|domainkey-.*|arc-.*|authentication-results.*|x-authentication.*|"
    r"received-spf|x-spam.*|x-virus.*|x-ms-.*|x-microsoft.*|x-forefront.*|x-google.*|x-gm-.*|"
    r"x-received|x-asf-.*|x-policyd.*|x-proofpoint.*|x-mimecast.*|x-ironport.*|x-barracuda.*",
    re.IGNORECASE,
)
"""Headers that the way of the mail left, not its author; they are not kept."""

_PLACED: Final = frozenset(
    "message-id date subject from to cc bcc in-reply-to references content-language".split()
)
_SYSTEM: Final = frozenset({"mailer-daemon", "postmaster", "mailerdaemon"})
_BOT: Final = re.compile(
    r"(no|do-?not|never)[-_.]?reply.*|notifications?|auto-?(reply|mailer)|bounces?(\+.*)?|robot|bot"
)


def read(
    given: Given, *, ours: str | Iterable[str] | None = None, name: str = "mbox"
) -> Iterator[Item]:
    """Yield a message for each mail, and a conversation before the first mail of each thread.

    Args:
        given: An mbox file, an ``.eml`` file, a folder of them, a Maildir, or bytes.
        ours: Addresses (``support@acme.com``) and domains (``@acme.com``) of the tenant: mail
            from them is an agent's. Guessed if left out, as the module says.
        name: What the records call this source.

    Raises:
        InputError: Nothing is there, or a file that was named is no mail.
    """
    known = None if ours is None else Ours.of(ours)
    found = places(cast("str | Path | bytes | Iterable[bytes]", given))
    return _read(found, known, name)


def _read(found: Sequence[Place], known: Ours | None, name: str) -> Iterator[Item]:
    letters = [letter for place in found if (letter := _letter(place)) is not None]
    by_id = threads(letters)
    ours = guess(letters, by_id) if known is None else known
    opened: set[str] = set()
    for place in found:
        try:
            mail = _parse(place.load())
            thread = by_id[mail_id(mail)]
            message = _message(mail, thread, ours, name)
            if thread.id not in opened:
                yield _conversation(thread, name)
                opened.add(thread.id)
            yield message
        except ValidationError as error:
            yield from from_validation(error, source=name, where=place.where)
        except InputError as error:
            yield RecordError(str(error), source=name, where=place.where)


def _parse(mail: bytes, *, headers_only: bool = False) -> Part:
    """Return a mail's tree.

    Raises:
        InputError: It has no headers that a mail has.
    """
    try:
        parsed = BytesParser(policy=compat32).parsebytes(mail.lstrip(), headersonly=headers_only)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise InputError(f"this is no mail: {error}") from error
    if not any(field.lower() in _PLACED for field, _ in parsed.raw_items()):
        raise InputError("this is no mail: it has neither sender, date, subject nor id")
    return parsed


def _letter(place: Place) -> Letter | None:
    """Return what the first pass needs of a mail; None for what the second will report."""
    try:
        head = _parse(place.load_head(), headers_only=True)
        mail = head if headers.ids(head, "message-id") else _parse(place.load())
    except InputError:
        return None
    people = headers.addresses(head, "from", "sender", "to", "cc")
    sender = _sender(head)
    return Letter(
        id=mail_id(mail),
        answers=_answers(head),
        at=headers.sent_at(head),
        topic=headers.topic(headers.text(head, "subject")),
        sender=sender.email.casefold(),
        people=frozenset(one.email.casefold() for one in people if one.email),
        to=tuple(one.email.casefold() for one in headers.addresses(head, "to")),
    )


def mail_id(mail: Part) -> str:
    """Return a mail's Message-ID; a digest of what it says where it has none."""
    own = headers.ids(mail, "message-id")
    if own:
        return own[0]
    said = [headers.text(mail, name) for name in ("from", "to", "date", "subject")]
    body, attachments = read_body(mail)
    said += [body, *(str(one.sha256) for one in attachments)]
    return f"sha256-{sha256(chr(0).join(said).encode(errors='replace')).hexdigest()}"


def _answers(mail: Part) -> tuple[str, ...]:
    """Return the ids of the mails before this one, oldest first."""
    own = set(headers.ids(mail, "message-id"))
    found = headers.ids(mail, "references")
    direct = [id for id in headers.ids(mail, "in-reply-to") if id not in found][:1]
    return tuple(id for id in dict.fromkeys((*found, *direct)) if id not in own)


def _conversation(thread: Thread, name: str) -> Conversation:
    return Conversation(
        source=name,
        id=thread.id,
        title=thread.title[:5_000] or None,
        channel="email",
        created_at=thread.created_at,
    )


def _message(mail: Part, thread: Thread, ours: Ours, name: str) -> Message:
    """Return one mail as a message.

    Raises:
        InputError: It does not say when it was sent.
    """
    at = headers.sent_at(mail)
    if at is None:
        raise InputError("neither Date nor Received says when this mail was sent")
    author = _person(_author(mail, ours), mail, ours)
    to = tuple(_person(one, None, ours) for one in headers.addresses(mail, "to"))
    cc = tuple(_person(one, None, ours) for one in headers.addresses(mail, "cc", "bcc"))
    among_us = all(person.kind != "customer" for person in (author, *to, *cc))
    internal: Mapping[str, Any] = {"visibility": Visibility.INTERNAL, "direction": "internal"}
    body, attachments = read_body(mail)
    reply = split_reply(body)
    return Message(
        source=name,
        id=mail_id(mail),
        channel="email",
        occurred_at=at,
        author=author,
        to=to,
        cc=cc,
        conversation=thread.id,
        in_reply_to=_in_reply_to(mail),
        subject=headers.text(mail, "subject")[:5_000] or None,
        text=reply.text,
        quoted=reply.quoted or None,
        signature=reply.signature or None,
        attachments=attachments,
        language=headers.text(mail, "content-language") or None,
        extra=_extra(mail),
        **(internal if among_us and author.kind == "agent" and to else {}),
    )


def _in_reply_to(mail: Part) -> str | None:
    direct = headers.ids(mail, "in-reply-to") or headers.ids(mail, "references")[-1:]
    return direct[0] if direct else None


def _sender(mail: Part) -> Address:
    found = headers.addresses(mail, "from", "sender", "reply-to", "return-path")
    return found[0] if found else Address("", "")


def _author(mail: Part, ours: Ours) -> Address:
    """Return who wrote a mail: a form on our site names the customer in Reply-To."""
    sender = _sender(mail)
    if sender.email in ours and all(
        one.email in ours for one in headers.addresses(mail, "to", "cc")
    ):
        answer_to = headers.addresses(mail, "reply-to")
        return next((one for one in answer_to if one.email and one.email not in ours), sender)
    return sender


def _person(who: Address, mail: Part | None, ours: Ours) -> Person:
    return Person(
        kind=_kind(who, mail, ours),
        name=who.name[:5_000] or None,
        email=who.email or None,
    )


def _kind(who: Address, mail: Part | None, ours: Ours) -> AuthorKind:
    """Return what somebody is. A customer's out-of-office reply is still a customer's."""
    local = who.email.casefold().partition("@")[0]
    if local in _SYSTEM:
        return "system"
    if _BOT.fullmatch(local):
        return "bot"
    if who.email not in ours:
        return "customer"
    automatic = mail is not None and headers.text(mail, "auto-submitted").lower()
    return "bot" if automatic and not automatic.startswith("no") else "agent"


def _extra(mail: Part) -> Json:
    """Return the headers that the model has no place for, by name; a repeated one as a list."""
    kept: dict[str, list[str]] = {}
    for field, _ in mail.raw_items():
        name = field.lower()
        if name not in _PLACED and name not in kept and not _TRACE.fullmatch(name):
            kept[name] = [headers.decoded(value) for value in headers.values(mail, name)]
    said = {name: values for name, values in kept.items() if any(values)}
    return {"headers": {n: v[0] if len(v) == 1 else v for n, v in said.items()}} if said else {}


mbox = Source("mbox", read)
