"""Salesforce's comments, e-mails, tasks and events → messages, notes and calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from omnimemory.errors import InputError
from omnimemory.model.records import (
    Call,
    Interaction,
    Message,
    Note,
    Person,
    Ref,
    Visibility,
)
from omnimemory.sources._html import plain_text
from omnimemory.sources._reading import Json
from omnimemory.sources._salesforce_object import Sobject

_DRAFT: Final = "5"
_MINUTE: Final = 60


class Portal:
    """What an export has said so far: whose contact a portal user is, and who a case is for."""

    def __init__(self) -> None:
        self.contacts: dict[str, str] = {}
        self.requesters: dict[str, Person] = {}

    def author(self, user: str | None) -> Person:
        """Return who a user is: a portal user is the customer that they stand for."""
        contact = self.contacts.get(user or "")
        if contact is not None:
            return Person(id=contact)
        return Person(id=user, kind="agent", name=None if user else "unknown")


def comment(it: Sobject, portal: Portal) -> Interaction:
    """Return a case comment; one that is not published is a note."""
    case = it.id_of("ParentId")
    author = portal.author(it.id_of("CreatedById"))
    requester = portal.requesters.get(case or "")
    is_ours = author.kind != "customer"
    make = Note if it.flag("IsPublished") is False else Message
    return make(
        **_common(it, at=it.created),
        author=author,
        to=(requester,) if is_ours and requester is not None else (),
        channel="web",
        text=it.text("CommentBody") or "",
        conversation=case,
        about=() if case is None else (Ref(kind="Ticket", id=case),),
        extra=it.given.rest(),
    )


def email(it: Sobject, portal: Portal) -> Message:
    """Return an e-mail of a case; a draft is internal."""
    case = it.id_of("ParentId") or it.id_of("RelatedToId")
    inbound = it.flag("Incoming") is True
    sender, name = it.text("FromAddress"), it.text("FromName")
    to, cc = (_addresses(it.text(field)) for field in ("ToAddress", "CcAddress"))
    plain, html = it.text("TextBody"), it.text("HtmlBody")
    status = it.text("Status")
    it.keep("Status")
    ours = portal.author(it.id_of("CreatedById"))
    agent = ours.model_copy(update={"name": name or ours.name, "email": sender})
    return Message(
        **_common(it, at=it.time("MessageDate") or it.created),
        author=Person(email=sender, name=name) if inbound and sender else agent,
        to=() if inbound else to,
        cc=cc,
        channel="email",
        direction="inbound" if inbound else "outbound",
        visibility=Visibility.INTERNAL if status == _DRAFT else Visibility.EXTERNAL,
        subject=it.text("Subject"),
        text=plain or plain_text(html or ""),
        in_reply_to=it.id_of("ReplyToEmailMessageId"),
        conversation=it.text("ThreadIdentifier") or case,
        about=() if case is None else (Ref(kind="Ticket", id=case),),
        extra=it.given.rest(),
    )


def _addresses(text: str | None) -> tuple[Person, ...]:
    found = [one.strip() for one in re.split(r"[;,]", text or "") if "@" in one]
    return tuple(Person(email=one) for one in dict.fromkeys(found))


def task(it: Sobject) -> Interaction:
    """Return a task: a call or an e-mail that was logged, or something that was to do."""
    kind = (it.text("TaskSubtype") or it.text("Type") or "").casefold()
    it.keep("TaskSubtype", "Type")
    way = it.text("CallType")
    done = it.time("CompletedDateTime")
    due = it.time("ActivityDate")
    it.keep("ActivityDate")
    common = _common(it, at=done or it.created or due) | _parties(it, inbound=way == "Inbound")
    common |= {"subject": it.text("Subject"), "text": it.text("Description") or ""}
    if kind == "call" or way is not None:
        return Call(
            **common,
            direction="inbound" if way == "Inbound" else "outbound",
            duration_seconds=it.number("CallDurationInSeconds"),
            outcome=it.text("CallDisposition"),
            extra=it.given.rest(),
        )
    if kind == "email":
        return Message(**common, channel="email", extra=it.given.rest())
    return Note(**common, form="task", extra=it.given.rest())


def event(it: Sobject) -> Call:
    """Return a meeting."""
    start = it.time("StartDateTime") or it.time("ActivityDateTime")
    end = it.time("EndDateTime")
    minutes = it.number("DurationInMinutes")
    took = None if minutes is None else minutes * _MINUTE
    if took is None and start is not None and end is not None:
        took = max(0.0, (end - start).total_seconds())
    return Call(
        **_common(it, at=start or it.created),
        **_parties(it, inbound=False),
        form="meeting",
        channel="meeting",
        subject=it.text("Subject"),
        text=it.text("Description") or "",
        duration_seconds=took,
        extra=it.given.rest(),
    )


def _common(it: Sobject, *, at: datetime | None) -> dict[str, Json]:
    if at is None:
        raise InputError("the field 'CreatedDate' is missing")
    common = it.common() | {"occurred_at": at}
    common.pop("created_at")
    return common


_ABOUT: Final[Mapping[str, str]] = {"500": "Ticket", "001": "Account"}
_WHO: Final = ("003", "00Q")


def _parties(it: Sobject, *, inbound: bool) -> dict[str, Json]:
    """Return who took part, and what it was about: ids tell by how they begin."""
    owner, _ = it.owner()
    agent = owner or Person(kind="agent", name="unknown")
    who, what = it.id_of("WhoId"), it.id_of("WhatId")
    home = it.id_of("AccountId")
    customer = Person(id=who) if who is not None and who.startswith(_WHO) else None
    about = [
        Ref(kind=kind, id=what) for start, kind in _ABOUT.items() if what and what.startswith(start)
    ]
    if what is not None and not about:
        it.keep("WhatId")
    if home is not None and home != what:
        about.append(Ref(kind="Account", id=home))
    if inbound and customer is not None:
        return {"author": customer, "to": (agent,) if owner else (), "about": tuple(about)}
    return {"author": agent, "to": () if customer is None else (customer,), "about": tuple(about)}
