"""The brief of a handoff: what the customer wants, what was tried, promised, answered.

The rules, in the order of the sections:

* *wants*: the ticket, the customer's last words in any channel, and their first about it.
* *tried*: attempts and actions, whatever came of them.
* *promised*: commitments that are not kept or withdrawn.
* *still open*: the customer's questions without an answer, other open tickets.
* *do not ask again*: questions with their answers, preferences, facts.
* *behind it*: engineering issues that the ticket waits for, and usage that failed.

What belongs to the ticket or conversation comes first, then the newest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from omnimemory.context import fields
from omnimemory.context.gather import Gathered
from omnimemory.context.items import Item, Level, is_overdue, items
from omnimemory.context.lines import describe, show
from omnimemory.context.safe import cite
from omnimemory.context.scene import Scene
from omnimemory.model.records.base import is_open

WANTS: Final = "What they want"
TRIED: Final = "Tried already, and what came of it"
PROMISED: Final = "Promised"
OPEN: Final = "Still open"
KNOWN: Final = "Do not ask again"
BEHIND: Final = "Behind it"

SIZES: Final = (
    (8, Level.BRIEF),
    (5, Level.BRIEF),
    (3, Level.BRIEF),
    (2, Level.LINE),
    (0, Level.LINE),
)
"""How many lines a section may have, and how long they are, from roomy to tight."""

_WISH_CHARACTERS: Final = 500
_UNSETTLED: Final = (None, "open", "broken")


class Line(msgspec.Struct, frozen=True):
    """One line of a brief, and the record that it tells of."""

    id: str
    text: str
    citation: str


class Brief(msgspec.Struct, frozen=True):
    """What whoever takes over is told first.

    Attributes:
        scene: What the lines are written by.
        of: The ticket or conversation that is handed over.
        sections: Items by the title of their section, the most important first.
        wish: What the customer wants, in their own words.
    """

    scene: Scene
    of: str
    sections: Mapping[str, Sequence[Item]]
    wish: str | None


def tell(scene: Scene, of: str) -> Brief:
    """Return what whoever takes over is told first, all of it.

    Args:
        scene: The customer's records.
        of: The ticket or conversation that is handed over.
    """
    gathered = scene.gathered
    related = _related(gathered, of)
    ordered = sorted(
        items(gathered, now=scene.now),
        key=lambda item: (item.node.id not in related, -item.at, item.node.id),
    )
    wants = _wants(ordered, of, related)
    sections: dict[str, list[Item]] = {WANTS: wants}
    for title, belongs in _BELONGS.items():
        sections[title] = [item for item in ordered if item not in wants and belongs(item, scene)]
    return Brief(scene, of, {name: some for name, some in sections.items() if some}, _wish(wants))


def write(told: Brief, most: int, level: Level) -> dict[str, list[Line]]:
    """Return the lines of a brief: so many a section, each no longer than the level says.

    An answer is told whatever the level: without it the question would be asked again.
    """
    out: dict[str, list[Line]] = {}
    for title, some in told.sections.items():
        least = 1 if title == WANTS else 0
        lines = [
            _line(item, Level.BRIEF if title == KNOWN else level, told.scene)
            for item in some[: max(most, least)]
        ]
        if lines:
            out[title] = lines
    return out


def suggest(told: Brief) -> str | None:
    """Return what to do next by rule; None where no rule says.

    1. A promise is overdue: keep it first.
    2. The issue that it waits for is done: tell them, and ask whether it works now.
    3. An action failed or has not ended: finish it.
    4. A question of theirs has no answer: answer it.
    5. The issue that it waits for is open: tell them so.
    """
    now = told.scene.now
    promised, tried = told.sections.get(PROMISED, ()), told.sections.get(TRIED, ())
    asked = [one for one in told.sections.get(OPEN, ()) if _props(one).get("form") and _theirs(one)]
    issues = [one for one in told.sections.get(BEHIND, ()) if one.node.kind == "Issue"]
    steps = (
        *(("Keep the overdue promise", one) for one in promised if is_overdue(one.node.props, now)),
        *(("Tell them it is fixed", one) for one in issues if not is_open(one.node.props)),
        *(("Finish what did not end well", one) for one in tried if _is_unfinished(one)),
        *(("Answer their question", one) for one in asked),
        *(("Tell them that it waits for this issue", one) for one in issues),
    )
    return next((f"{said}: {_named(one)}" for said, one in steps), None)


def _named(item: Item) -> str:
    props = item.node.props
    text = props.get("text") or props.get("name") or props.get("subject") or ""
    return f"{fields.text(text)} ({cite(item.node.id).strip('[]')})"


def _theirs(item: Item) -> bool:
    return item.node.props.get("author_kind") == "customer"


def _is_unfinished(item: Item) -> bool:
    return item.node.kind == "Action" and item.node.props.get("outcome") in ("pending", "failed")


def _line(item: Item, level: Level, scene: Scene) -> Line:
    text, _ = show(item, describe(item, scene), level, scene)
    return Line(item.node.id, text, item.citation)


def _related(gathered: Gathered, of: str) -> set[str]:
    """Return what belongs to a ticket or conversation: threads, messages, what was said."""
    found = {of}
    for wanted in ("ABOUT", "PART_OF", "OF", "STATED_IN"):
        for (source, kind), targets in gathered.out.items():
            if kind != wanted:
                continue
            if not found.isdisjoint(targets):
                found.add(source)
            elif kind == "ABOUT" and source in found:
                found.update(targets)
    return found


def _wants(ordered: Sequence[Item], of: str, related: set[str]) -> list[Item]:
    """Return the ticket, the customer's last words anywhere, and their first about it."""
    spoken = [one for one in ordered if one.node.props.get("direction") == "inbound"]
    last = max(spoken, key=lambda one: one.at, default=None)
    about = [one for one in spoken if one.node.id in related]
    tickets = [one for one in ordered if one.node.kind == "Ticket" and one.node.id in related]
    tickets.sort(key=lambda one: one.node.id != of)
    return _distinct([*tickets[:1], *([last] if last else ()), *about[-1:]])


