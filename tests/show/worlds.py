"""What the pictures are tried on, and every picture of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import omnimemory
from omnimemory import Memory
from omnimemory.listing import When
from omnimemory.model.facts import Changes, Edge, Fact, Node
from omnimemory.model.time import BEGINNING, Span, micros
from omnimemory.testing import company

BUSY: Final = 100_000
WHOM: Final = "email:eve@example.org"
ATTACKS: Final = (
    "<script>alert('om-attack')</script>",
    '"><img src=x onerror=alert("om-attack")>',
    "</style></svg></article><script>om-attack</script>",
    "' onmouseover='alert(1)' x='",
    "javascript:alert(1)",
    "\u202egnp.exe\u202c \u2066הודעה\u2069 مرحبا بالعالم",
    "\x1b[2J\x1b[31mred\x07",
    "👩🏽‍🚀🏳️‍🌈 ɐ̴̨́ ﷽",
    "]]><!--&amp;&#x3c;script>",
    "n" * 5_000,
    "<b>" * 1_500,
)


def busy() -> Memory:
    """Return a memory of one customer with a hundred thousand interactions."""
    memory = omnimemory.connect("sqlite://", tenant="busy")
    start = datetime(2021, 1, 1, tzinfo=UTC)
    memory.ingest(
        [
            {"type": "contact", "source": "crm", "id": "1", "person": {"name": "Busy Bee", "email": "bee@example.org"}},
            *(_ticket(number, start + timedelta(days=30 * number)) for number in range(60)),
        ]
    )  # fmt: skip
    identity = memory.customer("email:bee@example.org").identities[0]
    for batch in range(0, BUSY, 10_000):
        facts: list[Fact] = []
        for number in range(batch, batch + 10_000):
            facts += _message(number, start + timedelta(minutes=26 * number), identity)
        memory.store.commit("busy", Changes(add=tuple(facts)), base=memory.view().revision)
    return memory


def _ticket(number: int, at: datetime) -> dict[str, Any]:
    return {
        "type": "ticket",
        "source": "desk",
        "id": str(number),
        "number": str(number),
        "subject": f"Ticket {number}",
        "status_class": "in_progress" if number % 9 == 0 else "resolved",
        "created_at": at,
        "requester": {"email": "bee@example.org"},
    }


def _message(number: int, at: datetime, identity: str) -> list[Fact]:
    id, span = f"interaction:desk:{number:06}", Span(micros(at))
    props = {
        "form": "message",
        "channel": ("email", "chat", "phone", "in_app")[number // 7 % 4],
        "direction": ("inbound", "outbound")[number % 2],
        "text": f"Message {number} about the same old thing.",
        "visibility": "external",
        "occurred_at": at.isoformat(),
    }
    return [
        Node(id=id, kind="Interaction", span=span, props=props),
        Edge(kind="FROM" if number % 2 == 0 else "TO", source=id, target=identity, span=span),
    ]


def hostile() -> Memory:
    """Return a memory of a customer whose every word is an attack."""
    memory = omnimemory.connect("networkx://", tenant="hostile")
    report = memory.ingest(
        [record for n, text in enumerate(ATTACKS) for record in _attack(n, text)]
    )
    assert not report.errors
    span = Span(BEGINNING)
    odd = Node(
        id="usage:x:odd",
        kind="Usage",
        span=span,
        props={"name": ATTACKS[0], "count": "many", "day": 5},
    )
    edge = Edge(
        kind="USED_BY", source=odd.id, target=memory.customer(WHOM).identities[0], span=span
    )
    memory.store.commit("hostile", Changes(add=(odd, edge)), base=memory.view().revision)
    return memory


def _attack(number: int, text: str) -> list[dict[str, Any]]:
    person = {"name": text, "email": WHOM.partition(":")[2]}
    at = f"2026-03-{number + 1:02}T10:00:00Z"
    common = {"source": "x", "id": f"{number}/{text.strip(chr(27))[:3]}"}
    clock = {"state": "breached", "target_at": at, "started_at": "2026-02-01T00:00:00Z"}
    return [
        {"type": "message", **common, "occurred_at": at, "author": person, "text": text, "subject": text},
        {
            "type": "ticket", **common, "number": f"{number}<b>", "subject": text, "description": text,
            "status": text[:40], "status_class": "in_progress", "created_at": at, "requester": person,
            "clocks": {text[:20]: clock}, "tags": [text[:40]], "extra": {text[:40]: text},
        },
        {
            "type": "statement", **common, "form": "commitment", "text": text, "occurred_at": at,
            "author": person, "customer": person,
        },
        {
            "type": "handoff", **common, "occurred_at": at, "reason": text, "customer": person,
            "author": {"kind": "bot", "id": "b", "name": text},
        },
        {"type": "account", **common, "name": text.translate({7: 32, 27: 32})},
    ]  # fmt: skip


def values(memory: Memory, customer: str, query: str, *, as_of: When = None) -> dict[str, Any]:
    """Return every value of a memory that has a picture, by its name."""
    return {
        "memory": memory,
        "overview": memory.overview(as_of=as_of),
        "customer": memory.customer(customer, as_of=as_of),
        "customers": memory.customers(as_of=as_of),
        "timeline": memory.timeline(customer, limit=1_000, as_of=as_of),
        "pack": memory.context_pack(customer, query, budget=4_000, as_of=as_of),
        "hits": memory.search(query, customer=customer, limit=100, as_of=as_of),
        "tickets": memory.tickets(customer=customer, as_of=as_of),
        "graph": memory.graph(customer, as_of=as_of),
        "comparison": memory.compare(customer, "2026-01-01", as_of),
        "item": next(iter(memory.tickets(customer=customer, as_of=as_of))),
        "provenance": memory.identity.how(customer),
        "why": memory.identity.why(*_two(memory, customer)),
    }


def _two(memory: Memory, customer: str) -> list[str]:
    """Return two identities of a customer, or the one and the customer."""
    found = memory.customer(customer)
    return [*found.identities, found.id][:2]


def sample_values(memory: Memory) -> dict[str, Any]:
    """Return the pictures of the sample company's customer at its heart, at its now."""
    return values(memory, company.DANA.email, "Where is my refund?", as_of=company.NOW)


def hostile_values(memory: Memory) -> dict[str, Any]:
    """Return the pictures of hostile data, a report of hostile records among them."""
    bad = [{"type": attack, "source": "x"} for attack in ATTACKS]
    bad += [
        {"type": "message", "source": "x", "id": str(n), attack: 1}
        for n, attack in enumerate(ATTACKS)
    ]
    return values(memory, WHOM, "script alert") | {"report": memory.ingest(bad)}


def busy_values(memory: Memory) -> dict[str, Any]:
    """Return the pictures of the busy customer."""
    return values(memory, "email:bee@example.org", "same old thing")


def empty_values(memory: Memory) -> dict[str, Any]:
    """Return what there is to see of nothing."""
    return {
        "memory": memory,
        "customers": memory.customers(),
        "hits": memory.search("anything"),
        "tickets": memory.tickets(),
        "report": memory.ingest([]),
    }
