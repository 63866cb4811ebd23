"""Hypothesis strategies for facts and changes on a small world where things collide."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage
from omnimemory.model.time import FOREVER, Span

DAY: Final = 86_400_000_000

KINDS: Final = {
    "ticket:z:1": "Ticket",
    "ticket:z:2": "Ticket",
    "interaction:é:1": "Interaction",
    "identity:z:1": "Identity",
    "identity:z:10": "Identity",
}
"""The nodes of the small world, with their kinds."""

EDGE_KINDS: Final = ("FROM", "TO")
KEYS: Final = ("email:a@x", "email:ab@x", "phone:1")
WORDS: Final = ("refund", "Müller", "the", "export")

node_ids = st.sampled_from(sorted(KINDS))
edge_kinds = st.sampled_from(EDGE_KINDS)
keys = st.sampled_from(KEYS)
times = st.sampled_from([-DAY - 1, -1, 0, 1, 5, DAY - 1, DAY, DAY + 7, 40 * DAY])
"""Valid times, on both sides of midnights and of the epoch."""

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)
props = st.dictionaries(st.text(max_size=4), json_values, max_size=2)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Draw a span of valid time; most have no end."""
    start = draw(times)
    length = draw(st.none() | st.none() | st.sampled_from([1, 6, DAY, 3 * DAY]))
    return Span(start, FOREVER if length is None else start + length)


@st.composite
def nodes(draw: st.DrawFn) -> Node:
    """Draw a version of a node of the small world."""
    id = draw(node_ids)
    carried = draw(st.frozensets(keys, max_size=2))
    return Node(id=id, kind=KINDS[id], span=draw(spans()), keys=carried, props=draw(props))


@st.composite
def edges(draw: st.DrawFn) -> Edge:
    """Draw a version of an edge; it may be a loop."""
    return Edge(
        source=draw(node_ids),
        kind=draw(edge_kinds),
        target=draw(node_ids),
        span=draw(spans()),
        props=draw(props),
    )


@st.composite
def passages(draw: st.DrawFn) -> Passage:
    """Draw a version of a passage."""
    text = " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=4)))
    return Passage(
        about=draw(node_ids),
        text=text,
        part=draw(st.sampled_from([0, 1, 2, 10])),
        span=draw(spans()),
    )


def stub(id: str) -> Node:
    """Return the empty node that stands for something of the small world before it is seen."""
    return Node(id=id, kind=KINDS[id], span=Span(0))


facts: st.SearchStrategy[Fact] = nodes() | edges() | passages()


def _version(fact: Fact) -> tuple[str, int]:
    return fact.id, fact.span.valid_from


@st.composite
def changes(draw: st.DrawFn) -> Changes:
    """Draw a batch; edges and passages may lean on nodes that no store has yet."""
    erase = draw(st.just(frozenset[str]()) | st.frozensets(node_ids, max_size=1))
    add = draw(st.lists(facts, max_size=5, unique_by=_version))
    retire = draw(st.lists(facts, max_size=4, unique_by=_version))
    return Changes(add=tuple(add), retire=tuple(retire), erase=erase)
