"""Model Context Protocol: the memory for any MCP client, over stdio or streamable HTTP.

    server = create_server(Scope(memory, by="ai_agent:desk", customer="dana@example.org"))

Which customers may be read comes from the scope and from the claims of a token, never from
what a model fills in.
"""

from __future__ import annotations

from omnimemory.errors import MissingExtraError

try:
    from omnimemory.integrations.mcp.access import Access
    from omnimemory.integrations.mcp.http import JwtVerifier, http_app
    from omnimemory.integrations.mcp.server import create_server, serve_stdio
except MissingExtraError:
    raise
except ImportError as error:
    raise MissingExtraError("mcp 2.3 or newer", extra="mcp") from error

__all__ = ["Access", "JwtVerifier", "create_server", "http_app", "serve_stdio"]
