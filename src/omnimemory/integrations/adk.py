"""Google ADK: a memory service, a plugin that gives the pack and writes back, tools.

service = OmniMemoryService(Scope(memory, by="ai_agent:tilly"))
app = App(name="desk", root_agent=Agent(…, tools=service.tools()), plugins=[service.plugin()])
runner = Runner(app=app, session_service=sessions, memory_service=service)
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from weakref import WeakSet

from omnimemory.context.safe import cite, clean
from omnimemory.errors import MissingExtraError, NotFoundError
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import Tool
from omnimemory.integrations.turns import Transcript, Turns, call, record_broken, written
from omnimemory.reads.results import Result

try:
    from google.adk.agents.callback_context import CallbackContext
    from google.adk.agents.invocation_context import InvocationContext
    from google.adk.events import Event
    from google.adk.memory import BaseMemoryService
    from google.adk.memory.base_memory_service import SearchMemoryResponse
    from google.adk.memory.memory_entry import MemoryEntry
    from google.adk.models.llm_request import LlmRequest
    from google.adk.plugins.base_plugin import BasePlugin
    from google.adk.sessions import Session
    from google.adk.tools import BaseTool, ToolContext
    from google.genai.types import Content, FunctionDeclaration, Part
except ImportError as error:
    raise MissingExtraError("google-adk 2", extra="adk") from error

RUN: Final = "run_id"
"""The name in `RunConfig.custom_metadata` by which a program gives a run an id of its own."""

_MOST_FOUND: Final = 10


class OmniMemoryService(BaseMemoryService):
    """Finds what was said and done with a customer, and keeps what sessions bring.

    The user of a session is the customer. A session or its events may be added any number of
    times, and are written once.

    Args:
        scope: Whose memory, who the agent is, for whose eyes.
        customer: Returns the customer of a user id; the user id itself, as any identifier of
            the customer, if left out and the scope names none.
        hears: Whether to write what the customer said; not where the channel's own source
            brings it.
    """

    def __init__(
        self,
        scope: Scope,
        *,
        customer: Callable[[str], str] | None = None,
        hears: bool = True,
    ) -> None:
        self._turns = Turns(scope, customer or (None if scope.customer else _same))
        self._hears = hears

    def plugin(self, *, budget: int = 2_000) -> OmniMemoryPlugin:
        """Return what puts the pack into the instructions of an app's agents, and writes back."""
        return OmniMemoryPlugin(self, budget)

    def tools(self, names: Iterable[str] | None = None) -> list[BaseTool]:
        """Return the tools of the scope, all of them or those that are named.

        Raises:
            InputError: No tool has that name.
        """
        return [_Tool(one, self) for one in self._turns.tools(names)]

    def scope_of(self, user: str, session: str | None = None) -> Scope:
        """Return the scope of a user of the app."""
        return self._turns.scope_of(user, session)

    async def add_session_to_memory(self, session: Session) -> None:
        scope = self.scope_of(session.user_id, session.id)
        await written(partial(self._record, scope, session.events))

    async def add_events_to_memory(
        self,
        *,
        app_name: str,
        user_id: str,
        events: Sequence[Event],
        session_id: str | None = None,
        custom_metadata: Mapping[str, object] | None = None,
    ) -> None:
        del app_name, custom_metadata
        await written(partial(self._record, self.scope_of(user_id, session_id), events))

    async def search_memory(
        self, *, app_name: str, user_id: str, query: str
    ) -> SearchMemoryResponse:
        del app_name
        scope = self.scope_of(user_id)
        return SearchMemoryResponse(memories=await asyncio.to_thread(_search, scope, query))

    def broke(self, error: BaseException, session: Session, invocation: str) -> None:
        """Write a run that ended early, as far as it came; with its last event it is whole."""
        events = _events(session, invocation)

        def transcript() -> Transcript | None:
            scope = self.scope_of(session.user_id, session.id)
            return next(iter(self._transcripts(scope, events)), None)

        is_whole = bool(events) and events[-1].is_final_response()
        if is_whole and isinstance(error, asyncio.CancelledError | GeneratorExit):
            self._record(self.scope_of(session.user_id, session.id), events)
        else:
            record_broken(error, transcript)

    def _record(self, scope: Scope, events: Sequence[Event]) -> None:
        for transcript in self._transcripts(scope, events):
            transcript.record()

    def _transcripts(self, scope: Scope, events: Sequence[Event]) -> list[Transcript]:
        """Return events as a transcript for each run among them."""
        runs: dict[str, Transcript] = {}
        for event in events:
            if event.partial or event.content is None:
                continue
            run = str((event.custom_metadata or {}).get(RUN) or event.invocation_id)
            if run not in runs:
                runs[run] = Transcript(scope, run, hears=self._hears)
            for part in event.content.parts or ():
                _note(runs[run], part, is_heard=event.author == "user")
        return list(runs.values())


