"""How good a clustering is, against the truth or against another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any


def quality(found: Mapping[str, str], truth: Mapping[str, str]) -> dict[str, Any]:
    """Return precision, recall and F1 over pairs and by B³ (Bagga & Baldwin 1998)."""
    both = Counter((found[id], truth[id]) for id in truth)
    ours, theirs = Counter(found[id] for id in truth), Counter(truth.values())
    hits, said, real = (_pairs(counts) for counts in (both, ours, theirs))
    p, r = hits / said if said else 1.0, hits / real if real else 1.0
    total = len(truth)
    b3_p = sum(n * n / ours[a] for (a, _), n in both.items()) / total
    b3_r = sum(n * n / theirs[b] for (_, b), n in both.items()) / total
    people = Counter(a for a, _ in both)
    return {
        "P": round(p, 4),
        "R": round(r, 4),
        "F1": round(_f1(p, r), 4),
        "B3_F1": round(_f1(b3_p, b3_r), 4),
        "largest": max(ours.values(), default=0),
        "mixed": sum(count > 1 for count in people.values()),
    }


def agreement(one: Mapping[str, str], other: Mapping[str, str]) -> float:
    """Return the F1 over pairs of one clustering against another."""
    return quality(one, other)["F1"]


def _pairs(counts: Mapping[Any, int]) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())


def _f1(p: float, r: float) -> float:
    return 2 * p * r / (p + r) if p + r else 0.0
