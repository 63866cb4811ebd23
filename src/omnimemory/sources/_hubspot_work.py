"""HubSpot's tickets, pipelines and property histories → tickets and their changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from omnimemory.errors import InputError
from omnimemory.model.records import (
    Channel,
    Clock,
    Person,
    Ref,
    StatusClass,
    Ticket,
    TicketChange,
)
from omnimemory.sources._changes import Delta, ids, stamp
from omnimemory.sources._html import plain_text
from omnimemory.sources._hubspot_thing import Thing
from omnimemory.sources._reading import Fields, Json, read_time

SCHEME: Final = "hubspot"
_CHANNELS: Final[Mapping[str, Channel]] = {
    "EMAIL": "email",
    "CHAT": "chat",
    "FORM": "web",
    "PHONE": "phone",
}


class Stage(NamedTuple):
    """One stage of a ticket pipeline."""

    label: str
    status: StatusClass | None


class Stages:
    """The stages of a portal's pipelines by id; the ids differ from portal to portal."""

    def __init__(self) -> None:
        self._known: dict[str, Stage] = {}
        self._pipelines: dict[str, str] = {}

    def pipeline(self, fields: Fields) -> None:
        """Take a pipeline with its stages, as the API sends it, or a row of the pipeline table."""
        id = fields.first("id", "pipelineId", "pipeline_id")
        label = fields.text("label")
        if id is not None and label is not None:
            self._pipelines[id] = label
        for stage in fields.objects("stages"):
            self.stage(stage)

    def stage(self, fields: Fields) -> None:
        """Take one stage."""
        id = fields.first("id", "stageId", "stage_id")
        if id is None:
            raise InputError("the field 'id' is missing")
        more = fields.object("metadata")
        state = more.text("ticketState") or fields.text("ticket_state")
        closed = more.flag("isClosed") or fields.flag("is_closed")
        label = fields.text("label") or id
        self._known[id] = Stage(label, _class(label, closed=closed is True or state == "CLOSED"))

    def label(self, id: str | None) -> str | None:
        """Return the name of a stage, or its id where no pipeline told."""
        return self._known[id].label if id in self._known else id

    def status(self, id: str | None) -> StatusClass | None:
        """Return what a stage means, or None where no pipeline told."""
        return self._known[id].status if id in self._known else None

    def pipeline_label(self, id: str | None) -> str | None:
        """Return the name of a pipeline, or its id."""
        return self._pipelines.get(id or "", id)


def _class(label: str, *, closed: bool) -> StatusClass:
    """Return what a stage means: closed by its own word, else by what its name says."""
    word = label.casefold()
    if closed:
        return StatusClass.CLOSED
    if "waiting on c" in word or "waiting for c" in word or "pending" in word:
        return StatusClass.WAITING_ON_CUSTOMER
    if "engineering" in word or "development" in word:
        return StatusClass.WAITING_ON_ENGINEERING
    return StatusClass.NEW if word.startswith("new") else StatusClass.IN_PROGRESS


def ticket(thing: Thing, stages: Stages) -> Iterator[Ticket | TicketChange]:
    """Yield a ticket, and what its properties were before."""
    given = thing.given
    stage = given.text("hs_pipeline_stage")
    pipeline = given.text("hs_pipeline")
    given.put_back("hs_pipeline_stage", "hs_pipeline")
    closed = given.time("closed_date")
    priority = given.text("hs_ticket_priority")
    owner, team = given.text("hubspot_owner_id"), given.text("hubspot_team_id")
    asked = thing.linked("contacts")
    others = [*thing.linked("companies"), *asked[1:]]
    source = given.text("source_type")
    given.put_back("source_type")
    known = stages.status(stage)
    yield Ticket(
        **thing.common(),
        number=thing.id,
        subject=given.text("subject") or "",
        description=plain_text(given.text("content") or ""),
        status=stages.label(stage),
        status_class=known or (StatusClass.CLOSED if closed is not None else None),
        stage=stages.pipeline_label(pipeline),
        priority=priority,
        priority_scheme=None if priority is None else SCHEME,
        tags=tuple(ids(given, "hs_ticket_category")),
        channel=_CHANNELS.get(source or ""),
        resolution=given.text("hs_resolution"),
        resolved_at=closed,
        clocks=_clocks(given, thing.created, closed),
        requester=Person(id=asked[0]) if asked else None,
        assignee=None if owner is None else Person(id=owner, kind="agent"),
        team=None if team is None else Ref(kind="Team", id=team),
        extra=_with(thing, others),
    )
    for name, values in thing.histories().items():
        for value in values:
            yield change(value, ticket=thing.id, name=name, source=thing.source, stages=stages)


def _with(thing: Thing, others: list[str]) -> dict[str, Json]:
    """Return what was not read, and the companies and further contacts of a ticket."""
    return thing.rest() | ({"associated": others} if others else {})


def _clocks(given: Fields, created: datetime | None, closed: datetime | None) -> dict[str, Clock]:
    """Return the clocks: first reply and close, met when the ticket says so."""
    replied = given.time("first_agent_reply_date")
    targets = {
        "first_reply": (replied, given.time("hs_time_to_first_response_sla_at")),
        "resolution": (closed, given.time("hs_time_to_close_sla_at")),
    }
    return {
        name: _clock(created, met, target)
        for name, (met, target) in targets.items()
        if target is not None or (met is not None and name == "first_reply")
    }


def _clock(created: datetime | None, met: datetime | None, target: datetime | None) -> Clock:
    late = met is not None and target is not None and met > target
    state = "breached" if late else "running" if met is None else "met"
    return Clock(
        state=state,
        started_at=created,
        met_at=met,
        target_at=target,
        breached_at=target if late else None,
    )


def change(fields: Fields, *, ticket: str, name: str, source: str, stages: Stages) -> TicketChange:
    """Return one value that a property of a ticket had, as of when it was set."""
    value = fields.text("value")
    at = next(
        (
            when
            for key in ("timestamp", "timestamp_instant")
            if (when := fields.time(key)) is not None
        ),
        None,
    )
    if at is None:
        raise InputError("the field 'timestamp' is missing")
    delta = Delta()
    owner = team = None
    nobody = False
    match name:
        case "hs_pipeline_stage":
            delta.set("status", None, stages.label(value))
            delta.set("status_class", None, stages.status(value))
            delta.nest("extra", name, None, value)
        case "hs_ticket_priority":
            delta.set("priority", None, value)
            delta.set("priority_scheme", None, value and SCHEME)
        case "subject":
            delta.set("subject", None, value)
        case "content":
            delta.set("description", None, plain_text(value or ""))
        case "closed_date":
            delta.set("resolved_at", None, stamp(read_time(value)) if value else None)
        case "hubspot_owner_id":
            owner, nobody = value, value is None
        case "hubspot_team_id":
            team = value
        case _:
            delta.nest("extra", name, None, value)
    fields.repeats("ticket_id", ticket)
    kept = fields.rest()
    delta.nest("extra", "change", None, kept or None)
    return TicketChange(
        source=source,
        id=ticket,
        changed_at=at,
        changes=delta.changes(),
        assignee=None if owner is None else Person(id=owner, kind="agent"),
        team=None if team is None else Ref(kind="Team", id=team),
        unassigned=nobody,
    )
