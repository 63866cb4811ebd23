"""OpenAI Agents: instructions with the pack, function tools, a session that is written back.

memory = OmniMemory(scope, customer=lambda run: run.context.customer)
agent = Agent(
name="Tilly", instructions=memory.instructions("You are Tilly."), tools=memory.tools()
)
await memory.run(agent, text, context=login, run="message-1")
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeAlias, TypedDict, TypeVar, Unpack, cast

from omnimemory.errors import MissingExtraError
from omnimemory.integrations.openai_sessions import OmniMemorySession, note, words
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import Tool
from omnimemory.integrations.turns import Transcript, Turns, call, record_broken, written

try:
    from agents import (
        Agent,
        AgentBase,
        FunctionTool,
        MaxTurnsExceeded,
        ModelResponse,
        RunConfig,
        RunContextWrapper,
        RunHooks,
        Runner,
        RunResult,
        RunResultStreaming,
        TResponseInputItem,
    )
    from agents import Tool as AgentTool
    from agents.tool_context import ToolContext
except ImportError as error:
    raise MissingExtraError("openai-agents", extra="openai-agents") from error

C = TypeVar("C")
T = TypeVar("T")


class Options(TypedDict, total=False):
    """What `OmniMemory.run` hands on to `Runner.run`."""

    max_turns: int | None
    run_config: RunConfig | None
    previous_response_id: str | None
    conversation_id: str | None


Instructions: TypeAlias = Callable[[RunContextWrapper[C], Agent[C]], Awaitable[str]]


class OmniMemory(Generic[C]):
    """What an agent needs of the memory, with the customer from the run's own context.

    Args:
        scope: Whose memory, who the agent is, for whose eyes.
        customer: Returns the customer of a run, where the scope names none.
        budget: Most tokens of the pack.
        hears: Whether a session writes what the customer said; not where the channel's own
            source brings it.

    Raises:
        InputError: Neither the scope nor ``customer`` names a customer, or both do.
    """

    def __init__(
        self,
        scope: Scope,
        *,
        customer: Callable[[RunContextWrapper[C]], str] | None = None,
        budget: int = 2_000,
        hears: bool = True,
    ) -> None:
        self._turns = Turns(scope, customer)
        self._budget = budget
        self._hears = hears

    def instructions(self, text: str = "") -> Instructions[C]:
        """Return an agent's instructions: the program's own text, then the customer's pack."""

        async def instructions(run: RunContextWrapper[C], agent: Agent[C]) -> str:
            del agent
            scope = self._turns.scope_of(run)
            asked = _last_asked(run.turn_input)
            pack = await asyncio.to_thread(scope.text, asked, budget=self._budget)
            return f"{text}\n\n{pack}" if text else pack

        return instructions

    def tools(self, names: Iterable[str] | None = None) -> list[FunctionTool]:
        """Return the tools of the scope, all of them or those that are named.

        Raises:
            InputError: No tool has that name.
        """
        return [self._tool(one) for one in self._turns.tools(names)]

    def session(self, id: str, context: C = None, *, run: str | None = None) -> OmniMemorySession:  # type: ignore[assignment]
        """Return a session that keeps its items in the graph, and writes back what happened.

        Args:
            id: The session's id, such as the chat's.
            context: What `Runner.run` gets as its context.
            run: An id of this turn's own: a turn that is tried again is then written once.

        Raises:
            InputError: The context names no customer.
        """
        scope = self._turns.scope_of(RunContextWrapper(context), id)
        return OmniMemorySession(id, scope, run=run, hears=self._hears)

    async def run(
        self,
        agent: Agent[C],
        asked: str | list[TResponseInputItem],
        *,
        run: str,
        context: C = None,  # type: ignore[assignment]
        session: OmniMemorySession | None = None,
        **options: Unpack[Options],
    ) -> RunResult:
        """Run an agent and write the run back, without a session too, and also where it fails.

        A run that fails or is cancelled is written as far as it came. A session writes what
        succeeds by itself; then only that end is added here.

        Args:
            agent: The agent.
            asked: The customer's words, or the items that `Runner.run` gets.
            run: The run's id; the same run again changes nothing. A session has its own.
            context: What `Runner.run` gets as its context.
            session: A session of `session`, if there is one.
            options: Others of `Runner.run`.

        Raises:
            InputError: The context names no customer.
        """
        watch = _Watch[C]()
        so_far = self._so_far(run, asked, context, session, watch)
        begun = Runner.run(agent, asked, context=context, session=session, hooks=watch, **options)
        return await _written_back(begun, so_far, writes=session is None)

    def run_streamed(
        self,
        agent: Agent[C],
        asked: str | list[TResponseInputItem],
        *,
        run: str,
        context: C = None,  # type: ignore[assignment]
        session: OmniMemorySession | None = None,
        **options: Unpack[Options],
    ) -> RunResultStreaming:
        """Run an agent with a stream of its events; write the run back however it ends.

        The stream ends once the run is written. One that is left goes on to its end, as the SDK
        has it; `RunResultStreaming.cancel` cancels it. The arguments are those of `run`.

        Raises:
            InputError: The context names no customer.
        """
        watch = _Watch[C]()
        so_far = self._so_far(run, asked, context, session, watch)
        result = Runner.run_streamed(
            agent, asked, context=context, session=session, hooks=watch, **options
        )
        loop = result.run_loop_task
        if loop is not None:
            watched = _written_back(_ended(result, loop), so_far, writes=session is None)
            result.run_loop_task = asyncio.create_task(watched)
            result.run_loop_task.add_done_callback(lambda _: loop.cancel())
        return result

    def _so_far(
        self,
        run: str,
        asked: str | list[TResponseInputItem],
        context: C,
        session: OmniMemorySession | None,
        watch: _Watch[C],
    ) -> Callable[[], Transcript]:
        """Return a function that returns what has happened in a run so far."""
        scope = self._turns.scope_of(RunContextWrapper(context))
        return partial(self._transcript, scope, run, asked, session, watch.items)

    def _transcript(
        self,
        scope: Scope,
        run: str,
        asked: str | list[TResponseInputItem],
        session: OmniMemorySession | None,
        items: Sequence[Mapping[str, Any]],
    ) -> Transcript:
        """Return what happened in a run; of a session, what it keeps and the calls since."""
        if session is not None:
            given = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
            transcript = session.transcript(cast("Sequence[Mapping[str, Any]]", given))
            items = [one for one in items if "call_id" in one]
        else:
            transcript = Transcript(scope, run, hears=self._hears)
            said = asked if isinstance(asked, str) else _last_asked(asked)
            transcript.heard(said or "", id="asked")
        for place, item in enumerate(items):
            note(transcript, item, id=str(place))
        return transcript

    def _tool(self, tool: Tool) -> FunctionTool:
        async def run(context: ToolContext[C], arguments: str) -> str:
            given = json.loads(arguments or "{}")
            scope = self._turns.scope_of(context, None)
            return json.dumps(await asyncio.to_thread(call, tool, scope, given), ensure_ascii=False)

        return FunctionTool(
            name=tool.name,
            description=tool.description,
            params_json_schema=tool.parameters,
            on_invoke_tool=run,
            strict_json_schema=False,
        )


