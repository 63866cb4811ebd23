"""A session of OpenAI Agents whose items are kept in the graph, and written back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast
from uuid import uuid4

from omnimemory.errors import MissingExtraError
from omnimemory.integrations.kept import Kept, Put, Shelf, encode
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.turns import Transcript
from omnimemory.integrations.writing import Party, check_owner, party

try:
    from agents import (
        RunContextWrapper,
        SessionABC,
        SessionSettings,
        TResponseInputItem,
        default_tool_error_function,
    )
except ImportError as error:
    raise MissingExtraError("openai-agents", extra="openai-agents") from error


_FAILED: Final = default_tool_error_function(RunContextWrapper(None), RuntimeError())
"""What a model is told of a tool that failed, where the tool has no function for it."""


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
        customer = party(self._scope)
        kept = self._kept(customer)
        there = {one.name for one in kept}
        named = {self._name(self._count + n): item for n, item in enumerate(items)}
        puts = [
            Put(name, encode(item), customer=customer.whom)
            for name, item in named.items()
            if name not in there
        ]
        self._count += len(items)
        if all(_is_heard(item) for item in items):
            self._shelf.put(puts)
        else:
            turn = self._turn(kept) | {name[2]: item for name, item in named.items()}
            self._told(turn).record(of=customer, beside=self._shelf.records(puts))

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

    def transcript(self, given: Sequence[Mapping[str, Any]] = ()) -> Transcript:
        """Return what this turn's items say, as far as it has come.

        Args:
            given: The items that the turn began with, where none are kept yet.
        """
        return self._told(self._turn(self._kept()) or {str(n): one for n, one in enumerate(given)})

    def _told(self, turn: Mapping[str, Any]) -> Transcript:
        """Return what items say, by their places in the turn."""
        transcript = Transcript(self._scope, f"{self.session_id}/{self._run}", hears=self._hears)
        for place, item in turn.items():
            note(transcript, item, id=place)
        return transcript

    def _turn(self, kept: Iterable[Kept]) -> dict[str, Any]:
        """Return the items of this turn among those of the session, by their places."""
        return {one.name[2]: one.value for one in kept if one.name[1] == self._run}

    def _kept(self, customer: Party | None = None) -> list[Kept]:
        """Return the items of the session, oldest first.

        Raises:
            InputError: They are another customer's.
        """
        view = self._shelf.view()
        found = list(self._shelf.under((self.session_id,), view))
        if found:
            known = (customer or party(self._scope)).identities
            check_owner(view, known, [one.id for one in found])
        return sorted(found, key=lambda one: (one.created_at, one.name[1], int(one.name[2])))

    def _is_mine(self, kept: Kept) -> bool:
        """Return whether an item of this turn was added by this try of it."""
        return int(kept.name[2]) < self._count

    def _name(self, place: int) -> tuple[str, ...]:
        return (self.session_id, self._run, str(place))


def _is_heard(item: Any) -> bool:
    return item.get("role") == "user"


def note(transcript: Transcript, item: Mapping[str, Any], *, id: str) -> None:
    """Note what an item of a run says: a message, a call of a tool, what it gave back."""
    match item:
        case {"type": "function_call", "call_id": called, "name": name, "arguments": given}:
            transcript.called(called, name, _arguments(given))
        case {"type": "function_call_output", "call_id": called, "output": output}:
            told = words(output)
            transcript.returned(called, told, failed=told == _FAILED)
        case {"role": "user", "content": content}:
            transcript.heard(words(content), id=f"item-{id}")
        case {"role": "assistant", "content": content}:
            transcript.said(words(content), id=f"item-{id}")
        case _:
            pass


def _arguments(given: str) -> dict[str, Any]:
    try:
        return dict(json.loads(given or "{}"))
    except (ValueError, TypeError):
        return {"arguments": given}


def words(content: object) -> str:
    """Return the words of a content, without its pictures and files."""
    if isinstance(content, str):
        return content
    parts = cast("Sequence[Any]", content) if isinstance(content, list) else ()
    return "\n".join(part["text"] for part in parts if "text" in part)
