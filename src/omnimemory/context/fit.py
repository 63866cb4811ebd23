"""Fitting: how much of each record is shown, under a budget of tokens that is never exceeded.

Every item starts as counted. First a few of every section come to their line; then raises go
by what they gain for each token, as `omnimemory.context.knapsack` orders them. Their order
rests on guessed lengths, so that little is written that is not shown; what is paid is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import exp
from typing import Final

from omnimemory.context.items import TITLES, Item, Level, Section
from omnimemory.context.knapsack import Choice, Option, greedy
from omnimemory.context.lines import (
    BRIEF_CHARACTERS,
    LINE_CHARACTERS,
    describe,
    heading,
    section_heading,
    show,
)
from omnimemory.context.rank import ANSWER_RANGE
from omnimemory.context.scene import Parts, Scene
from omnimemory.context.tokens import Count
from omnimemory.index.kept import kept

FLOORS: Final = {
    Section.WHO: (2, 3),
    Section.OPEN: (5, 8),
    Section.SAID: (4, 8),
    Section.LATELY: (1, 1),
    Section.CUSTOM: (4, 8),
    Section.USAGE: (1, 2),
    Section.ISSUES: (1, 2),
    Section.EARLIER: (1, 1),
}
"""How many of each section come to their line before anything is raised further, in two rounds.
Where a query is asked, what was said lately has no floor: answers are shown whole or not at all."""

_LINE_VALUE: Final = 0.1
"""What the line alone is worth of the whole: what is cut off tells little."""
_LEAST_LINE: Final = 8
_WEIGHED: Final = 12
"""Only so many items are weighed as would fit in lines of this many tokens, and a few more."""
_FEW: Final = 20
_PATIENCE: Final = 24
"""How many raises in a row may fail before the rest is left as it is."""
_CHARACTERS_A_TOKEN: Final = 3.6
_MOST_CHARACTERS_A_TOKEN: Final = 40
"""A longer text cannot fit, so it is not worth counting."""


def fit(ranked: Sequence[Item], room_tokens: int, lines: Lines, *, is_asked: bool = False) -> None:
    """Set the level and text of every item so that together they take no more than the room.

    Args:
        ranked: The items, best first.
        room_tokens: What is left beside the frame.
        lines: What each item would be at each level.
        is_asked: Whether the scores are those of answers to a query.
    """
    for item in ranked:
        item.level, item.text, item.tokens, item.is_floor = Level.COUNTED, "", 0, False
    fitting = _Fitting(room_tokens, lines)
    for item in _floors(ranked, is_asked=is_asked):
        if fitting.room < _LEAST_LINE:
            return
        item.is_floor = fitting.raise_to(item, Level.LINE)
    weighed = ranked[: room_tokens // _WEIGHED + _FEW]
    choices = [_choice(item, lines, is_asked=is_asked) for item in weighed]
    misses = 0

    def take(place: int, level: int) -> bool | None:
        nonlocal misses
        if fitting.room < _LEAST_LINE or misses > _PATIENCE:
            return None
        took = fitting.raise_to(weighed[place], Level(level))
        misses = 0 if took else misses + 1
        return took

    greedy(choices, take, headed=fitting.headed)


def _floors(ranked: Sequence[Item], *, is_asked: bool) -> Iterator[Item]:
    sections: dict[Section, list[Item]] = {section: [] for section in FLOORS}
    for item in ranked:
        if not (is_asked and item.section is Section.LATELY):
            sections[item.section].append(item)
    for begin in (0, 1):
        for section, items in sections.items():
            first = begin and FLOORS[section][0]
            yield from items[first : first + FLOORS[section][begin]]


def _choice(item: Item, lines: Lines, *, is_asked: bool) -> Choice:
    """Return what an item may be shown as, and what it shares a heading with."""
    if item.level is Level.WHOLE:
        return _NO_MORE
    group = item.thread if item.section is Section.LATELY else ""
    heading = lines.heading_cost(group) if group else 0
    return Choice(lines.options(item, is_asked=is_asked), item.level, group, heading)


def _options(item: Item, parts: Parts, *, is_asked: bool) -> list[Option]:
    """Return what an item may be shown as, with guessed costs, and what that is worth."""
    weight = exp(ANSWER_RANGE * item.score) if is_asked else item.score * _content(parts.text)
    text, details = len(parts.text), parts.more
    head = len(parts.head) + len(item.citation)
    every = text + details
    lengths = [every]
    if text > LINE_CHARACTERS or details:
        lengths = [min(text, LINE_CHARACTERS), min(text, BRIEF_CHARACTERS) + details, every]
    return [
        Option(
            _LEAST_LINE + (head + shown) / _CHARACTERS_A_TOKEN,
            weight * (_LINE_VALUE + (1.0 - _LINE_VALUE) * (shown / every))
            if shown < every
            else weight,
        )
        for shown in dict.fromkeys(lengths)
    ]


_NO_MORE: Final = Choice(())


@kept
def _content(text: str) -> float:
    """Return what a text may tell: by its length, and by numbers and names; 1 without text.

    Those are what somebody would have to be asked for again.
    """
    if not text:
        return 1.0
    told = 1.0 + _TOLD * (_NUMBER.search(text) is not None) + _TOLD * (_is_named(text))
    return told * (min(len(text), _PARAGRAPH) / _SENTENCE + _THANKS) ** _GROWTH


def _is_named(text: str) -> bool:
    """Return whether a name stands in a text, or it may be no more than one."""
    return _NAME.search(text) is not None or (len(text) < _A_NAME and text[:1].isupper())


_NUMBER: Final = re.compile(r"\d")
_NAME: Final = re.compile(r"[A-Z](?<=[^\W_] [A-Z]|, [A-Z])[a-z]")
_A_NAME: Final = 24
_TOLD: Final = 0.5
_PARAGRAPH: Final = 240
_SENTENCE: Final = 80
_THANKS: Final = 0.1
_GROWTH: Final = 0.7


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
        self._options: dict[str, list[Option]] = {}
        self._shown: dict[tuple[str, Level], tuple[str, Level]] = {}
        self._cost: dict[str, int] = {}
        self._headings: dict[str, int] = {}

    def parts(self, item: Item) -> Parts:
        """Return an item in words."""
        parts = self._parts.get(item.node.id)
        if parts is None:
            parts = self._parts[item.node.id] = describe(item, self._scene)
        return parts

    def options(self, item: Item, *, is_asked: bool) -> list[Option]:
        """Return what an item may be shown as."""
        options = self._options.get(item.node.id)
        if options is None:
            options = _options(item, self.parts(item), is_asked=is_asked)
            self._options[item.node.id] = options
        return options

    def show(self, item: Item, level: Level) -> tuple[str, Level]:
        """Return an item's lines at a level, and the level that they come to."""
        wanted = (item.node.id, level)
        shown = self._shown.get(wanted)
        if shown is None:
            shown = self._shown[wanted] = show(item, self.parts(item), level, self._scene)
        return shown

    def cost(self, text: str) -> int:
        """Return how many tokens some lines take, with the break after them."""
        cost = self._cost.get(text)
        if cost is None:
            cost = self._cost[text] = self._count(f"{text}\n")
        return cost

    def section_cost(self, section: Section) -> int:
        """Return how many tokens the heading of a section takes."""
        head = section_heading(section, self._scene)
        return self.cost(head) if head else 0

    def heading_cost(self, thread: str) -> int:
        """Return how many tokens the heading of a conversation takes."""
        cost = self._headings.get(thread)
        if cost is None:
            cost = self._headings[thread] = self.cost(heading(thread, self._scene))
        return cost


class _Fitting:
    """The room that is left, and which headings are paid for."""

    def __init__(self, room: int, lines: Lines) -> None:
        self.room = room
        self.headed: set[str] = set()
        self._lines = lines

    def raise_to(self, item: Item, level: Level) -> bool:
        """Show an item at a level if there is room; return whether there was."""
        text, level = self._lines.show(item, level)
        if self.room + item.tokens < len(text) // _MOST_CHARACTERS_A_TOKEN:
            return False
        cost = self._lines.cost(text)
        more = cost - item.tokens + self._heading_costs(item)
        if more > self.room:
            return False
        self.room -= more
        self.headed |= {TITLES[item.section], item.thread}
        item.level, item.text, item.tokens = level, text, cost
        return True

    def _heading_costs(self, item: Item) -> int:
        """Return what the headings cost that this item would be the first to need."""
        cost = 0
        if TITLES[item.section] not in self.headed:
            cost += self._lines.section_cost(item.section)
        if item.thread and item.section is Section.LATELY and item.thread not in self.headed:
            cost += self._lines.heading_cost(item.thread)
        return cost
