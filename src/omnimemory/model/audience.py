"""Who reads: an audience sees what is visible to it, and nothing hints at the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from omnimemory.errors import InputError
from omnimemory.model.facts import Node
from omnimemory.model.records import Visibility

Audience: TypeAlias = Literal["internal", "customer"]
"""The tenant's own agents, or somebody who talks to the customer."""

_LEVELS: Final[dict[str, frozenset[str]]] = {
    "internal": frozenset({Visibility.INTERNAL, Visibility.EXTERNAL, Visibility.PUBLIC}),
    "customer": frozenset({Visibility.EXTERNAL, Visibility.PUBLIC}),
}


def levels(audience: Audience) -> frozenset[str]:
    """Return the visibility levels that an audience may see.

    Raises:
        InputError: There is no such audience.
    """
    found = _LEVELS.get(audience)
    if found is None:
        raise InputError(f"no audience {audience!r}; known: {', '.join(_LEVELS)}")
    return found


def may_see(audience: Audience, node: Node) -> bool:
    """Return whether an audience may see a node; one without a level is internal.

    Raises:
        InputError: There is no such audience.
    """
    return str(node.props.get("visibility", Visibility.INTERNAL)) in levels(audience)


def visible(audience: Audience, nodes: Iterable[Node]) -> list[Node]:
    """Return the nodes that an audience may see, in their order."""
    return [node for node in nodes if may_see(audience, node)]
