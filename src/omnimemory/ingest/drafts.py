"""Drafts: what records say about nodes and edges, before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from omnimemory.model.time import FOREVER

OURS: Final = "omnimemory"
"""Source of what is written through the API."""

_NOTHING: Final[Mapping[str, Any]] = {}


class NodeDraft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one record says about one node.

    Attributes:
        at: When it held.
        start: Since when the node exists.
        fields: Properties as they were then; None is no value.
        before: Properties as they were until then.
        state: Properties that must not be back-dated to the start.
        weak: Whether it only repeats in passing what a better record says.
        ended: Since when the source has deleted it.
        redacted: Whether its text must go from every version.
        change: Whether it tells a change of something that it names by either name.
        number: The key that people say, under which a stub may stand.
    """

    id: str
    kind: str
    at: int
    start: int
    fields: Mapping[str, Any] = _NOTHING
    before: Mapping[str, Any] = _NOTHING
    keys: frozenset[str] = frozenset()
    state: frozenset[str] = frozenset()
    weak: bool = False
    ended: int = FOREVER
    redacted: bool = False
    change: bool = False
    number: str | None = None


class EdgeDraft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one record says about one edge; without a target, that there is none from then on."""

    kind: str
    source: str
    target: str | None
    target_kind: str
    at: int
    ended: bool = False
    single: bool = False
    props: Mapping[str, Any] = _NOTHING


class UsageDraft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One product event, to be counted."""

    user: str
    source: str
    event: str
    name: str
    at: int
    error: str | None
    visibility: str
    properties: Mapping[str, Any] = _NOTHING
    parts: tuple[str, ...] = ()


class Drafts(msgspec.Struct, frozen=True, gc=False):
    """All that a batch of records says."""

    nodes: list[NodeDraft]
    edges: list[EdgeDraft]
    usage: list[UsageDraft]
