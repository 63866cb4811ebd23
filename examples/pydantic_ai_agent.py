"""pydantic-ai: a capability that knows the customer from the agent's dependencies."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from omnimemory.integrations.pydantic_ai import OmniMemory
from omnimemory.integrations.scope import Scope
from omnimemory.testing import company, demo


@dataclass
class Login:
    customer: str


def scripted(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """Stand in for a model, so that this runs without a key."""
    del info
    if len(messages) == 1:
        return ModelResponse([ToolCallPart("search_history", {"query": "refund"})])
    return ModelResponse([TextPart("Your refund was promised on 5 March; I have chased it.")])


async def talk() -> None:
    with tempfile.TemporaryDirectory() as folder, demo.build(Path(folder)) as memory:
        known = OmniMemory[Login](
            Scope(memory, by="ai_agent:tilly"), customer=lambda run: run.deps.customer
        )
        agent = Agent(FunctionModel(scripted), deps_type=Login, capabilities=[known])
        done = await agent.run(
            "Where is my refund?",
            deps=Login(company.DANA.email),
            run_id="mail-1",
            conversation_id="thread-9",
        )
        print(done.output)
        for entry in memory.timeline(company.DANA.email, limit=2):
            print(entry)


def main() -> None:
    asyncio.run(talk())


if __name__ == "__main__":
    main()
