"""One turn of an agent of each framework, bare and with the memory, with a scripted model.

`benchmarks.agents` runs them. A function of `TURNS` takes a scope and returns two calls: the
bare turn, and the same turn with the pack in its instructions, the tools at hand, and the run
written back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from itertools import count
from typing import Any, Final, TypeAlias

from benchmarks import company
from benchmarks.measure import Row, alternating, percentiles
from omnimemory import Memory
from omnimemory.integrations.scope import Scope

Turn: TypeAlias = Callable[[], object]

ASKED: Final = "Where is my refund?"
ANSWER: Final = "It is on its way."

_MOST_TURNS: Final = 10_000


def _new_numbers() -> Iterator[int]:
    """Return numbers for conversations that no benchmark of before had on the same store."""
    return count(time.time_ns())


def langchain(scope: Scope) -> tuple[Turn, Turn]:
    """A LangChain agent with `OmniMemoryMiddleware`."""
    from itertools import repeat

    from langchain import agents
    from langchain_core.language_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage, HumanMessage

    from omnimemory.integrations.langchain import OmniMemoryMiddleware

    class Scripted(GenericFakeChatModel):
        def bind_tools(self, tools: Any, **_: Any) -> Any:
            del tools
            return self

    numbers = _new_numbers()

    def turn(agent: Any) -> Turn:
        def ask() -> object:
            asked = HumanMessage(ASKED, id=f"bench-{next(numbers)}")
            return agent.invoke({"messages": [asked]})

        return ask

    create_agent: Any = vars(agents)["create_agent"]
    bare = create_agent(Scripted(messages=map(AIMessage, repeat(ANSWER))))
    ours = create_agent(
        Scripted(messages=map(AIMessage, repeat(ANSWER))),
        middleware=[OmniMemoryMiddleware(scope)],
    )
    return turn(bare), turn(ours)


def pydantic_ai(scope: Scope) -> tuple[Turn, Turn]:
    """A pydantic-ai agent with the capability `OmniMemory`."""
    from pydantic_ai import Agent
    from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart
    from pydantic_ai.models.function import AgentInfo, FunctionModel

    from omnimemory.integrations.pydantic_ai import OmniMemory

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        del messages, info
        return ModelResponse([TextPart(ANSWER)])

    model = FunctionModel(answer)
    bare, ours = Agent(model), Agent(model, capabilities=[OmniMemory[object](scope)])
    return lambda: asyncio.run(bare.run(ASKED)), lambda: asyncio.run(ours.run(ASKED))


def openai_agents(scope: Scope) -> tuple[Turn, Turn]:
    """An agent of OpenAI Agents with instructions, tools and a session, beside one in SQLite."""
    from agents import Agent, RunConfig, Runner, SQLiteSession
    from agents.testing import ModelCall, ModelStep, ScriptedModel, assistant_message

    from omnimemory.integrations.openai_agents import OmniMemory

    def answer(call: ModelCall) -> Any:
        del call
        return [assistant_message(ANSWER)]

    numbers = _new_numbers()
    model = ScriptedModel([ModelStep.respond(answer) for _ in range(_MOST_TURNS)])
    untraced = RunConfig(tracing_disabled=True)
    known = OmniMemory[None](scope)
    bare = Agent[None](name="Bare", model=model)
    ours = Agent[None](
        name="Ours", model=model, instructions=known.instructions(), tools=[*known.tools()]
    )

    def run(agent: Agent[None], session: Any) -> object:
        return asyncio.run(Runner.run(agent, ASKED, session=session, run_config=untraced))

    return (
        lambda: run(bare, SQLiteSession(f"bench-{next(numbers)}")),
        lambda: run(ours, known.session(f"bench-{next(numbers)}-{time.time_ns()}")),
    )


def adk(scope: Scope) -> tuple[Turn, Turn]:
    """An ADK runner with the plugin, the tools and the memory service."""
    from google.adk.agents import LlmAgent
    from google.adk.apps import App
    from google.adk.models import BaseLlm
    from google.adk.models.llm_request import LlmRequest
    from google.adk.models.llm_response import LlmResponse
    from google.adk.runners import Runner
    from google.adk.sessions import InMemorySessionService
    from google.genai.types import Content, Part

    from omnimemory.integrations.adk import OmniMemoryService

    class Scripted(BaseLlm):
        async def generate_content_async(
            self,
            llm_request: LlmRequest,
            stream: bool = False,  # noqa: FBT001, FBT002
        ) -> AsyncGenerator[LlmResponse, None]:
            del llm_request, stream
            yield LlmResponse(content=Content(role="model", parts=[Part(text=ANSWER)]))

    service = OmniMemoryService(scope)
    model = Scripted(model="scripted")
    bare = App(name="bare", root_agent=LlmAgent(name="bare", model=model))
    ours = App(
        name="ours",
        root_agent=LlmAgent(name="ours", model=model, tools=[*service.tools()]),
        plugins=[service.plugin()],
    )
    numbers = _new_numbers()

    async def ask(app: App, memory: OmniMemoryService | None) -> None:
        runner = Runner(
            app=app,
            session_service=InMemorySessionService(),
            memory_service=memory,
            auto_create_session=True,
        )
        message = Content(role="user", parts=[Part(text=ASKED)])
        name = f"bench-{next(numbers)}-{time.time_ns()}"
        async for _ in runner.run_async(user_id="u", session_id=name, new_message=message):
            pass

    return lambda: asyncio.run(ask(bare, None)), lambda: asyncio.run(ask(ours, service))


def agent_framework(scope: Scope) -> tuple[Turn, Turn]:
    """An agent of Microsoft Agent Framework with the context provider."""
    from agent_framework import (
        Agent,
        AgentSession,
        BaseChatClient,
        ChatResponse,
        FunctionInvocationLayer,
        Message,
    )

    from omnimemory.integrations.agent_framework import OmniMemory

    class Scripted(FunctionInvocationLayer[Any], BaseChatClient[Any]):
        def _inner_get_response(
            self, *, messages: Sequence[Message], stream: bool, options: Mapping[str, Any], **_: Any
        ) -> Awaitable[ChatResponse]:
            del messages, stream, options
            return self._answer()

        async def _answer(self) -> ChatResponse:
            return ChatResponse(messages=[Message("assistant", [ANSWER])])

    bare = Agent(Scripted())
    ours = Agent(Scripted(), context_providers=[OmniMemory(scope)])

    async def ask(agent: Agent[Any]) -> object:
        return await agent.run(Message("user", [ASKED]), session=AgentSession())

    return lambda: asyncio.run(ask(bare)), lambda: asyncio.run(ask(ours))


def llama_index(scope: Scope) -> tuple[Turn, Turn]:
    """A LlamaIndex agent with the memory block and `record`, beside one with a plain memory."""
    from llama_index.core.agent.workflow import AgentOutput, FunctionAgent
    from llama_index.core.llms import ChatMessage
    from llama_index.core.llms.mock import MockFunctionCallingLLM
    from llama_index.core.memory import Memory
    from sqlalchemy.ext.asyncio import create_async_engine

    from omnimemory.integrations.llama_index import OmniMemoryBlock, memory_tools

    def answer(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
        del messages
        return ChatMessage(role="assistant", content=ANSWER)

    llm = MockFunctionCallingLLM(response_generator=answer, is_chat_model=True)
    numbers = _new_numbers()
    tools = memory_tools(scope)

    async def ask(block: OmniMemoryBlock | None) -> None:
        engine = create_async_engine("sqlite+aiosqlite:///:memory:")
        blocks = [] if block is None else [block]
        made: Any = Memory
        memory = made.from_defaults(memory_blocks=blocks, async_engine=engine)
        agent = FunctionAgent(tools=tools if block else [], llm=llm, streaming=False)
        run: Any = agent.run(user_msg=ASKED, memory=memory)  # pyright: ignore[reportDeprecated]
        result: AgentOutput = await run
        if block is not None:
            await block.record(ASKED, result, run=f"bench-{next(numbers)}-{time.time_ns()}")
        await engine.dispose()

    return lambda: asyncio.run(ask(None)), lambda: asyncio.run(ask(OmniMemoryBlock(scope)))


TURNS: Final[Mapping[str, Callable[[Scope], tuple[Turn, Turn]]]] = {
    "langchain": langchain,
    "pydantic-ai": pydantic_ai,
    "openai-agents": openai_agents,
    "adk": adk,
    "agent-framework": agent_framework,
    "llama-index": llama_index,
}
"""Every framework by its name."""


def rows(memory: Memory, runs: int, names: Iterable[str] = TURNS) -> list[Row]:
    """Return the times of these frameworks, each with a customer of its own in the memory.

    Every turn makes the history longer, so each begins with one that nobody has talked to.
    """
    return [_row(memory, name, runs) for name in names]


def _row(memory: Memory, name: str, runs: int) -> Row:
    email = f"{name}-{time.time_ns()}@example.org"
    memory.ingest(company.customer(email))
    scope = Scope(memory, by="ai_agent:bench", customer=email, audience="internal")
    pack = percentiles(lambda: scope.text(ASKED), runs=runs)
    bare, ours = alternating(*TURNS[name](scope), runs=runs)
    return {
        "what": f"turn of {name}",
        **ours,
        "bare_p50_ms": bare["p50_ms"],
        **{f"over_{one}": ours[one] - bare[one] for one in ours},
        "pack_p50_ms": pack["p50_ms"],
    }
