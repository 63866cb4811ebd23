"""Every example runs, and prints what it says it shows."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWS = {
    "from_exports": "zendesk:ticket:35436",
    "live": "Tilly: refund",
    "as_of": "on 6 March it was pending",
    "own_kind": "Team yearly",
    "asyncio_service": "tokens",
    "forget": "her words are in the file: False",
    "identity": "Robert Hale",
    "sparql": "Card charged twice on retry",
}


def test_every_example_is_here() -> None:
    stems = {path.stem for path in EXAMPLES.glob("*.py")} - {"omnichannel"}
    assert {stem for stem in stems if not stem.endswith("_agent")} == set(SHOWS)


@pytest.mark.parametrize("name", SHOWS)
def test_an_example_shows_what_it_promises(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    assert SHOWS[name] in capsys.readouterr().out
