"""What every framework's adapter needs: whose turn it is, and what was said and done in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

import msgspec

from omnimemory.errors import InputError, ToolError
from omnimemory.integrations.runs import Recorded, Run, ended_by, record_run
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import SPECS, Tool, tools
from omnimemory.integrations.writing import Party
from omnimemory.model.records import Record

C = TypeVar("C")
T = TypeVar("T")

_ANYBODY: Final = "omnimemory:anybody"
"""Stands for the customer where only a tool's schema is wanted."""


@dataclass(frozen=True)
class Turns(Generic[C]):
    """A scope whose customer the program's own context names, turn by turn.

    Attributes:
        scope: Whose memory, who the agent is, for whose eyes.
        customer: Returns the customer from the framework's context of a run; left out where
            the scope names the one customer.
    """

    scope: Scope
    customer: Callable[[C], str] | None = None

    def __post_init__(self) -> None:
        if (self.scope.customer is None) == (self.customer is None):
            raise InputError(
                "name the customer either in the scope, Scope(…, customer=…), or run by run "
                "with customer=, a function of the framework's context"
            )

    def scope_of(self, context: C, conversation: str | None = None) -> Scope:
        """Return the scope of one turn.

        Args:
            context: What the framework hands to `customer`.
            conversation: The framework's thread, where the scope names none.

        Raises:
            InputError: The context names no customer; nothing may be read then.
        """
        found = self.scope
        if self.customer is not None:
            who = self.customer(context)
            if not isinstance(who, str) or not who:  # pyright: ignore[reportUnnecessaryIsInstance]
                raise InputError(f"the context of this run names no customer: {who!r}")
            found = replace(found, customer=who)
        if found.conversation is None and conversation:
            found = replace(found, conversation=conversation)
        return found

    def tools(self, names: Iterable[str] | None = None) -> list[Tool]:
        """Return the tools; `call` binds them to a turn.

        Raises:
            InputError: No tool has that name.
        """
        return tools(replace(self.scope, customer=self.scope.customer or _ANYBODY), names)


def call(tool: Tool, scope: Scope, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a tool gives in a scope; an error that the model can mend comes as words."""
    try:
        return msgspec.structs.replace(tool, scope=scope).call(arguments)
    except ToolError as error:
        return {"error": str(error)}


async def written(write: Callable[[], T]) -> T:
    """Return what a write gives, on a worker thread.

    The write goes on to its end where the task is cancelled meanwhile.
    """
    begun = asyncio.get_running_loop().run_in_executor(None, copy_context().run, write)
    return await asyncio.shield(begun)


def record_broken(error: BaseException, transcript: Callable[[], Transcript | None]) -> None:
    """Write a run that an error ended, so far as it came.

    The error goes on its way whatever comes of it: where the run cannot be written, the
    error gets a note of that.

    Args:
        error: What ended the run.
        transcript: Returns the run until then; None where there is nothing to write.
    """
    try:
        found = transcript()
        if found is not None:
            found.broke(error)
            found.record()
    except Exception as other:  # noqa: BLE001 - the run's own error must not be lost
        error.add_note(f"omnimemory did not write this run back: {type(other).__name__}")


class Transcript:
    """What happened in one run, in order, as a framework's messages tell it.

    Calls of our own tools are left out: they only read, or have written already.

    Args:
        scope: Whose turn it is.
        run: The run's id; the same run again changes nothing.
        hears: Whether to write what the customer said; not where the channel's own source
            brings it.
    """

    def __init__(self, scope: Scope, run: str, *, hears: bool = True) -> None:
        self._run = Run(scope, run)
        self._hears = hears
        self._calls: dict[str, tuple[str, Mapping[str, Any]]] = {}

    def heard(self, text: str, *, id: str | None = None) -> None:
        """Note what the customer said."""
        if self._hears and text.strip():
            self._run.heard(text, id=id)

    def said(self, text: str, *, id: str | None = None) -> None:
        """Note what the agent said."""
        if text.strip():
            self._run.said(text, id=id)

    def called(self, id: str, name: str, arguments: Mapping[str, Any]) -> None:
        """Note a tool call; what came of it follows."""
        if name not in SPECS:
            self._calls[id] = (name, arguments)

    def returned(self, id: str, result: str, *, failed: bool = False) -> None:
        """Note what came of a tool call."""
        if id in self._calls:
            name, arguments = self._calls.pop(id)
            outcome = "failed" if failed else "done"
            self._run.did(name, arguments, outcome=outcome, result=result, id=f"call-{id}")

    def broke(self, error: BaseException) -> None:
        """Note that an error ended the run; calls that had not come back failed with it."""
        for id, (name, arguments) in self._calls.items():
            said = f"it had not come back when the run ended: {ended_by(error)}"
            self._run.did(name, arguments, outcome="failed", result=said, id=f"call-{id}")
        self._calls.clear()
        self._run.broke(error)

    def record(self, *, of: Party | None = None, beside: Sequence[Record] = ()) -> Recorded | None:
        """Write it, exactly once; return what came of it, None where nothing happened.

        A call that never returned is written as pending. The arguments are those of `record_run`.
        """
        for id, (name, arguments) in self._calls.items():
            self._run.did(name, arguments, outcome="pending", id=f"call-{id}")
        self._calls.clear()
        if not len(self._run) and not beside:
            return None
        return record_run(self._run, of=of, beside=beside)
