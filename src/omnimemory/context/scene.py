"""The scene of a pack: what every line of it is written by, and the names of who is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from omnimemory.context import fields, moments
from omnimemory.context.gather import Gathered
from omnimemory.context.items import fresh_keys
from omnimemory.context.safe import quote, word
from omnimemory.model.audience import Audience
from omnimemory.model.facts import Node

NAME_CHARACTERS: Final = 80


class Parts(msgspec.Struct, frozen=True):
    """A record in words: our head, text from outside, and details there may be room for."""

    head: str
    text: str = ""
    details: str = ""


class Scene(msgspec.Struct, frozen=True):
    """What a line is written by.

    Attributes:
        gathered: What was read.
        now: The time that ages are told by, in microseconds.
        is_internal: Whether the tenant's own agents read.
        best_name: What the customer is called.
        route: The channels that the customer used last, oldest first, as they switched.
        channels: The channel of each conversation.
        newest: When each conversation was last heard of.
        fresh_keys: For each identity the keys that no richer one has.
        waiting: Which tickets wait for each issue.
        terms: Words of the query; long texts are cut around them.
        title_fields: For each kind, the property that stands for it.
    """

    gathered: Gathered
    now: int
    is_internal: bool
    best_name: str
    route: Sequence[str]
    channels: Mapping[str, str]
    newest: Mapping[str, int]
    fresh_keys: Mapping[str, Sequence[str]]
    waiting: Mapping[str, Sequence[str]]
    terms: Sequence[str] = ()
    title_fields: Mapping[str, str] = {}


def scene_of(
    gathered: Gathered,
    *,
    now: int,
    audience: Audience,
    terms: Sequence[str],
    title_fields: Mapping[str, str],
) -> Scene:
    """Return the scene of what was gathered."""
    newest: dict[str, int] = {}
    channels: dict[str, str] = {}
    waiting: dict[str, list[str]] = {}
    for (source, kind), targets in gathered.out.items():
        if kind == "PART_OF":
            at = gathered.own.get(source, gathered.linked.get(source, 0))
            newest[targets[0]] = max(at, newest.get(targets[0], 0))
            if source in gathered.nodes:
                channel = gathered.nodes[source].props.get("channel")
                channels.setdefault(targets[0], str(channel or "conversation"))
        elif kind == "DEPENDS_ON" and source in gathered.nodes:
            for target in targets:
                waiting.setdefault(target, []).append(source)
    return Scene(
        gathered=gathered,
        now=now,
        is_internal=audience == "internal",
        best_name=_best_name(gathered),
        route=_route(gathered),
        channels=channels,
        newest=newest,
        fresh_keys=fresh_keys(gathered),
        waiting={issue: sorted(tickets) for issue, tickets in waiting.items()},
        terms=terms,
        title_fields=title_fields,
    )


def by(node: Node, scene: Scene) -> str:
    """Return who said or did something, as far as the audience may know; empty if nobody does."""
    kind = node.props.get("author_kind")
    for person in scene.gathered.targets(node.id, "FROM"):
        if person.id in scene.gathered.identities:
            return "customer"
        if person.props.get("name"):
            role = word(str(kind).replace("_", " ")) if kind else "agent"
            return f"{role} {name_of(person)}"
    return word(str(kind).replace("_", " ")) if kind else ""


def name_of(node: Node) -> str:
    """Return a node's name in quotes, or its id."""
    return quote(fields.text(node.props.get("name")) or node.id, NAME_CHARACTERS)


def on(at: int) -> str:
    """Return the date of a time after a space; nothing where nobody knows it."""
    return f" {moments.day(at)}" if at > 0 else ""


def _best_name(gathered: Gathered) -> str:
    """Return the name that most identities give, the longest of those, or an identifier."""
    nodes = [gathered.nodes[id] for id in sorted(gathered.identities) if id in gathered.nodes]
    names = Counter(str(node.props["name"]) for node in nodes if node.props.get("name"))
    if names:
        return max(names, key=lambda name: (names[name], len(name), name))
    keys = sorted(key for node in nodes for key in node.keys)
    return keys[0] if keys else gathered.customer.id


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
