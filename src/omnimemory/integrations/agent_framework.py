"""Microsoft Agent Framework: a context provider with the pack, tools, the run written back.

agent = Agent(client, instructions="You are Tilly.", context_providers=[OmniMemory(scope)])
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import uuid4

from omnimemory.errors import MissingExtraError
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import Tool
from omnimemory.integrations.turns import Transcript, Turns, call, record_broken

try:
    from agent_framework import (
        AgentSession,
        ChatContext,
        ChatMiddleware,
        ContextProvider,
        FunctionTool,
        Message,
        SessionContext,
        SupportsAgentRun,
    )
except ImportError as error:
    raise MissingExtraError("agent-framework-core 1", extra="agent-framework") from error

_SOURCE: Final = "omnimemory"


class OmniMemory(ContextProvider):
    """Gives an agent the customer's pack as instructions and its tools, and writes runs back.

    A run is known by the ``message_id`` of its last message: give that message an id of the
    channel's own, and a run that is tried again is written once. A run that the model ends
    with an error is written too, as far as it came.

    Args:
        scope: Whose memory, who the agent is, for whose eyes; one without a conversation
            takes the session's id.
        customer: Returns the customer of a session, such as
            ``lambda session: session.state["customer"]``, where the scope names none.
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
        customer: Callable[[AgentSession], str] | None = None,
        budget: int = 2_000,
        names: Iterable[str] | None = None,
        hears: bool = True,
    ) -> None:
        super().__init__(_SOURCE)
        self._turns = Turns(scope, customer)
        self._budget = budget
        self._hears = hears
        self._tools = self._turns.tools(names)

    async def before_run(
        self,
        *,
        agent: SupportsAgentRun,
        session: AgentSession,
        context: SessionContext,
        state: dict[str, Any],
    ) -> None:
        del agent, state
        scope = self._scope(session)
        asked = [one.text for one in context.input_messages if one.role == "user"]
        query = asked[-1] if asked else None
        text = await asyncio.to_thread(scope.text, query, budget=self._budget)
        context.extend_instructions(self.source_id, text)
        context.extend_tools(self.source_id, [_tool(one, scope) for one in self._tools])
        context.extend_middleware(self.source_id, _Watch(partial(self._transcript, scope)))

    async def after_run(
        self,
        *,
        agent: SupportsAgentRun,
        session: AgentSession,
        context: SessionContext,
        state: dict[str, Any],
    ) -> None:
        del agent, state
        answered = [] if context.response is None else context.response.messages
        messages = [*context.input_messages, *answered]
        transcript = self._transcript(self._scope(session), messages)
        await asyncio.to_thread(transcript.record)

    def _transcript(self, scope: Scope, messages: Sequence[Message]) -> Transcript:
        ids = [one.message_id for one in messages if one.role == "user" and one.message_id]
        transcript = Transcript(scope, ids[-1] if ids else uuid4().hex, hears=self._hears)
        for message in messages:
            _note(transcript, message)
        return transcript

    def _scope(self, session: AgentSession) -> Scope:
        return self._turns.scope_of(session, session.session_id)


class _Watch(ChatMiddleware):
    """Writes a run back that a call of the model ends with an error."""

    def __init__(self, transcript: Callable[[Sequence[Message]], Transcript]) -> None:
        self._transcript = transcript

    async def process(self, context: ChatContext, call_next: Callable[[], Awaitable[None]]) -> None:
        try:
            await call_next()
        except Exception as error:
            users = [n for n, one in enumerate(context.messages) if one.role == "user"]
            since = context.messages[users[-1] if users else 0 :]
            await asyncio.to_thread(record_broken, error, partial(self._transcript, since))
            raise


def _tool(tool: Tool, scope: Scope) -> FunctionTool:
    async def run(**arguments: Any) -> str:
        return json.dumps(await asyncio.to_thread(call, tool, scope, arguments), ensure_ascii=False)

    return FunctionTool(
        name=tool.name, description=tool.description, func=run, input_model=tool.parameters
    )


def _note(transcript: Transcript, message: Message) -> None:
    if message.role == "user":
        transcript.heard(message.text)
    elif message.role == "assistant":
        transcript.said(message.text)
    for one in message.contents:
        if one.type == "function_call":
            transcript.called(one.call_id or "", one.name or "", _arguments(one.arguments))
        elif one.type == "function_result":
            failed = one.exception is not None
            result = one.exception if failed else one.result
            transcript.returned(one.call_id or "", str(result), failed=failed)


def _arguments(given: str | Mapping[str, Any] | None) -> dict[str, Any]:
    try:
        return dict(json.loads(given or "{}")) if isinstance(given, str) else dict(given or {})
    except (ValueError, TypeError):
        return {"arguments": given}
