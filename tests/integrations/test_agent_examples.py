"""Every example of a framework runs, and prints what it says it shows."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWS = {
    "adk_agent": "Your refund is on its way, Dana.",
    "langchain_agent": "tilly: issue_credit",
    "langgraph_agent": "Welcome, visit 2",
    "llama_index_agent": "Your refund is on its way, Dana.",
    "omnichannel": "the order number was asked for once",
    "microsoft_agent": "Your refund is on its way, Dana.",
    "openai_agent": "Your refund is on its way, Dana.",
    "pydantic_ai_agent": "I have chased it",
}


def test_every_example_of_a_framework_is_here() -> None:
    named = {path.stem for path in EXAMPLES.glob("*_agent.py")}
    assert named | {"omnichannel"} == set(SHOWS)


@pytest.mark.filterwarnings(
    "ignore::pydantic.warnings.PydanticDeprecatedSince20",
    "ignore::pydantic.warnings.PydanticDeprecatedSince211",
)
@pytest.mark.parametrize("name", SHOWS)
def test_an_example_shows_what_it_promises(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    assert SHOWS[name] in capsys.readouterr().out