def _wish(wants: Sequence[Item]) -> str | None:
    """Return what the customer said last, or what the ticket is called."""
    for item in sorted(wants, key=lambda one: one.node.kind != "Interaction"):
        props = item.node.props
        text = fields.text(props.get("text")) or fields.text(props.get("subject"))
        if text.strip():
            return text[:_WISH_CHARACTERS]
    return None


def _distinct(some: Iterable[Item]) -> list[Item]:
    return list({item.node.id: item for item in some}.values())


def _props(item: Item) -> Mapping[str, Any]:
    return item.node.props


def _tried(item: Item, _: Scene) -> bool:
    return item.node.kind == "Action" or _props(item).get("form") == "attempt"


def _promised(item: Item, _: Scene) -> bool:
    props = _props(item)
    return props.get("form") == "commitment" and props.get("status") in _UNSETTLED


def _open(item: Item, scene: Scene) -> bool:
    props = _props(item)
    if item.node.kind == "Ticket":
        return item.node.id in scene.gathered.own and bool(props) and is_open(props)
    return props.get("form") == "question" and not _is_answered(props)


def _known(item: Item, _: Scene) -> bool:
    props = _props(item)
    form = props.get("form")
    told = form == "question" and _is_answered(props) and not _theirs(item)
    return told or form in ("preference", "fact")


def _is_answered(props: Mapping[str, Any]) -> bool:
    return bool(props.get("answer")) or props.get("status") in ("answered", "withdrawn")


def _behind(item: Item, _: Scene) -> bool:
    failed = item.node.kind == "Usage" and bool(_props(item).get("errors"))
    return failed or (item.node.kind == "Issue" and bool(_props(item)))


_BELONGS: Final[Mapping[str, Callable[[Item, Scene], bool]]] = {
    TRIED: _tried,
    PROMISED: _promised,
    OPEN: _open,
    KNOWN: _known,
    BEHIND: _behind,
}
