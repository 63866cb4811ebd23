"""The resources of a customer: ``omnimemory://customers/{id}/timeline`` and ``…/pack``."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, unquote

import mcp_types as types

from omnimemory.errors import AmbiguousError, InputError, NotFoundError
from omnimemory.integrations.reading_tools import get_timeline
from omnimemory.integrations.scope import Scope

_URI: Final = re.compile(r"omnimemory://customers/(.+)/(timeline|pack)", re.DOTALL)
_ABOUT: Final = {
    "pack": ("Context pack", "What matters about the customer, inside a budget.", "text/markdown"),
    "timeline": ("Timeline", "What happened in every channel, newest first.", "application/json"),
}
_LONGEST_URI: Final = 4_000

TEMPLATES: Final = [
    types.ResourceTemplate(
        name=name,
        title=title,
        uri_template=f"omnimemory://customers/{{id}}/{name}",
        description=f"{description} The id is percent-encoded.",
        mime_type=mime,
    )
    for name, (title, description, mime) in _ABOUT.items()
]


def listed(scope: Scope) -> list[types.Resource]:
    """Return the resources of the scope's customer; a scope of all has templates only."""
    if scope.customer is None:
        return []
    try:
        id = scope.whose().id
    except (NotFoundError, AmbiguousError):
        return []
    return [
        types.Resource(
            name=name, title=title, uri=uri(id, name), description=description, mime_type=mime
        )
        for name, (title, description, mime) in _ABOUT.items()
    ]


def uri(customer: str, name: str) -> str:
    """Return where a resource of a customer is."""
    return f"omnimemory://customers/{quote(customer, safe='')}/{name}"


def read(scope: Scope, uri: str) -> types.TextResourceContents:
    """Return a resource, if it is of a customer who may be read here.

    Raises:
        NotFoundError: There is none, or it is not for this scope; the error does not say which.
    """
    found = _URI.fullmatch(uri[:_LONGEST_URI])
    if found is None:
        raise NotFoundError("resource", uri)
    inner = _only(scope, unquote(found[1]))
    name = found[2]
    return types.TextResourceContents(uri=uri, text=_text(inner, name), mime_type=_ABOUT[name][2])


def _only(scope: Scope, customer: str) -> Scope:
    """Return the scope for one customer, who must be the scope's own where it has one."""
    try:
        if scope.customer is None:
            return scope.only(customer)
        if scope.memory.customer(customer).id == scope.whose().id:
            return scope
    except (InputError, AmbiguousError):
        pass
    raise NotFoundError("customer", customer)


def _text(scope: Scope, name: str) -> Any:
    if name == "pack":
        return scope.pack().markdown()
    return get_timeline(scope, limit=50).model_dump_json(exclude_none=True)
