"""What an agent pays for the memory: a turn of each framework, the tools, a round trip of MCP.

python -m benchmarks.agents --interactions 10000 [--only langchain …] [--json]

A turn has the pack in its instructions, the tools at hand and the run written back; it is held
against the same turn of the same framework without a memory.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, TypeAlias

import httpx2
import jwt
import uvicorn
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

import omnimemory
from benchmarks import company, framework_turns, stores
from benchmarks.measure import Row, alternating, machine, percentiles, show
from omnimemory.integrations.mcp import JwtVerifier, create_server, http_app
from omnimemory.integrations.runs import Run, record_run
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import tools

BY = "ai_agent:bench"
KEY = "a key of more than thirty-two bytes for a benchmark"
ISSUER = "https://login.example.org"

Call: TypeAlias = Callable[[Client], Awaitable[Any]]


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Run the benchmark and print its table; return the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interactions", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", metavar="FOLDER", help="keep the database here, and use it again")
    parser.add_argument(
        "--only",
        nargs="*",
        choices=list(framework_turns.TURNS),
        default=list(framework_turns.TURNS),
        metavar="NAME",
        help="measure the turns of these frameworks",
    )
    options = parser.parse_args(arguments)
    about = machine()
    with tempfile.TemporaryDirectory() as folder:
        url = stores.kept(options.keep or folder, options.interactions)
        with omnimemory.connect(url, tenant=stores.tenant_of(options.interactions)) as memory:
            if not memory.view().revision:
                memory.ingest(company.records(options.interactions))
            whom = f"tools-{time.time_ns()}@example.org"
            memory.ingest(company.customer(whom))
            scope = Scope(memory, by=BY, customer=whom, audience="internal")
            rows = framework_turns.rows(memory, options.runs, options.only)
            rows += _plain(scope, options.runs)
            rows += _mcp(replace(scope, audience="customer"), url, options.runs)
    show(rows, as_json=options.json, about=about)
    return rows


def _plain(scope: Scope, runs: int) -> list[Row]:
    """Return what the plain tools cost beside the memory's own calls."""
    memory, whom = scope.memory, scope.customer or ""
    tool = {one.name: one for one in tools(scope)}
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "get_context": (lambda: memory.context_pack(whom), tool["get_context"].call),
        "get_timeline": (
            lambda: memory.timeline(whom, limit=20),
            tool["get_timeline"].call,
        ),
        "search_history": (
            lambda: memory.search(company.QUERY, customer=whom),
            lambda: tool["search_history"].call({"query": company.QUERY}),
        ),
    }
    rows: list[Row] = []
    for name, (bare, ours) in pairs.items():
        rows.append(_compared(f"tool {name}", bare, ours, runs))
    rows.append({"what": "pack for instructions", **percentiles(scope.text, runs=runs)})
    rows.append({"what": "write a run of 4 parts", **percentiles(_writer(scope), runs=runs)})
    return rows


def _compared(
    what: str, bare: Callable[[], object], ours: Callable[[], object], runs: int
) -> dict[str, Any]:
    """Return the times of a call and what it takes beyond the bare one, in milliseconds."""
    base, times = alternating(bare, ours, runs=runs)
    over = {f"over_{name}": times[name] - base[name] for name in times}
    return {"what": what, **times, "bare_p50_ms": base["p50_ms"], **over}


def _writer(scope: Scope) -> Callable[[], object]:
    numbers = count()

    def write() -> object:
        run = Run(scope, f"run-{next(numbers)}-{time.time_ns()}")
        run.heard("Where is my refund?")
        run.did("issue_credit", {"amount": 5}, id="1", result="cr_1")
        run.promised("It arrives by Friday")
        run.said("I have credited it; it arrives by Friday.")
        return record_run(run)

    return write


def _mcp(scope: Scope, url: str, runs: int) -> list[Row]:
    """Return round trips over stdio and HTTP, beside the same tool called in process."""
    tool = {one.name: one for one in tools(scope)}
    rows: list[Row] = []
    tenant, whom = scope.memory.tenant, scope.customer or ""
    words = ["mcp", "--store", url, "--tenant", tenant, "--customer", whom]
    stdio = StdioServerParameters(command=sys.executable, args=["-m", "omnimemory", *words])
    for name in ("find_customer", "get_context"):
        bare = percentiles(tool[name].call, runs=runs)
        trips = {
            "stdio": asyncio.run(_trips(stdio, name, runs)),
            "HTTP": _over_http(scope, name, runs),
        }
        for transport, times in trips.items():
            over = {f"over_{one}": times[one] - bare[one] for one in times}
            rows.append(
                {
                    "what": f"MCP over {transport}: {name}",
                    **times,
                    "bare_p50_ms": bare["p50_ms"],
                    **over,
                }
            )
    return rows


async def _trips(target: Any, name: str, runs: int) -> dict[str, float]:
    """Return the p50 and p95 of a tool's round trip, in milliseconds."""
    times: list[float] = []
    async with Client(target) as client:
        for turn in range(runs + 3):
            begin = time.perf_counter()
            given = await client.call_tool(name, {})
            if given.is_error:
                raise RuntimeError(str(given.content))
            if turn >= 3:
                times.append((time.perf_counter() - begin) * 1_000)
    times.sort()
    return {"p50_ms": times[len(times) // 2], "p95_ms": times[int(len(times) * 0.95)]}


def _over_http(scope: Scope, name: str, runs: int) -> dict[str, float]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/mcp"
    verifier = JwtVerifier(KEY, algorithm="HS256", issuer=ISSUER, audience=url)
    app = http_app(create_server(scope, needs_token=True), verifier)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        return asyncio.run(_authorized(url, scope.memory.tenant, name, runs))
    finally:
        server.should_exit = True
        thread.join()


async def _authorized(url: str, tenant: str, name: str, runs: int) -> dict[str, float]:
    claims = {
        "iss": ISSUER,
        "aud": url,
        "exp": int(time.time()) + 600,
        "tenant": tenant,
        "sub": "b",
    }
    headers = {"Authorization": f"Bearer {jwt.encode(claims, KEY, algorithm='HS256')}"}
    async with httpx2.AsyncClient(headers=headers, trust_env=False) as http:
        return await _trips(streamable_http_client(url, http_client=http), name, runs)


if __name__ == "__main__":
    main()
