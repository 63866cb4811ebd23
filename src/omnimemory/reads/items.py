"""One thing of the graph as a person looks at it: its properties, its time, its versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from omnimemory.errors import InputError, NotFoundError
from omnimemory.identity.normal import parse_key
from omnimemory.model.facts import Edge, Fact, Node, Passage
from omnimemory.model.ids import is_node_id, prefix
from omnimemory.model.records import StatusClass
from omnimemory.model.time import FOREVER, to_datetime
from omnimemory.pictured import Pictured
from omnimemory.store.base import GraphView


class Version:
    """What a node or edge was, from when to when, and when the store knew it."""

    def __init__(self, fact: Node | Edge) -> None:
        self.fact = fact
        self.valid_from, self.valid_to = _times(fact.span.valid_from, fact.span.valid_to)
        self.recorded_from, self.recorded_to = _times(
            fact.span.recorded_from, fact.span.recorded_to
        )

    @property
    def props(self) -> dict[str, Any]:
        """The properties, without the library's own notes."""
        return public(self.fact.props)

    @property
    def is_known(self) -> bool:
        """Whether the store still holds this version to be true."""
        return self.recorded_to is None

    def to_dict(self) -> dict[str, Any]:
        """Return the version as JSON."""
        edge = {}
        if isinstance(self.fact, Edge):
            edge = {"edge": self.fact.kind, "target": self.fact.target}
        return {
            **edge,
            "valid_from": _iso(self.valid_from),
            "valid_to": _iso(self.valid_to),
            "recorded_from": _iso(self.recorded_from),
            "recorded_to": _iso(self.recorded_to),
            "props": self.props,
        }

    def __repr__(self) -> str:
        until = _minute(self.valid_to) if self.valid_to else "now"
        held = "" if self.is_known else f", known until {_minute(self.recorded_to)}"
        if isinstance(self.fact, Edge):
            said = f"{self.fact.kind} {self.fact.target}"
        else:
            status = self.props.get("status")
            said = f"status={status}" if status else ", ".join(sorted(self.props))
        return f"<{_minute(self.valid_from)} to {until}: {said}{held}>"


class Item(Pictured):
    """A node with its properties; ``item["status"]`` reads one.

    Attributes:
        id: The node's id.
        kind: Its kind, such as ``Ticket``.
    """

    def __init__(self, node: Node, view: GraphView, title_field: str | None = None) -> None:
        self._node = node
        self._view = view
        self._title_field = title_field
        self.id = node.id
        self.kind = node.kind

    @property
    def props(self) -> dict[str, Any]:
        """The properties, without the library's own notes."""
        return public(self._node.props)

    @property
    def keys(self) -> tuple[str, ...]:
        """What finds it besides its id."""
        return tuple(sorted(self._node.keys))

    @property
    def title(self) -> str:
        """One line that stands for it."""
        return title(self._node, self._title_field)

    @property
    def citation(self) -> str:
        """How a pack names it, such as ``zendesk:ticket:35436``."""
        return citation(self.id)

    @property
    def since(self) -> datetime | None:
        """Since when this version holds; None if nobody knows."""
        return _times(self._node.span.valid_from, FOREVER)[0]

    @property
    def is_open(self) -> bool | None:
        """Whether somebody still owes something; None where there is no status."""
        status = self._node.props.get("status_class")
        return None if status is None else StatusClass(status).is_open

    def history(self) -> list[Version]:
        """Return every version of it and of the edges that start at it, oldest first."""
        return history(self._view, self.id)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"id": self.id, "kind": self.kind, "keys": list(self.keys), "props": self.props}

    def __getitem__(self, name: str) -> Any:
        return self.props[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Item) and self._node == other._node

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        status = self._node.props.get("status") or self._node.props.get("status_class")
        priority = self._node.props.get("priority")
        notes = ", ".join(str(note) for note in (status, priority) if note)
        return f"[{self.citation}] {self.title}{f' ({notes})' if notes else ''}"

    def __repr__(self) -> str:
        return f"<{self.kind} {self}>"


