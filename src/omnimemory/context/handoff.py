"""Handoff packs: what whoever takes over must know, before the history."""

from __future__ import annotations

from typing import Any

import msgspec

from omnimemory.context.pack import ContextPack


class HandoffPack(msgspec.Struct, frozen=True):
    """What whoever takes over needs; `str` of it is Markdown.

    Attributes:
        handoff: The id of the handoff that was written down.
        pack: The context pack of the customer.
    """

    handoff: str
    pack: ContextPack

    def markdown(self) -> str:
        """Return the pack as one text."""
        return self.pack.markdown()

    def json(self) -> dict[str, Any]:
        """Return the pack as JSON."""
        return {"handoff": self.handoff, "pack": self.pack.json()}

    def __str__(self) -> str:
        return self.markdown()
