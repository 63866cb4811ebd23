"""Items: each record that a pack accounts for, where it stands, and how much of it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

import msgspec

from omnimemory.context import fields, moments
from omnimemory.context.gather import Gathered
from omnimemory.context.safe import cite
from omnimemory.index.ranker import Scored
from omnimemory.model.facts import Node
from omnimemory.model.records.base import is_open


class Level(IntEnum):
    """How much of an item is shown."""

    COUNTED = 0
    LINE = 1
    BRIEF = 2
    WHOLE = 3


class Section(IntEnum):
    """Where an item stands, in the order of the pack."""

    WHO = 0
    OPEN = 1
    SAID = 2
    LATELY = 3
    CUSTOM = 4
    USAGE = 5
    ISSUES = 6
    EARLIER = 7
    SIMILAR = 8


SIMILAR: Final = "similar "
"""What the manifest's name for similar cases begins with."""

TITLES: Final = {
    Section.WHO: "Who",
    Section.OPEN: "Open now",
    Section.SAID: "Promised, asked, decided, tried",
    Section.LATELY: "Lately",
    Section.CUSTOM: "Their records",
    Section.USAGE: "Product usage",
    Section.ISSUES: "Engineering issues",
    Section.EARLIER: "Earlier resolutions and articles",
    Section.SIMILAR: "Similar cases",
}

_SECTIONS: Final = {
    "Identity": Section.WHO,
    "Account": Section.WHO,
    "Statement": Section.SAID,
    "Action": Section.SAID,
    "Interaction": Section.LATELY,
    "Feedback": Section.LATELY,
    "Handoff": Section.LATELY,
    "Usage": Section.USAGE,
    "Issue": Section.ISSUES,
    "Article": Section.EARLIER,
}


class Item(msgspec.Struct, gc=False):
    """One record that the pack accounts for.

    Attributes:
        node: The record.
        section: Where it stands.
        at: When it happened, in microseconds.
        group: What the manifest counts it under: its kind, or ``linked`` and its kind.
        thread: The conversation that it is part of.
        prior: How much it matters by what it is, from 0 to 1.
        score: How much it matters in this pack; higher is better.
        level: How much of it is shown.
        text: What is shown.
        number: What cites a message of a conversation, counted from the newest; 0 where the
            record's own id does.
        tokens: What is shown takes so many.
        why: What gave the score, by name.
        answer: How well it answers the query, if there is one.
        is_floor: Whether it is among those of its section that must be there.
    """

    node: Node
    section: Section
    at: int
    group: str
    thread: str = ""
    prior: float = 0.5
    score: float = 0.0
    level: Level = Level.COUNTED
    text: str = ""
    number: int = 0
    tokens: int = 0
    why: Mapping[str, float] = {}
    answer: Scored | None = None
    is_floor: bool = False

    @property
    def citation(self) -> str:
        """What cites it in a pack."""
        return f"[{self.number}]" if self.number else cite(self.node.id)


def items(gathered: Gathered, *, now: int) -> list[Item]:
    """Return an item for each record, those that hang on the customer first.

    Args:
        gathered: What was read.
        now: The time that overdue is told by.
    """
    out = [*_who(gathered)]
    for prefix, ids in (("", gathered.own), ("linked ", gathered.linked)):
        for id, at in ids.items():
            node = gathered.nodes[id]
            out.append(_item(node, at, f"{prefix}{node.kind}", gathered, now))
    said = [item for item in out if item.thread and item.node.kind == "Interaction"]
    for number, item in enumerate(sorted(said, key=_newest), 1):
        item.number = number
    return out


def _newest(item: Item) -> tuple[int, float, str]:
    return -item.at, -(fields.amount(item.node.props.get("sequence")) or 0.0), item.node.id


def fresh_keys(gathered: Gathered) -> dict[str, list[str]]:
    """Return for each identity the keys that no richer identity has, the richest first.

    Most identities of a person repeat the same address, which need be shown once.
    """
    nodes = [gathered.nodes[id] for id in sorted(gathered.identities) if id in gathered.nodes]
    out: dict[str, list[str]] = {}
    seen: set[str] = set()
    for node in sorted(nodes, key=lambda node: (-len(node.keys), node.id)):
        out[node.id] = sorted(node.keys - seen)
        seen |= node.keys
    return out


def _who(gathered: Gathered) -> Iterator[Item]:
    accounts: dict[str, Node] = {}
    for position, (id, fresh) in enumerate(fresh_keys(gathered).items()):
        node = gathered.nodes[id]
        prior = 0.95 - 0.02 * position if fresh or not position else _REPEATED
        yield Item(node, Section.WHO, node.span.valid_from, "Identity", prior=prior)
        accounts.update((one.id, one) for one in gathered.targets(id, "MEMBER_OF"))
    names: set[str] = set()
    for account in sorted(accounts.values(), key=lambda node: (-len(node.props), node.id)):
        name = str(account.props.get("name")).casefold()
        prior = _REPEATED if name in names else 1.0
        names.add(name)
        yield Item(account, Section.WHO, account.span.valid_from, "Account", prior=prior)


_REPEATED: Final = 0.2
"""What an identity or account matters that says nothing new, and a node not seen yet."""


def is_lately(node: Node) -> bool:
    """Return whether a record is one of those that tell what happened lately."""
    return _SECTIONS.get(node.kind) is Section.LATELY


def _item(node: Node, at: int, group: str, gathered: Gathered, now: int) -> Item:
    section = _SECTIONS.get(node.kind, Section.CUSTOM)
    if node.kind == "Ticket":
        section = Section.OPEN if is_open(node.props) else Section.EARLIER
    threads = gathered.out.get((node.id, "PART_OF"), ())
    return Item(
        node,
        section,
        at,
        group,
        thread=threads[0] if threads else "",
        prior=_prior(node, section, now),
    )


_FORMS: Final = {
    "commitment": 0.9,
    "question": 0.85,
    "decision": 0.8,
    "attempt": 0.8,
    "preference": 0.7,
    "fact": 0.5,
}
_PRIORS: Final = {
    Section.OPEN: 1.0,
    Section.LATELY: 0.7,
    Section.CUSTOM: 0.55,
    Section.ISSUES: 0.6,
    Section.EARLIER: 0.4,
}
_DIRECTIONS: Final = {"inbound": 0.7, "outbound": 0.3}
"""What the customer said themselves is what they would have to say again."""
_SETTLED: Final = 0.5


def _prior(node: Node, section: Section, now: int) -> float:
    """Return how much a record matters by its kind and by whether it is settled."""
    props = node.props
    if not props:
        return _REPEATED
    if section is Section.SAID:
        base = _FORMS.get(str(props.get("form")), 0.5)
        settled = props.get("status") in ("answered", "kept", "withdrawn")
        return base * _SETTLED if settled else base + (0.1 if is_overdue(props, now) else 0.0)
    if section is Section.LATELY:
        return _DIRECTIONS.get(str(props.get("direction")), _PRIORS[section])
    if section is Section.USAGE:
        return 0.65 if props.get("errors") else 0.3
    if section is Section.ISSUES and not is_open(props):
        return _SETTLED
    return _PRIORS.get(section, 0.5)


def is_overdue(props: Mapping[str, object], now: int) -> bool:
    """Return whether something was due before now and is still open."""
    due = moments.read(props.get("due_at"))
    return due is not None and due < now and props.get("status") in (None, "open", "broken")
