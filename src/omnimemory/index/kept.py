"""Answers about texts that are asked of again and again, kept without the texts."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Final, TypeVar

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")

_MOST: Final = 1 << 15


def kept(function: Callable[[T], V]) -> Callable[[T], V]:
    """Return a function that works out once what it says of a text, or of a tuple of texts.

    Its answers are kept by a keyed hash of 64 bits, so that nothing that was written, and may be
    erased, can be read here.

    Args:
        function: Says the same of the same text, and never None.
    """
    answers: dict[int, V] = {}

    @wraps(function)
    def given(text: T) -> V:
        key = hash(text)
        answer = answers.get(key)
        if answer is None:
            if len(answers) >= _MOST:
                answers.clear()
            answer = answers[key] = function(text)
        return answer

    return given
