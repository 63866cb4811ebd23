"""LangChain 1: the pack in the system message, tools, a retriever, the run written back.

agent = create_agent(model, middleware=[OmniMemoryMiddleware(scope)])
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeAlias, cast

from omnimemory.context.safe import cite, clean
from omnimemory.errors import MissingExtraError, NotFoundError
from omnimemory.integrations.langchain_runs import Watch
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import Tool, tools
from omnimemory.integrations.turns import Transcript, Turns, call, record_broken, written
from omnimemory.reads.results import Result

try:
    from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
    from langchain_core.callbacks import BaseCallbackHandler, CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.messages import (
        AIMessage,
        AnyMessage,
        HumanMessage,
        SystemMessage,
        ToolMessage,
    )
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.tools import BaseTool, StructuredTool
    from langgraph.config import get_config
    from langgraph.errors import GraphBubbleUp
    from langgraph.prebuilt.tool_node import ToolCallRequest
    from langgraph.runtime import Runtime, get_runtime
    from langgraph.types import Command
except ImportError as error:
    raise MissingExtraError("langchain 1.5 or newer", extra="langchain") from error

Request: TypeAlias = ModelRequest[Any]
Response: TypeAlias = ModelResponse[Any]
ToolOutput: TypeAlias = ToolMessage | Command[Any]


class OmniMemoryMiddleware(AgentMiddleware[AgentState[Any], Any, Any]):
    """Puts the customer's pack into the system message, and writes the run back.

    The pack is made anew for each model call, so it is never kept in the agent's state nor
    in its checkpoints, and what a tool wrote is in it at the next call. A run is known by
    the id of its last human message: give that message an id of the channel's own, and a
    run that is tried again is written once. A run that a model or a tool ends, with an error
    or since it is cancelled, is written too, as far as it came; for other ends see `watch`.

    Args:
        scope: Whose memory, who the agent is, for whose eyes; one without a conversation
            takes the thread's id.
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
        customer: Callable[[Runtime[Any]], str] | None = None,
        budget: int = 2_000,
        names: Iterable[str] | None = None,
        hears: bool = True,
    ) -> None:
        super().__init__()
        self._turns = Turns(scope, customer)
        self._budget = budget
        self._hears = hears
        self._watch = Watch()
        bound = [_tool(one, self._here) for one in self._turns.tools(names)]
        self.tools: Sequence[BaseTool] = bound

    def watch(self) -> BaseCallbackHandler:
        """Return a callback for the agent: however a run ends, it is written.

        ``agent.with_config(callbacks=[middleware.watch()])`` also sees what ends the graph
        outside of models and tools: its limit of steps, a cancelled task, a stream that is left.
        """
        return self._watch

    def wrap_model_call(self, request: Request, handler: Callable[[Request], Response]) -> Response:
        thread = _thread()
        self._watch.begin(request.messages, partial(self._transcript, request.runtime, thread))
        informed = self._informed(request, thread)
        try:
            response = handler(informed)
        except BaseException as error:
            self._broke(error, request.messages, request.runtime, thread)
            raise
        self._watch.add(*response.result)
        return response

    async def awrap_model_call(
        self, request: Request, handler: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        thread = _thread()
        self._watch.begin(request.messages, partial(self._transcript, request.runtime, thread))
        informed = await asyncio.to_thread(self._informed, request, thread)
        try:
            response = await handler(informed)
        except BaseException as error:
            await written(partial(self._broke, error, request.messages, request.runtime, thread))
            raise
        self._watch.add(*response.result)
        return response

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolOutput]
    ) -> ToolOutput:
        try:
            output = handler(request)
        except BaseException as error:
            self._broke(error, *_state(request), _thread())
            raise
        self._watch.add(output)
        return output

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolOutput]]
    ) -> ToolOutput:
        try:
            output = await handler(request)
        except BaseException as error:
            await written(partial(self._broke, error, *_state(request), _thread()))
            raise
        self._watch.add(output)
        return output

    def after_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> None:
        self._record(state["messages"], runtime, _thread())

    async def aafter_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> None:
        await written(partial(self._record, state["messages"], runtime, _thread()))

    def _here(self) -> Scope:
        """Return the scope of the run that is on."""
        return self._turns.scope_of(get_runtime(), _thread())

    def _informed(self, request: Request, thread: str | None) -> Request:
        scope = self._turns.scope_of(request.runtime, thread)
        asked = _last_human(request.messages)
        text = scope.text(None if asked is None else asked.text, budget=self._budget)
        return request.override(system_message=_with(request.system_message, text))

    def _record(
        self, messages: Sequence[AnyMessage], runtime: Runtime[Any], thread: str | None
    ) -> None:
        self._watch.end()
        if (transcript := self._transcript(runtime, thread, messages)) is not None:
            transcript.record()

    def _broke(
        self,
        error: BaseException,
        messages: Sequence[AnyMessage],
        runtime: Runtime[Any],
        thread: str | None,
    ) -> None:
        """Write a run that a model or a tool ended.

        Where its end is watched, an error is left to that: the program may yet try again.
        """
        running = self._watch.running()
        if isinstance(error, GraphBubbleUp) or (running and isinstance(error, Exception)):
            return
        happened = running.messages if running else messages
        self._watch.end()
        record_broken(error, partial(self._transcript, runtime, thread, happened))

    def _transcript(
        self, runtime: Runtime[Any], thread: str | None, messages: Sequence[AnyMessage]
    ) -> Transcript | None:
        """Return what happened since the last human message; None where there is none."""
        asked = _last_human(messages)
        if asked is None or asked.id is None:
            return None
        scope = self._turns.scope_of(runtime, thread)
        transcript = Transcript(scope, asked.id, hears=self._hears)
        for message in messages[messages.index(asked) :]:
            _note(transcript, message)
        return transcript


