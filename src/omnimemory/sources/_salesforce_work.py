"""Salesforce's cases, case histories and milestones → tickets, their changes and clocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from omnimemory.errors import InputError
from omnimemory.model.records import (
    Channel,
    Clock,
    Conversation,
    Person,
    Record,
    Ref,
    StatusClass,
    Ticket,
    TicketChange,
)
from omnimemory.sources._changes import Delta
from omnimemory.sources._salesforce_object import Sobject, holder, long_id
from omnimemory.sources._salesforce_said import Portal

SCHEME: Final = "salesforce"
_WORDS: Final = (
    ("new", StatusClass.NEW),
    ("closed", StatusClass.CLOSED),
    ("resolved", StatusClass.RESOLVED),
    ("solved", StatusClass.RESOLVED),
    ("cancel", StatusClass.CANCELED),
    ("duplicate", StatusClass.CANCELED),
    ("customer", StatusClass.WAITING_ON_CUSTOMER),
    ("response received", StatusClass.IN_PROGRESS),
    ("escalated", StatusClass.WAITING_ON_ENGINEERING),
    ("engineering", StatusClass.WAITING_ON_ENGINEERING),
)
_CHANNELS: Final[Mapping[str, Channel]] = {
    "email": "email",
    "phone": "phone",
    "web": "web",
    "chat": "chat",
    "messaging": "chat",
    "sms": "sms",
    "facebook": "social",
    "twitter": "social",
    "whatsapp": "social",
    "community": "community",
}


def status_class(status: str | None, *, closed: bool | None = None) -> StatusClass | None:
    """Return what a status means: a picklist of each organisation's own, told by its words."""
    word = (status or "").casefold()
    found = next((meant for part, meant in _WORDS if part in word), None)
    if closed and (found is None or found.is_open):
        return StatusClass.CLOSED
    return found or (StatusClass.IN_PROGRESS if status else None)


def case(it: Sobject, portal: Portal) -> Iterator[Record]:
    """Yield a case and its conversation."""
    requester = _requester(it)
    if requester is not None:
        portal.requesters[it.id] = requester
    owner, team = it.owner()
    closed = it.time("ClosedDate")
    status = it.text("Status")
    meant = status_class(status, closed=it.flag("IsClosed") or closed is not None)
    parent, into = it.id_of("ParentId"), it.id_of("MasterRecordId")
    origin = it.text("Origin")
    it.keep("Origin")
    priority = it.text("Priority")
    of = Ref(kind="Ticket", id=it.id)
    common = it.common()
    subject = it.text("Subject") or ""
    channel = _CHANNELS.get((origin or "").casefold())
    yield Ticket(
        **common,
        number=it.text("CaseNumber") or it.id,
        subject=subject,
        description=it.text("Description"),
        status=status,
        status_class=meant,
        priority=priority,
        priority_scheme=None if priority is None else SCHEME,
        channel=channel,
        resolved_at=closed,
        requester=requester,
        assignee=owner,
        team=team,
        parent=None if parent is None else Ref(kind="Ticket", id=parent),
        merged_into=None if into is None else Ref(kind="Ticket", id=into),
        custom=it.own_fields(),
        extra=it.given.rest(),
    )
    if subject:
        yield Conversation(**common, title=subject, channel=channel or "other", about=(of,))


def _requester(it: Sobject) -> Person | None:
    """Return who a case is for: its contact, or who the web form says they are."""
    contact = it.id_of("ContactId")
    email, phone = it.text("SuppliedEmail"), it.text("SuppliedPhone")
    name = it.text("SuppliedName")
    if contact is not None:
        it.keep("SuppliedEmail", "SuppliedPhone", "SuppliedName")
        return Person(id=contact)
    if email is None and phone is None:
        it.keep("SuppliedName")
        return None
    return Person(email=email, phone=phone, name=name)


def history(it: Sobject) -> TicketChange:
    """Return one row of a case's history."""
    ticket, field = it.id_of("CaseId"), it.text("Field")
    if ticket is None or field is None or it.created is None:
        raise InputError("a case history needs 'CaseId', 'Field' and 'CreatedDate'")
    old, new = it.text("OldValue"), it.text("NewValue")
    author = it.id_of("CreatedById")
    delta = Delta()
    assignee = team = None
    match field:
        case "Status":
            delta.set("status", old, new)
            delta.set("status_class", status_class(old), status_class(new))
        case "Priority":
            delta.set("priority", old, new)
            delta.set("priority_scheme", old and SCHEME, new and SCHEME)
        case "Subject" | "Description":
            delta.set(field.lower(), old, new)
        case "Owner" | "OwnerId" if new is not None and new.startswith(("005", "00G")):
            assignee, team = holder(long_id(new))
        case _:
            delta.nest("custom" if field.endswith("__c") else "extra", field, old, new)
    if rest := it.given.rest():
        delta.nest("extra", "history", None, rest)
    return TicketChange(
        source=it.source,
        id=ticket,
        changed_at=it.created,
        changes=delta.changes(),
        assignee=assignee,
        team=team,
        author=None if author is None else Person(id=author, kind="agent"),
    )


def milestone(it: Sobject) -> TicketChange:
    """Return the clock of a case that a milestone is."""
    ticket = it.id_of("CaseId")
    started, target = it.time("StartDate"), it.time("TargetDate")
    met = it.time("CompletionDate")
    late = it.flag("IsViolated") is True
    name = it.given.object("MilestoneType").text("Name") or it.text("MilestoneTypeId") or it.id
    at = it.updated or met or started
    if ticket is None or at is None:
        raise InputError("a case milestone needs 'CaseId' and 'StartDate'")
    clock = Clock(
        state="breached" if late else "running" if met is None else "met",
        started_at=started,
        target_at=target,
        met_at=met,
        breached_at=target if late else None,
    )
    word = name.casefold()
    known = "first_reply" if "first" in word else "resolution" if "resol" in word else name
    delta = Delta()
    delta.nest("clocks", known, None, clock.model_dump(mode="json", exclude_none=True))
    return TicketChange(source=it.source, id=ticket, changed_at=at, changes=delta.changes())