class _Watch(RunHooks[C]):
    """Keeps what a model said and what tools gave back, as items of the model's input."""

    def __init__(self) -> None:
        self.items: list[Mapping[str, Any]] = []

    async def on_llm_end(
        self, context: RunContextWrapper[C], agent: Agent[C], response: ModelResponse
    ) -> None:
        del context, agent
        self.items += cast("list[Mapping[str, Any]]", response.to_input_items())

    async def on_tool_end(
        self, context: RunContextWrapper[C], agent: AgentBase[C], tool: AgentTool, result: object
    ) -> None:
        del agent, tool
        if isinstance(context, ToolContext):
            given = {"call_id": context.tool_call_id, "output": str(result)}
            self.items.append({"type": "function_call_output", **given})


async def _written_back(
    begun: Awaitable[T], so_far: Callable[[], Transcript], *, writes: bool
) -> T:
    """Return what a run gives; write it where it ends early, and else if nobody else does."""
    try:
        result = await begun
    except BaseException as error:
        await written(partial(record_broken, error, so_far))
        raise
    if writes:
        await written(lambda: so_far().record())
    return result


async def _ended(result: RunResultStreaming, loop: Awaitable[None]) -> None:
    """Wait for the end of a stream; raise where it has no output, as the SDK does elsewhere."""
    await loop
    if result.final_output is not None or result.interruptions:
        return
    if result.max_turns is not None and result.current_turn > result.max_turns:
        raise MaxTurnsExceeded(f"Max turns ({result.max_turns}) exceeded")
    raise asyncio.CancelledError


def _last_asked(items: Sequence[Any]) -> str | None:
    """Return the words of the last message of the customer's."""
    for item in reversed(items):
        if isinstance(item, dict) and cast("dict[str, Any]", item).get("role") == "user":
            return words(cast("dict[str, Any]", item).get("content")) or None
    return None
