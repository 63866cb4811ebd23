"""pydantic-ai: the capability in a real agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic_ai import Agent
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel

from omnimemory import Memory
from omnimemory.integrations.pydantic_ai import OmniMemory
from omnimemory.integrations.scope import Scope
from tests.integrations.asking import (
    ANSWER,
    BY,
    DANAS,
    PERSONA,
    Asks,
    Call,
    actions,
    credit_of,
    issue_credit,
    question,
    record_of,
)
from tests.integrations.laws import AgentLaws


@dataclass
class Login:
    customer: str


class PydanticAsks(Asks):
    def __init__(self, scope: Scope) -> None:
        super().__init__()
        memory = OmniMemory[Login](scope, customer=lambda ctx: ctx.deps.customer)
        self.agent = Agent(
            FunctionModel(self._model),
            deps_type=Login,
            instructions=PERSONA,
            tools=[issue_credit],
            capabilities=[memory],
        )

    async def ask(self, who: str, text: str, *, key: str) -> str:
        done = await self.agent.run(text, deps=Login(who), run_id=key, conversation_id=key)
        return done.output

    async def stream(self, who: str, text: str, *, key: str) -> AsyncGenerator[object]:
        given: Any = {"deps": Login(who), "run_id": key, "conversation_id": key}
        async with self.agent.iter(text, **given) as run:
            async for node in run:
                yield node

    async def _model(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        parts = [part for message in messages for part in message.parts]
        asked = [str(part.content) for part in parts if isinstance(part, UserPromptPart)]
        results = tuple(
            part.model_response_str() for part in parts if isinstance(part, ToolReturnPart)
        )
        tools = tuple(tool.name for tool in info.function_tools)
        history = "\n".join(str(getattr(part, "content", "")) for part in parts)
        call = Call(info.instructions or "", history, tools, results)
        self.calls.note(call)
        await self.calls.pause(call)
        if results:
            return ModelResponse([TextPart(ANSWER)])
        return ModelResponse(
            [
                ToolCallPart("get_record", {"id": record_of(asked[-1])}, "c1"),
                ToolCallPart("issue_credit", credit_of(asked[-1]), "c2"),
            ]
        )


class TestPydanticAI(AgentLaws):
    def agent(self, scope: Scope) -> Asks:
        return PydanticAsks(scope)


def test_a_second_turn_writes_only_what_is_new(memory: Memory) -> None:
    """The history that a caller hands over again is not written again."""
    tilly = PydanticAsks(Scope(memory, by=BY))

    async def go() -> None:
        first = await tilly.agent.run(question(DANAS, "one"), deps=Login(DANAS))
        history = first.all_messages()
        await tilly.agent.run(question(DANAS, "two"), deps=Login(DANAS), message_history=history)

    asyncio.run(go())
    said = [one for one in memory.timeline(DANAS, limit=100) if one.text == ANSWER]
    assert len(said) == 2
    assert said[0].conversation == said[1].conversation is not None


@pytest.mark.parametrize("reads", [True, False])
def test_a_streamed_answer_is_written_whole_or_as_cancelled(memory: Memory, reads: bool) -> None:  # noqa: FBT001
    """`run_stream` ends a run at its final answer; who leaves before has cancelled it."""

    async def words(messages: list[ModelMessage], info: AgentInfo) -> AsyncGenerator[str]:
        del messages, info
        for word in ANSWER.split(" "):
            yield f"{word} "

    known = OmniMemory[object](Scope(memory, by=BY, customer=DANAS))
    agent = Agent(FunctionModel(stream_function=words), capabilities=[known])

    async def go() -> None:
        async with agent.run_stream("Where?", run_id="r1") as answer:
            if reads:
                await answer.get_output()

    for _ in range(2):
        asyncio.run(go())
    texts = [one.text.strip() for one in memory.timeline(DANAS, limit=100)]
    assert texts.count("Where?") == 1
    assert texts.count(ANSWER) == (1 if reads else 0)
    assert actions(memory) == ([] if reads else [(None, "failed", "cancelled")])
