"""LangGraph: what a graph remembers across threads is kept in the memory, and can be erased."""

from __future__ import annotations

from typing import TypedDict

from langgraph.graph import END, START, StateGraph  # pyright: ignore[reportMissingTypeStubs]
from langgraph.runtime import Runtime

import omnimemory
from omnimemory.integrations.langgraph import OmniMemoryStore


class State(TypedDict):
    user: str
    said: str


def greet(state: State, runtime: Runtime[None]) -> dict[str, str]:
    assert runtime.store is not None  # noqa: S101
    name = ("users", state["user"])
    seen = runtime.store.get(name, "visits")
    visits = 1 if seen is None else seen.value["count"] + 1
    runtime.store.put(name, "visits", {"count": visits})
    return {"said": f"Welcome, visit {visits}"}


def main() -> None:
    with omnimemory.connect("sqlite://", tenant="acme") as memory:
        store = OmniMemoryStore(memory, customer=lambda namespace: f"crm:{namespace[1]}")
        graph = StateGraph(State).add_node("greet", greet)
        graph = graph.add_edge(START, "greet").add_edge("greet", END).compile(store=store)
        for _ in range(2):
            print(graph.invoke({"user": "7", "said": ""})["said"])
        print(memory.erase("crm:7"))
        print(graph.invoke({"user": "8", "said": ""})["said"])


if __name__ == "__main__":
    main()
