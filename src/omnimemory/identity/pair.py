"""Two sides that are compared, and what has been found between them."""

from __future__ import annotations

from typing import Final

import msgspec

from omnimemory.identity.classes import Clue
from omnimemory.identity.evidence import Profile
from omnimemory.identity.statistics import Statistics

INITIAL_NAME: Final = 1
GIVEN_NAME: Final = 2
FULL_NAME: Final = 3
"""How much of the names agrees; nothing, or nothing to compare, is 0."""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One feature: what was compared, how it agrees, and what that is worth in bits."""

    feature: str
    level: str
    bits: float
    value: str = ""


class Pair:
    """Two profiles, and what has been found between them so far."""

    __slots__ = ("address",
        "anchors", "bits", "conflict", "document", "findings", "household", "left", "names",
        "right", "statistics", "supports", "unique")  # fmt: skip

    def __init__(
        self,
        left: Profile,
        right: Profile,
        statistics: Statistics,
        unique: frozenset[str] = frozenset(),
    ) -> None:
        self.unique = unique
        self.left = left
        self.right = right
        self.statistics = statistics
        self.findings: list[Finding] = []
        self.bits = 0.0
        self.anchors: list[tuple[float, Clue]] = []
        self.household = False
        self.address = False
        self.conflict = False
        self.document = False
        self.supports = 0
        self.names = 0

    def found(self, feature: str, level: str, bits: float, value: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(feature, level, bits, value))
        self.bits += bits
