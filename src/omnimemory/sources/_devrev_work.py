"""DevRev's work and product: tickets, issues, conversations, parts, articles, and their links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from omnimemory.model.records import (
    Article,
    Clock,
    Conversation,
    Issue,
    Part,
    Record,
    Ref,
    StatusClass,
    Ticket,
    Visibility,
)
from omnimemory.model.records.base import Channel
from omnimemory.sources._devrev_people import REPEATS, person, tags, user_type
from omnimemory.sources._reading import Fields

STAGES: Final[dict[str, StatusClass]] = {
    # tickets
    "queued": StatusClass.NEW,
    "work_in_progress": StatusClass.IN_PROGRESS,
    "awaiting_product_assist": StatusClass.WAITING_ON_ENGINEERING,
    "awaiting_development": StatusClass.WAITING_ON_ENGINEERING,
    "in_development": StatusClass.WAITING_ON_ENGINEERING,
    "awaiting_customer_response": StatusClass.WAITING_ON_CUSTOMER,
    "resolved": StatusClass.RESOLVED,
    "canceled": StatusClass.CANCELED,
    # issues
    "triage": StatusClass.NEW,
    "backlog": StatusClass.NEW,
    "prioritized": StatusClass.NEW,
    "in_review": StatusClass.IN_PROGRESS,
    "in_testing": StatusClass.IN_PROGRESS,
    "in_deployment": StatusClass.IN_PROGRESS,
    "completed": StatusClass.RESOLVED,
    "duplicate": StatusClass.CANCELED,
    "wont_fix": StatusClass.CANCELED,
    # conversations
    "new": StatusClass.NEW,
    "needs_response": StatusClass.IN_PROGRESS,
    "waiting_on_user": StatusClass.WAITING_ON_CUSTOMER,
    "hold": StatusClass.IN_PROGRESS,
    "suspended": StatusClass.IN_PROGRESS,
    "archived": StatusClass.CLOSED,
}
"""Stock stages of every object, in the one vocabulary of status classes."""

_STATES: Final[dict[str, StatusClass]] = {
    "open": StatusClass.NEW,
    "in_progress": StatusClass.IN_PROGRESS,
    "closed": StatusClass.CLOSED,
}
_CHANNELS: Final[dict[str, Channel]] = {
    "email": "email",
    "plug": "chat",
    "chat": "chat",
    "slack": "chat",
    "whatsapp": "chat",
    "telegram": "chat",
    "twilio": "phone",
    "twilio_sms": "sms",
}
_TARGETS: Final = {"first_response": "first_reply", "full_resolution": "resolution"}
_PARTS: Final = (
    "capability component custom_part enhancement feature linkable microservice part product "
    "runnable"
).split()
NODE_KINDS: Final[dict[str, str]] = {
    "ticket": "Ticket",
    "issue": "Issue",
    "conversation": "Conversation",
    "article": "Article",
    "account": "Account",
    "rev_org": "Account",
    **dict.fromkeys(_PARTS, "Part"),
}


def kind_of(fields: Fields) -> str | None:
    """Return the node kind of an object, by its type or by its id (``…:ticket/126``)."""
    named = str(fields.take("type", ""))
    mark = str(fields.take("id", "")).rpartition(":")[2].partition("/")[0]
    return NODE_KINDS.get(named) or NODE_KINDS.get(mark)


def work(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield the record of a ticket or an issue."""
    is_issue = kind_of(fields) == "Issue"
    common = _work(fields, source)
    if is_issue:
        yield Issue(
            **common,
            priority=fields.text("priority"),
            priority_scheme="devrev",
            issue_type=fields.text("subtype"),
            extra=fields.rest(),
        )
        return
    level = fields.text("visibility") or "external"
    channels = [str(one) for one in fields.items("channels")]
    channel = fields.text("source_channel") or (channels[0] if channels else None)
    yield Ticket(
        **common,
        severity=fields.text("severity"),
        priority=fields.text("priority"),
        priority_scheme="devrev" if "priority" in fields else None,
        channel=_CHANNELS.get(channel, "other") if channel else None,
        clocks=_clocks(fields),
        visibility=Visibility(level),
        extra=fields.rest(),
    )


def _work(fields: Fields, source: str) -> dict[str, Any]:
    """Return what tickets and issues have in common."""
    fields.skip(*REPEATS, "type", "priority_v2", "actual_close_date")
    owners = fields.objects("owned_by")
    reporters = fields.objects("reported_by")
    creator = fields.object("created_by") if "created_by" in fields else None
    modifier = fields.object("modified_by") if "modified_by" in fields else None
    if modifier is not None:
        modifier.skip(*_USER)
    if creator is not None and not reporters:
        reporters = [creator]
    elif creator is not None:
        creator.skip(*_USER)
    stage = fields.object("stage")
    stage.skip("ordinal", "notes", "stage", "state")
    name = stage.text("name")
    state = fields.text("state")
    part = _part(fields, "applies_to_part")
    return {
        "source": source,
        "id": str(fields.need("id")),
        "number": fields.text("display_id"),
        "subject": fields.text("title") or "",
        "description": fields.text("body"),
        "status": name or state,
        "status_class": STAGES.get(name or "") or _STATES.get(state or ""),
        "stage": state,
        "tags": tags(fields),
        "due_at": fields.time("target_close_date"),
        "resolved_at": fields.time("actual_close_date"),
        "requester": person(reporters[0]) if reporters else None,
        "assignee": person(owners[0]) if owners else None,
        "team": _group(fields),
        "parts": (part,) if part else (),
        "created_at": fields.time("created_date"),
        "updated_at": fields.time("modified_date"),
        "custom": fields.take("custom_fields", {}),
    }


