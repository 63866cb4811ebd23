"""Google ADK: the user of a session is the customer; a plugin gives the pack and writes back."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from google.adk.agents import LlmAgent
from google.adk.agents.run_config import RunConfig
from google.adk.apps import App
from google.adk.models import BaseLlm
from google.adk.models.llm_request import LlmRequest
from google.adk.models.llm_response import LlmResponse
from google.adk.runners import Runner
from google.adk.sessions import InMemorySessionService
from google.genai.types import Content, FunctionCall, Part

from omnimemory.integrations.adk import OmniMemoryService
from omnimemory.integrations.scope import Scope
from omnimemory.testing import company, demo


class Scripted(BaseLlm):
    """Stands in for a model, so that this runs without a key."""

    async def generate_content_async(
        self,
        llm_request: LlmRequest,
        stream: bool = False,  # noqa: FBT001, FBT002
    ) -> AsyncGenerator[LlmResponse, None]:
        del stream
        if len(llm_request.contents) == 1:
            part = Part(function_call=FunctionCall(name="get_timeline", args={"limit": 3}))
        else:
            part = Part(text="Your refund is on its way, Dana.")
        yield LlmResponse(content=Content(role="model", parts=[part]))


async def talk() -> None:
    with tempfile.TemporaryDirectory() as folder, demo.build(Path(folder)) as memory:
        service = OmniMemoryService(Scope(memory, by="ai_agent:tilly"))
        agent = LlmAgent(name="tilly", model=Scripted(model="scripted"), tools=[*service.tools()])
        runner = Runner(
            app=App(name="desk", root_agent=agent, plugins=[service.plugin()]),
            session_service=InMemorySessionService(),
            memory_service=service,
            auto_create_session=True,
        )
        async for event in runner.run_async(
            user_id=company.DANA.email,
            session_id="chat-7",
            new_message=Content(role="user", parts=[Part(text="Where is my refund?")]),
            run_config=RunConfig(custom_metadata={"run_id": "message-1"}),
        ):
            if event.is_final_response() and event.content and event.content.parts:
                print(event.content.parts[0].text)
        for entry in memory.timeline(company.DANA.email, limit=2):
            print(entry)


def main() -> None:
    asyncio.run(talk())


if __name__ == "__main__":
    main()
