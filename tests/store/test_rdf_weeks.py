"""Tallies by week, and the newest edges week by week, are those of a plain reading."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimemory.model.facts import Edge
from omnimemory.model.time import FOREVER, AsOf
from omnimemory.store._rdf_engine import Question, Row
from omnimemory.store._rdf_oxigraph import OxigraphEngine
from omnimemory.store._rdf_tally import WEEK
from omnimemory.store.base import GraphStore
from omnimemory.store.networkx import NetworkXStore
from omnimemory.store.rdf import RdfStore
from omnimemory.store.registry import open_store
from omnimemory.store.walk import EdgeQuery
from omnimemory.testing.facts import TENANT, edge, node, put

_SOURCES = {f"m{n}": ("Interaction", "Ticket")[n % 2] for n in range(6)}
_TARGETS = ("i", "j")
_starts = st.integers(-6, 12).map(lambda n: n * WEEK // 3)


@st.composite
def _edges(draw: st.DrawFn) -> Edge:
    start = draw(_starts)
    return edge(
        draw(st.sampled_from(sorted(_SOURCES))),
        draw(st.sampled_from(["FROM", "TO"])),
        draw(st.sampled_from(_TARGETS)),
        valid=start,
        until=draw(st.sampled_from([FOREVER, FOREVER, FOREVER, start + WEEK])),
    )


_steps = st.lists(
    st.tuples(
        st.lists(_edges(), max_size=6, unique_by=lambda e: (e.id, e.span.valid_from)),
        st.lists(st.integers(0, 99), max_size=2),
        st.sampled_from([None, None, None, *sorted(_SOURCES), *_TARGETS]),
    ),
    min_size=1,
    max_size=6,
)


def _apply(store: GraphStore, added: list[Edge], closed: list[int], erased: str | None) -> None:
    view = store.view(TENANT)
    known = [fact for fact in view.versions(sorted(_SOURCES)) if isinstance(fact, Edge)]
    going = [known[n % len(known)] for n in closed if known]
    erase = [] if erased is None else [erased]
    again = [] if erased is None else [node(erased, _SOURCES.get(erased, "Identity"))]
    put(store, *again, *added, retire=going, erase=erase)


@settings(max_examples=60, deadline=None)
@given(
    steps=_steps,
    valid=_starts | st.just(FOREVER - 1),
    before=_starts | st.none(),
    newest=st.integers(1, 5),
)
def test_weeks_change_nothing_but_the_cost(
    steps: list[tuple[list[Edge], list[int], str | None]],
    valid: int,
    before: int | None,
    newest: int,
) -> None:
    """After any commits, at any point in both times, for one question or several."""
    ticks = iter(range(1, 1000))
    times = iter(range(1, 1000))
    with (
        NetworkXStore(clock=ticks.__next__) as plain,
        open_store("oxigraph://", clock=times.__next__) as store,
    ):
        for one in (plain, store):
            things = (node(id, kind) for id, kind in _SOURCES.items())
            put(one, *things, *(node(id, "Identity") for id in _TARGETS))
            for step in steps:
                _apply(one, *step)
        for recorded in (FOREVER - 1, len(steps) // 2 + 1):
            wanted, view = (one.view(TENANT, AsOf(valid, recorded)) for one in (plain, store))
            questions = [
                EdgeQuery(_TARGETS, before=before, newest=newest),
                EdgeQuery(["i"], ["FROM"], "target", before, newest),
                EdgeQuery(["j", "m1"], ["TO"], None, before, newest),
                EdgeQuery(_TARGETS, ["TO"], "target", before),
            ]
            assert view.edges_for(questions) == wanted.edges_for(questions)
            for kinds in (["FROM"], ["FROM", "TO"]):
                assert view.tally(_TARGETS, kinds=kinds) == wanted.tally(_TARGETS, kinds=kinds)


class _Counting(OxigraphEngine):
    """Counts the rows that it gives."""

    given = 0

    def _answer(self, questions: Sequence[Question]) -> list[list[Row]]:
        answers = super()._answer(questions)
        self.given += sum(map(len, answers))
        return answers


@pytest.mark.parametrize("many", [300, 1200])
def test_the_newest_and_the_count_cost_no_more_where_there_are_more(many: int) -> None:
    """Rows are read for the newest weeks only, and none to count."""
    engine = _Counting()
    with RdfStore(engine) as store:
        edges = (edge(f"m{n}", "FROM", "i", valid=n * WEEK // 3) for n in range(many))
        put(store, node("i", "Identity"), *(node(f"m{n}") for n in range(many)), *edges)
        view = store.view(TENANT)
        engine.given = 0
        newest = view.edges(["i"], kinds=["FROM"], at="target", newest=6)
        assert [e.source for e in newest] == [f"m{many - 1 - n}" for n in range(6)]
        assert view.tally(["i"], kinds=["FROM"])[0].count == many
        assert engine.given <= 10
