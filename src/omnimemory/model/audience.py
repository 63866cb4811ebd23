"""Who reads: an audience sees what is visible to it, and nothing hints at the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from omnimemory.errors import InputError
from omnimemory.model.facts import Node
from omnimemory.model.records import Visibility

Audience: TypeAlias = Literal["internal", "customer"]
"""The tenant's own agents, or somebody who talks to the customer."""

_NARROWEST: Final[dict[str, Visibility]] = {
    "internal": Visibility.INTERNAL,
    "customer": Visibility.EXTERNAL,
}


def may_see(audience: Audience, node: Node) -> bool:
    """Return whether an audience may see a node; one without a level is internal.

    Raises:
        InputError: There is no such audience.
    """
    narrowest = _NARROWEST.get(audience)
    if narrowest is None:
        raise InputError(f"no audience {audience!r}; known: {', '.join(_NARROWEST)}")
    level = Visibility(node.props.get("visibility", Visibility.INTERNAL))
    return level.rank >= narrowest.rank


def visible(audience: Audience, nodes: Iterable[Node]) -> list[Node]:
    """Return the nodes that an audience may see, in their order."""
    return [node for node in nodes if may_see(audience, node)]
