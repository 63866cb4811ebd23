"""The command that serves a memory to agents: mcp."""

from __future__ import annotations

import argparse
from pathlib import Path

from omnimemory.cli.output import DONE, Command, open_memory
from omnimemory.errors import InputError, MissingExtraError
from omnimemory.memory import Memory


def add(command: Command) -> None:
    """Add the command."""
    mcp = command("mcp", _mcp, "serve the memory to any MCP client, over stdio or HTTP")
    mcp.add_argument("--customer", help="serve only this one, by id or any identifier")
    mcp.add_argument(
        "--audience",
        choices=["customer", "internal"],
        default="customer",
        help="internal lets agents read notes, usage and issues (default: %(default)s)",
    )
    mcp.add_argument("--by", default="ai_agent:mcp", help="who writes (default: %(default)s)")
    mcp.add_argument("--read-only", action="store_true", help="leave out the tools that write")
    mcp.add_argument(
        "--no-confirm", action="store_true", help="hand over without asking the client's user"
    )
    mcp.add_argument("--url", help="serve HTTP at this public URL, such as https://HOST/mcp")
    mcp.add_argument("--bind", default="127.0.0.1:8710", help="where to listen for HTTP")
    mcp.add_argument("--jwt-key", metavar="FILE", help="public key or secret that tokens are by")
    mcp.add_argument("--jwt-algorithm", default="RS256")
    mcp.add_argument("--jwt-issuer", metavar="URL", help="who issues the tokens")
    mcp.add_argument("--allow-origin", action="append", default=[], help="a page that may call")
    mcp.add_argument(
        "--any-tenant", action="store_true", help="serve the tenant that a token claims"
    )


def _mcp(options: argparse.Namespace) -> int:
    with open_memory(options) as memory:
        if options.url is None:
            _stdio(options, memory)
        else:
            _http(options, memory)
    return DONE


def _stdio(options: argparse.Namespace, memory: Memory) -> None:
    from omnimemory.integrations import mcp  # noqa: PLC0415 - an extra
    from omnimemory.integrations.scope import Scope  # noqa: PLC0415

    scope = Scope(memory, by=options.by, customer=options.customer, audience=options.audience)
    server = mcp.create_server(scope, read_only=options.read_only, confirm=not options.no_confirm)
    mcp.serve_stdio(server)


def _http(options: argparse.Namespace, memory: Memory) -> None:
    from omnimemory.integrations import mcp  # noqa: PLC0415 - an extra
    from omnimemory.integrations.scope import Scope  # noqa: PLC0415

    try:
        import uvicorn  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("uvicorn", extra="mcp") from error
    if not options.jwt_key or not options.jwt_issuer:
        raise InputError("over HTTP every request needs a token; add --jwt-key and --jwt-issuer")
    host, port = _address(options.bind)
    verifier = mcp.JwtVerifier(
        _key(options.jwt_key),
        algorithm=options.jwt_algorithm,
        issuer=options.jwt_issuer,
        audience=options.url,
    )
    scope = Scope(memory, by=options.by, customer=options.customer, audience=options.audience)
    server = mcp.create_server(
        scope,
        read_only=options.read_only,
        confirm=not options.no_confirm,
        needs_token=True,
        any_tenant=options.any_tenant,
    )
    app = mcp.http_app(server, verifier, allowed_origins=options.allow_origin)
    uvicorn.run(app, host=host, port=port, log_level="warning")


def _key(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the key {path}: {error}") from error


def _address(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit():
        raise InputError(f"--bind is {bind!r}; write HOST:PORT")
    return host, int(port)
