"""OpenAI Agents: instructions, tools and the session in a real run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from agents import (
    Agent,
    MaxTurnsExceeded,
    RunConfig,
    RunResultStreaming,
    TResponseInputItem,
    function_tool,
)
from agents.testing import ModelCall, ModelStep, ScriptedModel, assistant_message, function_call

import omnimemory
from omnimemory import InputError, Memory
from omnimemory.integrations.openai_agents import OmniMemory, OmniMemorySession
from omnimemory.integrations.scope import Scope
from tests.integrations.asking import (
    ANSWER,
    BY,
    CREDIT,
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
from tests.integrations.conftest import DANA
from tests.integrations.laws import AgentLaws

ROUNDS = 60
UNTRACED = RunConfig(tracing_disabled=True)


@dataclass
class Login:
    customer: str


class OpenAIAsks(Asks):
    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.memory = OmniMemory[Login](scope, customer=lambda run: run.context.customer)
        self.agent = Agent[Login](
            name="Tilly",
            instructions=self.memory.instructions(PERSONA),
            tools=[*self.memory.tools(), function_tool(issue_credit)],
            model=ScriptedModel([ModelStep.respond(self._model) for _ in range(ROUNDS)]),
        )

    async def ask(self, who: str, text: str, *, key: str) -> str:
        login = Login(who)
        done = await self.memory.run(
            self.agent, text, run=key, context=login, session=self._session(key, login),
            run_config=UNTRACED,
        )  # fmt: skip
        return done.final_output

    async def stream(self, who: str, text: str, *, key: str) -> AsyncGenerator[object]:
        async for event in self.streamed(who, text, key).stream_events():
            yield event

    def streamed(self, who: str, text: str, key: str, **options: Any) -> RunResultStreaming:
        login = Login(who)
        return self.memory.run_streamed(
            self.agent, text, run=key, context=login, session=self._session(key, login),
            run_config=UNTRACED, **options,
        )  # fmt: skip

    def _session(self, key: str, login: Login) -> OmniMemorySession | None:
        return self.memory.session(key, login, run=key)

    async def _model(self, call: ModelCall) -> Any:
        items: list[Any] = [call.input] if isinstance(call.input, str) else list(call.input)
        asked = [str(one["content"]) for one in items if one.get("role") == "user"]
        results = tuple(
            str(one["output"]) for one in items if one.get("type") == "function_call_output"
        )
        tools = tuple(tool.name for tool in call.tools)
        seen = Call(call.system_instructions or "", str(items), tools, results)
        self.calls.note(seen)
        await self.calls.pause(seen)
        if results:
            return [assistant_message(ANSWER)]
        return [
            function_call("get_record", {"id": record_of(asked[-1])}, call_id="c1"),
            function_call("issue_credit", credit_of(asked[-1]), call_id="c2"),
        ]


class OpenAIAsksWithoutSession(OpenAIAsks):
    def _session(self, key: str, login: Login) -> None:
        del key, login


class TestOpenAIAgents(AgentLaws):
    def agent(self, scope: Scope) -> Asks:
        return OpenAIAsks(scope)


class TestOpenAIAgentsWithoutSession(AgentLaws):
    def agent(self, scope: Scope) -> Asks:
        return OpenAIAsksWithoutSession(scope)


@pytest.mark.parametrize("with_session", [True, False])
@pytest.mark.parametrize("mode", ["immediate", "after_turn"])
def test_a_stream_that_is_cancelled_is_written_as_that(
    memory: Memory,
    mode: Any,
    with_session: bool,  # noqa: FBT001
) -> None:
    tilly = (OpenAIAsks if with_session else OpenAIAsksWithoutSession)(Scope(memory, by=BY))

    async def go() -> None:
        result = tilly.streamed(DANAS, question(DANAS, "r1"), "r1")
        async for _ in result.stream_events():
            result.cancel(mode)

    asyncio.run(go())
    assert (None, "failed", "cancelled") in actions(memory)
    assert ANSWER not in {one.text for one in memory.timeline(DANAS, limit=100)}


@pytest.mark.parametrize("streams", [True, False])
def test_a_run_over_its_limit_of_turns_is_written_as_that(memory: Memory, streams: bool) -> None:  # noqa: FBT001
    tilly = OpenAIAsksWithoutSession(Scope(memory, by=BY))

    async def go() -> None:
        if streams:
            async for _ in tilly.streamed(DANAS, "Where?", "r1", max_turns=1).stream_events():
                pass
        else:
            await tilly.memory.run(
                tilly.agent, "Where?", run="r1", context=Login(DANAS), run_config=UNTRACED,
                max_turns=1,
            )  # fmt: skip

    with pytest.raises(MaxTurnsExceeded):
        asyncio.run(go())
    assert sorted(actions(memory), key=str) == [
        (None, "failed", "MaxTurnsExceeded"), (CREDIT, "done", "credited 5 EUR"),
    ]  # fmt: skip


def _item(n: int) -> TResponseInputItem:
    return {"role": "user" if n % 2 == 0 else "assistant", "content": f"item {n}"}


@pytest.fixture
def scope(memory: Memory) -> Scope:
    return Scope(memory, by=BY, customer=DANA)


def test_a_session_gives_back_what_it_was_given(scope: Scope) -> None:
    """In order, the newest of them where a limit is set, whoever opens it."""

    async def go() -> None:
        first = OmniMemorySession("s1", scope)
        assert await first.get_items() == []
        assert await first.pop_item() is None
        await first.add_items([_item(0), _item(1)])
        await first.add_items([])
        second = OmniMemorySession("s1", scope)
        await second.add_items([_item(2)])
        for session in (first, second, OmniMemorySession("s1", scope)):
            assert await session.get_items() == [_item(0), _item(1), _item(2)]
            assert await session.get_items(limit=2) == [_item(1), _item(2)]
            assert await session.get_items(limit=0) == []
        assert await OmniMemorySession("s", scope).get_items() == []
        assert await second.pop_item() == _item(2)
        assert await first.pop_item() == _item(1)
        await first.add_items([_item(3)])
        assert await second.get_items() == [_item(0), _item(3)]
        await second.clear_session()
        assert await first.get_items() == []

    asyncio.run(go())


def test_a_turn_tried_again_starts_from_what_was_before_it(scope: Scope) -> None:
    async def go() -> None:
        await OmniMemorySession("s1", scope, run="one").add_items([_item(0)])
        await OmniMemorySession("s1", scope, run="two").add_items([_item(1), _item(2)])
        again = OmniMemorySession("s1", scope, run="two")
        assert await again.get_items() == [_item(0)]
        await again.add_items([_item(1)])
        assert await again.get_items() == [_item(0), _item(1)]
        await again.add_items([_item(2)])
        assert await OmniMemorySession("s1", scope).get_items() == [_item(n) for n in range(3)]

    asyncio.run(go())


def test_a_session_outlives_its_process_and_goes_with_its_customer(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/own.db"
    for count in (0, 1):
        with omnimemory.connect(url, tenant="acme") as memory:
            session = OmniMemorySession("s1", Scope(memory, by=BY, customer=DANAS))
            assert len(asyncio.run(session.get_items())) == count
            asyncio.run(session.add_items([_item(count)]))
    with omnimemory.connect(url, tenant="acme") as memory:
        erased = memory.erase(DANAS)
        assert erased.nodes["AgentItem"] == 2
        assert erased.verified


def test_a_call_that_came_back_later_is_one_action(scope: Scope) -> None:
    call: Any = function_call("issue_credit", CREDIT, call_id="c9").model_dump()
    output: Any = {"type": "function_call_output", "call_id": "c9", "output": "credited"}

    async def go() -> list[str]:
        session = OmniMemorySession("s1", scope)
        await session.add_items([call])
        (pending,) = scope.memory.list("Action", customer=DANA)
        await session.add_items([output])
        (done,) = scope.memory.list("Action", customer=DANA)
        return [pending["outcome"], done["outcome"], done["result"]]

    assert asyncio.run(go()) == ["pending", "done", "credited"]


def test_the_session_of_another_customer_is_refused(scope: Scope) -> None:
    asyncio.run(OmniMemorySession("s1", scope).add_items([_item(0)]))
    for who in ("bob@example.net", "eve@example.net"):
        theirs = OmniMemorySession("s1", replace(scope, customer=who))
        with pytest.raises(InputError, match="another customer"):
            asyncio.run(theirs.get_items())
        with pytest.raises(InputError, match="another customer"):
            asyncio.run(theirs.add_items([_item(1)]))
