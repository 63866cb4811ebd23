"""Executes a notebook as Jupyter would, and tells whether its outputs still say the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SECONDS = 300


def read(path: Path) -> Any:
    """Return a notebook as it lies there."""
    return nbformat.read(path, as_version=4)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def write(path: Path, notebook: Any) -> None:
    """Write a notebook."""
    nbformat.write(notebook, path)  # pyright: ignore[reportUnknownMemberType]


def execute(path: Path) -> Any:
    """Return the notebook executed anew, without when each cell ran.

    Raises:
        CellExecutionError: A cell failed; the message shows it.
    """
    notebook = read(path)
    NotebookClient(
        notebook,
        timeout=SECONDS,
        coalesce_streams=True,
        resources={"metadata": {"path": str(FOLDER)}},
    ).execute()
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return notebook


def in_step(kept: Any, fresh: Any) -> bool:
    """Return whether two runs of a notebook show the same, but for the time of writing."""
    return _shown(kept) == _shown(fresh)


def _shown(notebook: Any) -> list[str]:
    return [_steady(json.dumps(cell.get("outputs", []), sort_keys=True)) for cell in notebook.cells]


def _steady(output: str) -> str:
    """Return an output without the time at which the run's own store was written."""
    return re.sub(r"Written last \d{4}-\d\d-\d\d \d\d:\d\d UTC", "Written last … UTC", output)
