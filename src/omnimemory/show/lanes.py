"""Lanes: what happened along one axis of time, a lane for each channel, ticket and event name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import sqrt
from typing import Final, Literal, TypeAlias

import msgspec

from omnimemory.show import svg
from omnimemory.show.scale import Scale
from omnimemory.show.words import clip, count, day, minute

WIDTH: Final = 960
MOST_SWITCHES: Final = 24
"""Up to so many switches of channel are drawn; more would hide what they join."""
_GUTTER: Final = 188
_LABEL: Final = 27
_BIN: Final = 8
_DOT_LANE: Final = 34
_CLOCK: Final = 13
_SPARK: Final = 30
_AXIS: Final = 26

Side: TypeAlias = Literal["in", "out", "internal", "mark"]
_OFFSET: Final[dict[Side, float]] = {"in": -7, "out": 8, "internal": 1, "mark": 0}
_COLOUR: Final[dict[Side, str]] = {"in": "in", "out": "out", "internal": "rest", "mark": "eng"}
_SAID: Final[dict[Side, str]] = {
    "in": "inbound",
    "out": "outbound",
    "internal": "internal",
    "mark": "",
}


class Dot(msgspec.Struct, frozen=True):
    """Something at a moment."""

    at: int
    side: Side
    words: str


class DotLane(msgspec.Struct, frozen=True):
    """What happened in one channel, or of one kind."""

    label: str
    dots: Sequence[Dot]


class Clock(msgspec.Struct, frozen=True):
    """An SLA clock: from its start to its target, and beyond where it was breached."""

    name: str
    state: str
    start: int
    target: int
    end: int | None


class BarLane(msgspec.Struct, frozen=True):
    """Work that took some time: what it was when, and its clocks."""

    label: str
    title: str
    parts: Sequence[tuple[int, int, str, str]]
    clocks: Sequence[Clock] = ()


class SparkLane(msgspec.Struct, frozen=True):
    """Counts by day, and how many of each failed."""

    label: str
    days: Sequence[tuple[int, int, int]]


Lane: TypeAlias = DotLane | BarLane | SparkLane


class Group(msgspec.Struct, frozen=True):
    """Lanes under a heading."""

    heading: str
    lanes: Sequence[Lane]


class Switch(msgspec.Struct, frozen=True):
    """The customer goes from one channel to another."""

    label: str
    at: int
    to_label: str
    to_at: int


class Lanes(msgspec.Struct, frozen=True):
    """All of a drawing.

    Attributes:
        scale: Where each time stands.
        groups: The lanes, from above.
        switches: Lines between lanes of the first group.
        handoffs: When work was handed over, with words.
    """

    scale: Scale
    groups: Sequence[Group]
    switches: Sequence[Switch] = ()
    handoffs: Sequence[Dot] = ()


def plot_edges() -> tuple[float, float]:
    """Return where the plot begins and ends, for a scale."""
    return _GUTTER, WIDTH - 16


def draw(lanes: Lanes, *, title: str, words: str) -> str:
    """Return the lanes as SVG."""
    shapes: list[str] = []
    places: dict[str, float] = {}
    y = float(_AXIS)
    for group in lanes.groups:
        y += 18
        shapes.append(svg.label(0, y - 5, group.heading.upper(), style="soft small strong"))
        for lane in group.lanes:
            places.setdefault(lane.label, y + _DOT_LANE / 2)
            shapes += _lane(lane, y, lanes.scale)
            y += height(lane)
        y += 6
    bottom = y
    back = [*_axis(lanes.scale, bottom), *_handoff_lines(lanes, places)]
    over = [*_switches(lanes, places), *_handoffs(lanes)]
    legend = list(
        _legend(bottom + 18, has_bars=_has(lanes, BarLane), has_sparks=_has(lanes, SparkLane))
    )
    return svg.drawing(
        WIDTH, bottom + 30, [*back, *shapes, *over, *legend], title=title, words=words
    )


def height(lane: Lane) -> float:
    """Return how high a lane is."""
    match lane:
        case DotLane():
            return _DOT_LANE
        case BarLane():
            return 34 + _CLOCK * len(lane.clocks)
        case SparkLane():
            return _SPARK + 6


def _has(lanes: Lanes, kind: type) -> bool:
    return any(isinstance(lane, kind) for group in lanes.groups for lane in group.lanes)


def _axis(scale: Scale, bottom: float) -> Iterator[str]:
    room = -1.0
    for at, name in scale.ticks():
        x = scale.at(at)
        yield svg.line(x, _AXIS - 6, x, bottom)
        if room < x < WIDTH - 7 * len(name):
            yield svg.label(x + 3, _AXIS - 10, name, style="soft")
            room = x + 7 * len(name)


def _lane(lane: Lane, y: float, scale: Scale) -> Iterator[str]:
    match lane:
        case DotLane():
            yield svg.label(8, y + 21, clip(lane.label, _LABEL))
            yield svg.line(_GUTTER, y + _DOT_LANE / 2, WIDTH - 16, y + _DOT_LANE / 2)
            yield from _dots(lane, y + _DOT_LANE / 2, scale)
        case BarLane():
            yield from _bar(lane, y, scale)
        case SparkLane():
            yield from _spark(lane, y, scale)


def _dots(lane: DotLane, y: float, scale: Scale) -> Iterator[str]:
    """Yield the dots of a lane; those that would cover one another are one, with their number."""

    def cell(dot: Dot) -> tuple[Side, int]:
        return dot.side, int(scale.at(dot.at) / _BIN)

    for (side, _), found in groupby(sorted(lane.dots, key=lambda dot: (*cell(dot), dot.at)), cell):
        some = list(found)
        x = sum(scale.at(dot.at) for dot in some) / len(some)
        yield from _dot(x, y + _OFFSET[side], side, some)


def _dot(x: float, y: float, side: Side, some: Sequence[Dot]) -> Iterator[str]:
    number, colour = len(some), _COLOUR[side]
    words = f"{minute(some[0].at)}: {some[0].words}"
    if number > 1:
        words = f"{number:,} {_SAID[side]}, {minute(some[0].at)} to {minute(some[-1].at)}"
    if number < 4:  # noqa: PLR2004 - a few are told apart by size alone
        yield svg.circle(x, y, 3.2 + 0.8 * number, colour=colour, words=words, hollow=side == "out")
        return
    radius = 7.5 if number < 100 else 9.5  # noqa: PLR2004
    yield svg.circle(x, y, radius, colour=colour, words=words, hollow=side == "out")
    said = str(number) if number < 1_000 else f"{number // 1_000}k"  # noqa: PLR2004
    style = "mid small" if side == "out" else "mid small onfill"
    yield f'<text x="{svg.number(x)}" y="{svg.number(y + 3.4)}" class="{style}">{said}</text>'


def _bar(lane: BarLane, y: float, scale: Scale) -> Iterator[str]:
    yield svg.label(8, y + 25, clip(lane.label, _LABEL))
    start = scale.at(lane.parts[0][0])
    is_late = start > (_GUTTER + WIDTH) / 2
    room = (scale.right - start if not is_late else start - _GUTTER) / 7
    end = min(scale.right, scale.at(lane.parts[-1][1]) + 4)
    yield svg.label(
        end if is_late else start,
        y + 12,
        clip(lane.title, max(8, int(room))),
        style="soft",
        end=is_late,
    )
    for first, last, colour, words in lane.parts:
        x = scale.at(first)
        yield svg.rect(x, y + 16, scale.at(last) - x, 12, colour=colour, words=words)
    for place, clock in enumerate(lane.clocks):
        yield from _clock(clock, y + 36 + _CLOCK * place, scale)


def _clock(clock: Clock, y: float, scale: Scale) -> Iterator[str]:
    start, target = scale.at(clock.start), scale.at(clock.target)
    said = f"{clock.name.replace('_', ' ')} {clock.state}"
    words = f"{said}, target {minute(clock.target)}"
    is_breached = clock.state == "breached"
    yield svg.line(start, y, target, y, colour="rest")
    yield svg.line(target, y - 4, target, y + 4, colour="soft")
    end = target
    if is_breached and clock.end is not None:
        end = max(target, scale.at(clock.end))
        yield svg.rect(target, y - 2, end - target, 4, colour="bad", words=words)
    colour = {"breached": "bad", "met": "done"}.get(clock.state, "soft")
    yield svg.circle(
        end, y, 3.5, colour=colour, words=words, hollow=clock.state in ("running", "paused")
    )
    style = "small bad" if is_breached else "small soft"
    is_late = end + 6 * len(said) > WIDTH - 20
    yield svg.label(start - 6 if is_late else end + 8, y + 3.5, said, style=style, end=is_late)


def _spark(lane: SparkLane, y: float, scale: Scale) -> Iterator[str]:
    total, failed = (sum(one[place] for one in lane.days) for place in (1, 2))
    yield svg.label(8, y + 16, clip(lane.label, _LABEL))
    said = f"{total:,} in all" + (f", {failed:,} failed" if failed else "")
    yield svg.label(8, y + 28, said, style="small bad" if failed else "small soft")
    base = y + _SPARK
    yield svg.line(_GUTTER, base, WIDTH - 16, base)
    bins = _binned(lane, scale)
    most = max(number for number, _, _ in bins.values())
    for x, (number, errors, at) in bins.items():
        full = 24 * sqrt(number / most)
        words = f"{day(at)}: {count(number, 'time')}" + (f", {errors:,} failed" if errors else "")
        yield svg.rect(x, base - full, 5, full, colour="in", words=words)
        if errors:
            part = full * errors / number
            yield svg.rect(x, base - part, 5, part, colour="bad", words=words)


def _binned(lane: SparkLane, scale: Scale) -> dict[float, tuple[int, int, int]]:
    bins: dict[float, tuple[int, int, int]] = {}
    for at, number, errors in sorted(lane.days):
        x = int(scale.at(at) / 6) * 6.0
        old = bins.get(x, (0, 0, at))
        bins[x] = (old[0] + number, old[1] + errors, old[2])
    return bins


def _switches(lanes: Lanes, places: dict[str, float]) -> Iterator[str]:
    if len(lanes.switches) > MOST_SWITCHES:
        return
    for one in lanes.switches:
        x, y, x2, y2 = (
            lanes.scale.at(one.at),
            places[one.label],
            lanes.scale.at(one.to_at),
            places[one.to_label],
        )
        y, y2 = y + _OFFSET["in"], y2 + _OFFSET["in"]
        bend = max(14.0, (x2 - x) / 2)
        words = f"from {one.label} to {one.to_label}, {minute(one.to_at)}"
        path = " ".join(svg.number(n) for n in (x + bend, y, x2 - bend, y2, x2 - 5, y2))
        yield svg.curve(
            f"M {svg.number(x)} {svg.number(y)} C {path}", colour="wait", words=words, width=2
        )


def _handoff_lines(lanes: Lanes, places: dict[str, float]) -> Iterator[str]:
    bottom = max(
        (places[lane.label] for group in lanes.groups[:1] for lane in group.lanes), default=0
    )
    for one in lanes.handoffs:
        x = lanes.scale.at(one.at)
        yield svg.line(x, _AXIS + 12, x, bottom + 12, colour="eng", dashed=True)


def _handoffs(lanes: Lanes) -> Iterator[str]:
    for one in lanes.handoffs:
        words = f"handoff {minute(one.at)}: {one.words}"
        yield svg.diamond(lanes.scale.at(one.at), _AXIS + 12, 5.5, colour="eng", words=words)


_STATES: Final = (
    ("new", "new"),
    ("in", "in progress"),
    ("wait", "with customer"),
    ("eng", "with engineering"),
    ("done", "resolved"),
    ("rest", "closed"),
)


def _legend(y: float, *, has_bars: bool, has_sparks: bool) -> Iterator[str]:
    x = 8.0
    marks: list[tuple[str, str]] = [
        (svg.circle(0, 0, 4, colour="in", words=""), "from the customer"),
        (svg.circle(0, 0, 4, colour="out", words="", hollow=True), "to them"),
        (svg.circle(0, 0, 4, colour="rest", words=""), "internal"),
        (svg.diamond(0, 0, 5, colour="eng", words=""), "handoff"),
        (svg.curve("M -6 3 C 0 3 0 -3 6 -3", colour="wait", width=2), "switch of channel"),
    ]
    if has_bars:
        marks += [(svg.rect(-5, -4, 10, 8, colour=colour), name) for colour, name in _STATES]
    if has_sparks:
        marks.append((svg.rect(-2, -5, 4, 9, colour="bad"), "failed"))
    for mark, name in marks:
        yield f'<g transform="translate({svg.number(x + 5)} {svg.number(y)})">{mark}</g>'
        yield svg.label(x + 14, y + 4, name, style="soft small")
        x += 22 + 5.3 * len(name)
