"""LangGraph: the store agrees with LangGraph's own, op by op, and keeps what a customer's is."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Iterator
from typing import Annotated, Any, TypedDict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langgraph.graph import END, START, StateGraph  # pyright: ignore[reportMissingTypeStubs]
from langgraph.runtime import Runtime
from langgraph.store.base import (
    GetOp,
    InvalidNamespaceError,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    SearchOp,
)
from langgraph.store.memory import InMemoryStore

import omnimemory
from omnimemory import InputError, Memory
from omnimemory.integrations.langgraph import OmniMemoryStore
from tests.integrations.conftest import BOB, DANA

_USERS = {"dana": DANA, "bob": BOB}
_WORDS = st.sampled_from(["a", "b", "a/b", "a%2Fb", "ä ö", "Z"])
_NAMESPACES = st.lists(_WORDS, min_size=1, max_size=3).map(tuple)
_VALUES = st.dictionaries(
    st.sampled_from(["n", "text", "deep"]),
    st.none() | st.integers(-9, 9) | st.sampled_from(["x", "y\0z"]) | st.just({"n": 1}),
    max_size=3,
)
_FILTERS = st.none() | st.sampled_from(
    [{"n": 1}, {"deep": {"n": 1}}, {"text": {"$ne": "x"}}, {"n": {"$eq": 2}}]
)
_MATCHES = st.builds(
    MatchCondition,
    st.sampled_from(["prefix", "suffix"]),
    st.lists(_WORDS | st.just("*"), max_size=2).map(tuple),
)
_OPS = st.one_of(
    st.builds(PutOp, _NAMESPACES, _WORDS, st.none() | _VALUES),
    st.builds(GetOp, _NAMESPACES, _WORDS),
    st.builds(SearchOp, st.lists(_WORDS, max_size=2).map(tuple), _FILTERS, st.just(100)),
    st.builds(
        ListNamespacesOp,
        st.none() | st.lists(_MATCHES, max_size=2).map(tuple),
        st.none() | st.integers(1, 3),
        st.just(100),
    ),
)  # fmt: skip


@pytest.fixture
def store(memory: Memory) -> Iterator[OmniMemoryStore]:
    return OmniMemoryStore(memory)  # type: ignore[return-value]


def told(result: Any) -> Any:
    """Return what a result says, without times and order."""
    match result:
        case list():
            return sorted((told(one) for one in result), key=repr)
        case tuple() | None:
            return result
        case _:
            return (result.namespace, result.key, result.value)


@given(st.lists(st.lists(_OPS, max_size=4), max_size=6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_it_answers_as_langgraphs_own_store_does(batches: list[list[Op]]) -> None:
    ours, theirs = OmniMemoryStore(omnimemory.connect("sqlite://", tenant="t")), InMemoryStore()
    for ops in batches:
        assert [told(one) for one in ours.batch(ops)] == _expected(theirs, ops)


def _expected(theirs: InMemoryStore, ops: list[Op]) -> list[Any]:
    """Return what a batch tells: its reads come first, and a namespace without items is none."""
    told_by_place: dict[int, Any] = {}
    for place, op in sorted(enumerate(ops), key=lambda one: isinstance(one[1], PutOp)):
        for namespace in [name for name, items in theirs._data.items() if not items]:
            del theirs._data[namespace]
        told_by_place[place] = told(theirs.batch([op])[0])
    return [told_by_place[place] for place in range(len(ops))]


def test_a_value_put_again_keeps_when_it_was_first_put(store: OmniMemoryStore) -> None:
    store.put(("users", "ada"), "prefs", {"theme": "dark"})
    first = store.get(("users", "ada"), "prefs")
    store.put(("users", "ada"), "prefs", {"theme": "light"})
    second = store.get(("users", "ada"), "prefs")
    assert first is not None
    assert second is not None
    assert second.value == {"theme": "light"}
    assert second.created_at == first.created_at < second.updated_at


def test_a_query_puts_what_has_its_words_first(store: OmniMemoryStore) -> None:
    for key, text in (("1", "likes tea"), ("2", "pays by card"), ("3", "card was declined")):
        store.put(("facts",), key, {"text": text})
    found = store.search(("facts",), query="declined card", limit=2)
    assert [one.key for one in found] == ["3", "2"]
    assert found[0].score is not None
    assert found[1].score is not None
    store.put(("facts",), "3", {"text": "card was declined"}, index=False)
    assert store.search(("facts",), query="declined")[0].score is None
    store.put(("facts",), "4", {"text": "declined", "note": "tea"}, index=["note"])
    assert store.search(("facts",), query="declined")[0].score is None


def test_what_was_deleted_is_gone_and_can_be_put_again(store: OmniMemoryStore) -> None:
    store.put(("a",), "k", {"n": 1})
    store.delete(("a",), "k")
    assert store.get(("a",), "k") is None
    assert store.list_namespaces() == []
    store.put(("a",), "k", {})
    found = store.get(("a",), "k")
    assert found is not None
    assert found.value == {}


def test_it_is_awaited_as_well(store: OmniMemoryStore) -> None:
    async def go() -> None:
        await asyncio.gather(*(store.aput(("a",), f"k{n}", {"n": n}) for n in range(8)))
        found = await store.asearch(("a",), limit=20)
        assert {one.value["n"] for one in found} == set(range(8))

    asyncio.run(go())


def test_bad_input_is_refused(store: OmniMemoryStore) -> None:
    with pytest.raises(InvalidNamespaceError):
        store.put(("a.b",), "k", {})
    with pytest.raises(InputError, match="must be JSON"):
        store.put(("a",), "k", {"n": object()})
    with pytest.raises(InputError, match="id: "):
        store.put(("a",), "k" * 2_000, {"n": 1})
    with pytest.raises(NotImplementedError, match="TTL"):
        store.put(("a",), "k", {"n": 1}, ttl=5)
    store.put(("a",), "k", {"n": 1})
    with pytest.raises(InputError, match=r"no operator '\$near'"):
        store.search(("a",), filter={"n": {"$near": 1}})


def test_a_customers_items_go_when_they_are_erased(memory: Memory) -> None:
    """And nobody meets them in a pack, a search or a timeline."""
    store = OmniMemoryStore(memory, customer=lambda namespace: _USERS[namespace[1]])
    store.put(("users", "dana"), "note", {"text": "remembers the aardvark"})
    store.put(("users", "bob"), "note", {"text": "remembers the aardvark too"})
    assert not memory.search("aardvark", customer=DANA)
    assert "remembers the" not in memory.context_pack(DANA, "aardvark").markdown()
    assert "AgentItem" not in memory.context_pack(DANA).manifest
    assert all(entry.kind != "AgentItem" for entry in memory.timeline(DANA, limit=100))
    erased = memory.erase(DANA)
    assert erased.nodes["AgentItem"] == 1
    assert erased.verified
    assert [one.namespace for one in store.search(())] == [("users", "bob")]


class State(TypedDict):
    said: Annotated[list[str], operator.add]


def test_a_graph_remembers_across_threads(memory: Memory) -> None:
    def node(state: State, runtime: Runtime[None]) -> dict[str, list[str]]:
        assert runtime.store is not None
        seen = runtime.store.get(("users",), "visits")
        visits = 1 if seen is None else seen.value["n"] + 1
        runtime.store.put(("users",), "visits", {"n": visits})
        return {"said": [f"visit {visits}"]}

    graph = (
        StateGraph(State).add_node("greet", node).add_edge(START, "greet").add_edge("greet", END)
    )
    app = graph.compile(store=OmniMemoryStore(memory))
    assert app.invoke({"said": []})["said"] == ["visit 1"]
    assert app.invoke({"said": []})["said"] == ["visit 2"]
