"""LangChain: the middleware in a real agent, the retriever, the tools."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from typing import Any, cast

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphRecursionError
from pydantic import PrivateAttr

from omnimemory import InputError, Memory
from omnimemory.integrations.langchain import (
    OmniMemoryMiddleware,
    OmniMemoryRetriever,
    memory_tools,
)
from omnimemory.integrations.scope import Scope
from tests.integrations.asking import (
    ANSWER,
    BOBS,
    BY,
    CANARY,
    CREDIT,
    DANAS,
    PERSONA,
    RECORD,
    Asks,
    Call,
    Calls,
    ModelDownError,
    actions,
    credit_of,
    issue_credit,
    question,
    record_of,
)
from tests.integrations.laws import AgentLaws


class Scripted(BaseChatModel):
    """Calls two tools, then answers."""

    _calls: Calls = PrivateAttr()
    _tools: tuple[str, ...] = PrivateAttr(default=())

    def __init__(self, calls: Calls, tools: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._calls, self._tools = calls, tools

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return Scripted(self._calls, tuple(tool.name for tool in tools))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> ChatResult:
        return self._said(self._called(messages), messages)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> ChatResult:
        call = self._called(messages)
        await self._calls.pause(call)
        return self._said(call, messages)

    def _called(self, messages: list[BaseMessage]) -> Call:
        system = "\n".join(one.text for one in messages if isinstance(one, SystemMessage))
        rest = [one for one in messages if not isinstance(one, SystemMessage)]
        last = max(n for n, one in enumerate(rest) if isinstance(one, HumanMessage))
        results = tuple(one.text for one in rest[last:] if isinstance(one, ToolMessage))
        history = "\n".join(one.text for one in rest)
        call = Call(system, history, self._tools, results)
        self._calls.note(call)
        return call

    def _said(self, call: Call, messages: list[BaseMessage]) -> ChatResult:
        asked = [one.text for one in messages if isinstance(one, HumanMessage)]
        said = AIMessage(ANSWER) if call.results else _asks(asked[-1])
        return ChatResult(generations=[ChatGeneration(message=said)])


def _asks(asked: str) -> AIMessage:
    return AIMessage(
        "",
        tool_calls=[
            {"id": "c1", "name": "get_record", "args": {"id": record_of(asked)}},
            {"id": "c2", "name": "issue_credit", "args": credit_of(asked)},
        ],
    )


class LangChainAsks(Asks):
    def __init__(self, scope: Scope, **options: Any) -> None:
        super().__init__()
        known = OmniMemoryMiddleware(scope, customer=lambda run: run.context["customer"])
        agent = create_agent(
            Scripted(self.calls),
            [issue_credit],
            system_prompt=PERSONA,
            middleware=[known],
            **options,
        )
        self.agent = agent.with_config(callbacks=[known.watch()])

    def given(self, who: str, text: str, key: str) -> dict[str, Any]:
        return {
            "input": {"messages": [HumanMessage(text, id=key)]},
            "config": {"configurable": {"thread_id": key}},
            "context": {"customer": who},
        }

    async def ask(self, who: str, text: str, *, key: str) -> str:
        return (await self.agent.ainvoke(**self.given(who, text, key)))["messages"][-1].text

    async def stream(self, who: str, text: str, *, key: str) -> AsyncGenerator[object]:
        events: Any = self.agent.astream(**self.given(who, text, key))
        async with aclosing(events):
            async for event in events:
                yield event

    def ask_in_thread(self, who: str, text: str, *, key: str) -> str:
        return self.agent.invoke(**self.given(who, text, key))["messages"][-1].text


class TestLangChain(AgentLaws):
    def agent(self, scope: Scope) -> Asks:
        return LangChainAsks(scope)


class TestLangChainWithCheckpoints(AgentLaws):
    def agent(self, scope: Scope) -> Asks:
        return LangChainAsks(scope, checkpointer=InMemorySaver())

    def test_the_pack_is_kept_in_no_checkpoint(self, memory: Memory) -> None:
        saver = InMemorySaver()
        tilly = LangChainAsks(Scope(memory, by=BY), checkpointer=saver)
        tilly.ask_in_thread(DANAS, question(DANAS, "r1"), key="r1")
        kept = repr(list(saver.list({"configurable": {"thread_id": "r1"}})))
        assert ANSWER in kept
        assert CANARY[DANAS] not in kept

    def test_a_thread_of_two_turns_is_one_conversation(self, memory: Memory) -> None:
        tilly = LangChainAsks(Scope(memory, by=BY), checkpointer=InMemorySaver())
        for n in (1, 2):
            given = tilly.given(DANAS, question(DANAS, f"turn {n}"), "thread")
            given["input"]["messages"][0].id = f"m{n}"
            tilly.agent.invoke(**given)
        said = [one for one in memory.timeline(DANAS, limit=100) if one.text == ANSWER]
        assert len(said) == 2
        assert len({one.conversation for one in said}) == 1
        assert said[0].conversation is not None


def test_a_run_over_its_limit_of_steps_is_written_as_far_as_it_came(memory: Memory) -> None:
    """With what the tools gave back; the model was not asked again."""
    tilly = LangChainAsks(Scope(memory, by=BY))
    given = tilly.given(DANAS, question(DANAS, "r1"), "r1")
    given["config"]["recursion_limit"] = 2
    for _ in range(2):
        with pytest.raises(GraphRecursionError):
            tilly.agent.invoke(**given)
    assert sorted(actions(memory), key=str) == [
        (None, "failed", "GraphRecursionError"), (CREDIT, "done", "credited 5 EUR"),
    ]  # fmt: skip
    texts = [one.text for one in memory.timeline(DANAS, limit=100)]
    assert texts.count(given["input"]["messages"][0].text) == 1


def test_a_stream_that_is_left_without_an_event_loop_is_cancelled(memory: Memory) -> None:
    tilly = LangChainAsks(Scope(memory, by=BY))
    events = tilly.agent.stream(**tilly.given(DANAS, question(DANAS, "r1"), "r1"))
    next(events)
    cast("Generator[object]", events).close()
    assert (None, "failed", "cancelled") in actions(memory)


def test_a_model_that_is_asked_again_breaks_no_run(memory: Memory) -> None:
    """Where its end is watched, a run is not written as failed before it has ended."""
    calls = Calls()
    calls.breaks_after = 0

    class Mends(AgentMiddleware):
        def wrap_model_call(self, request: Any, handler: Any) -> Any:
            try:
                return handler(request)
            except ModelDownError:
                calls.breaks_after = None
                return handler(request)

    known = OmniMemoryMiddleware(Scope(memory, by=BY, customer=DANAS))
    agent = create_agent(Scripted(calls), [issue_credit], middleware=[Mends(), known])
    asked = HumanMessage(question(DANAS, "r1"), id="r1")
    agent.with_config(callbacks=[known.watch()]).invoke({"messages": [asked]})
    assert actions(memory) == [(CREDIT, "done", "credited 5 EUR")]


def test_an_interrupt_from_the_keyboard_is_written(memory: Memory) -> None:
    class Interrupts(AgentMiddleware):
        def wrap_model_call(self, request: Any, handler: Any) -> Any:
            raise KeyboardInterrupt

    known = OmniMemoryMiddleware(Scope(memory, by=BY, customer=DANAS))
    agent = create_agent(Scripted(Calls()), middleware=[known, Interrupts()])
    with pytest.raises(KeyboardInterrupt):
        agent.invoke({"messages": [HumanMessage("Where?", id="r1")]})
    assert actions(memory) == [(None, "failed", "KeyboardInterrupt")]


def test_the_retriever_finds_only_the_customers_own(memory: Memory) -> None:
    finds = OmniMemoryRetriever(scope=Scope(memory, by=BY, customer=DANAS), k=5)
    for found in (finds.invoke("refund"), asyncio.run(finds.ainvoke("refund"))):
        assert 0 < len(found) <= 5
        assert RECORD[DANAS] in {one.id for one in found}
        assert not any("Bob" in one.page_content for one in found)
        assert all(one.metadata["citation"].startswith("[") for one in found)
    assert (
        OmniMemoryRetriever(scope=Scope(memory, by=BY, customer="eve@example.org")).invoke("x")
        == []
    )


def test_tools_work_without_an_agent(memory: Memory) -> None:
    tools = {one.name: one for one in memory_tools(Scope(memory, by=BY, customer=DANAS))}
    assert "I paid twice" in tools["get_record"].invoke({"id": RECORD[DANAS]})
    assert "no record" in json.loads(tools["get_record"].invoke({"id": RECORD[BOBS]}))["error"]
    assert tools["get_record"].tool_call_schema["required"] == ["id"]  # type: ignore[index]


@pytest.mark.parametrize("both", [True, False])
def test_the_customer_comes_from_one_place(memory: Memory, both: bool) -> None:  # noqa: FBT001
    scope = Scope(memory, by=BY, customer=DANAS if both else None)
    with pytest.raises(InputError, match="either in the scope"):
        OmniMemoryMiddleware(scope, customer=(lambda _: DANAS) if both else None)
