"""The scene of a pack: what every line of it is written by, and the names of who is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from omnimemory.context import fields, moments
from omnimemory.context.gather import Gathered
from omnimemory.context.items import fresh_keys, is_lately
from omnimemory.context.safe import quote, word
from omnimemory.model.audience import Audience
from omnimemory.model.facts import Node

NAME_CHARACTERS: Final = 80


class Parts(msgspec.Struct, frozen=True):
    """A record in words.

    Attributes:
        head: What its line begins with.
        text: What it says, in the words of whoever wrote it.
        details: What there may be room for beside the line.
        full: What stands in place of the head where there is room for details.
    """

    head: str
    text: str = ""
    details: str = ""
    full: str = ""

    @property
    def more(self) -> int:
        """How many characters details and the full head take beside the line."""
        return len(self.details) + max(0, len(self.full) - len(self.head))


class Thread(msgspec.Struct):
    """A conversation as its heading tells it, so that its lines need not.

    Attributes:
        channel: By which it runs.
        first: When its oldest message was, of those read.
        last: When its newest was.
        others: Who takes part besides the customer, by id, as lines name them.
        other: The only one who does, as a line would name them; empty where there are several.
    """

    channel: str = "conversation"
    first: int = 0
    last: int = 0
    others: dict[str, str] = {}
    other: str = ""

    @property
    def is_of_a_day(self) -> bool:
        """Whether all was said within a day."""
        return self.last - self.first < moments.DAY


def _only(names: Iterable[str]) -> str:
    """Return the name that all are; empty where they differ, or there are none."""
    different = set(names)
    return different.pop() if len(different) == 1 else ""


class Scene(msgspec.Struct, frozen=True):
    """What a line is written by.

    Attributes:
        gathered: What was read.
        now: The time that ages are told by, in microseconds.
        is_internal: Whether the tenant's own agents read.
        best_name: What the customer is called; empty where nobody says.
        route: The channels that the customer used last, oldest first, as they switched.
        threads: The conversations, by id.
        other: Who alone takes part in all of them besides the customer, as a line would name
            them; empty where there are several.
        only_thread: The conversation that all is part of which happened lately; empty where
            there are several, or something stands alone.
        fresh_keys: For each identity the keys that no richer one has.
        waiting: Which tickets wait for each issue.
        terms: Words of the query; long texts are cut around them.
        title_fields: For each kind, the property that stands for it.
        named: Who is who, by id and role, as far as it was worked out.
    """

    gathered: Gathered
    now: int
    is_internal: bool
    best_name: str
    route: Sequence[str]
    threads: Mapping[str, Thread]
    other: str
    only_thread: str
    fresh_keys: Mapping[str, Sequence[str]]
    waiting: Mapping[str, Sequence[str]]
    terms: Sequence[str] = ()
    title_fields: Mapping[str, str] = {}
    named: dict[tuple[str, str], str] = {}

    def is_of_the_customer(self, name: str, value: object) -> bool:
        """Return whether a field that holds others, such as an address, is one of theirs too."""
        if not isinstance(value, Mapping) or not value:
            return False
        nodes = self.gathered.nodes
        return any(
            nodes[id].props.get(name) == value for id in self.gathered.identities if id in nodes
        )


def scene_of(
    gathered: Gathered,
    *,
    now: int,
    audience: Audience,
    terms: Sequence[str],
    title_fields: Mapping[str, str],
) -> Scene:
    """Return the scene of what was gathered."""
    waiting: dict[str, list[str]] = {}
    threads: dict[str, Thread] = {}
    named: dict[tuple[str, str], str] = {}
    for (source, kind), targets in gathered.out.items():
        if kind == "PART_OF":
            thread = threads.get(targets[0])
            if thread is None:
                thread = threads[targets[0]] = Thread(others={})
            _join(thread, source, gathered, named)
        elif kind == "DEPENDS_ON" and source in gathered.nodes:
            for target in targets:
                waiting.setdefault(target, []).append(source)
    for thread in threads.values():
        thread.other = _only(thread.others.values())
    return Scene(
        gathered=gathered,
        now=now,
        is_internal=audience == "internal",
        best_name=_best_name(gathered),
        route=_route(gathered),
        threads=threads,
        other=_only(one for thread in threads.values() for one in thread.others.values()),
        only_thread=_only_thread(gathered, threads),
        fresh_keys=fresh_keys(gathered),
        waiting={issue: sorted(tickets) for issue, tickets in waiting.items()},
        terms=terms,
        title_fields=title_fields,
        named=named,
    )


def _only_thread(gathered: Gathered, threads: Mapping[str, Thread]) -> str:
    lately = (id for id in (*gathered.own, *gathered.linked) if is_lately(gathered.nodes[id]))
    only = _only(id for id, thread in threads.items() if thread.last)
    return only if all(gathered.out.get((id, "PART_OF"), [""])[0] == only for id in lately) else ""


def _join(
    thread: Thread, source: str, gathered: Gathered, named: dict[tuple[str, str], str]
) -> None:
    """Let a message be part of its conversation."""
    at = gathered.own.get(source, gathered.linked.get(source, 0))
    node = gathered.nodes.get(source)
    if node is None or not at:
        return
    thread.first = min(at, thread.first or at)
    if at > thread.last:
        thread.last = at
        thread.channel = fields.text(node.props.get("channel")) or "conversation"
    for person in gathered.targets(source, "FROM"):
        if person.id not in gathered.identities and person.id not in thread.others:
            thread.others[person.id] = _named(person, node, named)


def by(node: Node, scene: Scene) -> str:
    """Return who said or did something, as far as the audience may know; empty if nobody does."""
    for person in scene.gathered.targets(node.id, "FROM"):
        if person.id in scene.gathered.identities:
            return "customer"
        if person.props.get("name"):
            return _named(person, node, scene.named)
    return _role(node)


def _named(person: Node, node: Node, named: dict[tuple[str, str], str]) -> str:
    """Return who somebody is in what they said: their role, and their name if they have one."""
    role = _role(node) or "agent"
    known = named.get((person.id, role))
    if known is None:
        known = f"{role} {name_of(person)}" if person.props.get("name") else role
        named[person.id, role] = known
    return known


def _role(node: Node) -> str:
    kind = node.props.get("author_kind")
    return _spelt(str(kind)) if kind else ""


@lru_cache(maxsize=64)
def _spelt(kind: str) -> str:
    return word(kind.replace("_", " "))


def name_of(node: Node) -> str:
    """Return a node's name in quotes, or its id."""
    return quote(fields.text(node.props.get("name")) or node.id, NAME_CHARACTERS)


def on(at: int) -> str:
    """Return the date of a time after a space; nothing where nobody knows it."""
    return f" {moments.day(at)}" if at > 0 else ""


def _best_name(gathered: Gathered) -> str:
    """Return the name that most identities give, the longest of those; empty if none does."""
    nodes = [gathered.nodes[id] for id in sorted(gathered.identities) if id in gathered.nodes]
    names = Counter(str(node.props["name"]) for node in nodes if node.props.get("name"))
    if names:
        return max(names, key=lambda name: (names[name], len(name), name))
    return ""


_SWITCHES: Final = 5


def _route(gathered: Gathered) -> list[str]:
    """Return the channels of the customer's own newest interactions, each switch once."""
    out: list[str] = []
    for id, _ in sorted(gathered.own.items(), key=lambda one: (-one[1], one[0])):
        props = gathered.nodes[id].props
        channel = props.get("channel")
        if props.get("direction") == "inbound" and channel and (not out or out[-1] != channel):
            out.append(str(channel))
        if len(out) == _SWITCHES:
            break
    return out[::-1] if len(out) > 1 else []
