"""The public surface: names, import cost, and what importing must not do."""

from __future__ import annotations

import subprocess
import sys

import pytest

import omnimemory


def test_public_names_are_sorted_and_all_exist() -> None:
    assert omnimemory.__all__ == sorted(omnimemory.__all__, key=str)
    assert set(omnimemory.__all__) <= set(dir(omnimemory))
    for name in omnimemory.__all__:
        assert getattr(omnimemory, name) is not None


def test_every_error_is_public_and_comes_from_one_root() -> None:
    from omnimemory import errors

    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, omnimemory.OmniMemoryError), name
            assert getattr(omnimemory, name) is value


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = omnimemory.nonsense


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import omnimemory", "networkx numpy torch neo4j rdflib faiss pydantic sqlite3 socket asyncio"),
        ("import omnimemory; omnimemory.connect('sqlite://', tenant='t')", "networkx numpy torch neo4j rdflib faiss"),
        ("from omnimemory import sources", "networkx numpy torch sqlite3"),
    ],
)  # fmt: skip
def test_importing_pulls_in_only_what_is_used(statement: str, unwanted: str) -> None:
    code = f"{statement}\nimport sys\nprint(*(m for m in {unwanted.split()!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_python_m_omnimemory_is_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "omnimemory", "--help"], capture_output=True, text=True, check=True
    )
    assert "ingest" in done.stdout
