"""Records of one customer, and taking them in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from omnimemory.ingest.pipeline import ingest
from omnimemory.ingest.report import Report
from omnimemory.model.facts import Node
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import (
    Message,
    Person,
    Ticket,
    UsageEvent,
)
from omnimemory.model.time import AsOf
from omnimemory.store.base import GraphStore

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
DANA = Person(email="dana@example.org", name="Dana")
KIM = Person(kind="agent", id="kim", name="Kim")


def take(store: GraphStore, *records: Any, **options: Any) -> Report:
    return ingest(store, "acme", list(records), kinds=Kinds(), **options)


def message(id: str, minutes: int = 0, author: Person = DANA, **fields: Any) -> Message:
    at = T0 + timedelta(minutes=minutes)
    given: dict[str, Any] = {"source": "mbox", "to": (KIM,), "conversation": "c1"}
    given |= {"text": f"text of {id}", "occurred_at": at, "author": author, **fields}
    return Message(id=id, **given)


def ticket(status: str, minutes: int, **fields: Any) -> Ticket:
    return Ticket(
        source="zendesk",
        id="1",
        subject="Refund",
        status=status,
        created_at=T0,
        updated_at=T0 + timedelta(minutes=minutes),
        **fields,
    )


def used(id: str, minutes: int, **fields: Any) -> UsageEvent:
    at = T0 + timedelta(minutes=minutes)
    given: dict[str, Any] = {"source": "segment", "user": Person(id="u1")} | fields
    return UsageEvent(id=id, name="checkout", occurred_at=at, **given)


def node(store: GraphStore, id: str, when: AsOf = AsOf()) -> Node:  # noqa: B008 - a frozen value
    (found,) = store.view("acme", when).nodes([id])
    return found
