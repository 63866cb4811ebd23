"""LlamaIndex: the memory block and the tools in a real agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ToolCallBlock
from llama_index.core.llms import ChatMessage, ChatResponse, MessageRole
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.memory import Memory as ChatMemory
from llama_index.core.tools import FunctionTool
from pydantic import PrivateAttr
from sqlalchemy.ext.asyncio import create_async_engine

from omnimemory import InputError, Memory
from omnimemory.context.tokens import estimate
from omnimemory.integrations import llama_index
from omnimemory.integrations.llama_index import OmniMemoryBlock, memory_tools
from omnimemory.integrations.scope import Scope
from tests.context.small_company import message
from tests.integrations.asking import (
    ANSWER,
    BY,
    PERSONA,
    Asks,
    Call,
    Calls,
    credit_of,
    issue_credit,
    record_of,
)
from tests.integrations.conftest import DANA
from tests.integrations.laws import AgentLaws

pytestmark = pytest.mark.filterwarnings(
    "ignore::pydantic.warnings.PydanticDeprecatedSince20",
    "ignore::pydantic.warnings.PydanticDeprecatedSince211",
)
"""LlamaIndex's workflows look at every attribute of an agent, the deprecated ones too."""


def _tokens(text: str) -> list[int]:
    return list(range(estimate(text)))


@asynccontextmanager
async def chat_memory(**options: Any) -> AsyncGenerator[ChatMemory]:
    """A memory whose database is closed at the end, as LlamaIndex's own is not."""
    engine = create_async_engine("sqlite+aiosqlite:///:memory:")
    try:
        yield ChatMemory.from_defaults(async_engine=engine, **options)
    finally:
        await engine.dispose()


class Scripted(MockFunctionCallingLLM):
    """LlamaIndex's own mock, which may hang."""

    _calls: Calls = PrivateAttr()

    def __init__(self, calls: Calls, model: Any) -> None:
        super().__init__(response_generator=model, is_chat_model=True)
        self._calls = calls

    async def achat(self, messages: Sequence[ChatMessage], **given: Any) -> ChatResponse:
        answer = self.chat(messages, **given)
        await self._calls.pause(self._calls.last)
        return answer


class LlamaAsks(Asks):
    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope
        self.llm = Scripted(self.calls, self._model)

    async def ask(self, who: str, text: str, *, key: str) -> str:
        block, agent = self._agent(who, key)
        async with chat_memory(session_id=key, memory_blocks=[block]) as memory:
            result = await block.run(agent, text, memory=memory, run=key)
        return result.response.content or ""

    async def stream(self, who: str, text: str, *, key: str) -> AsyncGenerator[object]:
        block, agent = self._agent(who, key)
        async with (
            chat_memory(session_id=key, memory_blocks=[block]) as memory,
            aclosing(block.stream(agent, text, memory=memory, run=key)) as events,
        ):
            async for event in events:
                yield event

    def _agent(self, who: str, key: str) -> tuple[OmniMemoryBlock, FunctionAgent]:
        scope = replace(self.scope, customer=who or None, conversation=key)
        block = OmniMemoryBlock(scope)
        agent = FunctionAgent(
            tools=[*memory_tools(scope), FunctionTool.from_defaults(issue_credit)],
            llm=self.llm,
            system_prompt=PERSONA,
            streaming=False,
        )
        return block, agent

    def _model(self, messages: Sequence[ChatMessage], **given: Any) -> ChatMessage:
        system = "\n".join(one.content or "" for one in messages if one.role == MessageRole.SYSTEM)
        rest = [one for one in messages if one.role != MessageRole.SYSTEM]
        history = "\n".join(one.content or "" for one in rest)
        results = tuple(one.content or "" for one in rest if one.role == MessageRole.TOOL)
        tools = tuple(
            one["function"]["name"] if isinstance(one, dict) else one.metadata.name
            for one in given["tools"]
        )
        self.calls.note(Call(system, history, tools, results))
        if results:
            return ChatMessage(role="assistant", content=ANSWER)
        wanted: dict[str, Any] = {
            "get_record": {"id": record_of(history)},
            "issue_credit": credit_of(history),
        }
        blocks = [
            ToolCallBlock(tool_call_id=f"c{n}", tool_name=name, tool_kwargs=arguments)
            for n, (name, arguments) in enumerate(wanted.items())
        ]
        return ChatMessage(role="assistant", blocks=blocks)


class TestLlamaIndex(AgentLaws):
    def agent(self, scope: Scope) -> Asks:
        return LlamaAsks(scope)


def test_with_less_room_the_pack_is_fitted_anew(memory: Memory) -> None:
    """It is no torn text: every section heading stands, and the manifest still adds up."""
    block = OmniMemoryBlock(Scope(memory, by=BY, customer=DANA))

    async def go() -> tuple[str, str | None, str | None]:
        whole = await block.aget([ChatMessage(role="user", content="Where is my refund?")])
        return whole, await block.atruncate(whole, 200), await block.atruncate(whole, 10_000)

    whole, shorter, nothing = asyncio.run(go())
    assert shorter is not None
    assert estimate(shorter) <= estimate(whole) - 200
    assert shorter.split("\n")[0] == whole.split("\n")[0]
    assert "Where is my refund?" in shorter
    assert nothing is None


def test_a_small_memory_gets_a_small_pack(memory: Memory) -> None:
    """LlamaIndex asks for less where the history leaves less room."""
    block = OmniMemoryBlock(Scope(memory, by=BY, customer=DANA))
    small: dict[str, Any] = {
        "token_limit": 700,
        "chat_history_token_ratio": 0.1,
        "token_flush_size": 50,
        "tokenizer_fn": _tokens,
    }

    async def go() -> str:
        async with chat_memory(session_id="s", memory_blocks=[block], **small) as chat:
            await chat.aput(ChatMessage(role="user", content="Where is my refund?"))
            return "\n".join(one.content or "" for one in await chat.aget())

    assert 0 < estimate(asyncio.run(go())) <= 750


def test_a_pack_is_built_anew_where_it_may_differ(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LlamaIndex asks several times a turn: once for a question, a revision and a minute."""
    block = OmniMemoryBlock(Scope(memory, by=BY, customer=DANA))
    built: list[str] = []
    minutes = [7]
    pack = Memory.context_pack

    def counted(self: Memory, customer: str, query: str, **options: Any) -> Any:
        built.append(query)
        return pack(self, customer, query, **options)

    def asked(text: str) -> str:
        return asyncio.run(block.aget([ChatMessage(role="user", content=text)]))

    monkeypatch.setattr(Memory, "context_pack", counted)
    monkeypatch.setattr(llama_index, "now", lambda: minutes[-1] * 60_000_000)
    assert asked("Where?") == asked("Where?")
    assert built == ["Where?"]
    assert '"Why?"' in asked("Why?")
    memory.ingest(message("late", 0, "The parcel has arrived."))
    assert "The parcel has arrived." in asked("Why?")
    minutes.append(8)
    asked("Why?")
    assert built == ["Where?", "Why?", "Why?", "Why?"]


def test_a_block_is_of_one_customer(memory: Memory) -> None:
    with pytest.raises(InputError, match="of one customer"):
        OmniMemoryBlock(Scope(memory, by=BY))
