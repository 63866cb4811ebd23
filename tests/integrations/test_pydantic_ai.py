"""pydantic-ai: the capability in a real agent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

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
from tests.integrations.laws import (
    ANSWER,
    BY,
    DANAS,
    PERSONA,
    AgentLaws,
    Asks,
    Call,
    credit_of,
    issue_credit,
    question,
    record_of,
)


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

    def _model(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        parts = [part for message in messages for part in message.parts]
        asked = [str(part.content) for part in parts if isinstance(part, UserPromptPart)]
        results = tuple(
            part.model_response_str() for part in parts if isinstance(part, ToolReturnPart)
        )
        tools = tuple(tool.name for tool in info.function_tools)
        history = "\n".join(str(getattr(part, "content", "")) for part in parts)
        self.calls.note(Call(info.instructions or "", history, tools, results))
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
