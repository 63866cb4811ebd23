"""LlamaIndex: the pack as a memory block of the session, fitted anew where there is less room."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ToolCallBlock
from llama_index.core.llms import ChatMessage
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.memory import Memory
from sqlalchemy.ext.asyncio import create_async_engine

from omnimemory.integrations.llama_index import OmniMemoryBlock, memory_tools
from omnimemory.integrations.scope import Scope
from omnimemory.testing import company, demo


def scripted(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
    """Stand in for a model, so that this runs without a key."""
    if any(one.role == "tool" for one in messages):
        return ChatMessage(role="assistant", content="Your refund is on its way, Dana.")
    call = ToolCallBlock(tool_call_id="1", tool_name="get_timeline", tool_kwargs={"limit": 3})
    return ChatMessage(role="assistant", blocks=[call])


async def talk() -> None:
    llm = MockFunctionCallingLLM(response_generator=scripted, is_chat_model=True)
    engine = create_async_engine("sqlite+aiosqlite:///:memory:")
    with tempfile.TemporaryDirectory() as folder, demo.build(Path(folder)) as known:
        scope = Scope(
            known, by="ai_agent:tilly", customer=company.DANA.email, conversation="chat-7"
        )
        block = OmniMemoryBlock(scope)
        memory = Memory.from_defaults("chat-7", memory_blocks=[block], async_engine=engine)
        agent = FunctionAgent(tools=memory_tools(scope), llm=llm, streaming=False)
        result = await block.run(agent, "Where is my refund?", memory=memory, run="message-1")
        print(result.response.content)
        for entry in known.timeline(company.DANA.email, limit=2):
            print(entry)
    await engine.dispose()


def main() -> None:
    asyncio.run(talk())


if __name__ == "__main__":
    main()
