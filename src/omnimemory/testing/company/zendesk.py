"""The sample company's Zendesk export: one JSON file for each list of the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, Final, TypeAlias

from omnimemory.testing.company import clocks
from omnimemory.testing.company.people import (
    ACCOUNTS,
    AGENTS,
    BOT,
    CUSTOMERS,
    TEAMS,
    VENDOR,
    Account,
    Agent,
    Customer,
)
from omnimemory.testing.company.shapes import Case, Change, Comment, iso

Json: TypeAlias = dict[str, Any]

API: Final = "https://tillwright.zendesk.example/api/v2"
_SINCE: Final = "2025-06-02T08:00:00Z"
_CHANNELS: Final = {"email": "email", "chat": "chat", "web": "web", "phone": "voice"}


def _page(name: str, items: list[Json]) -> Json:
    return {name: items, "next_page": None, "previous_page": None, "count": len(items)}


def _user_id(key: str) -> int:
    if key == BOT.key:
        return BOT.zendesk_id
    return (AGENTS.get(key) or CUSTOMERS[key]).zendesk_id


def _group_id(agent: str) -> int:
    return TEAMS[AGENTS[agent].team]


def _organization_id(customer: Customer) -> int | None:
    return ACCOUNTS[customer.account].zendesk_id if customer.account else None


def organizations() -> Json:
    """Return ``organizations.json``."""
    return _page("organizations", [_organization(account) for account in ACCOUNTS.values()])


def _organization(account: Account) -> Json:
    return {
        "url": f"{API}/organizations/{account.zendesk_id}.json",
        "id": account.zendesk_id,
        "name": account.name,
        "external_id": None,
        "shared_tickets": False,
        "shared_comments": False,
        "created_at": _SINCE,
        "updated_at": _SINCE,
        "domain_names": [account.domain],
        "details": f"{account.city}, {account.country}",
        "notes": "",
        "group_id": None,
        "tags": [account.tier],
        "organization_fields": {"plan": account.tier},
    }


def groups() -> Json:
    """Return ``groups.json``."""
    return _page(
        "groups",
        [
            {
                "url": f"{API}/groups/{id}.json",
                "id": id,
                "name": name.capitalize(),
                "deleted": False,
                "created_at": _SINCE,
                "updated_at": _SINCE,
            }
            for name, id in TEAMS.items()
        ],
    )


def users() -> Json:
    """Return ``users.json``: customers, then agents."""
    customers = [_end_user(one) for one in CUSTOMERS.values()]
    return _page("users", customers + [_agent(one) for one in (*AGENTS.values(), BOT)])


def _end_user(customer: Customer) -> Json:
    return _user(customer.zendesk_id, customer.name, customer.email, "end-user") | {
        "phone": customer.phone or None,
        "shared_phone_number": bool(customer.phone) and not customer.account,
        "locale": {"en": "en-US", "de": "de", "zh": "zh-cn"}[customer.language],
        "organization_id": _organization_id(customer),
        "details": customer.title if customer.account else "",
    }


def _agent(agent: Agent) -> Json:
    return _user(agent.zendesk_id, agent.name, agent.email, agent.role) | {
        "default_group_id": TEAMS[agent.team],
        "alias": agent.name.split()[0],
    }


def _user(id: int, name: str, email: str, role: str) -> Json:
    return {
        "id": id,
        "url": f"{API}/users/{id}.json",
        "name": name,
        "email": email,
        "created_at": _SINCE,
        "updated_at": _SINCE,
        "time_zone": "Berlin",
        "phone": None,
        "shared_phone_number": None,
        "locale": "en-US",
        "organization_id": None,
        "role": role,
        "verified": True,
        "external_id": None,
        "tags": [],
        "alias": "",
        "active": True,
        "shared": False,
        "suspended": False,
        "user_fields": {},
    }


def tickets(cases: Iterable[Case]) -> Json:
    """Return ``tickets.json``, with metric sets and SLA clocks side-loaded."""
    return _page("tickets", [_ticket(case) for case in cases])


def _ticket(case: Case) -> Json:
    requester = CUSTOMERS[case.requester]
    assignee = case.last("assignee_id", case.assignee)
    return {
        "url": f"{API}/tickets/{case.id}.json",
        "id": case.id,
        "external_id": None,
        "via": _via(case),
        "created_at": iso(case.opened),
        "updated_at": iso(case.updated),
        "type": "problem" if "double_charge" in case.tags else "question",
        "subject": case.subject,
        "raw_subject": case.subject,
        "description": case.comments[0].text,
        "priority": case.last("priority", case.priority),
        "status": case.last("status", "new"),
        "recipient": f"support@{VENDOR.lower()}.example" if case.channel == "email" else None,
        "requester_id": requester.zendesk_id,
        "submitter_id": _user_id(case.comments[0].by),
        "assignee_id": AGENTS[assignee].zendesk_id if assignee else None,
        "organization_id": _organization_id(requester),
        "group_id": _group_id(assignee or case.assignee),
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "problem_id": None,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": list(case.tags),
        "custom_fields": [{"id": 900_400_001, "value": case.part}],
        "satisfaction_rating": {"score": case.score or "unoffered"},
        "sharing_agreement_ids": [],
        "followup_ids": [],
        "brand_id": 900_500_001,
        "allow_channelback": False,
        "allow_attachments": True,
        "metric_set": clocks.metric_set(case),
        "slas": {"policy_metrics": [clocks.policy_metric(target) for target in case.targets]},
    }


def _via(case: Case) -> Json:
    requester = CUSTOMERS[case.requester]
    sender = {"address": requester.email, "name": requester.name} if case.channel == "email" else {}
    return {
        "channel": _CHANNELS[case.channel],
        "source": {"from": sender, "to": {}, "rel": None},
    }


def comments(cases: Iterable[Case]) -> Json:
    """Return ``ticket_comments.json``: the comments of all tickets, each with its ticket's id."""
    items = [
        _comment(case, comment, id) | {"ticket_id": case.id, "created_at": iso(comment.at)}
        for case in cases
        for comment, id in zip(case.comments, _event_ids(case), strict=False)
    ]
    return _page("comments", items)


