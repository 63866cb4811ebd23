"""MCP over streamable HTTP: bearer tokens, and no request of a foreign host or page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast
from urllib.parse import urlsplit

import jwt
from mcp.server import Server
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl
from starlette.applications import Starlette

from omnimemory.errors import InputError

_ALGORITHMS: Final = ("HS256", "HS384", "HS512", "RS256", "RS512", "PS256", "ES256", "EdDSA")
_LEEWAY_S: Final = 30
_LEAST_SECRET_BYTES: Final = 32


class JwtVerifier:
    """Checks signed tokens (RFC 7519): signature, expiry, issuer, audience.

    A token says in ``tenant``, ``customer`` and ``agent`` whom it is for, and in ``scope`` what
    it may do.

    Args:
        key: A public key in PEM, or a shared secret of 32 bytes or more for ``HS…``.
        algorithm: What tokens are signed by; the only one that is accepted.
        issuer: Who issues them.
        audience: Whom they must be for: the server's own URL.

    Raises:
        InputError: The algorithm is not known, or the secret is too short.
    """

    def __init__(self, key: str, *, algorithm: str, issuer: str, audience: str) -> None:
        if algorithm not in _ALGORITHMS:
            raise InputError(f"no algorithm {algorithm!r}; known: {', '.join(_ALGORITHMS)}")
        if algorithm.startswith("HS") and len(key.encode()) < _LEAST_SECRET_BYTES:
            raise InputError(f"the secret is shorter than {_LEAST_SECRET_BYTES} bytes")
        self._key = key
        self._algorithm = algorithm
        self.issuer = issuer
        self.audience = audience

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what a token says; None if it is not to be trusted."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[self._algorithm],
                issuer=self.issuer,
                audience=self.audience,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError:
            return None
        return _access_token(token, claims, self.audience)


def _access_token(token: str, claims: dict[str, Any], audience: str) -> AccessToken:
    given: object = claims.get("scope", "")
    scopes = given.split() if isinstance(given, str) else [str(one) for one in cast("Any", given)]
    subject = claims.get("sub")
    client = claims.get("client_id") or claims.get("azp") or subject or "client"
    return AccessToken(
        token=token,
        client_id=str(client),
        scopes=scopes,
        expires_at=int(claims["exp"]) + _LEEWAY_S,
        resource=audience,
        subject=None if subject is None else str(subject),
        claims=claims,
    )


def http_app(
    server: Server[Any],
    verifier: JwtVerifier,
    *,
    allowed_hosts: Sequence[str] = (),
    allowed_origins: Sequence[str] = (),
) -> Starlette:
    """Return an ASGI app that serves a server at the path of its own URL.

    Args:
        server: Made with ``needs_token=True``.
        verifier: Checks the tokens; its audience is the server's URL, such as
            ``https://memory.example.org/mcp``.
        allowed_hosts: Other values of the Host header that are answered, besides the URL's.
        allowed_origins: Pages that may call; none but the URL's own if left out.

    Raises:
        InputError: The URL has no host or no path.
    """
    url = urlsplit(verifier.audience)
    if url.scheme not in ("http", "https") or not url.netloc or len(url.path) <= 1:
        raise InputError(f"the server's URL is {verifier.audience!r}; write 'https://HOST/mcp'")
    return server.streamable_http_app(
        streamable_http_path=url.path,
        auth=AuthSettings(
            issuer_url=AnyHttpUrl(verifier.issuer),
            resource_server_url=AnyHttpUrl(verifier.audience),
            validate_token_resource=True,
        ),
        token_verifier=verifier,
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=True,
            allowed_hosts=[url.netloc, *allowed_hosts],
            allowed_origins=[f"{url.scheme}://{url.netloc}", *allowed_origins],
        ),
    )
