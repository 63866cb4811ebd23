"""LlamaIndex: a memory block with the pack, tools, and the run written back.

block = OmniMemoryBlock(scope)
memory = Memory.from_defaults(session_id="chat-7", memory_blocks=[block])
agent = FunctionAgent(tools=memory_tools(scope), llm=llm, system_prompt="You are Tilly.")
result = await block.run(agent, text, memory=memory, run="message-1")
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Final, NamedTuple, cast

from omnimemory.context.tokens import estimate
from omnimemory.errors import InputError, MissingExtraError
from omnimemory.integrations.runs import Recorded
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import Tool, tools
from omnimemory.integrations.turns import Transcript, call, record_broken, written
from omnimemory.model.time import now

try:
    from llama_index.core.agent.workflow import (
        AgentOutput,
        BaseWorkflowAgent,
        ToolCall,
        ToolCallResult,
    )
    from llama_index.core.llms import ChatMessage, MessageRole
    from llama_index.core.memory import BaseMemoryBlock
    from llama_index.core.tools import BaseTool, FunctionTool
    from llama_index.core.workflow import Event, StopEvent
    from pydantic import PrivateAttr
except ImportError as error:
    raise MissingExtraError("llama-index-core 0.14", extra="llama-index") from error


_DEFAULTS: Final[Mapping[str, Any]] = {
    "name": "omnimemory",
    "priority": 1,
    "accept_short_term_memory": False,
}


_MINUTE: Final = 60_000_000


class _Told(NamedTuple):
    """A pack as the model was told it, for which question, at which revision and minute."""

    query: str | None
    moment: tuple[int, int]
    text: str


class OmniMemoryBlock(BaseMemoryBlock[str]):
    """The customer's pack, in the system message; where there is less room, a shorter one.

    The block is of one customer, as LlamaIndex's memory is of one session. What short-term
    memory pushes out is not written, since `record` has written it already.

    Args:
        scope: Whose memory, which customer, for whose eyes.
        budget: Most tokens of the pack.
        hears: Whether `record` writes what the customer said; not where the channel's own
            source brings it.

    Raises:
        InputError: The scope names no customer.
    """

    scope: Scope
    budget: int = 2_000
    hears: bool = True
    _query: str | None = PrivateAttr(default=None)
    _told: _Told | None = PrivateAttr(default=None)

    def __init__(
        self, scope: Scope, *, budget: int = 2_000, hears: bool = True, **options: Any
    ) -> None:
        if scope.customer is None:
            raise InputError("a memory block is of one customer: Scope(…, customer=…)")
        given: dict[str, Any] = {"scope": scope, "budget": budget, "hears": hears}
        super().__init__(**{**_DEFAULTS, **given, **options})

    async def _aget(self, messages: list[ChatMessage] | None = None, **_: Any) -> str:
        asked = [one.content for one in messages or () if one.role == MessageRole.USER]
        self._query = asked[-1] if asked else None
        return await asyncio.to_thread(self._text, self._query)

    def _text(self, query: str | None) -> str:
        """Return the pack; in the same minute the same one, if nothing was written since.

        LlamaIndex asks several times a turn. The minute is the finest that a pack tells.
        """
        moment = self.scope.memory.view().revision, now() // _MINUTE
        told = self._told
        if told is None or told.query != query or told.moment != moment:
            text = self.scope.text(query, budget=self.budget)
            told = self._told = _Told(query, moment, text)
        return told.text

    async def _aput(self, messages: list[ChatMessage]) -> None:
        """Do nothing: see `record`."""

    async def atruncate(self, content: str, tokens_to_truncate: int) -> str | None:
        """Return a pack of so many tokens less, fitted anew, or None if none is that small."""
        room = estimate(content) - tokens_to_truncate
        try:
            return await asyncio.to_thread(self.scope.text, self._query, budget=room)
        except InputError:
            return None

    async def run(
        self, agent: BaseWorkflowAgent, asked: str, *, run: str, **options: Any
    ) -> AgentOutput:
        """Run an agent and write the run back, also where it fails or is cancelled.

        Args:
            agent: The agent.
            asked: The customer's words.
            run: The run's id; the same run again changes nothing.
            options: Others of the agent's own ``run``, such as ``memory``.
        """
        async with aclosing(self.stream(agent, asked, run=run, **options)) as events:
            last = [event async for event in events if isinstance(event, StopEvent)][-1]
        return cast("AgentOutput", last.result)

    async def stream(
        self, agent: BaseWorkflowAgent, asked: str, *, run: str, **options: Any
    ) -> AsyncGenerator[Event]:
        """Run an agent and yield its events; write the run back however it ends.

        An agent whose events are left before the last is cancelled.
        The arguments are those of `run`.
        """
        handler = agent.run(user_msg=asked, **options)  # pyright: ignore[reportDeprecated]
        calls: dict[str, ToolCall | ToolCallResult] = {}
        try:
            async for event in handler.stream_events():
                if isinstance(event, ToolCall | ToolCallResult):
                    calls[event.tool_id] = event
                if not isinstance(event, StopEvent):
                    yield event
            last = await handler.stop_event_result()
        except BaseException as error:
            transcript = partial(self._transcript, asked, list(calls.values()), run)
            await written(partial(record_broken, error, transcript))
            if not handler.is_done():
                await handler.cancel_run()
            raise
        await self.record(asked, last.result, run=run)
        yield last

    async def record(
        self,
        asked: str,
        result: AgentOutput,
        *,
        run: str,
    ) -> Recorded | None:
        """Write a run: what the customer asked, what was done, what the agent answered.

        Args:
            asked: The customer's words.
            result: What the agent's run gave.
            run: The run's id; the same run again changes nothing.
        """
        transcript = self._transcript(asked, result.tool_calls, run)
        transcript.said(result.response.content or "")
        return await written(transcript.record)

    def _transcript(self, asked: str, calls: Sequence[Any], run: str) -> Transcript:
        transcript = Transcript(self.scope, run, hears=self.hears)
        transcript.heard(asked)
        for one in calls:
            transcript.called(one.tool_id, one.tool_name, one.tool_kwargs)
            if isinstance(one, ToolCallResult):
                output = one.tool_output
                transcript.returned(one.tool_id, output.content, failed=output.is_error)
        return transcript


def memory_tools(scope: Scope, names: Iterable[str] | None = None) -> list[BaseTool]:
    """Return the tools of a scope as LlamaIndex's.

    Raises:
        InputError: No tool has that name.
    """
    return [_tool(one) for one in tools(scope, names)]


def _tool(tool: Tool) -> BaseTool:
    async def run(**arguments: Any) -> dict[str, Any]:
        return await asyncio.to_thread(call, tool, tool.scope, arguments)

    typed: Any = run
    typed.__signature__ = inspect.signature(tool.function())
    return FunctionTool.from_defaults(async_fn=typed, name=tool.name, description=tool.description)
