"""How the lists of the token estimate were found: both families over words and runs of marks.

Whatever a list says is tried in the company of every mark, of letters of other scripts and of
endings, and is left out where either family takes more.

    python -m benchmarks.token_lists [--words FILE ...] [--write]

A file of words, one a line, such as SCOWL's, adds what neither family has as one token.
"""

from __future__ import annotations

import argparse
import string
import warnings
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any, Final, TypeAlias

from omnimemory.context._pieces import listed, more_after_an_apostrophe

FAMILIES: Final = ("cl100k_base", "o200k_base")
APOSTROPHES: Final = ("'", "\u2019")
BEFORE: Final = (
    *(set(string.punctuation) - set(APOSTROPHES)),
    *("\t", "\u201c", "\u2018", "\u2014", "\u00e9"),
)
AFTER: Final = ("\u00e9", "\u00df", "\u00f1", "\u044f", "\u4e2d", "\u0627")
ENDINGS: Final = ("", "'s", *AFTER)
_FEW_TOKENS: Final = (2, 3, 4)
Lists: TypeAlias = list[set[str]]


class Families:
    """Both families of tokenizers as one that takes the more of the two."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # its own importlib.resources
            import bpe_openai  # pyright: ignore[reportMissingTypeStubs]

            self._each: list[Any] = [bpe_openai.get_encoding(name) for name in FAMILIES]

    def count(self, text: str) -> int:
        """Return how many tokens the text takes at most."""
        return max(len(one.encode(text)) for one in self._each)

    def words(self) -> tuple[set[str], set[str]]:
        """Return the ASCII words that are one token of both: as they are, and after a space."""
        known = set[bytes].intersection(
            *({one.decode_single_token_bytes(at) for at in _ids(one)} for one in self._each)
        )
        texts = {one.decode() for one in known if one.isascii()}
        spaced = {one[1:] for one in texts if one[:1] == " "}
        return {one for one in texts if one.isalpha()}, {one for one in spaced if one.isalpha()}


def _ids(encoding: Any) -> Iterator[int]:
    special = set(encoding.special_tokens_set)
    for at in range(encoding.n_vocab):
        try:
            known = encoding.decode_single_token_bytes(at)
        except KeyError:
            continue
        if known.decode("utf-8", "ignore") not in special:
            yield at


def find_words(families: Families, others: Iterable[str]) -> Lists:
    """Return the lists of words in the order of `omnimemory.context._pieces.listed`."""
    alone, after_a_space = families.words()
    spaced: Lists = [set(), set(), set()]
    for word in after_a_space:
        for more, some in enumerate(spaced):
            if _holds(families, word, 1, 1 + more):
                some.add(word)
                break
    known = set[str]().union(*spaced)
    longer: Lists = [set() for _ in _FEW_TOKENS]
    for word in {word for word in {*others, *known} if word.isalpha() and word.islower()}:
        forms = [one for one in (word, word.capitalize()) if one not in known]
        for most, some in zip(_FEW_TOKENS, longer, strict=True):
            if forms and all(_holds(families, form, most, most + 1) for form in forms):
                some.add(word)
                break
    return [*spaced, alone - spaced[0], *longer]


def _holds(families: Families, word: str, most: int, glued: int) -> bool:
    """Return whether a word takes no more after a space, nor after any mark, however it ends."""
    count = families.count
    for ending in ENDINGS:
        rest = 0 if not ending else 1 if ending[0] == "'" else count(ending)
        if count(f" {word}{ending}") > most + rest or count(word + ending) > glued + rest:
            return False
    split = glued + more_after_an_apostrophe(word.encode(), glued)
    return all(
        count(mark + word + ending) <= count(mark) + taken + bool(ending)
        for marks, taken in ((APOSTROPHES, split), (BEFORE, glued))
        for mark in marks
        for ending in ("", "'s")
    )


def find_runs(families: Families) -> list[str]:
    """Return runs of two or three marks, and of up to three and a line break, of one token."""
    marks = string.punctuation
    runs = ("".join(run) for length in (1, 2, 3) for run in product(marks, repeat=length))
    ended = (run + end for run in runs for end in ("", "\n") if len(run + end) > 1)
    return [run for run in ended if families.count(run) == 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=Path, nargs="*", default=[])
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    families = Families()
    others = {word.decode() for word in listed().longer}
    for path in given.words:
        others.update(path.read_text(encoding="utf-8").split())
    lists = find_words(families, others)
    runs = find_runs(families)
    print("words:", *map(len, lists), "runs:", len(runs))
    if given.write:
        folder = Path(str(files("omnimemory.context")))
        text = "\n\n".join("\n".join(sorted(words)) for words in lists)
        folder.joinpath("words.txt").write_text(text + "\n", encoding="ascii")
        shown = (run.replace("\n", "$n") for run in runs)
        folder.joinpath("marks.txt").write_text("\n".join(shown) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
