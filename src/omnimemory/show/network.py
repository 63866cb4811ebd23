"""A network drawn in columns: who, by what they are known, what was said, what is owed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from omnimemory.show import svg
from omnimemory.show.words import clip, count

WIDTH: Final = 1006
_LOOP: Final = 50
"""Room at the right for edges that lead back to their own column."""
_COLUMNS: Final[tuple[frozenset[str], ...]] = (
    frozenset({"Customer", "Account"}),
    frozenset({"Identity"}),
    frozenset({"Conversation", "Interaction", "Usage"}),
    frozenset({"Ticket", "Statement", "Action", "Feedback", "Handoff"}),
    frozenset({"Issue", "Part", "Article", "Agent", "Team"}),
)
_CUSTOM: Final = 3
_COLOURS: Final = {
    "Customer": "in",
    "Account": "new",
    "Identity": "out",
    "Conversation": "done",
    "Interaction": "done",
    "Usage": "rest",
    "Ticket": "bad",
    "Statement": "eng",
    "Action": "eng",
    "Feedback": "eng",
    "Handoff": "eng",
    "Issue": "wait",
    "Part": "wait",
    "Article": "wait",
}
MOST_ROWS: Final = 16
_MOST_LABELS: Final = 60
_BOX: Final = 146
_HIGH: Final = 32
_STEP: Final = 40
_SWEEPS: Final = 3


class Spot(msgspec.Struct, frozen=True):
    """A node as it is drawn: one of the graph, or several of a kind as one."""

    id: str
    kind: str
    title: str
    number: int = 1


class Tie(msgspec.Struct, frozen=True):
    """An edge as it is drawn, and how many of the graph it stands for."""

    source: str
    kind: str
    target: str
    number: int = 1


class _Place(msgspec.Struct, frozen=True):
    column: int
    x: float
    y: float


def draw(spots: Sequence[Spot], ties: Sequence[Tie], *, title: str, words: str) -> tuple[str, int]:
    """Return the drawing, and how many spots there was no room for."""
    columns = _columns(spots, ties)
    places = _places(columns)
    rows = max((len(column) for column in columns), default=0)
    drawn = [tie for tie in ties if tie.source in places and tie.target in places]
    shapes = [*_ties(drawn, places), *_boxes(columns, places), *_labels(drawn, places)]
    picture = svg.drawing(WIDTH, rows * _STEP + 8, shapes, title=title, words=words)
    return picture, len(spots) - len(places)


def column_of(kind: str) -> int:
    """Return in which column a kind stands."""
    found = (place for place, kinds in enumerate(_COLUMNS) if kind in kinds)
    return next(found, _CUSTOM)


def _columns(spots: Sequence[Spot], ties: Sequence[Tie]) -> list[list[Spot]]:
    """Return the spots by column, those that are tied beside one another at like heights."""
    columns: list[list[Spot]] = [[] for _ in _COLUMNS]
    for spot in spots:
        if len(columns[column_of(spot.kind)]) < MOST_ROWS:
            columns[column_of(spot.kind)].append(spot)
    near: defaultdict[str, list[str]] = defaultdict(list)
    for tie in ties:
        near[tie.source].append(tie.target)
        near[tie.target].append(tie.source)
    for _ in range(_SWEEPS):
        for column in columns:
            heights = {
                spot.id: (row + 0.5) / len(each)
                for each in columns
                for row, spot in enumerate(each)
            }
            column.sort(key=lambda spot: _mean(spot, near, heights))
    return columns


def _mean(spot: Spot, near: Mapping[str, Sequence[str]], heights: Mapping[str, float]) -> float:
    found = [heights[id] for id in near[spot.id] if id in heights]
    return sum(found) / len(found) if found else heights[spot.id]


def _places(columns: Sequence[Sequence[Spot]]) -> dict[str, _Place]:
    rows = max((len(column) for column in columns), default=0)
    step = (WIDTH - _LOOP - _BOX) / (len(columns) - 1)
    out: dict[str, _Place] = {}
    for number, column in enumerate(columns):
        gap = rows * _STEP / (len(column) or 1)
        for row, spot in enumerate(column):
            out[spot.id] = _Place(number, number * step, (row + 0.5) * gap - _HIGH / 2 + 4)
    return out


def _boxes(columns: Sequence[Sequence[Spot]], places: Mapping[str, _Place]) -> Iterator[str]:
    room = _BOX - 20
    for column in columns:
        for spot in column:
            at = places[spot.id]
            words = f"{spot.kind}: {spot.title}"
            yield svg.rect(at.x, at.y, _BOX, _HIGH, colour="panel", words=words, round=5)
            yield svg.rect(at.x, at.y, 4, _HIGH, colour=_COLOURS.get(spot.kind, "rest"))
            yield svg.label(
                at.x + 10, at.y + 13, svg.fitted(spot.kind, room, 10), style="soft small"
            )
            yield svg.label(at.x + 10, at.y + 26, svg.fitted(spot.title, room, 11))


def _ties(ties: Sequence[Tie], places: Mapping[str, _Place]) -> Iterator[str]:
    for tie in ties:
        path, _, _ = _path(places[tie.source], places[tie.target])
        words = f"{tie.kind} ({count(tie.number, 'edge')})"
        yield svg.curve(path, colour="tie", words=words, width=1 + min(2.0, tie.number / 20))


def _labels(ties: Sequence[Tie], places: Mapping[str, _Place]) -> Iterator[str]:
    """Yield what edges are called, where no other label stands."""
    taken: list[tuple[float, float]] = []
    said: set[tuple[str, int, int]] = set()
    for tie in ties:
        source, target = places[tie.source], places[tie.target]
        _, x, y = _path(source, target)
        route = (tie.kind, source.column, target.column)
        is_free = all(abs(x - x2) > _APART or abs(y - y2) > _LINE for x2, y2 in taken)
        if is_free and route not in said and len(taken) < _MOST_LABELS:
            said.add(route)
            taken.append((x, y))
            name = clip(tie.kind.lower().replace("_", " "), 14)
            place = f'x="{svg.number(x)}" y="{svg.number(y)}"'
            yield f'<text {place} class="mid small soft halo">{svg.content(name)}</text>'


_APART: Final = 60
_LINE: Final = 11


def _path(source: _Place, target: _Place) -> tuple[str, float, float]:
    """Return a curve from box to box, and where its label stands."""
    y, y2 = source.y + _HIGH / 2, target.y + _HIGH / 2
    if source.column == target.column:
        x = source.x + _BOX
        bend = x + 26
        return (
            (
                f"M {svg.number(x)} {svg.number(y)} C {svg.number(bend)} {svg.number(y)} "
                f"{svg.number(bend)} {svg.number(y2)} {svg.number(x)} {svg.number(y2)}"
            ),
            x + 22,
            (y + y2) / 2 + 3,
        )
    left, right = (source, target) if source.column < target.column else (target, source)
    x, x2 = left.x + _BOX, right.x
    y, y2 = left.y + _HIGH / 2, right.y + _HIGH / 2
    bend = (x2 - x) / 2
    middle = svg.number(x + bend)
    path = (
        f"M {svg.number(x)} {svg.number(y)} C {middle} {svg.number(y)} {middle} {svg.number(y2)} "
        f"{svg.number(x2)} {svg.number(y2)}"
    )
    if right.column - left.column > 1:
        return path, x2 - 31, y2 - 3
    return path, x + bend, (y + y2) / 2 + 3
