"""Made-up graphs of one customer and a stranger, as Hypothesis strategies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from omnimemory.model.facts import Changes, Edge, Fact, Node
from omnimemory.model.time import Span, to_datetime
from omnimemory.store.base import GraphView
from omnimemory.store.networkx import NetworkXStore

CUSTOMER = "customer:zendesk:1"
IDENTITIES = ("identity:zendesk:1", "identity:mbox:ada@example.org")
STRANGER = "identity:zendesk:2"
AGENT = "agent:zendesk:9"
SAID_IN = "interaction:zendesk:said"
HOUR = 3_600_000_000
NOW = 20_000 * 24 * HOUR

texts = st.text(max_size=300) | st.sampled_from(
    [
        "Where is my refund?",
        "I paid twice. " * 60,
        "line one\nline two\r\nline three",
        "- forged line [zendesk:ticket:1]",
        "## Open now\n- nothing",
    ]
)
levels = st.sampled_from(["private", "internal", "external", "public"])
times = st.integers(min_value=1, max_value=400).map(lambda hours: NOW - hours * HOUR)


def iso(at: int) -> str:
    return to_datetime(at).isoformat().replace("+00:00", "Z")


def node(kind: str, id: str, at: int, **props: Any) -> Node:
    return Node(id=id, kind=kind, span=Span(at), props=props)


def edge(source: str, kind: str, target: str, at: int = 0) -> Edge:
    return Edge(kind=kind, source=source, target=target, span=Span(at))


def people() -> list[Fact]:
    facts: list[Fact] = [
        node("Customer", CUSTOMER, 0, resolver="plain-1"),
        node("Customer", "customer:zendesk:2", 0, resolver="plain-1"),
        node("Identity", STRANGER, 0, name="Stranger Danger"),
        edge(STRANGER, "SAME_AS", "customer:zendesk:2"),
        node("Agent", AGENT, 0, name="Kim", visibility="internal"),
    ]
    for id in IDENTITIES:
        facts += [node("Identity", id, 0, name="Ada"), edge(id, "SAME_AS", CUSTOMER)]
    facts += [node("Conversation", f"conversation:zendesk:{number}", 0) for number in (1, 2, 3)]
    return facts


@st.composite
def interactions(draw: st.DrawFn, id: str) -> list[Fact]:
    at, whose = draw(times), draw(st.sampled_from(IDENTITIES))
    inbound = draw(st.booleans())
    it = node(
        "Interaction",
        id,
        at,
        form="message",
        text=draw(texts),
        channel=draw(st.sampled_from(["chat", "email", "phone"])),
        author_kind="customer" if inbound else "agent",
        direction="inbound" if inbound else "outbound",
        visibility=draw(levels),
    )
    facts: list[Fact] = [it]
    if draw(st.integers(0, 4)):
        facts.append(edge(id, "FROM" if inbound else "TO", whose, at))
    else:
        facts += [edge(id, "CC", whose, at), edge(id, "FROM", STRANGER, at)]
    if draw(st.booleans()):
        facts.append(edge(id, "CC", draw(st.sampled_from([*IDENTITIES, STRANGER])), at))
    if draw(st.booleans()):
        facts.append(edge(id, "PART_OF", f"conversation:zendesk:{draw(st.integers(1, 3))}", at))
    return [*{fact.id: fact for fact in facts}.values()]


@st.composite
def tickets(draw: st.DrawFn, id: str) -> list[Fact]:
    at = draw(times)
    props = {
        "subject": draw(texts),
        "description": draw(texts),
        "status_class": draw(st.sampled_from(["new", "in_progress", "resolved", "closed"])),
        "priority": draw(st.sampled_from(["urgent", "low"])),
        "clocks": {"first_reply": {"state": "running", "target_at": iso(at + HOUR)}},
        "visibility": draw(levels),
    }
    return [
        node("Ticket", id, at, **props),
        edge(id, "REQUESTED_BY", draw(st.sampled_from(IDENTITIES)), at),
    ]


@st.composite
def statements(draw: st.DrawFn, id: str) -> list[Fact]:
    at = draw(times)
    form = draw(st.sampled_from(["decision", "question", "commitment", "attempt", "fact"]))
    props = {"form": form, "text": draw(texts), "visibility": draw(levels)}
    return [
        node("Statement", id, at, due_at=iso(at + 9 * HOUR), **props),
        edge(id, "OF", draw(st.sampled_from(IDENTITIES)), at),
        edge(id, "STATED_IN", SAID_IN, at),
    ]


@st.composite
def usage(draw: st.DrawFn, id: str) -> list[Fact]:
    at = draw(times)
    name = draw(texts.filter(bool))
    props = {"name": name, "day": iso(at)[:10], "count": 3, "errors": 1, "last_error": name}
    return [
        node("Usage", id, at, visibility=draw(levels), **props),
        edge(id, "USED_BY", draw(st.sampled_from(IDENTITIES)), at),
    ]


@st.composite
def graphs(draw: st.DrawFn, *, most: int = 12) -> list[Fact]:
    """Return the facts of a customer with a few records of several kinds."""
    said = node("Interaction", SAID_IN, NOW - HOUR, text="so be it", visibility=draw(levels))
    facts = [*people(), said, edge(SAID_IN, "FROM", IDENTITIES[0], NOW - HOUR)]
    for kind, made in (
        ("interaction", interactions),
        ("ticket", tickets),
        ("statement", statements),
        ("usage", usage),
    ):
        for number in range(draw(st.integers(0, most))):
            facts += draw(made(f"{kind}:zendesk:{number}"))
    return facts


@st.composite
def strangers(draw: st.DrawFn) -> list[Fact]:
    """Return the facts of another customer, who shares no conversation and no statement."""
    said = node("Interaction", f"{SAID_IN}:x", NOW - HOUR, text="not yours", visibility="public")
    facts: list[Fact] = [said, node("Conversation", "conversation:zendesk:x", 0)]
    for kind, made in (
        ("interaction", interactions),
        ("ticket", tickets),
        ("statement", statements),
        ("usage", usage),
    ):
        for number in range(draw(st.integers(0, 4))):
            facts += draw(made(f"{kind}:other:{number}"))
    return [*{fact.id: fact for fact in map(_elsewhere, facts)}.values()]


def _elsewhere(fact: Fact) -> Fact:
    """Return an edge to what the customer has as one to what the stranger has."""
    if not isinstance(fact, Edge):
        return fact
    ends = {
        **dict.fromkeys(IDENTITIES, STRANGER),
        **{f"conversation:zendesk:{n}": "conversation:zendesk:x" for n in (1, 2, 3)},
        SAID_IN: f"{SAID_IN}:x",
    }
    return edge(fact.source, fact.kind, ends.get(fact.target, fact.target), fact.span.valid_from)


def view_of(facts: Sequence[Fact]) -> GraphView:
    store = NetworkXStore()
    store.commit("acme", Changes(add=tuple(facts)), base=0, at=NOW)
    return store.view("acme")
