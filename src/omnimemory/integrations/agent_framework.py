"""Microsoft Agent Framework: a context provider with the pack, tools, the run written back.

agent = Agent(client, instructions="You are Tilly.", context_providers=[OmniMemory(scope)])
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import uuid4

from omnimemory.errors import InputError, MissingExtraError
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import Tool
from omnimemory.integrations.turns import Transcript, Turns, call, record_broken, written

try:
    from agent_framework import (
        AgentContext,
        AgentMiddleware,
        AgentResponse,
        AgentSession,
        ChatContext,
        ChatMiddleware,
        ChatResponse,
        ContextProvider,
        FunctionInvocationContext,
        FunctionMiddleware,
        FunctionTool,
        Message,
        ResponseStream,
        SessionContext,
        SupportsAgentRun,
    )
except ImportError as error:
    raise MissingExtraError("agent-framework-core 1", extra="agent-framework") from error

_SOURCE: Final = "omnimemory"


class OmniMemory(ContextProvider):
    """Gives an agent the customer's pack as instructions and its tools, and writes runs back.

    A run is known by the ``message_id`` of its last message: give that message an id of the
    channel's own, and a run that is tried again is written once. A run that a call of the
    model ends, with an error or since it is cancelled, is written too, as far as it came.

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
        self._tools = [self._tool(one) for one in self._turns.tools(names)]
        self._watch = _Watch(self)

    def watch(self) -> AgentMiddleware:
        """Return middleware for agents whose streams may be left before their end.

        Without it, a stream that is left while a tool's result comes is not written.
        """
        return self._watch

    async def before_run(
        self,
        *,
        agent: SupportsAgentRun,
        session: AgentSession,
        context: SessionContext,
        state: dict[str, Any],
    ) -> None:
        del state
        scope = self.scope_of(session)
        asked = [one.text for one in context.input_messages if one.role == "user"]
        query = asked[-1] if asked else None
        text = await asyncio.to_thread(scope.text, query, budget=self._budget)
        context.extend_instructions(self.source_id, text)
        context.extend_tools(self.source_id, self._tools)
        is_watched = self._watch in (getattr(agent, "middleware", None) or ())
        models = _Models(partial(self.transcript, scope), streams=not is_watched)
        context.extend_middleware(self.source_id, [models, _Tools(models)])

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
        transcript = self.transcript(self.scope_of(session), messages)
        await written(transcript.record)

    def transcript(self, scope: Scope, messages: Sequence[Message]) -> Transcript:
        """Return what the messages of a run say."""
        ids = [one.message_id for one in messages if one.role == "user" and one.message_id]
        transcript = Transcript(scope, ids[-1] if ids else uuid4().hex, hears=self._hears)
        for message in messages:
            _note(transcript, message)
        return transcript

    def scope_of(self, session: AgentSession) -> Scope:
        """Return the scope of a session."""
        return self._turns.scope_of(session, session.session_id)

    def _tool(self, tool: Tool) -> FunctionTool:
        async def run(ctx: FunctionInvocationContext, **arguments: Any) -> str:
            if ctx.session is None:
                raise InputError("a tool of the memory needs the session that names its customer")
            found = await asyncio.to_thread(call, tool, self.scope_of(ctx.session), arguments)
            return json.dumps(found, ensure_ascii=False)

        return FunctionTool(
            name=tool.name, description=tool.description, func=run, input_model=tool.parameters
        )


class _Models(ChatMiddleware):
    """Writes a run back that ends in a call of the model; keeps what it said until then.

    Args:
        transcript: Returns what messages say.
        streams: Whether to watch streams of the model.
    """

    def __init__(
        self, transcript: Callable[[Sequence[Message]], Transcript], *, streams: bool
    ) -> None:
        self._transcript = transcript
        self._streams = streams
        self._messages: Sequence[Message] = ()

    async def process(self, context: ChatContext, call_next: Callable[[], Awaitable[None]]) -> None:
        users = [n for n, one in enumerate(context.messages) if one.role == "user"]
        self._messages = asked = context.messages[users[-1] if users else 0 :]
        try:
            await call_next()
        except BaseException as error:
            await self.broke(error)
            raise

        def keep(response: ChatResponse) -> None:
            self._messages = [*asked, *response.messages]

        async def broke(error: BaseException, updates: Sequence[Any]) -> None:
            keep(ChatResponse.from_updates(updates))
            await self.broke(error)

        if isinstance(context.result, ChatResponse):
            keep(context.result)
        elif context.result is not None:
            context.stream_result_hooks.append(keep)
            if self._streams:
                context.result = _watched(context.result, broke)

    async def broke(self, error: BaseException) -> None:
        """Write the run as far as it came."""
        transcript = partial(self._transcript, self._messages)
        await written(partial(record_broken, error, transcript))


class _Tools(FunctionMiddleware):
    """Writes a run back that ends in a tool: one that was cancelled, not one that failed."""

    def __init__(self, models: _Models) -> None:
        self._models = models

    async def process(
        self, context: FunctionInvocationContext, call_next: Callable[[], Awaitable[None]]
    ) -> None:
        del context
        try:
            await call_next()
        except Exception:
            raise
        except BaseException as error:
            await self._models.broke(error)
            raise


class _Watch(AgentMiddleware):
    """Writes a run back whose stream ends early."""

    def __init__(self, known: OmniMemory) -> None:
        self._known = known

    async def process(
        self, context: AgentContext, call_next: Callable[[], Awaitable[None]]
    ) -> None:
        await call_next()

        async def broke(error: BaseException, updates: Sequence[Any]) -> None:
            messages = [*context.messages, *AgentResponse.from_updates(updates).messages]
            await written(
                partial(record_broken, error, partial(self._transcript, context.session, messages))
            )

        if isinstance(context.result, ResponseStream):
            context.result = _watched(context.result, broke)

    def _transcript(
        self, session: AgentSession | None, messages: Sequence[Message]
    ) -> Transcript | None:
        if session is None:
            return None
        return self._known.transcript(self._known.scope_of(session), messages)


def _watched(
    stream: ResponseStream[Any, Any],
    broke: Callable[[BaseException, Sequence[Any]], Awaitable[None]],
) -> ResponseStream[Any, Any]:
    """Return the same stream; where it ends early, `broke` is told what came until then."""

    async def updates() -> AsyncGenerator[Any]:
        seen: list[Any] = []
        try:
            async for update in stream:
                seen.append(update)
                yield update
        except BaseException as error:
            await broke(error, seen)
            await stream.close(error)
            raise

    return ResponseStream(updates(), finalizer=lambda _: stream.get_final_response())


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
