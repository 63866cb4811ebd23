"""Laws of the MCP server, by MCP's own client, in process and over stdio."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import mcp_types as types
import pytest
from mcp import Client, MCPError, StdioServerParameters
from pydantic import TypeAdapter

import omnimemory
from omnimemory import Memory
from omnimemory.integrations.mcp import create_server
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import SPECS
from tests.context.small_company import company
from tests.integrations.conftest import BOB, DANA

OF = "ticket:zendesk:35436"


def ask(target: Any, talk: Callable[[Client], Awaitable[Any]], **options: Any) -> Any:
    """Return what a client comes back with."""

    async def go() -> Any:
        async with Client(target, **options) as client:
            return await talk(client)

    return asyncio.run(go())


def called(scope: Scope, name: str, arguments: dict[str, Any], **options: Any) -> Any:
    async def talk(client: Client) -> Any:
        return await client.call_tool(name, arguments)

    return ask(create_server(scope), talk, **options)


def refused(scope: Scope, talk: Callable[[Client], Awaitable[Any]]) -> str:
    async def refused(client: Client) -> str:
        with pytest.raises(MCPError) as error:
            await talk(client)
        return error.value.error.message

    return ask(create_server(scope), refused)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_tools_are_listed_with_schemas_and_marks(danas: Scope, mode: Any) -> None:
    async def talk(client: Client) -> Any:
        return (await client.list_tools()).tools

    found = ask(create_server(danas), talk, mode=mode)
    assert [tool.name for tool in found] == list(SPECS)
    marks = {tool.name: tool.annotations for tool in found}
    assert marks["get_context"].read_only_hint is True
    assert marks["remember"].read_only_hint is False
    assert {name for name, one in marks.items() if one.destructive_hint} == {"hand_off"}
    for tool in found:
        assert "customer" not in tool.input_schema["properties"]
        assert tool.output_schema["type"] == "object"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_tool_gives_structured_output(danas: Scope, mode: Any) -> None:
    given = called(danas, "get_context", {"query": "refund"}, mode=mode)
    assert not given.is_error
    assert "[zendesk:ticket:35436]" in given.structured_content["text"]
    assert json.loads(given.content[0].text) == given.structured_content


def test_what_is_written_is_read_by_the_next_agent(danas: Scope) -> None:
    called(danas, "remember", {"form": "commitment", "text": "Refund by Friday"})
    called(danas, "remember", {"form": "commitment", "text": "Refund by Friday"})
    pack = danas.memory.context_pack(DANA, budget=4_000).markdown()
    assert pack.count("Refund by Friday") == 1


def test_an_error_of_a_tool_says_what_to_try(danas: Scope) -> None:
    given = called(danas, "get_record", {"id": "ticket:zendesk:404"})
    assert given.is_error
    assert "use an id or a citation" in given.content[0].text
    given = called(danas, "get_record", {})
    assert "the arguments of get_record are: id" in given.content[0].text


def test_a_tool_or_prompt_that_is_not_there_is_named(danas: Scope) -> None:
    assert "known: find_customer" in refused(danas, lambda client: client.call_tool("nonsense", {}))
    assert "known: take_over" in refused(danas, lambda client: client.get_prompt("nonsense"))
    assert "missing: of, to" in refused(danas, lambda client: client.get_prompt("escalate"))
    assert "arguments of take_over" in refused(
        danas, lambda client: client.get_prompt("take_over", {"customer": BOB})
    )


def test_a_read_only_server_has_no_tool_that_writes(danas: Scope) -> None:
    async def talk(client: Client) -> Any:
        with pytest.raises(MCPError, match="no tool 'remember'"):
            await client.call_tool("remember", {"form": "decision", "text": "x"})
        return (await client.list_tools()).tools

    found = ask(create_server(danas, read_only=True), talk)
    assert {tool.annotations.read_only_hint for tool in found} == {True}


# --- handing over -----------------------------------------------------------------------------

HAND = {"of": OF, "to": "team:billing", "reason": "They asked"}


def answers(action: Any, *, confirm: bool = True) -> Any:
    asked: list[str] = []

    async def callback(_: Any, params: Any) -> types.ElicitResult:
        asked.append(params.message)
        content: dict[str, Any] | None = {"confirm": confirm} if action == "accept" else None
        return types.ElicitResult(action=action, content=content)

    callback.asked = asked  # type: ignore[attr-defined]
    return callback


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_handoff_is_made_once_its_user_agreed(danas: Scope, mode: Any) -> None:
    yes = answers("accept")
    given = called(danas, "hand_off", HAND, elicitation_callback=yes, mode=mode)
    assert not given.is_error, given
    assert "# Handoff" in given.structured_content["text"]
    assert yes.asked == [f"Hand over {OF} to team:billing?"]
    assert danas.memory.item(given.structured_content["id"])["author_kind"] == "ai_agent"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize(
    "answer", [answers("decline"), answers("cancel"), answers("accept", confirm=False)]
)
def test_a_handoff_that_is_not_confirmed_is_not_made(danas: Scope, answer: Any, mode: Any) -> None:
    revision = danas.memory.view().revision
    given = called(danas, "hand_off", HAND, elicitation_callback=answer, mode=mode)
    assert given.is_error
    assert "did not confirm" in given.content[0].text
    assert danas.memory.view().revision == revision


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_that_cannot_ask_hands_nobody_over(danas: Scope, mode: Any) -> None:
    revision = danas.memory.view().revision
    given = called(danas, "hand_off", HAND, mode=mode)
    assert given.is_error
    assert "--no-confirm" in given.content[0].text
    assert danas.memory.view().revision == revision

    async def talk(client: Client) -> Any:
        return await client.call_tool("hand_off", HAND)

    assert not ask(create_server(danas, confirm=False), talk, mode=mode).is_error


# --- resources and prompts --------------------------------------------------------------------


def test_the_resources_of_a_customer(danas: Scope) -> None:
    async def talk(client: Client) -> Any:
        listed = (await client.list_resources()).resources
        templates = (await client.list_resource_templates()).resource_templates
        read = [(await client.read_resource(one.uri)).contents[0] for one in listed]
        return templates, {one.name: got for one, got in zip(listed, read, strict=True)}

    templates, read = ask(create_server(danas), talk)
    assert {one.uri_template for one in templates} == {
        "omnimemory://customers/{id}/pack",
        "omnimemory://customers/{id}/timeline",
    }
    assert read["pack"].mime_type == "text/markdown"
    assert "Dana Meyer" in read["pack"].text
    assert json.loads(read["timeline"].text)["entries"]


@pytest.mark.parametrize(
    "id",
    [BOB, "customer:chat:8", "zendesk:8", "nobody@example.org", "customer:chat:404", "..", "%2e%2e",
     "../../etc/passwd", "a/b", "%", "%zz", "%00", "💥", "x" * 5_000, "customer:chat:7/../customer:chat:8"],
)  # fmt: skip
def test_another_customers_resource_is_not_there_like_one_that_does_not_exist(
    danas: Scope, id: str
) -> None:
    said = {
        refused(
            replace(danas, audience=audience), lambda client, uri=uri: client.read_resource(uri)
        )
        for audience, name in (("customer", "pack"), ("internal", "timeline"))
        for uri in (
            f"omnimemory://customers/{quote(id, safe='')}/{name}",
            f"omnimemory://customers/{id}/{name}",
            "omnimemory://customers/nobody/pack",
            f"omnimemory://customers/{name}",
            f"file:///customers/{id}/{name}",
        )
    }
    assert said == {"there is no such resource here"}


def test_an_id_with_a_slash_and_a_percent_sign_is_read(memory: Memory) -> None:
    odd = "a/../b%2F 100%"
    memory.ingest({"type": "contact", "source": "crm", "id": odd, "person": {"name": "Odd One"}})
    whom = memory.customer(f"identity:crm:{odd.replace('%', '%25').replace(' ', '%20')}")
    scope = Scope(memory, by="ai_agent:x")

    async def talk(client: Client) -> Any:
        return await client.read_resource(f"omnimemory://customers/{quote(whom.id, safe='')}/pack")

    assert "Odd One" in ask(create_server(scope), talk).contents[0].text


def test_the_prompts_bring_the_pack(danas: Scope) -> None:
    async def talk(client: Client) -> Any:
        return [
            await client.get_prompt("take_over", {"query": "Where is my refund?"}),
            await client.get_prompt("escalate", {"of": OF, "to": "team:billing", "reason": "x"}),
        ]

    found = ask(create_server(danas), talk)
    for got in found:
        text = "\n".join(one.content.text for one in got.messages)
        assert "Refund not arrived" in text
        assert "never an instruction" in text
    assert "hand_off" in found[1].messages[0].content.text


def test_a_prompt_for_another_customers_ticket_is_not_there(danas: Scope) -> None:
    for of in ("ticket:zendesk:99", "ticket:zendesk:404"):
        said = refused(
            danas, lambda client, of=of: client.get_prompt("escalate", {"of": of, "to": "team:x"})
        )
        assert said == "there is no such resource here"


def test_a_server_of_all_customers_asks_whom(memory: Memory) -> None:
    async def talk(client: Client) -> Any:
        assert (await client.list_resources()).resources == []
        asked = (await client.list_prompts()).prompts[0].arguments or []
        assert [one.name for one in asked if one.required] == ["customer"]
        got = await client.get_prompt("take_over", {"customer": BOB})
        return await client.call_tool("get_context", {"customer": BOB}), got

    given, got = ask(create_server(Scope(memory, by="ai_agent:x")), talk)
    assert "Bob" in given.structured_content["text"]
    assert "Bob" in got.messages[1].content.text


def test_many_clients_at_once_each_see_their_own_customer(memory: Memory) -> None:
    servers = {
        whom: create_server(Scope(memory, by="ai_agent:x", customer=whom)) for whom in (DANA, BOB)
    }

    async def one(whom: str) -> str:
        async with Client(servers[whom]) as client:
            given = await client.call_tool("get_context", {})
            return TypeAdapter(dict[str, Any]).validate_python(given.structured_content)["text"]

    async def go() -> list[str]:
        return await asyncio.gather(*(one(whom) for _ in range(10) for whom in (DANA, BOB)))

    texts = asyncio.run(go())
    assert all("Bob" not in text for text in texts[::2])
    assert all("Dana" not in text for text in texts[1::2])


def test_over_stdio_the_command_line_serves_a_client(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/support.db"
    with omnimemory.connect(url, tenant="acme") as memory:
        memory.register(omnimemory.Order)
        memory.ingest(company(), strict=True)
    words = ["-m", "omnimemory", "mcp", "--store", url, "--tenant", "acme", "--customer", DANA]

    async def talk(client: Client) -> Any:
        with pytest.raises(MCPError, match="no such resource"):
            await client.read_resource("omnimemory://customers/customer:chat:8/pack")
        return await client.call_tool("get_context", {})

    given = ask(StdioServerParameters(command=sys.executable, args=words), talk)
    assert "Dana Meyer" in given.structured_content["text"]
