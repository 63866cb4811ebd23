"""Why a pack is as it is: what was kept whole, shortened or counted, and for what reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from omnimemory.context.items import TITLES, Item, Level


class Reason(msgspec.Struct, frozen=True):
    """How one record stands in a pack, and why.

    Attributes:
        id: The record.
        kind: Its kind.
        section: The section that it stands in, or would.
        shown: ``whole``, ``brief``, ``line`` or ``counted``.
        tokens: How many it takes.
        score: How much it matters in this pack.
        signals: What gave the score, by name.
        because: The reason in words.
    """

    id: str
    kind: str
    section: str
    shown: str
    tokens: int
    score: float
    signals: Mapping[str, float]
    because: str

    def __str__(self) -> str:
        said = ", ".join(f"{name.replace('_', ' ')} {gave:.2f}" for name, gave in _main(self))
        return (
            f"{self.shown:8}{self.tokens:5}  {self.score:5.2f}  {self.id}: {self.because} ({said})"
        )


_MOST_SIGNALS: Final = 4


def _main(reason: Reason) -> list[tuple[str, float]]:
    """Return the signals that gave most."""
    given = reason.signals.items()
    return sorted(given, key=lambda one: (-abs(one[1]), one[0]))[:_MOST_SIGNALS]


class Explanation(msgspec.Struct, frozen=True):
    """Why a pack is as it is; `str` of it is a table.

    Attributes:
        budget_tokens: The most tokens that the pack might take.
        tokens: How many it takes.
        frame_tokens: How many of those are rules, headings and counts, not records.
        similar_tokens: How many were set aside for similar cases.
        reasons: One for each record, by section and then the best first.
    """

    budget_tokens: int
    tokens: int
    frame_tokens: int
    similar_tokens: int
    reasons: Sequence[Reason]

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as JSON."""
        return msgspec.to_builtins(self)

    def __str__(self) -> str:
        lines = [
            f"{self.tokens} of {self.budget_tokens} tokens, {self.frame_tokens} of them frame",
            f"{self.similar_tokens} set aside for similar cases",
        ]
        section = ""
        for reason in self.reasons:
            if reason.section != section:
                section = reason.section
                lines.append(f"{section}:")
            lines.append(f"  {reason}")
        return "\n".join(lines)


def explain(
    items: Iterable[Item], *, budget_tokens: int, tokens: int, similar_tokens: int
) -> Explanation:
    """Return why each item of a pack stands as it does."""
    listed = sorted(items, key=lambda item: item.section)
    return Explanation(
        budget_tokens=budget_tokens,
        tokens=tokens,
        frame_tokens=tokens - sum(item.tokens for item in listed),
        similar_tokens=similar_tokens,
        reasons=[_reason(item) for item in listed],
    )


def _reason(item: Item) -> Reason:
    return Reason(
        id=item.node.id,
        kind=item.node.kind,
        section=TITLES[item.section],
        shown=item.level.name.lower(),
        tokens=item.tokens,
        score=item.score,
        signals={**item.why, **(item.answer.signals if item.answer else {})},
        because=_because(item),
    )


def _because(item: Item) -> str:
    match item.level, item.is_floor:
        case Level.COUNTED, _:
            return "others gain more for each token"
        case Level.WHOLE, True:
            return "its section must be there, and all of it found room"
        case _, True:
            return "its section must be there"
        case Level.WHOLE, _:
            return "it gains enough for its tokens"
        case _:
            return "more of it gains less than others do for the tokens"
