"""Runs the Python code of the README and the docs, in a folder with the sample company."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

from omnimemory.testing import company


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company's exports, written once."""
    folder = tmp_path_factory.mktemp("exports")
    company.write_exports(folder)
    return folder


@pytest.fixture(scope="module")
def sample_folder(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working folder of its own for each page, as `make demo` leaves it."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "demo-data").mkdir()
    (folder / "demo-data" / "exports").symlink_to(exports)
    before = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


@pytest.fixture(scope="module")
def event_loop_of_page() -> Iterator[None]:
    """A loop that frameworks' synchronous calls find, and that no page leaves open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let LlamaIndex look at every attribute of an agent, the deprecated ones too."""
    ignored = "ignore::pydantic.warnings.PydanticDeprecatedSince20"
    for item in items:
        if item.path.name == "agents-llamaindex.md":
            item.add_marker(
                pytest.mark.filterwarnings(
                    ignored, "ignore::pydantic.warnings.PydanticDeprecatedSince211"
                )
            )


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md"],
    fixtures=["sample_folder", "event_loop_of_page"],
).pytest()
