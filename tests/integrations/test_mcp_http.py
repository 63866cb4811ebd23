"""Laws of MCP over HTTP: tokens, audiences, hosts, origins, against a real server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
import uvicorn
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

import omnimemory
from omnimemory import InputError, Memory
from omnimemory.cli import main
from omnimemory.integrations.mcp import JwtVerifier, create_server, http_app
from omnimemory.integrations.scope import Scope
from tests.context.small_company import company, message
from tests.integrations.conftest import BOB, DANA

KEY_TEXT = "a secret of more than thirty-two bytes"
ISSUER = "https://login.example.org"
PING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


class Served:
    """A server on this machine, and tokens for it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/mcp"

    def token(self, **claims: Any) -> str:
        given = {
            "iss": ISSUER,
            "aud": self.url,
            "exp": int(time.time()) + 600,
            "sub": "kim",
            "client_id": "desk",
            "tenant": "acme",
            "customer": DANA,
            "scope": "memory:write",
        }
        held = {name: value for name, value in (given | claims).items() if value is not None}
        return jwt.encode(held, claims.get("key") or KEY_TEXT, algorithm="HS256")

    def open_session(self, token: str) -> str:
        """Return the id of a session, as the older protocol has them."""
        asked = {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        }
        reply = self.post(
            token, {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": asked}
        )
        return reply.headers["mcp-session-id"]

    def post(self, token: str | None, body: Any = PING, **headers: str) -> httpx2.Response:
        sent = {"Accept": "application/json, text/event-stream", **headers}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        with httpx2.Client(trust_env=False) as client:
            return client.post(self.url, json=body, headers=sent)

    def ask(self, token: str, talk: Callable[[Client], Awaitable[Any]], **options: Any) -> Any:
        async def go() -> Any:
            headers = {"Authorization": f"Bearer {token}"}
            async with (
                httpx2.AsyncClient(headers=headers, trust_env=False) as http,
                Client(streamable_http_client(self.url, http_client=http), **options) as client,
            ):
                return await talk(client)

        return asyncio.run(go())

    def refused(self, token: str, name: str = "get_context", **arguments: Any) -> str:
        async def talk(client: Client) -> str:
            with pytest.raises(MCPError) as error:
                await client.call_tool(name, arguments)
            return error.value.error.message

        return self.ask(token, talk, mode="2026-07-28")


def serve(scope: Scope, **options: Any) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = Served(port)
    verifier = JwtVerifier(KEY_TEXT, algorithm="HS256", issuer=ISSUER, audience=served.url)
    app = http_app(create_server(scope, needs_token=True, **options), verifier)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield served
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    url = f"sqlite:///{tmp_path_factory.mktemp('mcp')}/support.db"
    with omnimemory.connect(url, tenant="acme") as opened:
        opened.register(omnimemory.Order)
        opened.ingest(company(), strict=True)
        Memory(opened.store, tenant="other").ingest(message("o1", 1, "Of the other tenant"))
        yield opened


@pytest.fixture(scope="module")
def served(own: Memory) -> Iterator[Served]:
    """A server for all customers of one tenant, for internal eyes at most."""
    yield from serve(Scope(own, by="ai_agent:mcp", audience="internal"))


@pytest.fixture(scope="module")
def danas_only(own: Memory) -> Iterator[Served]:
    yield from serve(Scope(own, by="ai_agent:mcp", customer=DANA), any_tenant=False)


@pytest.fixture(scope="module")
def any_tenant(own: Memory) -> Iterator[Served]:
    yield from serve(Scope(own, by="ai_agent:mcp"), any_tenant=True)


async def context(client: Client) -> Any:
    return (await client.call_tool("get_context", {})).structured_content["text"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_token_brings_its_customer(served: Served, mode: Any) -> None:
    assert "Dana Meyer" in served.ask(served.token(), context, mode=mode)
    assert "Bob" in served.ask(served.token(customer=BOB), context, mode=mode)


def test_without_a_token_is_401(served: Served) -> None:
    reply = served.post(None)
    assert reply.status_code == 401
    assert "Bearer" in reply.headers["WWW-Authenticate"]
    assert "Dana" not in reply.text


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example.org/mcp"},
        {"aud": None},
        {"iss": "https://evil.example.org"},
        {"iss": None},
        {"exp": int(time.time()) - 600},
        {"exp": None},
        {"key": "another secret of more than thirty-two bytes"},
    ],
)
def test_a_token_of_another_audience_issuer_time_or_key_is_401(
    served: Served, claims: dict[str, Any]
) -> None:
    assert served.post(served.token(**claims)).status_code == 401


def test_a_token_that_is_none_or_unsigned_is_401(served: Served) -> None:
    unsigned = jwt.encode({"aud": served.url, "iss": ISSUER, "exp": time.time() + 60}, "", "none")
    for token in ("nonsense", "a.b.c", unsigned):
        assert served.post(token).status_code == 401


