"""A provenance: each identity, the customer, and on every edge what holds the two together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from omnimemory.identity.pair import Finding
from omnimemory.show import svg
from omnimemory.show.sheets import Cell, Figure, Mark, Note, Part, Sheet, Table, Tone
from omnimemory.show.words import NOTHING, clip, count, left_out, minute
from omnimemory.who.explain import heaviest, words
from omnimemory.who.provenance import Provenance, Step

MOST_TIES: Final = 14
"""How many identities are drawn; the rest are counted."""

_MOST_STEPS: Final = 60
_WIDTH: Final = 960
_BOX: Final = 240
_CUSTOMER: Final = 190
_BEND: Final = 60
_HIGH: Final = 36
_STEP: Final = 50
_LABEL: Final = 68
_SURE: Final = 0.95
_LIKELY: Final = 0.8
_COLOURS: Final[dict[Tone, str]] = {"good": "done", "warn": "wait", "bad": "bad", "quiet": "rest"}


class Tie(msgspec.Struct, frozen=True):
    """An identity as it is drawn, and what holds it to the customer.

    Attributes:
        identity: Its id.
        name: What its source calls it.
        decided: How it came, and by whom.
        evidence: What weighed most.
        tone: How sure it is.
    """

    identity: str
    name: str
    decided: str
    evidence: str
    tone: Tone


def sheet(found: Provenance) -> Sheet:
    """Return the picture of how a customer was put together."""
    customer = found.customer
    held = count(len(customer.identities), "identity", "identities")
    return Sheet(
        "Provenance",
        clip(customer.name, 120),
        f"{customer.id}: {held}, {count(len(found.steps), 'decision')}",
        tuple(_parts(found)),
    )


def _parts(found: Provenance) -> Iterator[Part]:
    ties = _ties(found)
    yield Figure(_draw(found, ties), _tree(found, ties), is_wide=True)
    total = len(found.customer.belongs)
    if more := left_out(total, len(ties), "identity", "identities", how="customer.belongs"):
        yield Note(more)
    yield _table(found)


def _ties(found: Provenance) -> list[Tie]:
    of: dict[str, list[Step]] = {}
    for step in found.steps:
        of.setdefault(step.identity, []).append(step)
    return [
        _tie(one.name or NOTHING, of[one.identity])
        for one in found.customer.belongs[:MOST_TIES]
        if one.identity in of
    ]


def _tie(name: str, steps: Sequence[Step]) -> Tie:
    last = steps[-1]
    before = steps[-2].customer if len(steps) > 1 else last.customer
    came = f" from {before}" if before != last.customer else ""
    sure = "" if last.posterior is None else f" at {last.posterior:.1%}"
    reason = f": {last.reason}" if last.reason else ""
    best = ", ".join(map(_short, heaviest(last.findings)[:2]))
    return Tie(
        last.identity,
        clip(name, 60),
        clip(f"{last.decision}{came}{sure} by {last.by}{reason}"),
        clip(best or ("the first that was known" if last.decision == "new" else "told")),
        _tone(last.posterior),
    )


def _short(one: Finding) -> str:
    value = f" {one.value}" if one.value else ""
    return f"{one.bits:+.1f} {one.level} {one.feature}{value}"


def _tone(posterior: float | None) -> Tone:
    if posterior is None:
        return "quiet"
    return "good" if posterior >= _SURE else "warn" if posterior >= _LIKELY else "bad"


def _draw(found: Provenance, ties: Sequence[Tie]) -> str:
    height = max(len(ties), 1) * _STEP + 4
    middle = height / 2
    shapes: list[str] = []
    for row, tie in enumerate(ties):
        shapes += _drawn(tie, row * _STEP + 4, middle)
    at = _WIDTH - _CUSTOMER
    name = f"Customer: {found.customer.name}"
    shapes += [
        svg.rect(at, middle - _HIGH / 2, _CUSTOMER, _HIGH, colour="panel", words=name, round=5),
        svg.rect(at, middle - _HIGH / 2, 4, _HIGH, colour="in"),
        svg.label(at + 10, middle - 3, clip(found.customer.name, 28), style="strong"),
        svg.label(at + 10, middle + 11, clip(found.customer.id, 34), style="soft small"),
    ]
    held = count(len(found.customer.identities), "identity", "identities")
    return svg.drawing(
        _WIDTH, height, shapes,
        title=f"How {clip(found.customer.name, 100)} was put together",
        words=f"{held} of one customer, with the evidence for each",
    )  # fmt: skip


def _drawn(tie: Tie, y: float, middle: float) -> Iterator[str]:
    """Yield an identity's box, its edge to the customer, and the edge's words."""
    line = y + _HIGH / 2
    bend, end = _WIDTH - _CUSTOMER - _BEND, _WIDTH - _CUSTOMER
    half = bend + _BEND / 2
    path = " ".join(
        ("M", *map(svg.number, (_BOX, line)), "L", *map(svg.number, (bend, line)),
         "C", *map(svg.number, (half, line, half, middle, end, middle)))
    )  # fmt: skip
    said = f"{tie.decided}; {tie.evidence}"
    yield svg.curve(path, colour=_COLOURS[tie.tone], words=said, width=1.8)
    yield svg.rect(0, y, _BOX, _HIGH, colour="panel", words=f"Identity: {tie.identity}", round=5)
    yield svg.rect(0, y, 4, _HIGH, colour="out")
    yield svg.label(10, y + 15, clip(tie.name, 36), style="strong")
    yield svg.label(10, y + 29, clip(tie.identity, 44), style="soft small")
    yield svg.label(_BOX + 10, line - 6, clip(tie.decided, _LABEL), style="halo")
    yield svg.label(_BOX + 10, line + 14, clip(tie.evidence, _LABEL), style="soft small halo")


def _tree(found: Provenance, ties: Sequence[Tie]) -> str:
    """Return the same for a terminal: the customer, and a branch for each identity."""
    lines = [f"{clip(found.customer.name, 60)}  {clip(found.customer.id, 60)}"]
    for row, tie in enumerate(ties):
        is_last = row == len(ties) - 1
        fork, bar = ("└─", "  ") if is_last else ("├─", "│ ")
        lines += [
            f"{fork} {clip(tie.name, 40)}  {clip(tie.identity, 54)}",
            f"{bar}   {clip(tie.decided, 94)}",
            f"{bar}   {clip(tie.evidence, 94)}",
        ]
    return "\n".join(lines)


def _table(found: Provenance) -> Table:
    rows = [_row(step) for step in found.steps[-_MOST_STEPS:]]
    more = left_out(len(found.steps), len(rows), "older decision", how="iterate over it")
    return Table(
        "Every decision, oldest first",
        ("when", "identity", "what", "into", "by", "sure", "evidence"),
        rows,
        more,
    )


def _row(step: Step) -> tuple[Cell, ...]:
    sure = NOTHING if step.posterior is None else f"{step.posterior:.0%}"
    evidence = "; ".join(words(one).strip() for one in heaviest(step.findings)) or step.reason
    return (
        minute(step.at),
        clip(step.identity, 60),
        clip(step.decision, 20),
        clip(step.customer, 60),
        clip(step.by, 40),
        Mark(sure, _tone(step.posterior)),
        clip(evidence) or NOTHING,
    )