def _event_ids(case: Case) -> Iterator[int]:
    return count(case.id * 100 + 1)


def _comment(case: Case, comment: Comment, id: int) -> Json:
    lines = comment.text.split("\n")
    return {
        "id": id,
        "type": "Comment",
        "author_id": _user_id(comment.by),
        "body": comment.text,
        "html_body": f'<div class="zd-comment"><p>{"<br>".join(lines)}</p></div>',
        "plain_body": comment.text,
        "public": comment.public,
        "attachments": [],
        "audit_id": case.id * 100 + 50,
        "via": _via(case) if comment.by == case.requester else {"channel": "web"},
    }


def audits(cases: Iterable[Case]) -> Json:
    """Return ``ticket_audits.json``: every update of every ticket, in order of time."""
    return _page("audits", [audit for case in cases for audit in _audits(case)])


def _audits(case: Case) -> Iterator[Json]:
    ids = _event_ids(case)
    said = [(one.at, one.by, _comment(case, one, next(ids))) for one in case.comments]
    changed = [
        (one.at, one.by, _change(one) | {"id": case.id * 100 + 60 + place})
        for place, one in enumerate(case.changes)
    ]
    moments = sorted({(when, by) for when, by, _ in (*said, *changed)})
    for place, (when, by) in enumerate(moments):
        events = [event for *moment, event in (*said, *changed) if tuple(moment) == (when, by)]
        created = _creation(case) if place == 0 else []
        yield {
            "id": case.id * 100 + 50 + place,
            "ticket_id": case.id,
            "created_at": iso(when),
            "author_id": _user_id(by),
            "metadata": {"system": {}, "custom": {}},
            "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
            "events": [
                event | ({"audit_id": case.id * 100 + 50 + place} if "audit_id" in event else {})
                for event in (*events, *created)
            ],
        }


def _value(field: str, value: str | None) -> str | None:
    return str(_user_id(value)) if field == "assignee_id" and value else value


def _change(change: Change) -> Json:
    return {
        "type": "Change",
        "field_name": change.field,
        "previous_value": _value(change.field, change.old),
        "value": _value(change.field, change.new),
    }


def _creation(case: Case) -> list[Json]:
    assigned = case.original("assignee_id", case.assignee)
    values = {
        "subject": case.subject,
        "status": "new",
        "priority": case.original("priority", case.priority),
        "requester_id": str(_user_id(case.requester)),
        "assignee_id": _value("assignee_id", assigned),
        "group_id": str(_group_id(case.assignee)),
        "tags": list(case.tags),
    }
    return [
        {"id": case.id * 100 + 80 + place, "type": "Create", "field_name": name, "value": value}
        for place, (name, value) in enumerate(values.items())
    ]
