"""Answers about texts that are asked of again and again, kept without the texts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
V = TypeVar("V")

_MOST: Final = 1 << 15


def kept(function: Callable[P, V]) -> Callable[P, V]:
    """Return a function that works out once what it says of a text, or of several.

    Its answers are kept by a keyed hash of 64 bits, so that nothing that was written, and may be
    erased, can be read here.

    Args:
        function: Says the same of the same texts, and never None.
    """
    answers: dict[int, V] = {}

    @wraps(function)
    def given(*texts: P.args, **named: P.kwargs) -> V:
        key = hash(texts)
        answer = answers.get(key)
        if answer is None:
            if len(answers) >= _MOST:
                answers.clear()
            answer = answers[key] = function(*texts, **named)
        return answer

    return given
