"""A pack: where its tokens went, what was shortened and why, and the exact text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from omnimemory.context import moments, render
from omnimemory.context.items import TITLES, Item, Level, Section
from omnimemory.context.pack import ContextPack
from omnimemory.context.tokens import estimate
from omnimemory.show import svg
from omnimemory.show.item import record
from omnimemory.show.sheets import (
    Cell,
    Exact,
    Figure,
    Fold,
    Line,
    Mark,
    Note,
    Part,
    Sheet,
    Table,
    Tone,
)
from omnimemory.show.words import NOTHING, clip, count, left_out

_MOST_SHORTENED: Final = 40
_COLOURS: Final = ("in", "wait", "eng", "done", "new", "out", "rest", "warn", "good", "bad")
_FRAME: Final = "frame"
_WIDTH: Final = 960


def sheet(pack: ContextPack) -> Sheet:
    """Return the picture of a pack."""
    shares = tokens_by_section(pack)
    asked = f"asked: {clip(pack.query, 120)}; " if pack.query else ""
    parts: list[Part] = [
        Figure(_meter(pack, shares), _meter_text(pack, shares), is_wide=True),
        _manifest(pack),
        *_shortened(pack),
        Fold("The exact text; each line unfolds to its record", (_exact(pack),), is_open=True),
    ]
    return Sheet(
        "Context pack",
        f"{pack.tokens:,} of {pack.budget_tokens:,} tokens",
        f"{pack.customer}; {asked}as of {moments.stamp(pack.at)}, for {pack.audience} eyes",
        parts,
    )


def tokens_by_section(pack: ContextPack) -> dict[str, int]:
    """Return how many tokens each section takes; together they are `ContextPack.tokens`.

    A pack does not keep its tokenizer, so each section's part is told by the estimate.
    """
    lines = {_FRAME: [render.RULES, ""]}
    name = _FRAME
    for line in pack.body.split("\n"):
        name = _section(line, name)
        lines.setdefault(name, []).append(line)
    parts = {name: estimate("\n".join(some)) for name, some in lines.items()}
    return _scaled(parts, pack.tokens)


def _section(line: str, before: str) -> str:
    """Return which section a line is of, given that of the line before it."""
    if line.startswith("Not shown: "):
        return _FRAME
    if before == _FRAME and line.startswith("- "):
        return TITLES[Section.WHO]
    heading = re.split(r", with |: ", line.removeprefix("## "))[0]
    return heading if line.startswith("## ") and heading in TITLES.values() else before


def _scaled(parts: Mapping[str, int], total: int) -> dict[str, int]:
    """Return whole numbers in the same proportions that add up to the total."""
    whole = sum(parts.values()) or 1
    out = {name: part * total // whole for name, part in parts.items()}
    largest = max(out, key=lambda name: out[name])
    out[largest] += total - sum(out.values())
    return out


def _meter(pack: ContextPack, shares: Mapping[str, int]) -> str:
    """Return the budget as a bar, each section its part, and a legend with numbers."""
    shapes: list[str] = [svg.rect(0, 6, _WIDTH, 22, colour="shade", round=4)]
    x, key_x, key_y = 0.0, 0.0, 50.0
    for (name, tokens), colour in zip(shares.items(), _COLOURS, strict=False):
        width = _WIDTH * tokens / pack.budget_tokens
        shapes.append(
            svg.rect(x, 6, width, 22, colour=colour, words=f"{name}: {count(tokens, 'token')}")
        )
        x += width
        said = f"{name} {tokens:,}"
        room = svg.width_of(said, 11)
        if key_x + 30 + room > _WIDTH:
            key_x, key_y = 0.0, key_y + 18
        shapes += [
            svg.rect(key_x, key_y - 9, 10, 10, colour=colour, round=2),
            svg.label(key_x + 15, key_y, said),
        ]
        key_x += 30 + room
    free = pack.budget_tokens - pack.tokens
    shapes.append(svg.label(key_x, key_y, f"free {free:,}", style="soft"))
    words = ", ".join(f"{name} {tokens:,}" for name, tokens in shares.items())
    title = f"{pack.tokens:,} of {pack.budget_tokens:,} tokens by section"
    return svg.drawing(_WIDTH, key_y + 8, shapes, title=title, words=f"{words}, free {free:,}")


def _meter_text(pack: ContextPack, shares: Mapping[str, int]) -> str:
    width = max(map(len, shares))
    return "\n".join(
        f"{name:{width}}  {tokens:6,}  {'█' * round(40 * tokens / pack.budget_tokens)}"
        for name, tokens in [*shares.items(), ("free", pack.budget_tokens - pack.tokens)]
    )


def _manifest(pack: ContextPack) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            clip(kind, 40),
            *(
                f"{number:,}" if number else NOTHING
                for number in (row.total, row.whole, row.brief, row.line, row.counted)
            ),
            moments.period(row.first, row.last)
            + (", there may be older" if row.may_be_older else ""),
        )
        for kind, row in pack.manifest.items()
    ]
    columns = ("kind", "in all", "whole", "brief", "one line", "counted", "when")
    return Table("What is shown of how many", columns, rows, numbers=frozenset(range(1, 6)))


_SAID: Final[dict[Level, tuple[str, Tone]]] = {
    Level.LINE: ("one line", "warn"),
    Level.BRIEF: ("brief", "warn"),
    Level.COUNTED: ("counted", "bad"),
}


def _shortened(pack: ContextPack) -> Iterator[Part]:
    """Yield what is not whole, and why: it came after others, and the budget was spent."""
    places = {item.node.id: place for place, item in enumerate(pack.items, 1)}
    short = [item for item in pack.items if item.level is not Level.WHOLE]
    if not short:
        yield Note("Every record is shown whole.", "good")
        return
    rows = [_short(item, places[item.node.id], pack) for item in short[:_MOST_SHORTENED]]
    levels = Counter(_SAID[item.level][0] for item in short)
    said = ", ".join(f"{number:,} {name}" for name, number in levels.items())
    beyond = left_out(len(short), len(rows), "record", how="pack.items has them all")
    columns = ("record", "shown", "place", "worth", "why")
    table = Table("Best first", columns, rows, beyond, frozenset({2, 3}))
    yield Fold(f"{count(len(short), 'record')} shortened to fit ({said}), and why", (table,))


def _short(item: Item, place: int, pack: ContextPack) -> tuple[Cell, ...]:
    said, tone = _SAID[item.level]
    cited = Fold(clip(item.node.id, 60), _record(item, pack))
    total = len(pack.items)
    return cited, Mark(said, tone), f"{place:,} of {total:,}", f"{item.score:.3f}", _why(item)


def _why(item: Item) -> str:
    if not item.node.props:
        return "nothing is known of it but that others point at it"
    if item.level is Level.COUNTED:
        return "what is worth more took the budget"
    return "the rest of its text was worth less than other records' first lines"


def _exact(pack: ContextPack) -> Exact:
    return Exact("The exact text of the pack", [Line(f"{render.RULES}\n\n"), *_lines(pack)])


def _lines(pack: ContextPack) -> Iterator[Line]:
    """Yield the body in pieces; what shows a record unfolds to it."""
    at = 0
    for start, item in sorted(_places(pack)):
        if start > at:
            yield Line(pack.body[at:start])
        at = start + len(item.text)
        yield Line(pack.body[start:at], _record(item, pack))
    if at < len(pack.body):
        yield Line(pack.body[at:])


def _record(item: Item, pack: ContextPack) -> tuple[Part, ...]:
    if item.group == "found Ticket":
        return (Note(f"{item.node.id}, which is another customer's"),)
    return record(item.node.id, item.node.props, audience=pack.audience)


def _places(pack: ContextPack) -> Iterator[tuple[int, Item]]:
    """Yield where each shown item stands in the body; two with the same text stand in turn."""
    body = f"\n{pack.body}\n"
    taken: dict[str, int] = {}
    for item in pack.items:
        if not item.text:
            continue
        start = body.find(f"\n{item.text}\n", taken.get(item.text, 0))
        if start >= 0:
            taken[item.text] = start + len(item.text)
            yield start, item
