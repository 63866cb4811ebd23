"""Belonging: why an identity is taken for a customer's, in data and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from omnimemory.model.facts import Edge, Node
from omnimemory.model.ids import split_id


class Belonging(msgspec.Struct, frozen=True):
    """One identity of a customer, and why it is theirs.

    Attributes:
        identity: The identity's node id.
        source: The system that knows it.
        name: What that system calls them; empty where it does not say.
        identifiers: Its identifiers in normal form.
        evidence: What it was decided by.
        posterior: How likely it is theirs, from 0 to 1; None where nobody said.
    """

    identity: str
    source: str
    name: str
    identifiers: tuple[str, ...]
    evidence: Mapping[str, Any]
    posterior: float | None

    @property
    def why(self) -> str:
        """The evidence in words."""
        if self.evidence.get("first"):
            return "the first that was known"
        shared = self.evidence.get("shared")
        said = [f"shares {', '.join(map(str, shared))}"] if shared else []
        said += [
            f"{name.replace('_', ' ')}: {value}"
            for name, value in self.evidence.items()
            if name != "shared" and value not in (None, "", [], {})
        ]
        return "; ".join(said) or "nothing was noted"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "identity": self.identity,
            "source": self.source,
            "name": self.name,
            "identifiers": list(self.identifiers),
            "evidence": dict(self.evidence),
            "posterior": self.posterior,
        }


def belonging(link: Edge, identity: Node | None) -> Belonging:
    """Return why an identity belongs, from its ``SAME_AS`` edge and what is known of it."""
    evidence = link.props.get("evidence")
    posterior = link.props.get("posterior")
    return Belonging(
        identity=link.source,
        source=split_id(link.source)[0],
        name=str(identity.props.get("name") or "") if identity else "",
        identifiers=tuple(sorted(identity.keys)) if identity else (),
        evidence=cast("Mapping[str, Any]", evidence) if isinstance(evidence, Mapping) else {},
        posterior=posterior if isinstance(posterior, int | float) else None,
    )
