"""Counting tokens: by the tokenizer that the caller brings, or by an estimate of our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

from omnimemory.errors import InputError

Count: TypeAlias = Callable[[str], int]


@runtime_checkable
class Counts(Protocol):
    """Something that counts the tokens of a text, as tokenizers of `bpe-openai` do."""

    def count(self, text: str, /) -> int:
        """Return how many tokens the text has."""
        ...


Tokenizer: TypeAlias = Count | Counts
"""A function from a text to its number of tokens, or an object with such a ``count``."""


def counter(tokenizer: Tokenizer | None) -> Count:
    """Return the function that counts tokens: the tokenizer's, or `estimate`.

    Raises:
        InputError: It is neither a function nor an object with ``count``.
    """
    if tokenizer is None:
        return estimate
    count = getattr(tokenizer, "count", tokenizer)
    if not callable(count):
        kind = type(tokenizer).__name__
        raise InputError(f"a tokenizer is a function from text to a number of tokens, not {kind}")
    return _checked(cast("Callable[[str], Any]", count))


def estimate(text: str) -> int:
    """Return a number of tokens that the text does not exceed."""
    return len(text.encode("utf-8", "surrogatepass"))


def _checked(count: Callable[[str], Any]) -> Count:
    def checked(text: str) -> int:
        tokens = count(text)
        if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0:
            raise InputError(f"the tokenizer counted {tokens!r}; a whole number is wanted")
        return tokens

    return checked
