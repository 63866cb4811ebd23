"""A customer by hand: one person over chat, mail and a shop, and somebody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from omnimemory.model.commerce import Order
from omnimemory.model.records import (
    Account,
    Article,
    Clock,
    Contact,
    Conversation,
    Issue,
    Message,
    Note,
    Person,
    Record,
    Ref,
    Statement,
    StatusClass,
    Ticket,
    UsageEvent,
    Visibility,
)
from omnimemory.model.time import micros

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT = micros(NOON)
DANA = Person(id="7", name="Dana Meyer", email="dana@example.org")
BOB = Person(id="8", name="Bob Stone", email="bob@example.net")
KIM = Person(kind="agent", id="a1", name="Kim Lee")
CUSTOMER = "customer:chat:7"
TICKET = Ref(kind="Ticket", source="zendesk", id="35436")


def ago(hours: float) -> datetime:
    return NOON - timedelta(hours=hours)


def message(id: str, hours: float, text: str, **fields: Any) -> Message:
    inbound = fields.pop("inbound", True)
    person = fields.pop("person", DANA)
    author, to = (person, KIM) if inbound else (KIM, person)
    given: dict[str, Any] = {"channel": "chat", "conversation": "c1", **fields}
    return Message(
        source="chat", id=id, occurred_at=ago(hours), author=author, to=(to,), text=text, **given
    )


def company() -> list[Record]:
    """Return what a small company knows."""
    clocks = {
        "first_reply": Clock(state="breached", target_at=ago(3), breached_at=ago(3)),
        "resolution": Clock(state="running", target_at=ago(-2)),
    }
    records: list[Record] = [
        Contact(
            source="zendesk",
            id="7",
            person=DANA,
            created_at=ago(8_000),
            accounts=(Ref(kind="Account", source="crm", id="77"),),
        ),
        Account(
            source="crm",
            id="77",
            name="Initech",
            tier="gold",
            annual_value=12_000,
            currency="EUR",
            created_at=ago(9_000),
        ),
        Conversation(
            source="chat", id="c1", title="Double charge", channel="chat", about=(TICKET,)
        ),
        Ticket(
            source="zendesk",
            id="35436",
            number="35436",
            subject="Refund not arrived",
            description="I paid twice for INV-2231 and want the second payment back.",
            status="open",
            status_class=StatusClass.IN_PROGRESS,
            priority="urgent",
            priority_scheme="zendesk",
            requester=DANA,
            assignee=KIM,
            created_at=ago(48),
            clocks=clocks,
            depends_on=(Ref(kind="Issue", source="jira", id="1001"),),
        ),
        Ticket(
            source="zendesk",
            id="200",
            subject="Forgot my password",
            status="solved",
            status_class=StatusClass.RESOLVED,
            resolution="Sent a reset link.",
            requester=DANA,
            created_at=ago(4_000),
        ),
        Issue(
            source="jira",
            id="1001",
            number="PAY-17",
            subject="Refund job stalls",
            status="In Review",
            status_class=StatusClass.IN_PROGRESS,
            fixed_in=("2.4.1",),
            created_at=ago(100),
        ),
        Order(source="shop", id="o1", customer=DANA, number="A-100", status="late"),
        Statement(
            source="zendesk",
            id="s1",
            form="commitment",
            text="Refund INV-2231 in full",
            occurred_at=ago(40),
            author=KIM,
            customer=DANA,
            due_at=ago(20),
            of=TICKET,
        ),
        Statement(
            source="chat",
            id="s2",
            form="attempt",
            text="Cleared the cache",
            occurred_at=ago(45),
            author=DANA,
            customer=DANA,
        ),
        message("m1", 50, "I was charged twice."),
        message("m2", 49, "Let me look into the double charge.", inbound=False),
        message("m3", 5, "Where is my refund?", channel="email", conversation="c2"),
        Note(
            source="zendesk", id="n1", occurred_at=ago(4), author=KIM, text="VIP", about=(TICKET,)
        ),
        UsageEvent(
            source="segment",
            id="u1",
            name="export",
            occurred_at=ago(6),
            user=DANA,
            error="timeout",
        ),
        UsageEvent(source="segment", id="u2", name="login", occurred_at=ago(6), user=DANA),
        Article(
            source="kb",
            id="k1",
            title="How refunds work",
            text="A refund takes five working days.",
            visibility=Visibility.PUBLIC,
        ),
        Ticket(
            source="zendesk",
            id="99",
            subject="Refund lost",
            status="solved",
            status_class=StatusClass.RESOLVED,
            resolution="Reissued the refund by hand; told bob@example.net at +49 170 1234567.",
            requester=BOB,
            created_at=ago(900),
        ),
        message("m9", 30, "Bob speaks about his refund.", person=BOB, conversation="c9"),
    ]
    return records