def test_a_foreign_host_or_origin_is_refused(served: Served) -> None:
    token = served.token()
    assert served.post(token, Host="evil.example.org").status_code == 421
    assert served.post(token, Origin="https://evil.example.org").status_code == 403
    assert served.post(token, Origin=served.url.removesuffix("/mcp")).status_code != 403


def test_a_token_for_another_tenant_gets_nothing(served: Served) -> None:
    for tenant in ("other", None, "../acme"):
        assert "another tenant" in served.refused(served.token(tenant=tenant))


def test_a_token_without_a_customer_needs_the_scope_for_all(served: Served) -> None:
    assert "names no customer" in served.refused(served.token(customer=None))

    async def talk(client: Client) -> Any:
        return (await client.call_tool("get_context", {"customer": BOB})).structured_content["text"]

    assert "Bob" in served.ask(served.token(customer=None, scope="memory:all"), talk)


def test_a_token_reads_internal_records_only_with_the_scope(served: Served) -> None:
    assert "VIP" not in served.ask(served.token(), context)
    assert "VIP" in served.ask(served.token(scope="memory:internal"), context)


def test_a_token_writes_only_with_the_scope_and_as_itself(served: Served, own: Memory) -> None:
    words = {"form": "decision", "text": "Refund at once"}
    assert "no tool 'remember'" in served.refused(served.token(scope=""), "remember", **words)

    async def talk(client: Client) -> Any:
        return (await client.call_tool("remember", words)).structured_content["id"]

    id = served.ask(served.token(agent="tilly"), talk)
    (author,) = own.view().edges([id], kinds=["FROM"], at="source")
    assert author.target == "agent:omnimemory:tilly"


@pytest.mark.parametrize("id", [BOB, "customer:chat:8", "nobody@example.org", "..", "%2e%2e%2f"])
def test_another_customer_is_not_there_like_one_that_does_not_exist(
    served: Served, id: str
) -> None:
    async def talk(client: Client) -> str:
        with pytest.raises(MCPError) as error:
            await client.read_resource(f"omnimemory://customers/{id}/pack")
        return error.value.error.message

    assert served.ask(served.token(), talk) == "there is no such resource here"


def test_a_server_for_one_customer_serves_no_other(danas_only: Served) -> None:
    assert "Dana Meyer" in danas_only.ask(danas_only.token(), context)
    everything = "memory:all memory:internal memory:write"
    for customer in (BOB, "nobody@example.org", "customer:chat:8"):
        token = danas_only.token(customer=customer, scope=everything)
        assert danas_only.refused(token) == "this server is for another customer"
    text = danas_only.ask(danas_only.token(customer=None, scope=everything), context)
    assert "Dana Meyer" in text
    assert "VIP" not in text


def test_a_server_of_any_tenant_serves_the_tokens_own(any_tenant: Served) -> None:
    text = any_tenant.ask(any_tenant.token(tenant="other"), context)
    assert "Of the other tenant" in text
    assert "Refund not arrived" not in text
    assert "Refund not arrived" in any_tenant.ask(any_tenant.token(), context)
    assert "another tenant" in any_tenant.refused(any_tenant.token(tenant="no such/name"))


def test_sessions_of_two_customers_do_not_mix(served: Served) -> None:
    """The older protocol keeps a session; a token cannot ride on another's."""
    session = served.open_session(served.token(customer=BOB))
    stolen = served.post(served.token(sub="eve", client_id="eve"), **{"Mcp-Session-Id": session})
    assert stolen.status_code in (403, 404)
    assert "Bob" not in stolen.text


def test_keys_and_urls_that_cannot_be_used_are_one_clear_error(own: Memory) -> None:
    with pytest.raises(InputError, match="32 bytes"):
        JwtVerifier("short", algorithm="HS256", issuer=ISSUER, audience="http://x/mcp")
    with pytest.raises(InputError, match="known: HS256"):
        JwtVerifier(KEY_TEXT, algorithm="none", issuer=ISSUER, audience="http://x/mcp")
    for url in ("localhost", "http://127.0.0.1", "ftp://x/mcp"):
        verifier = JwtVerifier(KEY_TEXT, algorithm="HS256", issuer=ISSUER, audience=url)
        with pytest.raises(InputError, match="https://HOST/mcp"):
            http_app(create_server(Scope(own, by="ai_agent:x"), needs_token=True), verifier)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ([], "--jwt-key"),
        (["--jwt-key", "/no/such/file", "--jwt-issuer", ISSUER], "cannot read the key"),
        (["--jwt-key", "KEY", "--jwt-issuer", ISSUER, "--bind", "8710"], "HOST:PORT"),
        (["--jwt-key", "KEY", "--jwt-issuer", ISSUER, "--jwt-algorithm", "none"], "known: HS256"),
    ],
)
def test_the_command_line_serves_nothing_over_http_without_a_key(
    words: list[str], hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_text(KEY_TEXT)
    given = [str(tmp_path / "key") if word == "KEY" else word for word in words]
    assert main(["mcp", "--store", "networkx://", "--url", "http://127.0.0.1/mcp", *given]) == 2
    assert hint in capsys.readouterr().err
