"""One turn of an agent of each framework, bare and with the memory, with a scripted model.

A function here takes a scope and returns two calls: the bare turn, and the same turn with the
pack in its instructions, the tools at hand, and the run written back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final, TypeAlias

from omnimemory.integrations.scope import Scope

Turn: TypeAlias = Callable[[], object]

ASKED: Final = "Where is my refund?"
ANSWER: Final = "It is on its way."


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

    numbers = count()

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


TURNS: Final[Mapping[str, Callable[[Scope], tuple[Turn, Turn]]]] = {"langchain": langchain}
"""Every framework by its name."""
