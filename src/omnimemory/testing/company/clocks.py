"""The SLA clocks of the sample company's tickets, in the three forms that Zendesk gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, TypeAlias

from omnimemory.testing.company.people import AGENTS
from omnimemory.testing.company.shapes import NOW, Case, Target, iso

Json: TypeAlias = dict[str, Any]

_EVENT_NAMES: Final = {
    "first_reply_time": "reply_time",
    "total_resolution_time": "resolution_time",
}


def _stage(target: Target) -> str:
    if target.fulfilled:
        return "achieved"
    return "paused" if target.paused else "active"


def policy_metric(target: Target) -> Json:
    """Return a clock as a ticket's side-loaded `slas` show it."""
    return {
        "metric": target.metric,
        "stage": _stage(target),
        "breach_at": iso(target.due),
        "minutes": int(((target.fulfilled or NOW) - target.due).total_seconds() // -60),
    }


def metric_set(case: Case) -> Json:
    """Return the figures that Zendesk side-loads with a ticket."""
    replies = [one.at for one in case.comments if one.public and one.by in AGENTS]
    targets = [one.fulfilled for one in case.targets if one.metric == "first_reply_time"]
    reply = next((when for when in (*targets, *replies) if when), None)
    solved = [one.at for one in case.changes if one.new == "solved"]
    resolved = solved[-1] if solved else None
    return {
        "id": case.id + 900_600_000,
        "ticket_id": case.id,
        "created_at": iso(case.opened),
        "updated_at": iso(case.updated),
        "group_stations": 1,
        "assignee_stations": 1,
        "reopens": sum(one.old == "solved" and one.new == "open" for one in case.changes),
        "replies": len(replies),
        "assigned_at": iso(case.changes[0].at) if case.changes else None,
        "initially_assigned_at": iso(case.changes[0].at) if case.changes else None,
        "solved_at": iso(resolved) if resolved else None,
        "latest_comment_added_at": iso(case.comments[-1].at),
        "reply_time_in_minutes": _minutes(case, reply),
        "full_resolution_time_in_minutes": _minutes(case, resolved),
    }


def _minutes(case: Case, when: datetime | None) -> Json:
    passed = None if when is None else int((when - case.opened).total_seconds() // 60)
    return {"calendar": passed, "business": None}


def metric_events(cases: Iterable[Case]) -> Json:
    """Return ``ticket_metric_events.json``: when each clock started, was met or breached."""
    items = [event for case in cases for target in case.targets for event in _clock(case, target)]
    return {"ticket_metric_events": items, "next_page": None, "count": len(items)}


def _clock(case: Case, target: Target) -> Iterator[Json]:
    place = case.targets.index(target)
    metric = _EVENT_NAMES.get(target.metric, target.metric)
    moments = [("activate", target.started), ("apply_sla", target.started)]
    if target.paused:
        moments.append(("pause", target.paused))
    if target.due < (target.fulfilled or NOW) and not target.paused:
        moments.append(("breach", target.due))
    if target.fulfilled:
        moments.append(("fulfill", target.fulfilled))
    for order, (type, when) in enumerate(moments):
        event: Json = {
            "id": case.id * 100 + 10 * place + order,
            "ticket_id": case.id,
            "metric": metric,
            "instance_id": 1,
            "type": type,
            "time": iso(when),
        }
        if type == "apply_sla":
            event["sla"] = {
                "target": target.target_minutes,
                "business_hours": False,
                "policy": {"id": 900_700_001, "title": "Standard", "description": None},
            }
        yield event
