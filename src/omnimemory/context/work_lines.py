"""Tickets and issues in words, with their clocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from omnimemory.context import fields, moments
from omnimemory.context.items import Item
from omnimemory.context.safe import cite, quote, word
from omnimemory.context.scene import NAME_CHARACTERS, Parts, Scene, name_of, on
from omnimemory.model.facts import Node
from omnimemory.model.records.base import is_open

_MOST_TIES: Final = 3
_MOST_TAGS: Final = 8


def ticket(item: Item, scene: Scene) -> Parts:
    """Return how a ticket stands: status, urgency, who has it, clocks, what it hangs together with.

    Priorities, clocks, tags and names of agents are for the tenant's own eyes.
    """
    props = item.node.props
    facts = [_title(props) or "ticket not seen yet, only referred to"]
    if scene.is_internal:
        facts += [*_urgency(props), *_assigned(item.node, scene)]
    text = fields.text(props.get("description"))
    if is_open(props):
        facts += _clocks(props, scene.now) if scene.is_internal else []
        if due := moments.read(props.get("due_at")):
            facts.append(moments.due(due, scene.now))
    else:
        text = fields.text(props.get("resolution")) or text
        resolved = moments.read(props.get("resolved_at"))
        facts += [f"since {moments.day(resolved)}"] if resolved else []
    facts += _ties(item.node.id, scene)
    details = [f"opened{on(item.at)}"] if item.at > 0 else []
    tags = [word(tag) for tag in fields.texts(props.get("tags"))[:_MOST_TAGS]]
    if tags and scene.is_internal:
        details.append(f"tags {', '.join(tags)}")
    return Parts("; ".join(facts), text, "; ".join(details))


def issue(item: Item, scene: Scene) -> Parts:
    """Return how engineering work stands, where it is fixed, and which tickets wait for it."""
    props = item.node.props
    facts = [_title(props) or "issue not seen yet, only referred to", *_urgency(props)]
    fixed = [word(one) for one in fields.texts(props.get("fixed_in"))[:_MOST_TIES]]
    facts += [f"fixed in {', '.join(fixed)}"] if fixed else []
    waiting = [cite(id) for id in scene.waiting.get(item.node.id, ())]
    facts += [f"{', '.join(waiting[:_MOST_TIES])} waits for it"] if waiting else []
    facts += _assigned(item.node, scene)
    text = fields.text(props.get("resolution")) or fields.text(props.get("description"))
    return Parts("; ".join(facts), text)


def _title(props: Mapping[str, Any]) -> str:
    number = fields.text(props.get("number"))
    said = f"#{number}" if number.isascii() and number.isdigit() else number and word(number)
    subject = fields.text(props.get("subject"))
    parts = (said, quote(subject, NAME_CHARACTERS) if subject else "", _status(props))
    return " ".join(part for part in parts if part)


def _status(props: Mapping[str, Any]) -> str:
    """Return what the status means, and the source's own word where it differs."""
    meant = fields.text(props.get("status_class")).replace("_", " ")
    native = fields.text(props.get("status"))
    if native and native.replace("_", " ").casefold() != meant:
        return f"{word(meant)} ({word(native)})" if meant else word(native)
    return word(meant) if meant else ""


def _urgency(props: Mapping[str, Any]) -> Iterator[str]:
    if priority := props.get("priority"):
        scheme = props.get("priority_scheme")
        yield f"priority {word(priority)}" + (f" ({word(scheme)})" if scheme else "")
    if severity := props.get("severity"):
        yield f"severity {word(severity)}"


def _assigned(node: Node, scene: Scene) -> list[str]:
    names = [name_of(one) for one in scene.gathered.targets(node.id, "ASSIGNED_TO")]
    return [f"with {', '.join(names[:_MOST_TIES])}"] if names else []


_TIES: Final = {
    "DEPENDS_ON": "waits for",
    "DUPLICATE_OF": "duplicate of",
    "MERGED_INTO": "merged into",
    "FOLLOW_UP_OF": "follow-up of",
    "RESOLVED_BY": "resolved by",
}


def _ties(id: str, scene: Scene) -> Iterator[str]:
    """Yield how a ticket hangs together with what else may be seen."""
    for kind, said in _TIES.items():
        targets = [cite(node.id) for node in scene.gathered.targets(id, kind)]
        if targets:
            yield f"{said} {', '.join(targets[:_MOST_TIES])}"


_STATES: Final = ("breached", "running", "paused", "met", "canceled")


def _clocks(props: Mapping[str, Any], now: int) -> Iterator[str]:
    """Yield how the SLA clocks of a ticket stand, those that matter first."""
    clocks = fields.named(props.get("clocks"))
    for name, clock in sorted(clocks.items(), key=_by_state):
        what = word(name.replace("_", " "))
        state, target = clock.get("state"), moments.read(clock.get("target_at"))
        if state == "breached":
            breached = moments.read(clock.get("breached_at")) or target
            ago = f" {moments.length(now - breached)} ago" if breached and breached <= now else ""
            yield f"{what} breached{ago}"
        elif state == "running" and target is not None:
            yield f"{what} {moments.due(target, now)}"
        elif state:
            yield f"{what} {word(state)}"


def _by_state(clock: tuple[str, Mapping[str, Any]]) -> tuple[int, str]:
    state = clock[1].get("state")
    return (_STATES.index(state) if state in _STATES else len(_STATES), clock[0])
