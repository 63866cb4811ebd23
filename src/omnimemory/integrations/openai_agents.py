"""OpenAI Agents: instructions with the pack, function tools, a session that is written back.

memory = OmniMemory(scope, customer=lambda run: run.context.customer)
agent = Agent(
name="Tilly", instructions=memory.instructions("You are Tilly."), tools=memory.tools()
)
await Runner.run(agent, text, context=login, session=memory.session("chat-7", login))
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar, cast
from uuid import uuid4

from omnimemory.errors import MissingExtraError
from omnimemory.integrations.kept import Kept, Put, Shelf, encode
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import Tool
from omnimemory.integrations.turns import Transcript, Turns, call
from omnimemory.integrations.writing import check_owner, whom

try:
    from agents import (
        Agent,
        FunctionTool,
        RunContextWrapper,
        SessionABC,
        SessionSettings,
        TResponseInputItem,
    )
    from agents.tool_context import ToolContext
except ImportError as error:
    raise MissingExtraError("openai-agents", extra="openai-agents") from error

C = TypeVar("C")
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


class OmniMemorySession(SessionABC):
    """A session of one customer whose items are kept in the graph.

    Items are kept as they are, private, and go when the customer is erased. What they say
    becomes messages and actions as well, which the next agent finds in the pack.

    Args:
        session_id: Its id.
        scope: Whose it is.
        run: An id of this turn's own. Items that this turn wrote before are not in its
            history, and adding them again changes nothing.
        hears: Whether to write what the customer said.
    """

    def __init__(
        self, session_id: str, scope: Scope, *, run: str | None = None, hears: bool = True
    ) -> None:
        self.session_id = session_id
        self.session_settings: SessionSettings | None = None
        self._scope = scope
        self._run = run or uuid4().hex
        self._hears = hears
        self._count = 0
        self._shelf = Shelf(scope.memory, "openai-agents")

    async def get_items(self, limit: int | None = None) -> list[TResponseInputItem]:
        return await asyncio.to_thread(self._items, limit)

    async def add_items(self, items: list[TResponseInputItem]) -> None:
        await asyncio.to_thread(self._add, items)

    async def pop_item(self) -> TResponseInputItem | None:
        return await asyncio.to_thread(self._pop)

    async def clear_session(self) -> None:
        await asyncio.to_thread(self._clear)

    def _items(self, limit: int | None) -> list[TResponseInputItem]:
        kept = [one for one in self._kept() if one.name[1] != self._run or self._is_mine(one)]
        items = [cast("TResponseInputItem", one.value) for one in kept]
        return items if limit is None else items[-limit:] if limit > 0 else []

    def _add(self, items: Sequence[TResponseInputItem]) -> None:
        if not items:
            return
        self._kept()
        names = [self._name(self._count + n) for n in range(len(items))]
        customer = whom(self._scope)
        there = self._shelf.get(names)
        self._shelf.put(
            [
                Put(name, encode(item), customer=customer)
                for name, item in zip(names, items, strict=True)
                if name not in there
            ]
        )
        self._count += len(items)
        if any(not _is_heard(item) for item in items):
            self._write_back()

    def _pop(self) -> TResponseInputItem | None:
        kept = [one for one in self._kept() if one.name[1] != self._run or self._is_mine(one)]
        if not kept:
            return None
        last = kept[-1]
        if last.name[1] == self._run:
            self._count = int(last.name[2])
        self._shelf.put([Put(last.name, encode(None))])
        return cast("TResponseInputItem", last.value)

    def _clear(self) -> None:
        self._shelf.put([Put(one.name, encode(None)) for one in self._kept()])
        self._count = 0

    def _write_back(self) -> None:
        """Write what this turn's items say, as far as it has come."""
        transcript = Transcript(self._scope, f"{self.session_id}/{self._run}", hears=self._hears)
        for one in self._kept():
            if one.name[1] == self._run:
                _note(transcript, one.value, id=one.name[2])
        transcript.record()

    def _kept(self) -> list[Kept]:
        """Return the items of the session, oldest first.

        Raises:
            InputError: They are another customer's.
        """
        view = self._shelf.view()
        found = list(self._shelf.under((self.session_id,), view))
        check_owner(view, self._scope, [one.id for one in found])
        return sorted(found, key=lambda one: (one.created_at, one.name[1], int(one.name[2])))

    def _is_mine(self, kept: Kept) -> bool:
        """Return whether an item of this turn was added by this try of it."""
        return int(kept.name[2]) < self._count

    def _name(self, place: int) -> tuple[str, ...]:
        return (self.session_id, self._run, str(place))


def _is_heard(item: Any) -> bool:
    return item.get("role") == "user"


def _note(transcript: Transcript, item: Mapping[str, Any], *, id: str) -> None:
    match item:
        case {"type": "function_call", "call_id": called, "name": name, "arguments": given}:
            transcript.called(called, name, _arguments(given))
        case {"type": "function_call_output", "call_id": called, "output": output}:
            transcript.returned(called, _words(output))
        case {"role": "user", "content": content}:
            transcript.heard(_words(content), id=f"item-{id}")
        case {"role": "assistant", "content": content}:
            transcript.said(_words(content), id=f"item-{id}")
        case _:
            pass


def _arguments(given: str) -> dict[str, Any]:
    try:
        return dict(json.loads(given or "{}"))
    except (ValueError, TypeError):
        return {"arguments": given}


def _words(content: object) -> str:
    """Return the words of a content, without its pictures and files."""
    if isinstance(content, str):
        return content
    parts = cast("Sequence[Any]", content) if isinstance(content, list) else ()
    return "\n".join(part["text"] for part in parts if "text" in part)


def _last_asked(items: Sequence[Any]) -> str | None:
    """Return the words of the last message of the customer's."""
    for item in reversed(items):
        if isinstance(item, dict) and cast("dict[str, Any]", item).get("role") == "user":
            return _words(cast("dict[str, Any]", item).get("content")) or None
    return None