def memory_tools(scope: Scope, names: Iterable[str] | None = None) -> list[BaseTool]:
    """Return the tools of a scope as LangChain's, for agents without the middleware.

    Raises:
        InputError: No tool has that name.
    """
    return [_tool(one, lambda: scope) for one in tools(scope, names)]


class OmniMemoryRetriever(BaseRetriever):
    """Finds what was said and done, as documents, best first.

    Attributes:
        scope: Whose memory; only its customer's records, where it names one.
        kinds: Only these node kinds, such as ``["Interaction"]``.
        k: Most documents.
    """

    scope: Scope
    kinds: list[str] | None = None
    k: int = 10

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        del run_manager
        try:
            customer = None if self.scope.customer is None else self.scope.whose()
        except NotFoundError:
            return []
        found = self.scope.memory.search(
            query,
            customer=customer,
            kinds=self.kinds,
            limit=self.k,
            audience=self.scope.audience,
        )
        return [_document(one) for one in found]


def _document(result: Result) -> Document:
    """Return a result as a document; what a customer wrote in it is defanged."""
    return Document(
        page_content=clean(result.text),
        id=result.id,
        metadata={
            "id": result.id,
            "citation": cite(result.id),
            "kind": result.kind,
            "at": result.at.isoformat(),
            "title": clean(result.title),
        },
    )


def _state(request: ToolCallRequest) -> tuple[Sequence[AnyMessage], Runtime[Any]]:
    """Return the messages before a tool call, and the run that it is part of."""
    return request.state["messages"], cast("Runtime[Any]", request.runtime)  # pyright: ignore[reportUnknownMemberType]


def _tool(tool: Tool, scope: Callable[[], Scope]) -> BaseTool:
    def run(**arguments: Any) -> str:
        return json.dumps(call(tool, scope(), arguments), ensure_ascii=False)

    return StructuredTool.from_function(
        run,
        name=tool.name,
        description=tool.description,
        args_schema=tool.parameters,
        infer_schema=False,
    )


def _with(message: SystemMessage | None, text: str) -> SystemMessage:
    """Return a system message with a text after what it says already."""
    if message is None:
        return SystemMessage(text)
    before: str | list[str | dict[str, Any]] = message.content  # pyright: ignore[reportUnknownMemberType]
    if isinstance(before, str):
        content: Any = f"{before}\n\n{text}"
    else:
        content = [*before, {"type": "text", "text": text}]
    return message.model_copy(update={"content": content})


def _last_human(messages: Sequence[AnyMessage]) -> HumanMessage | None:
    humans = (one for one in reversed(messages) if isinstance(one, HumanMessage))
    return next(humans, None)


def _note(transcript: Transcript, message: AnyMessage) -> None:
    match message:
        case HumanMessage():
            transcript.heard(message.text)
        case AIMessage():
            transcript.said(message.text)
            for one in message.tool_calls:
                transcript.called(one["id"] or "", one["name"], one["args"])
        case ToolMessage():
            failed = message.status == "error"
            transcript.returned(message.tool_call_id, message.text, failed=failed)
        case _:
            pass


def _thread() -> str | None:
    """Return the id of the thread that runs, if it has one."""
    thread = get_config().get("configurable", {}).get("thread_id")
    return None if thread is None else str(thread)
