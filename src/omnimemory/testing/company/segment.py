"""The sample company's Segment calls as they arrived: re-sent ones twice, late ones late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from omnimemory.testing.company.people import ACCOUNTS, CUSTOMERS, Customer
from omnimemory.testing.company.shapes import Event, at, iso

Json: TypeAlias = dict[str, Any]

_LIBRARY: Final = {"library": {"name": "analytics.js", "version": "2.11.1"}}
_SINCE: Final = at("2025-09-01 06:00")


def segment(events: Iterable[Event]) -> list[Json]:
    """Return the lines of ``segment.jsonl`` in order of arrival."""
    events = list(events)
    known = [CUSTOMERS[key] for key in sorted({event.customer for event in events})]
    calls = [_identify(one) for one in known]
    calls += [_group(one) for one in known if one.account]
    for place, event in enumerate(events):
        calls += _tracks(event, place)
    return sorted(calls, key=lambda call: (call["receivedAt"], call["messageId"]))


def _call(type: str, customer: Customer, id: str, sent: datetime, received: datetime) -> Json:
    return {
        "type": type,
        "messageId": id,
        "userId": customer.user_id,
        "anonymousId": f"anon-{customer.place:04d}",
        "timestamp": iso(sent),
        "originalTimestamp": iso(sent),
        "sentAt": iso(received),
        "receivedAt": iso(received),
        "context": _LIBRARY,
    }


def _identify(customer: Customer) -> Json:
    call = _call("identify", customer, f"id-{customer.user_id}", _SINCE, _SINCE)
    traits = {"name": customer.name, "email": customer.email, "title": customer.title}
    return call | {"traits": traits}


def _group(customer: Customer) -> Json:
    account = ACCOUNTS[customer.account]
    call = _call("group", customer, f"group-{customer.user_id}", _SINCE, _SINCE)
    traits = {"name": account.name, "domain": account.domain, "plan": account.tier}
    return call | {"groupId": f"acc_{account.place}", "traits": traits}


def _tracks(event: Event, place: int) -> list[Json]:
    customer = CUSTOMERS[event.customer]
    received = event.at + event.late_by
    return [
        _call("track", customer, f"ev-{place:05d}", event.at, received + timedelta(minutes=again))
        | {"event": event.name, "properties": dict(event.properties)}
        for again in range(event.sent)
    ]
