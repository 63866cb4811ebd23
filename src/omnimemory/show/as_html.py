"""HTML: a sheet as one static element: no script, everything escaped, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Final, assert_never

from omnimemory.context.safe import visible
from omnimemory.show.sheets import (
    Bar,
    Cell,
    Exact,
    Facts,
    Figure,
    Fold,
    Line,
    Mark,
    Note,
    Part,
    Sheet,
    Table,
)
from omnimemory.show.words import count

MOST_BYTES: Final = 180_000
"""How large an element may become: what has no room is counted instead."""


@cache
def stylesheet() -> str:
    """Return the styles of every picture; they follow the theme of the page around it."""
    css = files("omnimemory.show").joinpath("style.css").read_text(encoding="utf-8")
    return "".join(line.strip() for line in css.splitlines())


def html(sheet: Sheet) -> str:
    """Return a sheet as an ``<article>`` of less than 200 kB."""
    room = _Room(MOST_BYTES - len(stylesheet()))
    subtitle = f'<span class="om-sub">{text(sheet.subtitle)}</span>' if sheet.subtitle else ""
    head = (
        f'<div class="om-head"><span class="om-kind">{text(sheet.kind)}</span>'
        f'<span class="om-title">{text(sheet.title)}</span>{subtitle}</div>'
    )
    body = "".join(_part(part, room) for part in sheet.parts)
    label = escape(f"{sheet.kind}: {visible(sheet.title)}", quote=True)
    style = f"<style>{stylesheet()}</style>"
    return f'<article class="om" aria-label="{label}">{style}{head}{body}</article>'


def document(sheet: Sheet) -> str:
    """Return a sheet as a page of its own, which follows the reader's theme.

    Its policy allows the styles in it, and no script and no address.
    """
    title = escape(visible(f"{sheet.kind}: {sheet.title}"))
    page = files("omnimemory.show").joinpath("document.html").read_text(encoding="utf-8")
    return Template(page).substitute(title=title, body=html(sheet))


def text(given: str) -> str:
    """Return a text escaped, and kept apart from the direction of what is around it."""
    safe = escape(visible(given), quote=False)
    return safe if safe.isascii() else f"<bdi>{safe}</bdi>"


class _Room:
    """How many bytes are left."""

    def __init__(self, most_bytes: int) -> None:
        self.left = most_bytes

    def takes(self, markup: str) -> bool:
        """Return whether there is room for some markup, and take it."""
        size = len(markup.encode())
        if size > self.left:
            return False
        self.left -= size
        return True


def _part(part: Part, room: _Room) -> str:
    match part:
        case Facts():
            return _facts(part, room)
        case Table():
            return _table(part, room)
        case Figure():
            return _figure(part, room)
        case Note():
            return f'<p class="om-note om-{part.tone}">{text(part.text)}</p>'
        case Fold():
            return _fold(part, room)
        case Exact():
            return _exact(part, room)
        case _:
            assert_never(part)


def _facts(facts: Facts, room: _Room) -> str:
    rows = [
        f'<tr><th scope="row">{text(name)}</th><td>{_cell(cell, room)}</td></tr>'
        for name, cell in facts.rows
    ]
    body, rest = _fit(rows, room)
    return f'<table class="om-facts"><tbody>{body}</tbody></table>{_rest(rest, "line")}'


def _table(table: Table, room: _Room) -> str:
    numbers = table.numbers
    head = "".join(
        f'<th scope="col"{_number(place in numbers)}>{text(name)}</th>'
        for place, name in enumerate(table.columns)
    )
    rows = (
        "<tr>"
        + "".join(_td(place, cell, place in numbers, room) for place, cell in enumerate(row))
        + "</tr>"
        for row in table.rows
    )
    body, rest = _fit(list(rows), room)
    label = escape(visible(table.caption), quote=True)
    note = f'<p class="om-note om-quiet">{text(table.left_out)}</p>' if table.left_out else ""
    return (
        f'<div class="om-scroll" role="group" tabindex="0" aria-label="{label}"><table>'
        f"<caption>{text(table.caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>{_rest(rest, 'row')}{note}"
    )


def _td(place: int, cell: Cell, is_number: bool, room: _Room) -> str:  # noqa: FBT001 - private
    tag = 'th scope="row"' if place == 0 else "td"
    is_date = isinstance(cell, str) and _DATE.fullmatch(cell) is not None
    named = "om-d" if is_date else "om-b" if isinstance(cell, Bar) else ""
    kind = f' class="{named}"' if named else _number(is_number)
    return f"<{tag}{kind}>{_cell(cell, room)}</{tag[:2]}>"


_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?")


def _number(is_number: bool) -> str:  # noqa: FBT001 - private
    return ' class="om-n"' if is_number else ""


def _cell(cell: Cell, room: _Room) -> str:
    match cell:
        case str():
            return text(cell)
        case Mark():
            return f'<span class="om-m om-{cell.tone}">{text(cell.text)}</span>'
        case Bar():
            part = max(0.0, min(1.0, cell.value / cell.most)) if cell.most else 0.0
            width = f'<span style="width:{100 * part:.0f}%"></span>'
            return f'<span class="om-bar om-{cell.tone}">{width}</span>{text(cell.text)}'
        case Fold():
            return _fold(cell, room)
        case _:
            assert_never(cell)


def _figure(figure: Figure, room: _Room) -> str:
    wide = ' class="om-wide" tabindex="0"' if figure.is_wide else ""
    markup = f"<figure{wide}>{figure.svg}</figure>"
    return markup if room.takes(markup) else _rest(1, "drawing")


def _fold(fold: Fold, room: _Room) -> str:
    inner = "".join(_part(part, room) for part in fold.parts)
    is_open = ' open=""' if fold.is_open else ""
    return (
        f"<details{is_open}><summary>{text(fold.summary)}</summary>"
        f'<div class="om-in">{inner}</div></details>'
    )


def _exact(exact: Exact, room: _Room) -> str:
    body, rest = _fit([_line(line, room) for line in _broken(exact.lines)], room)
    label = escape(visible(exact.label), quote=True)
    return f'<div class="om-exact" role="group" aria-label="{label}">{body}</div>' + _rest(
        rest, "piece of the text", "pieces of the text"
    )


def _broken(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the pieces without the breaks beside those that unfold, which stand as blocks."""
    for place, line in enumerate(lines):
        said = line.text
        if not line.parts:
            said = said.removeprefix("\n") if place else said
            follows = lines[place + 1].parts if place + 1 < len(lines) else ()
            said = said.removesuffix("\n") if follows else said
        if said:
            yield Line(said, line.parts)


def _line(line: Line, room: _Room) -> str:
    said = text(line.text)
    if not line.parts:
        return f"<span>{said}</span>"
    inner = "".join(_part(part, room) for part in line.parts)
    return f'<details><summary>{said}</summary><div class="om-in">{inner}</div></details>'


def _fit(pieces: list[str], room: _Room) -> tuple[str, int]:
    """Return the first pieces that there is room for, and how many there is not."""
    for place, piece in enumerate(pieces):
        if not room.takes(piece):
            return "".join(pieces[:place]), len(pieces) - place
    return "".join(pieces), 0


def _rest(number: int, one: str, many: str = "") -> str:
    if not number:
        return ""
    said = f"{count(number, one, many)} left out, for want of room"
    return f'<p class="om-note om-quiet">{said}</p>'
