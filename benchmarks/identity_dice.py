"""Chance: how made-up people and their records are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random


class Dice:
    """Draws; the same random numbers give the same."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def chance(self, share: float) -> bool:
        """Return whether something of this frequency happens."""
        return self.random.random() < share

    def digits(self, area: str) -> str:
        """Return a phone number of ten digits."""
        return area + f"{self.random.randrange(10**8):08}"

    def count(self, *shares: float) -> int:
        """Return 1, 2 … by how likely each is."""
        return self.random.choices(range(1, len(shares) + 1), shares)[0]

    def slip(self, word: str) -> str:
        """Return a word with a letter left out, doubled, swapped with the next or replaced."""
        at = self.random.randrange(max(len(word) - 1, 1))
        return self.random.choice(
            (word[:at] + word[at + 1 :], word[: at + 1] + word[at:],
             word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
             word[:at] + self.random.choice("aeiorstln") + word[at + 1 :])
        )  # fmt: skip

    def often(self, values: Sequence[str]) -> str:
        """Return one of some values, the first most often."""
        return values[0] if self.chance(0.3) else self.random.choice(values)


def bare(word: str) -> str:
    """Return the letters and digits of a word in lower case."""
    return "".join(char for char in word.lower() if char.isalnum())
