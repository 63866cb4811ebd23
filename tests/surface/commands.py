"""Running the command line as the tests of it do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omnimemory.cli import main


def ran(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> str:
    assert main(arguments) == code
    out = capsys.readouterr()
    return out.err if code else out.out


def as_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(ran([*arguments, "--json"], capsys))