_USER: Final = (
    *REPEATS, "id", "type", "display_id", "display_name", "full_name", "email", "state",
    "external_ref", "external_refs", "phone_numbers", "rev_org",
)  # fmt: skip
"""Everything that a user in passing says; the user's own object says it too."""


def _part(fields: Fields, name: str) -> Ref | None:
    if name not in fields:
        return None
    part = fields.object(name)
    part.skip(*REPEATS, "display_id", "name", "type")
    return Ref(kind="Part", id=str(part.need("id")))


def _group(fields: Fields) -> Ref | None:
    if "group" not in fields:
        return None
    group = fields.object("group")
    group.skip(*REPEATS, "display_id", "name", "type")
    return Ref(kind="Team", id=str(group.need("id")))


def _clocks(fields: Fields) -> dict[str, Clock]:
    """Return the SLA clocks of a tracker's metric targets."""
    tracker = fields.object("sla_tracker") if "sla_tracker" in fields else Fields({})
    found: dict[str, Clock] = {}
    for metric in tracker.objects("metric_target_summaries"):
        definition = metric.object("metric_definition")
        definition.skip("id", "display_id", "name", "metric_type")
        name = str(definition.take("metric_type") or definition.take("name") or "clock")
        met = metric.time("completed_at")
        breached = metric.time("breached_at")
        stage = metric.text("stage")
        paused = stage == "paused"
        state = "met" if met else "breached" if breached else "paused" if paused else "running"
        found[_TARGETS.get(name.lower(), name.lower())] = Clock(
            state=state,
            target_at=metric.time("target_time"),
            met_at=met,
            breached_at=breached,
        )
    return found


def conversation(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield the record of a conversation."""
    fields.skip(*REPEATS, "type", "display_id", "broadcast_channels", "modified_by", "state")
    stage = fields.object("stage")
    stage.skip("ordinal", "notes", "stage", "state")
    name = stage.text("name")
    state = fields.text("status") or fields.text("state")
    channel = fields.text("source_channel")
    owners = fields.objects("owned_by")
    parts = [one for one in fields.objects("applies_to_parts") if not one.skip(*_PART_NAMES)]
    fields.put_back("display_id", "broadcast_channels")
    yield Conversation(
        source=source,
        id=str(fields.need("id")),
        title=fields.text("title"),
        channel=_CHANNELS.get(channel or "", "other"),
        status=name or state,
        status_class=STAGES.get(name or "") or _STATES.get(state or ""),
        priority=fields.text("priority"),
        tags=tags(fields),
        assignee=person(owners[0]) if owners else None,
        team=_group(fields),
        parts=tuple(Ref(kind="Part", id=str(one.need("id"))) for one in parts),
        created_at=fields.time("created_date"),
        updated_at=fields.time("modified_date"),
        custom=fields.take("custom_fields", {}),
        extra=fields.rest(),
    )


_PART_NAMES: Final = (*REPEATS, "display_id", "name", "type")


def part(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield the record of a piece of the product."""
    fields.skip(*REPEATS)
    owners = fields.objects("owned_by")
    parents = fields.items("parent_part")
    up = Fields(parents[0]) if parents else None
    yield Part(
        source=source,
        id=str(fields.need("id")),
        name=str(fields.first("name", "display_id") or fields.need("id")),
        part_type=fields.text("type"),
        description=fields.text("description"),
        parent=Ref(kind="Part", id=str(up.need("id"))) if up else None,
        owner=person(owners[0]) if owners else None,
        created_at=fields.time("created_date"),
        updated_at=fields.time("modified_date"),
        custom=fields.take("custom_fields", {}),
        extra=fields.rest(),
    )


def article(fields: Fields, *, source: str) -> Iterator[Record]:
    """Yield the record of a knowledge-base page."""
    fields.skip(*REPEATS, "type")
    parts = [one for one in fields.objects("applies_to_parts") if not one.skip(*_PART_NAMES)]
    authors = fields.objects("owned_by")
    scope = fields.text("scope")
    yield Article(
        source=source,
        id=str(fields.need("id")),
        title=fields.text("title") or str(fields.need("id")),
        text=fields.first("body", "description", "extracted_content") or "",
        status=fields.text("status"),
        language=fields.text("language"),
        tags=tags(fields),
        visibility=Visibility.INTERNAL if scope == "internal" else Visibility.EXTERNAL,
        parts=tuple(Ref(kind="Part", id=str(one.need("id"))) for one in parts),
        owner=person(authors[0]) if authors and user_type(authors[0]) != "rev_user" else None,
        created_at=fields.time("created_date"),
        updated_at=fields.time("modified_date"),
        custom=fields.take("custom_fields", {}),
        extra=fields.rest(),
    )
