"""Fitting: how much of each record is shown, under a budget of tokens that is never exceeded.

Every item starts as counted. Those that matter most are raised, a level at a time, as long
as there is room: first a few of every section, then whatever is worth most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from omnimemory.context.items import TITLES, Item, Level, Section
from omnimemory.context.lines import describe, heading, show
from omnimemory.context.scene import Parts, Scene
from omnimemory.context.tokens import Count

FLOORS: Final = {
    Section.WHO: (2, 3),
    Section.OPEN: (5, 8),
    Section.SAID: (4, 8),
    Section.LATELY: (2, 4),
    Section.CUSTOM: (1, 1),
    Section.USAGE: (1, 2),
    Section.ISSUES: (1, 2),
    Section.EARLIER: (1, 1),
}
"""How many of each section come to their line before anything is raised further, in two rounds."""

_WORTH: Final = {Level.LINE: 1.0, Level.BRIEF: 0.6, Level.WHOLE: 0.35}
"""What a level adds, against the first line."""
_WORTH_OF_ANSWERS: Final = {Level.LINE: 1.0, Level.BRIEF: 0.98, Level.WHOLE: 0.9}
"""The same where a query is asked: an answer that is cut off answers nothing."""
_LEAST_LINE: Final = 8
_PATIENCE: Final = 12
"""How many raises in a row may fail before the rest is left as it is."""


def fit(ranked: Sequence[Item], room_tokens: int, lines: Lines, *, is_asked: bool = False) -> None:
    """Set the level and text of every item so that together they take no more than the room.

    Args:
        ranked: The items, best first.
        room_tokens: What is left beside the frame.
        lines: What each item would be at each level.
        is_asked: Whether the scores are those of answers to a query.
    """
    worth = _WORTH_OF_ANSWERS if is_asked else _WORTH
    fitting = _Fitting(room_tokens, lines)
    for item in ranked:
        item.level, item.text = Level.COUNTED, ""
    misses = 0
    if room_tokens < _LEAST_LINE:
        return
    for item, level in chain(_floors(ranked), _raises(ranked, worth)):
        if fitting.room < _LEAST_LINE or misses > _PATIENCE:
            return
        if item.level == level - 1:
            misses = 0 if fitting.raise_to(item, level) else misses + 1


def _floors(ranked: Sequence[Item]) -> Iterator[tuple[Item, Level]]:
    sections: dict[Section, list[Item]] = {section: [] for section in FLOORS}
    for item in ranked:
        sections[item.section].append(item)
    for turn in (0, 1):
        for section, items in sections.items():
            for item in items[: FLOORS[section][turn]]:
                yield item, Level.LINE


def _raises(ranked: Sequence[Item], gains: Mapping[Level, float]) -> Iterator[tuple[Item, Level]]:
    worth = [
        (-item.score * gain, position, level)
        for position, item in enumerate(ranked)
        for level, gain in gains.items()
    ]
    return ((ranked[position], level) for _, position, level in sorted(worth))


class Lines:
    """What each item would be at each level, and what that costs: worked out once for a pack.

    Args:
        count: Counts tokens.
        scene: What lines are written by.
    """

    def __init__(self, count: Count, scene: Scene) -> None:
        self._count = count
        self._scene = scene
        self._parts: dict[str, Parts] = {}
        self._shown: dict[tuple[str, Level], tuple[str, Level]] = {}
        self._cost: dict[str, int] = {}

    def show(self, item: Item, level: Level) -> tuple[str, Level]:
        """Return an item's lines at a level, and the level that they come to."""
        wanted = (item.node.id, level)
        shown = self._shown.get(wanted)
        if shown is None:
            parts = self._parts.get(item.node.id)
            if parts is None:
                parts = self._parts[item.node.id] = describe(item, self._scene)
            shown = self._shown[wanted] = show(item, parts, level, self._scene)
        return shown

    def cost(self, text: str) -> int:
        """Return how many tokens some lines take, with the break after them."""
        cost = self._cost.get(text)
        if cost is None:
            cost = self._cost[text] = self._count(text) + 1
        return cost

    def heading_cost(self, thread: str) -> int:
        """Return how many tokens the heading of a conversation takes."""
        return self.cost(heading(thread, self._scene))


class _Fitting:
    """The room that is left, and which headings are paid for."""

    def __init__(self, room: int, lines: Lines) -> None:
        self.room = room
        self._lines = lines
        self._headed: set[Section | str] = set()
        self._cost: dict[str, int] = {}

    def raise_to(self, item: Item, level: Level) -> bool:
        """Show an item at a level if there is room; return whether there was."""
        text, level = self._lines.show(item, level)
        before = self._cost.get(item.node.id, 0)
        if self.room + before < len(text) // _MOST_CHARACTERS_A_TOKEN:
            return False
        cost = self._lines.cost(text)
        more = cost - before + self._headings(item)
        if more > self.room:
            return False
        self.room -= more
        self._cost[item.node.id] = cost
        self._headed |= {item.section, item.thread}
        item.level, item.text = level, text
        return True

    def _headings(self, item: Item) -> int:
        """Return what the headings cost that this item would be the first to need."""
        cost = 0
        if item.section not in self._headed:
            cost += self._lines.cost(f"\n## {TITLES[item.section]}\n")
        if item.thread and item.section is Section.LATELY and item.thread not in self._headed:
            cost += self._lines.heading_cost(item.thread)
        return cost


_MOST_CHARACTERS_A_TOKEN: Final = 40
