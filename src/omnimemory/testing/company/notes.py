"""What Tillwright's own tools wrote by the API: statements, actions, handoffs, feedback, links."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from omnimemory.testing.company.github import BUGS
from omnimemory.testing.company.people import AGENTS, ASSISTANT_NAME, BOT, CUSTOMERS
from omnimemory.testing.company.shapes import at, iso
from omnimemory.testing.company.story import EARLIER_TICKET, MAILS, TICKET

Json: TypeAlias = dict[str, Any]

SOURCE: Final = "desk"
REFUND_PROMISE: Final = "promise-35436-refund"
_RESOLUTION: Final = (
    "Sent the refund of the later capture from the ledger (Payments > Captures > Return); "
    "no credit note, so that the invoice stays paid."
)
CALLBACK_PROMISE: Final = "promise-35436-callback"


def _customer(key: str) -> Json:
    return {"email": CUSTOMERS[key].email, "name": CUSTOMERS[key].name}


def _by(key: str) -> Json:
    if key == "bot":
        return {"id": BOT.key, "kind": "bot", "name": BOT.name}
    if key == "ai_agent":
        return {"id": "till-assist", "kind": "ai_agent", "name": ASSISTANT_NAME}
    if key in AGENTS:
        agent = AGENTS[key]
        return {"id": key, "kind": "agent", "name": agent.name, "email": agent.email}
    return _customer(key)


def _ticket(number: int) -> Json:
    return {"kind": "Ticket", "id": str(number), "source": "zendesk"}


def _said(
    type: str,
    id: str,
    when: str,
    by: str,
    about: str,
    /,
    ticket: int | None = TICKET,
    **fields: Any,
) -> Json:
    return {
        "type": type,
        "source": SOURCE,
        "id": id,
        "occurred_at": iso(at(when)),
        "author": _by(by),
        "customer": _customer(about),
        **({"of": _ticket(ticket)} if ticket else {}),
        **fields,
    }


def _tried(id: str, text: str) -> Json:
    return _said(
        "statement",
        id,
        "2026-03-03 09:25",
        "dana",
        "dana",
        form="attempt",
        text=text,
    )


def records() -> list[Json]:
    """Return the lines of ``records.jsonl``: omnimemory's own records as JSON objects."""
    return [*_links(), *_attempts(), *_promises(), *_others()]


def _links() -> list[Json]:
    issue = next(bug for bug in BUGS if bug.number == 812)
    depends = {"depends_on": [{"kind": "Issue", "id": str(issue.id), "source": "github"}]}
    thread = {
        "type": "conversation",
        "source": "mbox",
        "id": MAILS[0].id,
        "channel": "email",
        "updated_at": "2026-03-04T11:41:00Z",
        "about": [_ticket(TICKET)],
    }
    resolution = {
        "type": "ticket_change",
        "source": "zendesk",
        "id": str(EARLIER_TICKET),
        "changed_at": "2026-01-24T09:00:00Z",
        "changes": [{"field": "resolution", "new": _RESOLUTION}],
    }
    return [
        thread,
        resolution,
        *(
            {"type": "ticket_change", "source": "zendesk", "id": str(ticket), "changed_at": when}
            | depends
            for ticket, when in (
                (EARLIER_TICKET, "2026-01-20T09:05:00Z"),
                (TICKET, "2026-03-04T15:10:00Z"),
            )
        ),
    ]


def _attempts() -> list[Json]:
    return [
        _tried("attempt-35436-cache", "Cleared the browser cache; the checkout still failed."),
        _tried("attempt-35436-browser", "Tried Firefox instead of Chrome; same error E4012."),
        _tried(
            "attempt-35436-card",
            "Paid with another card (ending in 0093); it was charged as well.",
        ),
    ]


def _promises() -> list[Json]:
    return [
        _said(
            "statement",
            REFUND_PROMISE,
            "2026-03-04 11:40",
            "kim",
            "dana",
            form="commitment",
            text="Refund of 189.00 EUR for INV-2231 by Friday, 6 March.",
            status="open",
            due_at="2026-03-06T17:00:00Z",
        ),
        _said(
            "statement",
            CALLBACK_PROMISE,
            "2026-03-05 16:01",
            "luca",
            "dana",
            form="commitment",
            text="Call Dana back by Friday noon with the state of the refund.",
            status="open",
            due_at="2026-03-06T11:00:00Z",
        ),
    ]


def _others() -> list[Json]:
    return [
        _said(
            "statement",
            "preference-dana-phone",
            "2026-03-04 12:21",
            "dana",
            "dana",
            form="preference",
            text="Please phone, not mail: she does not read mail while she bakes. "
            "She cannot pick up in the afternoon.",
        ),
        _said(
            "statement",
            "decision-35436-full",
            "2026-03-04 11:45",
            "kim",
            "dana",
            form="decision",
            text="Return capture pay_7Q2N in full; the invoice stays paid.",
        ),
        _said(
            "statement",
            "question-35436-bank",
            "2026-03-05 15:59",
            "dana",
            "dana",
            form="question",
            text="Has my refund been sent?",
            status="open",
        ),
        _said(
            "action",
            "refund-pay_7Q2N",
            "2026-03-04 11:48",
            "kim",
            "dana",
            name="payments.refund",
            arguments={"capture": "pay_7Q2N", "amount": 189.0, "currency": "EUR"},
            outcome="pending",
            result="Waits for approval: amounts above 150 EUR need a second person.",
        ),
        _said(
            "handoff",
            "handoff-35436-billing",
            "2026-03-03 09:25",
            "bot",
            "dana",
            reason="No agent free in chat; ticket 35436 opened for billing.",
            to_channel="email",
        ),
        _said(
            "action",
            "refund-35102",
            "2026-01-19 13:28",
            "kim",
            "amelie",
            ticket=EARLIER_TICKET,
            name="payments.refund",
            arguments={"capture": "pay_5K1B", "amount": 420.0, "currency": "EUR"},
            outcome="done",
            result="Returned.",
        ),
        _said(
            "feedback",
            "nps-2026-q1-walter",
            "2026-02-02 17:20",
            "walter",
            "walter",
            ticket=None,
            metric="nps",
            score=9,
            worst=0,
            best=10,
            question="How likely are you to recommend Tillwright?",
            comment="A ten the day that I can plan closures.",
        ),
        _said(
            "statement",
            "promise-walter-demo",
            "2026-02-09 18:00",
            "sofia",
            "walter",
            ticket=None,
            form="commitment",
            text="Send the holiday-closure beta to Walter as soon as it exists.",
            status="open",
        ),
    ]
