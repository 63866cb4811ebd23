"""LangChain: an agent that knows the customer, and leaves what it did for the next one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage, HumanMessage

from omnimemory.integrations.langchain import OmniMemoryMiddleware
from omnimemory.integrations.scope import Scope
from omnimemory.testing import company, demo


class Scripted(FakeMessagesListChatModel):
    """Stands in for a model, so that this runs without a key."""

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        del tools
        return self


def issue_credit(amount: int) -> str:
    """Credit an amount in EUR to the customer."""
    return f"credited {amount} EUR"


def main() -> None:
    model = Scripted(
        responses=[
            AIMessage("", tool_calls=[{"id": "1", "name": "issue_credit", "args": {"amount": 5}}]),
            AIMessage("Your refund is on its way, and I have credited you 5 EUR."),
        ]
    )
    with tempfile.TemporaryDirectory() as folder, demo.build(Path(folder)) as memory:
        middleware = OmniMemoryMiddleware(
            Scope(memory, by="ai_agent:tilly"), customer=lambda run: run.context["customer"]
        )
        agent = create_agent(model, [issue_credit], middleware=[middleware])
        done = agent.invoke(
            {"messages": [HumanMessage("Where is my refund?", id="message-1")]},
            {"configurable": {"thread_id": "chat-7"}},
            context={"customer": company.DANA.mobile},
        )
        print(done["messages"][-1].text)
        for entry in memory.timeline(company.DANA.email, limit=3):
            print(entry)


if __name__ == "__main__":
    main()
