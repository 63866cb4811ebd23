"""One customer, three channels: a bot on chat, an agent by e-mail, a person on the phone.

Two frameworks and one memory; nobody asks for the order number twice. The models are scripted,
so that this runs without a key, but they read what they are given: who finds no order number
in it asks for one.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

from langchain.agents import create_agent
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.memory import InMemorySaver
from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

import omnimemory
from omnimemory import Memory
from omnimemory.integrations.langchain import OmniMemoryMiddleware
from omnimemory.integrations.pydantic_ai import OmniMemory
from omnimemory.integrations.scope import Scope

DANA: Final = "dana@example.org"
PHONE: Final = "+49 171 3920017"
ORDER: Final = "ORD-48213"
ASKS: Final = "Which order number is it?"


def answer(known: str) -> str:
    """Return what a model says that knows this much."""
    found = re.search(r"ORD-\d+", known)
    if found is None:
        return ASKS
    if "lost" not in known:
        return f"I am looking for {found[0]}."
    return f"The parcel of {found[0]} was lost. We will send a new one within 2 business days."


def track_parcel(order: str) -> str:
    """Say where a parcel is."""
    return f"{order}: lost in Leipzig"


class ChatModel(BaseChatModel):
    """Stands in for a chat model: tracks a parcel once it knows the order, then answers."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        del tools
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> ChatResult:
        del stop, run_manager
        known = "\n".join(one.text for one in messages)
        order = re.search(r"ORD-\d+", known)
        said = AIMessage(answer(known))
        if order and not isinstance(messages[-1], ToolMessage):
            call = {"id": "1", "name": "track_parcel", "args": {"order": order[0]}}
            said = AIMessage("", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=said)])


def chat(memory: Memory) -> list[str]:
    """On the shop's web page, a LangGraph agent: two turns of one thread."""
    scope = Scope(memory, by="bot:shop", customer=DANA, channel="chat")
    agent: Any = create_agent(
        ChatModel(),
        [track_parcel],
        middleware=[OmniMemoryMiddleware(scope)],
        checkpointer=InMemorySaver(),
    )
    said: list[str] = []
    for number, text in enumerate(["Where is my parcel?", f"It is {ORDER}."]):
        done = agent.invoke(
            {"messages": [HumanMessage(text, id=f"chat-{number}")]},
            {"configurable": {"thread_id": "chat-9043"}},
        )
        said.append(done["messages"][-1].text)
    return said


async def mail(memory: Memory) -> tuple[str, str]:
    """By e-mail, a pydantic-ai agent: return its instructions and what it answers."""
    seen: list[str] = []

    def model(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        del messages
        seen.append(info.instructions or "")
        return ModelResponse([TextPart(answer(seen[-1]))])

    scope = Scope(memory, by="ai_agent:mia", customer=DANA, channel="email")
    agent = Agent(
        FunctionModel(model), deps_type=type(None), capabilities=[OmniMemory[None](scope)]
    )
    done = await agent.run("Any news of my parcel?", run_id="mail-1", conversation_id="mail-1")
    return seen[-1], done.output


def shows(what: str, *, holds: bool) -> None:
    """Print what was to be shown; stop where it does not hold."""
    if not holds:
        raise SystemExit(f"not so: {what}")
    print(f"✓ {what}")


def main() -> None:
    with omnimemory.connect("sqlite://", tenant="shop", extractor="english") as memory:
        person = {"name": "Dana Kovač", "email": DANA, "phone": PHONE}
        memory.ingest({"type": "contact", "source": "crm", "id": "1", "person": person})

        first, second = chat(memory)
        shows("the bot on chat does not know the order number, and asks", holds=first == ASKS)
        shows("it finds the parcel, and promises another", holds="send a new one" in second)

        instructions, written = asyncio.run(mail(memory))
        shows("the order number is in the e-mail agent's prompt", holds=ORDER in instructions)
        shows("what was tracked is in it too", holds="lost in Leipzig" in instructions)
        shows("it does not ask again", holds=ORDER in written and ASKS not in written)

        caller = memory.customer(PHONE)  # she phones; this is all that the phone system has
        newest = next(iter(memory.timeline(caller, channels=["email"])))
        pack = memory.hand_off(
            newest.conversation or newest.id, to="agent:kim", by="ai_agent:mia", reason="she phones"
        )
        known = "\n".join(line.text for line in pack.sections["Do not ask again"])
        promised = "\n".join(line.text for line in pack.sections["Promised"])
        shows("Kim reads what not to ask again", holds=ASKS in known and ORDER in known)
        shows("Kim reads what was promised", holds="within 2 business days" in promised)
        said = [one.text for one in memory.timeline(caller, kinds=["Interaction"])]
        shows("the order number was asked for once", holds=said.count(ASKS) == 1)
        print(f"\n{pack}")


if __name__ == "__main__":
    main()