def find_item(view: GraphView, name: str, kind: str, title_fields: Mapping[str, str]) -> Item:
    """Return the node of a kind with this id or key, such as ``zendesk:35436``.

    Raises:
        NotFoundError: There is none; it names keys that look alike.
    """
    nodes = view.nodes([name]) if is_node_id(name, kind) else []
    nodes = nodes or view.find(kind=kind, keys=_spellings(name))
    if not nodes:
        raise NotFoundError(prefix(kind), name, nearest(view, name, kind))
    return Item(nodes[0], view, title_fields.get(kind))


def by_id(view: GraphView, id: str, title_fields: Mapping[str, str]) -> Item:
    """Return the node with this id.

    Raises:
        NotFoundError: There is none.
    """
    nodes = view.nodes([id])
    if not nodes:
        raise NotFoundError("node", id)
    return Item(nodes[0], view, title_fields.get(nodes[0].kind))


def history(view: GraphView, id: str) -> list[Version]:
    """Return every version of a node and of the edges that start at it, oldest first.

    Raises:
        NotFoundError: Nothing was ever known under this id.
    """
    facts = view.versions([id])
    if not facts:
        raise NotFoundError("node", id)
    return [Version(fact) for fact in sorted(_versioned(facts), key=_by_time)]


def nearest(view: GraphView, name: str, kind: str, *, most: int = 3) -> Sequence[str]:
    """Return keys of nodes of this kind that look like ``name``, best first."""
    from difflib import get_close_matches  # noqa: PLC0415 - only errors need it

    keys = _spellings(name)
    near = {key for spelling in keys for key in _neighbours(view, spelling)}
    held = {key for node in view.find(kind=kind, keys=near) for key in node.keys & near}
    return get_close_matches(keys[0], sorted(held), n=most, cutoff=0.6)


def _neighbours(view: GraphView, key: str) -> Iterator[str]:
    """Yield keys that begin like ``key``, from the longest beginning that finds any."""
    least = key.find(":") + 1
    for length in range(len(key) - 1, least - 1, -1):
        found = view.keys(key[:length], limit=200)
        yield from found
        if len(found) >= _ENOUGH:
            return


_ENOUGH = 20


def _spellings(name: str) -> list[str]:
    try:
        return [parse_key(name)]
    except InputError:
        return [name]


def public(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties without the library's own notes."""
    return {name: value for name, value in props.items() if not name.startswith("_")}


def title(node: Node, field: str | None) -> str:
    """Return one line that stands for a node."""
    props = node.props
    found = (props.get(field) if field else None) or props.get("name") or props.get("text")
    text = " ".join(str(found).split()) if found else node.id
    return text if len(text) <= _TITLE_LENGTH else text[: _TITLE_LENGTH - 1] + "…"


_TITLE_LENGTH = 100


def citation(id: str) -> str:
    """Return a node's id as packs cite it: the source first."""
    kind, _, rest = id.partition(":")
    source, _, own = rest.partition(":")
    return f"{source}:{kind}:{own}"


def _versioned(facts: Sequence[Fact]) -> Iterator[Node | Edge]:
    return (fact for fact in facts if not isinstance(fact, Passage))


def _by_time(fact: Node | Edge) -> tuple[int, int, str]:
    return fact.span.valid_from, fact.span.recorded_from, fact.id


def _times(start: int, end: int) -> tuple[datetime | None, datetime | None]:
    """Return the ends of an interval as datetimes; None where it is open or unknown."""
    return (
        to_datetime(start) if start > 0 else None,
        to_datetime(end) if end != FOREVER else None,
    )


def _iso(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat().replace("+00:00", "Z")


def _minute(when: datetime | None) -> str:
    return "the beginning" if when is None else when.strftime("%Y-%m-%d %H:%M")
