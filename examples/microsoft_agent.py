"""Microsoft Agent Framework: a context provider that knows the customer from the session."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent_framework import (
    Agent,
    AgentSession,
    BaseChatClient,
    ChatResponse,
    Content,
    FunctionInvocationLayer,
    Message,
)

from omnimemory.integrations.agent_framework import OmniMemory
from omnimemory.integrations.scope import Scope
from omnimemory.testing import company, demo


class Scripted(FunctionInvocationLayer[Any], BaseChatClient[Any]):
    """Stands in for a model, so that this runs without a key."""

    def _inner_get_response(
        self, *, messages: Sequence[Message], stream: bool, options: Mapping[str, Any], **_: Any
    ) -> Awaitable[ChatResponse]:
        del stream, options
        return self._answer(len(messages))

    async def _answer(self, count: int) -> ChatResponse:
        if count == 1:
            said = Content.from_function_call("1", "get_timeline", arguments={"limit": 3})
        else:
            said = Content.from_text("Your refund is on its way, Dana.")
        return ChatResponse(messages=[Message("assistant", [said])])


async def talk() -> None:
    with tempfile.TemporaryDirectory() as folder, demo.build(Path(folder)) as memory:
        known = OmniMemory(
            Scope(memory, by="ai_agent:tilly"), customer=lambda session: session.state["customer"]
        )
        agent = Agent(Scripted(), instructions="You are Tilly.", context_providers=[known])
        session = AgentSession(session_id="chat-7")
        session.state["customer"] = company.DANA.email
        asked = Message("user", ["Where is my refund?"], message_id="message-1")
        print((await agent.run(asked, session=session)).text)
        for entry in memory.timeline(company.DANA.email, limit=2):
            print(entry)


def main() -> None:
    asyncio.run(talk())


if __name__ == "__main__":
    main()
