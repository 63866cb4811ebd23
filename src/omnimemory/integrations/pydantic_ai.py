"""pydantic-ai 2: a capability with the pack as instructions, tools, the run written back.

agent = Agent(model, deps_type=Session, capabilities=[OmniMemory(scope, customer=whose)])
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from omnimemory.errors import MissingExtraError
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import Tool
from omnimemory.integrations.turns import Transcript, Turns, call, record_broken, written

try:
    from pydantic_ai import RunContext
    from pydantic_ai import Tool as AgentTool
    from pydantic_ai.capabilities import AbstractCapability, WrapRunHandler
    from pydantic_ai.messages import (
        ModelMessage,
        ModelResponse,
        TextPart,
        ToolCallPart,
        ToolReturnPart,
        UserContent,
        UserPromptPart,
    )
    from pydantic_ai.models import ModelRequestContext
    from pydantic_ai.run import AgentRunResult
    from pydantic_ai.tools import AgentDepsT
    from pydantic_ai.toolsets import FunctionToolset
except ImportError as error:
    raise MissingExtraError("pydantic-ai 2", extra="pydantic-ai") from error


class OmniMemory(AbstractCapability[AgentDepsT]):
    """Gives an agent the customer's pack as instructions and its tools, and writes runs back.

    A run is known by its ``run_id``: pass one of your own to `Agent.run`, and a run that is
    tried again is written once. A run that fails, is cancelled or whose stream is left is written
    too, as far as it came.

    Args:
        scope: Whose memory, who the agent is, for whose eyes; one without a conversation
            takes the ``conversation_id`` of the run.
        customer: Returns the customer of a run, where the scope names none.
        budget: Most tokens of the pack.
        names: Names of the tools that the agent gets; all if left out.
        hears: Whether to write what the customer said; not where the channel's own source
            brings it.

    Raises:
        InputError: Neither the scope nor ``customer`` names a customer, or both do, or no
            tool has a given name.
    """

    def __init__(
        self,
        scope: Scope,
        *,
        customer: Callable[[RunContext[AgentDepsT]], str] | None = None,
        budget: int = 2_000,
        names: Iterable[str] | None = None,
        hears: bool = True,
    ) -> None:
        self._turns = Turns(scope, customer)
        self._budget = budget
        self._hears = hears
        self._tools = self._turns.tools(names)
        self._running: dict[str, list[ModelMessage]] = {}

    @classmethod
    def get_serialization_name(cls) -> None:
        """Return None: a memory cannot be written in a spec."""

    def get_instructions(self) -> Callable[[RunContext[AgentDepsT]], Any]:
        return self._instructions

    def get_toolset(self) -> FunctionToolset[AgentDepsT]:
        return FunctionToolset([self._tool(one) for one in self._tools])

    async def before_model_request(
        self, ctx: RunContext[AgentDepsT], request_context: ModelRequestContext
    ) -> ModelRequestContext:
        if ctx.run_id is not None:
            self._running[ctx.run_id] = ctx.messages
        return request_context

    async def wrap_run(
        self, ctx: RunContext[AgentDepsT], *, handler: WrapRunHandler
    ) -> AgentRunResult[Any]:
        run = ctx.run_id or uuid4().hex
        try:
            result = await handler()
        except BaseException as error:
            messages = [one for one in self._running.get(run, ()) if one.run_id == run]
            transcript = partial(self._transcript, ctx, run, messages)
            await written(partial(record_broken, error, transcript))
            raise
        finally:
            self._running.pop(run, None)
        await written(self._transcript(ctx, run, result.new_messages()).record)
        return result

    async def _instructions(self, ctx: RunContext[AgentDepsT]) -> str:
        scope = self._scope(ctx)
        return await asyncio.to_thread(scope.text, _words(ctx.prompt), budget=self._budget)

    def _tool(self, tool: Tool) -> AgentTool[AgentDepsT]:
        async def run(ctx: RunContext[AgentDepsT], **arguments: Any) -> dict[str, Any]:
            return await asyncio.to_thread(call, tool, self._scope(ctx), arguments)

        return AgentTool.from_schema(
            run, tool.name, tool.description, tool.parameters, takes_ctx=True
        )

    def _transcript(
        self, ctx: RunContext[AgentDepsT], run: str, messages: Sequence[ModelMessage]
    ) -> Transcript:
        transcript = Transcript(self._scope(ctx), run, hears=self._hears)
        if not messages:
            transcript.heard(_words(ctx.prompt) or "")
        for message in messages:
            for part in message.parts:
                _note(transcript, part, is_said=isinstance(message, ModelResponse))
        return transcript

    def _scope(self, ctx: RunContext[AgentDepsT]) -> Scope:
        return self._turns.scope_of(ctx, ctx.conversation_id)


def _note(transcript: Transcript, part: object, *, is_said: bool) -> None:
    match part:
        case UserPromptPart():
            transcript.heard(_words(part.content) or "")
        case TextPart() if is_said:
            transcript.said(part.content)
        case ToolCallPart():
            transcript.called(part.tool_call_id, part.tool_name, part.args_as_dict())
        case ToolReturnPart():
            failed = part.outcome != "success"
            transcript.returned(part.tool_call_id, part.model_response_str(), failed=failed)
        case _:
            pass


def _words(content: str | Sequence[UserContent] | None) -> str | None:
    """Return the words of a prompt, without its pictures and files."""
    if content is None or isinstance(content, str):
        return content
    return "\n".join(one for one in content if isinstance(one, str))
