"""Microsoft Agent Framework: the context provider in a real agent."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from agent_framework import (
    Agent,
    AgentSession,
    BaseChatClient,
    ChatMiddlewareLayer,
    ChatResponse,
    Content,
    FunctionInvocationLayer,
    FunctionTool,
    Message,
)

from omnimemory.integrations.agent_framework import OmniMemory
from omnimemory.integrations.scope import Scope
from tests.integrations.laws import (
    ANSWER,
    PERSONA,
    AgentLaws,
    Asks,
    Call,
    Calls,
    credit_of,
    issue_credit,
    record_of,
)


class Scripted(FunctionInvocationLayer[Any], ChatMiddlewareLayer[Any], BaseChatClient[Any]):
    """Calls two tools, then answers."""

    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self._calls = calls

    def _inner_get_response(
        self, *, messages: Sequence[Message], stream: bool, options: Mapping[str, Any], **_: Any
    ) -> Awaitable[ChatResponse]:
        return self._answer(messages, options)

    async def _answer(
        self, messages: Sequence[Message], options: Mapping[str, Any]
    ) -> ChatResponse:
        system = [str(options.get("instructions") or "")]
        system += [one.text for one in messages if one.role == "system"]
        rest = [one for one in messages if one.role != "system"]
        asked = [one.text for one in rest if one.role == "user"]
        results = tuple(
            str(part.result)
            for one in rest
            for part in one.contents
            if part.type == "function_result"
        )
        tools = tuple(tool.name for tool in options["tools"])
        self._calls.note(
            Call("\n".join(system), "\n".join(one.text for one in rest), tools, results)
        )
        if results:
            return ChatResponse(messages=[Message("assistant", [ANSWER])])
        wanted = [
            Content.from_function_call("c1", "get_record", arguments={"id": record_of(asked[-1])}),
            Content.from_function_call("c2", "issue_credit", arguments=credit_of(asked[-1])),
        ]
        return ChatResponse(messages=[Message("assistant", wanted)])


class MicrosoftAsks(Asks):
    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.agent = Agent(
            Scripted(self.calls),
            instructions=PERSONA,
            tools=[FunctionTool(name="issue_credit", func=issue_credit)],
            context_providers=[OmniMemory(scope, customer=lambda one: one.state["customer"])],
        )

    async def ask(self, who: str, text: str, *, key: str) -> str:
        session = AgentSession(session_id=key)
        session.state["customer"] = who
        asked = Message("user", [text], message_id=key)
        return (await self.agent.run(asked, session=session)).text


class TestAgentFramework(AgentLaws):
    def agent(self, scope: Scope) -> Asks:
        return MicrosoftAsks(scope)
