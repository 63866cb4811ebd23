"""Values that a framework keeps: JSON under a name, in the graph beside everything else.

They are of no kind that a memory registers, so no pack, search or timeline shows them. One
that belongs to a customer hangs on their identity and goes when they are erased; each change
is a version.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, repeat
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec

from omnimemory.errors import InputError
from omnimemory.index.lexical import bm25
from omnimemory.integrations.writing import Whom, made
from omnimemory.memory import Memory
from omnimemory.model.facts import Node
from omnimemory.model.ids import node_id
from omnimemory.model.records import Link, Record, Visibility
from omnimemory.model.records.base import Label, Text, Time
from omnimemory.model.time import now, parse_time, to_datetime
from omnimemory.store.base import GraphView

Name = tuple[str, ...]

_PAGES: Final = (20, 200, 1_000)
"""Few at first: most names have little under them, and what follows is others'."""

_GONE: Final = "null"
_NO_TEXT: Final = " "
"""Takes the place of an older text; nothing finds it."""


class AgentItem(Record):
    """A value under a name; ``content`` is JSON, ``null`` once it was deleted."""

    type: Literal["agent_item"] = "agent_item"
    kind = "AgentItem"
    state = frozenset({"content", "text", "changed_at"})
    not_props = frozenset({"customer"})

    name: tuple[Label, ...]
    content: Text
    changed_at: Time
    text: Text = ""
    """What a search finds it by."""
    visibility: Visibility = Visibility.PRIVATE
    customer: Whom | None = None

    def keys(self) -> Iterable[str]:
        return ()

    def links(self) -> Iterable[Link]:
        return () if self.customer is None else (Link("OF", self.customer),)


class Kept(msgspec.Struct, frozen=True):
    """A value as it was found.

    Attributes:
        id: The node's id.
        name: Its name, from the outermost part to the innermost.
        value: The value.
        created_at: When it was first put.
        changed_at: When it was last put.
        text: What a search finds it by.
    """

    id: str
    name: Name
    value: Any
    text: str
    created_at: datetime
    changed_at: datetime


class Put(msgspec.Struct, frozen=True):
    """A value to keep; ``null`` deletes what stands under the name.

    Attributes:
        name: Its name.
        content: The value as JSON; see `encode`.
        text: What a search finds it by.
        customer: Whose it is.
    """

    name: Name
    content: str
    text: str = ""
    customer: Whom | None = None


class Shelf:
    """The values of one framework.

    Args:
        memory: Where they are kept.
        source: The framework, such as ``langgraph``.
    """

    def __init__(self, memory: Memory, source: str) -> None:
        memory.kinds.relations.allow("OF", source=AgentItem.kind, target="Identity")
        self._memory = memory
        self._source = source

    def view(self) -> GraphView:
        """Return the values as they are now, for several reads of one moment."""
        return self._memory.view()

    def get(self, names: Sequence[Name], view: GraphView | None = None) -> dict[Name, Kept]:
        """Return the values under these names, as far as there are any."""
        nodes = (view or self.view()).nodes([self._id(name) for name in names])
        return {one.name: one for one in _kept(nodes)}

    def under(self, prefix: Name, view: GraphView | None = None) -> Iterator[Kept]:
        """Yield the values whose name begins with these parts and goes on, by id."""
        found = view or self.view()
        begin = self._id((*prefix, ""))
        after = begin
        for limit in chain(_PAGES, repeat(_PAGES[-1])):
            nodes = found.find(kind="AgentItem", after=after, limit=limit)
            inside = [node for node in nodes if node.id.startswith(begin)]
            yield from _kept(inside)
            if len(inside) < limit:
                return
            after = nodes[-1].id

    def ranked(self, query: str, kept: Sequence[Kept]) -> list[tuple[Kept, float]]:
        """Return those that have words of the query, best first, with their scores."""
        scores = bm25(query, [one.text for one in kept]).tolist()
        scored = [(one, score) for one, score in zip(kept, scores, strict=True) if score > 0]
        return sorted(scored, key=lambda one: -one[1])

    def put(self, puts: Sequence[Put]) -> None:
        """Keep values, all of them or none; of several under one name the last counts.

        Raises:
            InputError: A name is too long.
        """
        if records := self.records(puts):
            self._memory.ingest(records, strict=True)

    def records(self, puts: Sequence[Put]) -> list[AgentItem]:
        """Return the records by which `put` keeps values, for a commit with others.

        Raises:
            InputError: A name is too long.
        """
        last = {one.name: one for one in puts}
        known = self.get(list(last))
        moment = to_datetime(now())
        records: list[AgentItem] = []
        for name, one in last.items():
            if one.content == _GONE and name not in known:
                continue
            before = known.get(name)
            records.append(
                made(
                    AgentItem,
                    source=self._source,
                    id=_path(name),
                    name=name,
                    content=one.content,
                    text=one.text or _NO_TEXT,
                    created_at=moment if before is None else before.created_at,
                    updated_at=moment,
                    changed_at=moment,
                    customer=one.customer,
                )
            )
        return records

    def _id(self, name: Name) -> str:
        return node_id("AgentItem", self._source, _path(name))


def _path(name: Name) -> str:
    """Return a name as an id: parts percent-encoded, so that no two names meet."""
    return "/".join(quote(part, safe="") for part in name)


def encode(value: Any) -> str:
    """Return a value as JSON.

    Raises:
        InputError: It is none.
    """
    try:
        return json.dumps(value, ensure_ascii=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"a value to keep must be JSON: {error}") from None


def _kept(nodes: Iterable[Node]) -> Iterator[Kept]:
    for node in nodes:
        content = node.props.get("content", _GONE)
        if content == _GONE:
            continue
        yield Kept(
            id=node.id,
            name=tuple(node.props["name"]),
            value=json.loads(content),
            text=node.props["text"],
            created_at=_time(node, "created_at"),
            changed_at=_time(node, "changed_at"),
        )


def _time(node: Node, name: str) -> datetime:
    return to_datetime(parse_time(node.props[name]))
