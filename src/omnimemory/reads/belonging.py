"""Belonging: why an identity is taken for a customer's, in data and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

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
        """The evidence in words, what weighs most first, with its weight in bits."""
        if self.evidence.get("decision") == "new":
            return "the first that was known"
        weighed = sorted(_pieces(self.evidence.get("bits")), key=_weight)
        said = [_said(one) for one in weighed]
        said += [f"{name}: {self.evidence[name]}" for name in _NOTED if self.evidence.get(name)]
        return "; ".join(said) or str(self.evidence.get("decision") or "nothing was noted")

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
    posterior = link.props.get("posterior")
    return Belonging(
        identity=link.source,
        source=split_id(link.source)[0],
        name=str(identity.props.get("name") or "") if identity else "",
        identifiers=tuple(sorted(identity.keys)) if identity else (),
        evidence={name: told for name, told in link.props.items() if name != "posterior"},
        posterior=posterior if isinstance(posterior, int | float) else None,
    )


_NOTED: Final = ("reason", "note")


def _pieces(bits: Any) -> list[Mapping[str, Any]]:
    found = cast("list[Any]", bits) if isinstance(bits, list | tuple) else []
    return [one for one in found if isinstance(one, Mapping)]


def _weight(one: Mapping[str, Any]) -> float:
    return -abs(float(one.get("bits") or 0))


def _said(one: Mapping[str, Any]) -> str:
    """Return one piece of evidence, such as ``same email work email:a@x.org (+7.2)``."""
    words = " ".join(str(one[name]) for name in ("level", "feature", "value") if one.get(name))
    return f"{words} ({float(one.get('bits') or 0):+.1f})"
