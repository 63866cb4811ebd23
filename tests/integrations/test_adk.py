"""Google ADK: the plugin, the tools and the memory service in a real runner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from google.adk.agents import LlmAgent
from google.adk.agents.run_config import RunConfig
from google.adk.apps import App
from google.adk.events import Event
from google.adk.models import BaseLlm
from google.adk.models._capabilities import LlmCapabilities
from google.adk.models.llm_request import LlmRequest
from google.adk.models.llm_response import LlmResponse
from google.adk.runners import Runner
from google.adk.sessions import InMemorySessionService
from google.adk.tools.load_memory_tool import LoadMemoryTool
from google.genai.types import Content, FunctionCall, Part
from pydantic import PrivateAttr

from omnimemory import Memory
from omnimemory.integrations.adk import OmniMemoryService
from omnimemory.integrations.scope import Scope
from tests.integrations.asking import (
    ANSWER,
    BOBS,
    BY,
    DANAS,
    PERSONA,
    RECORD,
    Asks,
    Call,
    Calls,
    actions,
    credit_of,
    issue_credit,
    question,
    record_of,
)
from tests.integrations.laws import AgentLaws


class Scripted(BaseLlm):
    """Calls two tools, then answers."""

    _calls: Calls = PrivateAttr()

    def __init__(self, calls: Calls) -> None:
        super().__init__(model="scripted")
        self._calls = calls

    @property
    def capabilities(self) -> LlmCapabilities:
        return LlmCapabilities()

    async def generate_content_async(
        self,
        llm_request: LlmRequest,
        stream: bool = False,  # noqa: FBT001, FBT002
    ) -> AsyncGenerator[LlmResponse, None]:
        parts = [part for one in llm_request.contents for part in one.parts or ()]
        history = "\n".join(part.text for part in parts if part.text)
        results = tuple(str(p.function_response.response) for p in parts if p.function_response)
        system = str(llm_request.config.system_instruction)
        call = Call(system, history, tuple(llm_request.tools_dict), results)
        self._calls.note(call)
        await self._calls.pause(call)
        wanted = [
            Part(
                function_call=FunctionCall(
                    id="c1", name="get_record", args={"id": record_of(history)}
                )
            ),
            Part(function_call=FunctionCall(id="c2", name="issue_credit", args=credit_of(history))),
        ]
        said = [Part(text=ANSWER)] if results else wanted
        yield LlmResponse(content=Content(role="model", parts=said))


class AdkAsks(Asks):
    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.service = OmniMemoryService(scope)
        agent = LlmAgent(
            name="tilly",
            model=Scripted(self.calls),
            instruction=PERSONA,
            tools=[*self.service.tools(), issue_credit, LoadMemoryTool()],
        )
        self.app = App(name="desk", root_agent=agent, plugins=[self.service.plugin()])
        self.sessions = InMemorySessionService()

    async def ask(self, who: str, text: str, *, key: str) -> str:
        said = ""
        async for event in self.stream(who, text, key=key):
            if event.is_final_response() and event.content and event.content.parts:
                said = event.content.parts[0].text or ""
        return said

    async def stream(self, who: str, text: str, *, key: str) -> AsyncGenerator[Event]:
        runner = Runner(
            app=self.app, session_service=InMemorySessionService(), memory_service=self.service,
            auto_create_session=True,
        )  # fmt: skip
        run = runner.run_async(
            user_id=who,
            session_id=key,
            new_message=Content(role="user", parts=[Part(text=text)]),
            run_config=RunConfig(custom_metadata={"run_id": key}),
        )
        async with aclosing(run) as events:
            async for event in events:
                yield event


class TestAdk(AgentLaws):
    refusal = RuntimeError
    """ADK wraps what a plugin raises."""

    def agent(self, scope: Scope) -> Asks:
        return AdkAsks(scope)


async def _session(service: OmniMemoryService, tilly: AdkAsks) -> Any:
    sessions = InMemorySessionService()
    runner = Runner(app=App(name="desk", root_agent=tilly.app.root_agent), session_service=sessions,
                    memory_service=service, auto_create_session=True)  # fmt: skip
    message = Content(role="user", parts=[Part(text=question(DANAS, "r1"))])
    async for _ in runner.run_async(user_id=DANAS, session_id="s1", new_message=message):
        pass
    return await sessions.get_session(app_name="desk", user_id=DANAS, session_id="s1")


def test_a_session_added_twice_is_written_once(memory: Memory) -> None:
    tilly = AdkAsks(Scope(memory, by=BY))

    async def go() -> None:
        session = await _session(tilly.service, tilly)
        for _ in range(2):
            await tilly.service.add_session_to_memory(session)

    asyncio.run(go())
    assert [one.text for one in memory.timeline(DANAS, limit=100)].count(ANSWER) == 1
    assert len(memory.list("Action", customer=DANAS)) == 1


@pytest.mark.parametrize("is_final", [True, False])
def test_events_left_after_the_last_are_no_cancellation(memory: Memory, is_final: bool) -> None:  # noqa: FBT001
    """Nor are they without an event loop, where ADK runs the agent on a thread of its own."""
    tilly = AdkAsks(Scope(memory, by=BY))
    if not is_final:
        tilly.calls.hangs_after = 2
    runner = Runner(app=tilly.app, session_service=InMemorySessionService(),
                    memory_service=tilly.service, auto_create_session=True)  # fmt: skip
    message = Content(role="user", parts=[Part(text=question(DANAS, "r1"))])
    events = runner.run(user_id=DANAS, session_id="r1", new_message=message)
    for event in events:
        if event.is_final_response() or not is_final:
            break
    events.close()
    texts = [one.text for one in memory.timeline(DANAS, limit=100)]
    assert texts.count(ANSWER) == (1 if is_final else 0)
    ends = [one for one in actions(memory) if one[2] == "cancelled"]
    assert ends == ([] if is_final else [(None, "failed", "cancelled")])


def test_search_finds_only_the_customers_own(memory: Memory) -> None:
    service = OmniMemoryService(Scope(memory, by=BY))

    async def found(user: str) -> set[str | None]:
        given = await service.search_memory(app_name="desk", user_id=user, query="refund")
        return {one.id for one in given.memories}

    danas, bobs = asyncio.run(found(DANAS)), asyncio.run(found(BOBS))
    assert RECORD[DANAS] in danas
    assert RECORD[BOBS] in bobs
    assert danas.isdisjoint(bobs)
    assert asyncio.run(found("eve@example.org")) == set()
