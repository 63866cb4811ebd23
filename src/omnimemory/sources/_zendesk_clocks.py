"""Zendesk's SLA policies, measures and metric events → a ticket's clocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from omnimemory.model.records import Clock, Ticket, TicketChange
from omnimemory.sources._changes import Delta
from omnimemory.sources._reading import Fields, Json, read_time

CLOCKS: Final[Mapping[str, str]] = {
    "reply_time": "first_reply",
    "first_reply_time": "first_reply",
    "next_reply_time": "next_reply",
    "resolution_time": "resolution",
    "total_resolution_time": "resolution",
    "full_resolution_time_in_minutes": "resolution",
    "reply_time_in_minutes": "first_reply",
}


def clocks(fields: Fields, now: datetime | None) -> dict[str, Clock]:
    """Return the clocks that a ticket brings: its policies' state, else its measures."""
    created = fields.time("created_at")
    found = measured(fields.object("metric_set"), started=created)
    for metric in fields.object("slas").objects("policy_metrics"):
        name = CLOCKS.get(metric.text("metric") or "", metric.text("metric") or "other")
        met_at = found[name].met_at if name in found else None
        found[name] = _clock(metric, met_at=met_at, now=now).model_copy(
            update={"started_at": created if name in _FROM_CREATION else None}
        )
    return found


def _clock(metric: Fields, *, met_at: datetime | None, now: datetime | None) -> Clock:
    """Return one clock as a policy shows it; what was met late stays breached."""
    target, stage = metric.time("breach_at"), metric.text("stage") or "active"
    done = stage in ("achieved", "fulfilled")
    checked = met_at if done else now
    late = stage != "paused" and target is not None and checked is not None and target < checked
    state = "breached" if late else "met" if done else _STAGES.get(stage, "running")
    return Clock(
        state=state,  # pyright: ignore[reportArgumentType]
        target_at=target,
        breached_at=target if state == "breached" else None,
        met_at=met_at,
    )


_FROM_CREATION: Final = ("first_reply", "resolution")
_STAGES: Final = {"active": "running", "paused": "paused", "breached": "breached"}


def measured(fields: Fields, *, started: datetime | None) -> dict[str, Clock]:
    """Return the clocks that a ticket's measures tell of: in calendar time, without a target."""
    start = started or fields.time("created_at")
    found: dict[str, Clock] = {}
    for measure in ("reply_time_in_minutes", "full_resolution_time_in_minutes"):
        minutes = fields.object(measure).number("calendar")
        if minutes is not None and start is not None:
            met = start + timedelta(minutes=minutes)
            found[CLOCKS[measure]] = Clock(state="met", started_at=start, met_at=met)
    return found


class Clocks:
    """Metric events, gathered by ticket and clock."""

    def __init__(self) -> None:
        self._events: dict[tuple[str, str], list[tuple[datetime, str, Json]]] = {}

    def add(self, fields: Fields) -> None:
        """Take one metric event; what was deleted or only measures is left out."""
        kind = fields.text("type") or ""
        if fields.flag("deleted") or kind not in _EVENTS:
            return
        metric = str(fields.need("metric"))
        name = CLOCKS.get(metric, metric)
        if name == "first_reply" and (fields.number("instance_id") or 1) > 1:
            name = "next_reply"
        at = read_time(fields.need("time"))
        self._events.setdefault((str(fields.need("ticket_id")), name), []).append(
            (at, kind, fields.take("sla", {}))
        )

    def without_known(self, ticket: Ticket) -> Ticket:
        """Return a ticket without the clocks whose events, which say more, are in the export."""
        if not any((ticket.id, name) in self._events for name in ticket.clocks):
            return ticket
        kept = {
            n: clock for n, clock in ticket.clocks.items() if (ticket.id, n) not in self._events
        }
        return ticket.model_copy(update={"clocks": kept})

    def __iter__(self) -> Iterator[Ticks]:
        return (Ticks(id, name, events) for (id, name), events in self._events.items())


class Ticks(NamedTuple):
    """The metric events of one clock of one ticket."""

    ticket: str
    name: str
    events: Sequence[tuple[datetime, str, Json]]


def replay(ticks: Ticks, *, source: str) -> Iterator[TicketChange]:
    """Yield the states that a clock went through, in time order, one change a time."""
    clock: dict[str, datetime | str | None] = {}
    states: dict[datetime, Json] = {}
    for at, kind, sla in sorted(ticks.events, key=lambda one: one[0]):
        clock = _tick(clock, at, kind, sla)
        states[at] = Clock.model_validate(clock).model_dump(mode="json", exclude_none=True)
    for at, state in states.items():
        delta = Delta()
        delta.nest("clocks", ticks.name, None, state)
        yield TicketChange(source=source, id=ticks.ticket, changed_at=at, changes=delta.changes())


_EVENTS: Final = ("activate", "apply_sla", "pause", "fulfill", "breach")


def _tick(
    clock: Mapping[str, datetime | str | None], at: datetime, kind: str, sla: Json
) -> dict[str, datetime | str | None]:
    """Return a clock after one metric event."""
    state = clock.get("state", "running")
    match kind:
        case "activate":
            again = {} if state in ("met", "breached") and "met_at" in clock else dict(clock)
            return {"started_at": at, **again, "state": "running", "paused_at": None}
        case "apply_sla":
            return {**clock, "state": state, "target_at": _target(clock, at, sla)}
        case "pause":
            return {**clock, "state": "paused", "paused_at": at}
        case "fulfill":
            kept = "breached" if "breached_at" in clock else "met"
            return {**clock, "state": kept, "met_at": at}
        case _:
            return {**clock, "state": "breached", "breached_at": at}


def _target(clock: Mapping[str, datetime | str | None], at: datetime, sla: Json) -> datetime | None:
    """Return by when a policy wants it; business hours need a schedule that is not here."""
    policy = Fields(sla)
    minutes = policy.number("target")
    if minutes is None or policy.flag("business_hours"):
        return None
    started = clock.get("started_at")
    return (started if isinstance(started, datetime) else at) + timedelta(minutes=minutes)
