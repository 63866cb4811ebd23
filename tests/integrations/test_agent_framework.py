"""Microsoft Agent Framework: the context provider in a real agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from typing import Any

import pytest
from agent_framework import (
    Agent,
    AgentSession,
    BaseChatClient,
    ChatMiddlewareLayer,
    ChatResponse,
    ChatResponseUpdate,
    Content,
    FunctionInvocationLayer,
    FunctionTool,
    Message,
    ResponseStream,
)

from omnimemory import Memory
from omnimemory.integrations.agent_framework import OmniMemory
from omnimemory.integrations.scope import Scope
from tests.integrations.asking import (
    ANSWER,
    BY,
    DANAS,
    PERSONA,
    RECORD,
    Asks,
    Call,
    Calls,
    credit_of,
    issue_credit,
    question,
    record_of,
)
from tests.integrations.laws import AgentLaws


class Scripted(FunctionInvocationLayer[Any], ChatMiddlewareLayer[Any], BaseChatClient[Any]):
    """Calls two tools, then answers."""

    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self._calls = calls

    def _inner_get_response(
        self, *, messages: Sequence[Message], stream: bool, options: Mapping[str, Any], **_: Any
    ) -> Awaitable[ChatResponse] | ResponseStream[ChatResponseUpdate, ChatResponse]:
        if stream:
            return ResponseStream(
                self._updates(messages, options), finalizer=ChatResponse.from_updates
            )
        return self._answer(messages, options)

    async def _updates(
        self, messages: Sequence[Message], options: Mapping[str, Any]
    ) -> AsyncGenerator[ChatResponseUpdate]:
        answer = await self._answer(messages, options)
        for part in answer.messages[0].contents:
            yield ChatResponseUpdate(contents=[part], role="assistant")

    async def _answer(
        self, messages: Sequence[Message], options: Mapping[str, Any]
    ) -> ChatResponse:
        system = [str(options.get("instructions") or "")]
        system += [one.text for one in messages if one.role == "system"]
        rest = [one for one in messages if one.role != "system"]
        asked = [one.text for one in rest if one.role == "user"]
        results = tuple(
            str(part.result)
            for one in rest
            for part in one.contents
            if part.type == "function_result"
        )
        tools = tuple(tool.name for tool in options["tools"])
        call = Call("\n".join(system), "\n".join(one.text for one in rest), tools, results)
        self._calls.note(call)
        await self._calls.pause(call)
        if results:
            return ChatResponse(messages=[Message("assistant", [ANSWER])])
        wanted = [
            Content.from_function_call("c1", "get_record", arguments={"id": record_of(asked[-1])}),
            Content.from_function_call("c2", "issue_credit", arguments=credit_of(asked[-1])),
        ]
        return ChatResponse(messages=[Message("assistant", wanted)])


class MicrosoftAsks(Asks):
    def __init__(self, scope: Scope, *, watches: bool = True) -> None:
        super().__init__()
        known = OmniMemory(scope, customer=lambda one: one.state["customer"])
        self.agent = Agent(
            Scripted(self.calls),
            instructions=PERSONA,
            tools=[FunctionTool(name="issue_credit", func=issue_credit)],
            context_providers=[known],
            middleware=[known.watch()] if watches else [],
        )

    async def ask(self, who: str, text: str, *, key: str) -> str:
        return (await self.agent.run(**self._given(who, text, key))).text

    async def stream(self, who: str, text: str, *, key: str) -> AsyncGenerator[object]:
        async with self.agent.run(stream=True, **self._given(who, text, key)) as updates:
            async for update in updates:
                yield update

    def _given(self, who: str, text: str, key: str) -> dict[str, Any]:
        session = AgentSession(session_id=key)
        session.state["customer"] = who
        return {"messages": Message("user", [text], message_id=key), "session": session}


class TestAgentFramework(AgentLaws):
    def agent(self, scope: Scope) -> Asks:
        return MicrosoftAsks(scope)


class TestAgentFrameworkWithoutMiddleware(AgentLaws):
    def agent(self, scope: Scope) -> Asks:
        return MicrosoftAsks(scope, watches=False)

    @pytest.mark.parametrize("events", [1, 2])
    def test_a_stream_that_is_left_is_written_once(
        self, tilly: Asks, memory: Memory, events: int
    ) -> None:
        """As long as the model speaks; what comes of a tool no provider sees."""
        super().test_a_stream_that_is_left_is_written_once(tilly, memory, events)


def test_tools_work_in_a_run_without_a_session(memory: Memory) -> None:
    """Where the scope names the customer."""
    calls = Calls()
    known = OmniMemory(Scope(memory, by=BY, customer=DANAS))
    credit = FunctionTool(name="issue_credit", func=issue_credit)
    agent = Agent(Scripted(calls), tools=[credit], context_providers=[known])

    async def ask() -> str:
        return (await agent.run(question(DANAS, "r1"))).text

    assert asyncio.run(ask()) == ANSWER
    assert RECORD[DANAS] in calls.last.results[0]
