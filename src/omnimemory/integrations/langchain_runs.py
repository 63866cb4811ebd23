"""Runs of LangChain agents as callbacks tell them: which are on, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from omnimemory.errors import MissingExtraError
from omnimemory.integrations.turns import Transcript, record_broken

try:
    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.messages import AnyMessage, BaseMessage
    from langgraph.config import get_config
    from langgraph.errors import GraphBubbleUp
except ImportError as error:
    raise MissingExtraError("langchain 1.5 or newer", extra="langchain") from error


class Running:
    """A run that is on.

    Attributes:
        messages: What was said and done until now.
        transcript: Returns what messages say; None where there is nothing to write, or it is
            written.
    """

    def __init__(self) -> None:
        self.messages: list[AnyMessage] = []
        self.transcript: Callable[[Sequence[AnyMessage]], Transcript | None] | None = None


class Watch(BaseCallbackHandler):
    """Writes a run back that ends early: by an error, a limit, a cancellation, a stream left."""

    def __init__(self) -> None:
        self._runs: dict[UUID | None, Running] = {}

    def running(self) -> Running | None:
        """Return the run that calls this; None if it is not watched."""
        return self._runs.get(getattr(get_config().get("callbacks"), "parent_run_id", None))

    def begin(
        self,
        messages: Sequence[AnyMessage],
        transcript: Callable[[Sequence[AnyMessage]], Transcript | None],
    ) -> None:
        """Take what happened before a call of the model."""
        if (running := self.running()) is not None:
            running.messages = list(messages)
            running.transcript = transcript

    def add(self, *outputs: object) -> None:
        """Take what a model or a tool gave back."""
        if (running := self.running()) is not None:
            running.messages += [one for one in outputs if isinstance(one, BaseMessage)]  # pyright: ignore[reportAttributeAccessIssue]

    def end(self) -> None:
        """Leave the run to whoever writes it."""
        if (running := self.running()) is not None:
            running.transcript = None

    def on_chain_start(
        self,
        serialized: dict[str, Any],
        inputs: dict[str, Any],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **_: Any,
    ) -> None:
        del serialized, inputs
        self._runs[run_id] = self._runs.get(parent_run_id) or Running()

    def on_chain_end(self, outputs: dict[str, Any], *, run_id: UUID, **_: Any) -> None:
        del outputs
        self._runs.pop(run_id, None)

    def on_chain_error(
        self,
        error: BaseException,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **_: Any,
    ) -> None:
        ended = self._runs.pop(run_id, None)
        if ended is None or parent_run_id in self._runs or isinstance(error, GraphBubbleUp):
            return
        if ended.transcript is not None:
            record_broken(error, partial(ended.transcript, ended.messages))