class OmniMemoryPlugin(BasePlugin):
    """Puts the pack into the system instruction of each model call, and writes runs back.

    A run is known by its invocation id, or by ``RunConfig(custom_metadata={"run_id": …})``:
    then a run that is tried again is written once. A run that fails, is cancelled or whose
    events are left before the last is written too, as far as it came.

    Args:
        service: Whose memory.
        budget: Most tokens of the pack.
    """

    def __init__(self, service: OmniMemoryService, budget: int = 2_000) -> None:
        super().__init__(name="omnimemory")
        self._service = service
        self._budget = budget
        self._watched: WeakSet[asyncio.Task[Any]] = WeakSet()

    async def before_model_callback(
        self, *, callback_context: CallbackContext, llm_request: LlmRequest
    ) -> None:
        self._watch(callback_context)
        scope = self._service.scope_of(callback_context.user_id, callback_context.session.id)
        asked = _words(callback_context.user_content)
        text = await asyncio.to_thread(scope.text, asked or None, budget=self._budget)
        llm_request.append_instructions([text])

    async def after_run_callback(self, *, invocation_context: InvocationContext) -> None:
        session, invocation = invocation_context.session, invocation_context.invocation_id
        ending = sys.exception()
        if isinstance(ending, asyncio.CancelledError | GeneratorExit):
            await written(partial(self._service.broke, ending, session, invocation))
            return
        await self._service.add_events_to_memory(
            app_name=session.app_name,
            user_id=session.user_id,
            session_id=session.id,
            events=_events(session, invocation),
        )

    async def on_run_error_callback(
        self, *, invocation_context: InvocationContext, error: Exception
    ) -> None:
        session, invocation = invocation_context.session, invocation_context.invocation_id
        await written(partial(self._service.broke, error, session, invocation))

    def _watch(self, context: CallbackContext) -> None:
        """Write the run if its task is cancelled, of which ADK tells no plugin."""
        task = asyncio.current_task()
        if task is None or task in self._watched:
            return
        self._watched.add(task)
        session, invocation = context.session, context.invocation_id

        def done(task: asyncio.Task[Any]) -> None:
            if task.cancelled():
                error = asyncio.CancelledError()
                broke = partial(self._service.broke, error, session, invocation)
                asyncio.get_running_loop().run_in_executor(None, broke)

        task.add_done_callback(done)


class _Tool(BaseTool):
    def __init__(self, tool: Tool, service: OmniMemoryService) -> None:
        super().__init__(name=tool.name, description=tool.description)
        self._tool = tool
        self._service = service

    def _get_declaration(self) -> FunctionDeclaration:
        return FunctionDeclaration(
            name=self.name,
            description=self.description,
            parameters_json_schema=self._tool.parameters,
        )

    async def run_async(self, *, args: dict[str, Any], tool_context: ToolContext) -> dict[str, Any]:
        scope = self._service.scope_of(tool_context.user_id, tool_context.session.id)
        return await asyncio.to_thread(call, self._tool, scope, args)


def _events(session: Session, invocation: str) -> list[Event]:
    """Return the events of a run."""
    return [one for one in session.events if one.invocation_id == invocation]


def _search(scope: Scope, query: str) -> list[MemoryEntry]:
    try:
        found = scope.memory.search(
            query, customer=scope.whose(), limit=_MOST_FOUND, audience=scope.audience
        )
    except NotFoundError:
        return []
    return [_entry(one) for one in found]


def _entry(result: Result) -> MemoryEntry:
    """Return a result as a memory; what a customer wrote in it is defanged."""
    return MemoryEntry(
        id=result.id,
        content=Content(role="user", parts=[Part(text=f"{clean(result.text)} {cite(result.id)}")]),
        timestamp=result.at.isoformat(),
        custom_metadata={"kind": result.kind, "title": clean(result.title)},
    )


def _note(transcript: Transcript, part: Part, *, is_heard: bool) -> None:
    if part.text and not part.thought:
        (transcript.heard if is_heard else transcript.said)(part.text)
    if part.function_call is not None:
        made = part.function_call
        transcript.called(made.id or "", made.name or "", made.args or {})
    if part.function_response is not None:
        came = part.function_response
        given = came.response or {}
        failed = set(given) == {"error"}
        result = str(given.get("error") if failed else given.get("result", given))
        transcript.returned(came.id or "", result, failed=failed)


def _words(content: Content | None) -> str:
    parts = content.parts if content is not None and content.parts else ()
    return "\n".join(part.text for part in parts if part.text)


def _same(user: str) -> str:
    return user
