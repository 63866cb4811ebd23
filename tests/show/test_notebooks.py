"""The notebooks run from top to bottom, and what they show is what they are kept with."""

from __future__ import annotations

from pathlib import Path
from tempfile import gettempdir

import pytest

from examples.notebooks.run import NOTEBOOKS, execute, in_step, read

MOST_BYTES = 400_000


def test_the_four_notebooks_are_here() -> None:
    assert [path.stem.partition("-")[0] for path in NOTEBOOKS] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_in_step_with_what_it_shows(path: Path) -> None:
    """If not: `make notebooks` executes them anew; look at what changed, and commit it."""
    assert in_step(read(path), execute(path)), "out of step: run `make notebooks`"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_small_and_names_no_place_on_a_disk(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    assert gettempdir() not in text
