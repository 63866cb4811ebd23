"""What one request may do: what the server was started for, narrowed by its token's claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.context import ServerRequestContext

from omnimemory.errors import AmbiguousError, InputError, NotFoundError, OmniMemoryError
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.tools import Tool, tools
from omnimemory.memory import Memory
from omnimemory.model.ids import TENANT_NAME, check_name

ALL: Final = "memory:all"
INTERNAL: Final = "memory:internal"
WRITE: Final = "memory:write"
"""OAuth scopes: any customer, internal records, writing. Without them a token has none of it."""


class NotAllowedError(OmniMemoryError):
    """A token claims what this server was not started for."""


@dataclass(frozen=True)
class Access:
    """What a request may do.

    Attributes:
        scope: What it may read, and who the agent is.
        writes: Whether it may write.
    """

    scope: Scope
    writes: bool = True

    def tools(self) -> list[Tool]:
        """Return the tools of this request."""
        return [tool for tool in tools(self.scope) if self.writes or tool.read_only]


class Gate:
    """Decides what each request may do.

    Args:
        most: What the server was started for; a token never gets more.
        needs_token: Whether a request without a token gets nothing.
        any_tenant: Whether the tenant is the token's claim, in the store of ``most``.
    """

    def __init__(self, most: Access, *, needs_token: bool, any_tenant: bool = False) -> None:
        self._most = most
        self._needs_token = needs_token
        self._any_tenant = any_tenant
        self._memories: dict[str, Memory] = {}
        self._lock = Lock()

    def of(self, context: ServerRequestContext[Any, Any]) -> Access:
        """Return what a request may do.

        Raises:
            NotAllowedError: Its token is missing, or claims too much.
        """
        request = context.request
        user = None if request is None else request.scope.get("user")
        if isinstance(user, AuthenticatedUser):
            return self.granted(user.access_token)
        if self._needs_token:
            raise NotAllowedError("this server answers only requests with a bearer token")
        return self._most

    def granted(self, token: AccessToken) -> Access:
        """Return what a token grants: the less of what it claims and what was started.

        Claims are ``tenant``, ``customer`` and ``agent``.

        Raises:
            NotAllowedError: It claims another tenant or customer, or names no customer where
                it may not read all.
        """
        claims = token.claims or {}
        most = self._most.scope
        memory = self._memory(claims)
        customer = _text(claims, "customer")
        if customer is None and most.customer is None and ALL not in token.scopes:
            raise NotAllowedError(f"the token names no customer and lacks the scope {ALL}")
        if most.customer is not None:
            if customer is not None and not _is_same(memory, customer, most.customer):
                raise NotAllowedError("this server is for another customer")
            customer = most.customer
        is_internal = most.audience == "internal" and INTERNAL in token.scopes
        scope = replace(
            most,
            memory=memory,
            customer=customer,
            audience="internal" if is_internal else "customer",
            by=f"ai_agent:{_text(claims, 'agent') or token.client_id}",
        )
        return Access(scope, writes=self._most.writes and WRITE in token.scopes)

    def _memory(self, claims: Mapping[str, Any]) -> Memory:
        own = self._most.scope.memory
        tenant = _text(claims, "tenant")
        if tenant == own.tenant:
            return own
        if not self._any_tenant or tenant is None:
            raise NotAllowedError("the token is for another tenant")
        with self._lock:
            if tenant not in self._memories:
                self._memories[tenant] = _of_tenant(own, tenant)
            return self._memories[tenant]


def _of_tenant(memory: Memory, tenant: str) -> Memory:
    try:
        made = Memory(memory.store, tenant=check_name(tenant, TENANT_NAME, "tenant"))
    except InputError as error:
        raise NotAllowedError("the token is for another tenant") from error
    made.kinds = memory.kinds
    return made


def _is_same(memory: Memory, one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return memory.customer(one).id == memory.customer(other).id
    except (NotFoundError, AmbiguousError, InputError):
        return False


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None
