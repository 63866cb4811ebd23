"""A why: what speaks for one person and what against, a bar of bits for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from omnimemory.identity.pair import Finding
from omnimemory.show import svg
from omnimemory.show.sheets import Figure, Note, Part, Sheet, Table
from omnimemory.show.words import NOTHING, clip
from omnimemory.who.explain import Why, heaviest

_WIDTH: Final = 960
_ROW: Final = 24
_HIGH: Final = 36
_BOX: Final = 300
_MIDDLE: Final = 600
_REACH: Final = 250
_BLOCKS: Final = 16


def sheet(found: Why) -> Sheet:
    """Return the picture of why two are one person, or are not."""
    now = "one customer" if found.together else "two customers"
    bits = sum(one.bits for one in found.findings)
    return Sheet(
        "Why",
        clip(f"{found.left} and {found.right}", 160),
        f"{now}; {found.posterior:.1%} by evidence ({bits:+.1f} bits); {_verdict(found)}",
        tuple(_parts(found)),
    )


def _verdict(found: Why) -> str:
    return "kept apart" if found.kept_apart else f"the policy says: {found.verdict}"


def _parts(found: Why) -> Iterator[Part]:
    best = heaviest(found.findings)
    yield Figure(_draw(found, best), _bars(best), is_wide=True)
    yield Table(
        "What was compared, the heaviest first; one bit doubles the odds",
        ("what", "how", "which", "bits"),
        [
            (clip(one.feature, 40), clip(one.level, 60), clip(one.value, 80) or NOTHING,
             f"{one.bits:+.1f}")
            for one in best
        ],
        numbers=frozenset({3}),
    )  # fmt: skip
    for one in found.kept_apart:
        yield Note(f"Kept apart by {clip(one)}", "warn")


def _said(one: Finding) -> str:
    value = f" ({one.value})" if one.value else ""
    return f"{one.feature}: {one.level}{value}"


def _draw(found: Why, best: Sequence[Finding]) -> str:
    """Return the two sides above, and below them a bar for each finding."""
    height = _HIGH + 14 + max(len(best), 1) * _ROW
    most = max((abs(one.bits) for one in best), default=1) or 1
    tie = f"M {_BOX} {_HIGH / 2 + 2} L {_WIDTH - _BOX} {_HIGH / 2 + 2}"
    sure = f"{found.posterior:.1%} by evidence"
    shapes = [
        svg.curve(tie, colour="tie", words=sure, width=1.8),
        *_side(0, found.left),
        *_side(_WIDTH - _BOX, found.right),
        svg.label(_WIDTH / 2, _HIGH / 2 - 4, sure, style="mid halo"),
    ]
    top = _HIGH + 14
    shapes.append(svg.line(_MIDDLE, top, _MIDDLE, height))
    for row, one in enumerate(best):
        shapes += _bar(one, top + row * _ROW, most)
    return svg.drawing(
        _WIDTH, height, shapes,
        title=f"Why {clip(found.left, 80)} and {clip(found.right, 80)} are one person or two",
        words="; ".join(f"{one.bits:+.1f} bits {clip(_said(one), 80)}" for one in best),
    )  # fmt: skip


def _side(x: float, id: str) -> Iterator[str]:
    yield svg.rect(x, 2, _BOX, _HIGH, colour="panel", words=id, round=5)
    yield svg.rect(x, 2, 4, _HIGH, colour="out")
    yield svg.label(x + 10, _HIGH / 2 + 6, clip(id, 46))


def _bar(one: Finding, y: float, most: float) -> Iterator[str]:
    width = _REACH * abs(one.bits) / most
    is_for = one.bits >= 0
    yield svg.label(0, y + 15, clip(_said(one), 54))
    x = _MIDDLE if is_for else _MIDDLE - width
    colour = "done" if is_for else "bad"
    yield svg.rect(x, y + 5, width, 12, colour=colour, words=f"{one.bits:+.1f} bits", round=2)
    number = f"{one.bits:+.1f}"
    if is_for:
        yield svg.label(_MIDDLE + width + 6, y + 15, number, style="small")
    else:
        yield svg.label(_MIDDLE - width - 6, y + 15, number, style="small", end=True)


def _bars(best: Sequence[Finding]) -> str:
    """Return the bars for a terminal: against on the left, for on the right."""
    most = max((abs(one.bits) for one in best), default=1) or 1
    lines: list[str] = []
    for one in best:
        full = round(_BLOCKS * abs(one.bits) / most)
        left = "█" * full if one.bits < 0 else ""
        right = "█" * full if one.bits >= 0 else ""
        lines.append(
            f"{left:>{_BLOCKS}}│{right:<{_BLOCKS}} {one.bits:+5.1f}  {clip(_said(one), 58)}"
        )
    return "\n".join(lines)
