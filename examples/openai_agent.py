"""OpenAI Agents: instructions, tools and a session that know the customer."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from agents import Agent, RunConfig
from agents.testing import ScriptedModel, assistant_message, function_call

from omnimemory.integrations.openai_agents import OmniMemory
from omnimemory.integrations.scope import Scope
from omnimemory.testing import company, demo


@dataclass
class Login:
    customer: str


async def talk() -> None:
    model = ScriptedModel(  # stands in for a model, so that this runs without a key
        [
            [function_call("get_timeline", {"limit": 3}, call_id="1")],
            [assistant_message("Your refund is on its way, Dana.")],
        ]
    )
    login = Login(company.DANA.email)
    with tempfile.TemporaryDirectory() as folder, demo.build(Path(folder)) as memory:
        known = OmniMemory[Login](
            Scope(memory, by="ai_agent:tilly"), customer=lambda run: run.context.customer
        )
        agent = Agent[Login](
            name="Tilly",
            instructions=known.instructions("You are Tilly."),
            tools=[*known.tools()],
            model=model,
        )
        done = await known.run(
            agent,
            "Where is my refund?",
            run="message-1",
            context=login,
            session=known.session("chat-7", login, run="message-1"),
            run_config=RunConfig(tracing_disabled=True),
        )
        print(done.final_output)
        for entry in memory.timeline(login.customer, limit=2):
            print(entry)


def main() -> None:
    asyncio.run(talk())


if __name__ == "__main__":
    main()
