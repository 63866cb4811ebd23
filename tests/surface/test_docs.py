"""The docs say what is there: the layers, the public names, every page in the menu."""

from __future__ import annotations

import re
import tomllib
from inspect import ismodule
from pathlib import Path
from pkgutil import resolve_name
from xml.dom import minidom

import omnimemory

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def layers() -> dict[str, int]:
    """Return every module of the first contract with its layer, counted from the top."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [
        one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers"
    ]
    return {
        name.strip(): depth
        for depth, layer in enumerate(contract["layers"])
        for name in layer.split("|")
    }


def test_the_page_names_every_layer_from_the_top_down() -> None:
    table = PAGE.partition("| layer |")[2].partition("\n\n")[0]
    first = [row.split("|")[1] for row in table.splitlines()[2:]]
    named = [name for cell in first for name in re.findall(r"`(\w+)`", cell)]
    depths = layers()
    assert sorted(named) == sorted(depths)
    assert [depths[name] for name in named] == sorted(depths.values())


def test_every_module_stands_in_a_layer() -> None:
    package = ROOT / "src" / "omnimemory"
    found = {path.stem for path in package.glob("[a-z]*") if path.suffix in ("", ".py")}
    assert found - {"testing"} == set(layers())


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`([a-z]+/[\w/]+\.(?:py|json))`", PAGE))
    assert named
    assert not [name for name in sorted(named) if not (ROOT / "src/omnimemory" / name).exists()]


def test_every_drawing_in_the_docs_is_well_formed() -> None:
    drawings = sorted((ROOT / "docs").rglob("*.svg"))
    assert drawings
    for drawing in drawings:
        minidom.parse(str(drawing))  # noqa: S318 - our own files


def test_every_page_is_in_the_menu_once() -> None:
    settings = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    listed = sorted(re.findall(r'"([\w-]+\.md)"', settings))
    assert listed == sorted(page.name for page in (ROOT / "docs").glob("*.md"))


def test_the_reference_has_every_public_name_and_none_that_is_not_there() -> None:
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    listed = re.findall(r"^::: (\S+)$", page, re.MULTILINE)
    found = [resolve_name(path) for path in listed]
    shown = [*found, *(value for one in found if ismodule(one) for value in vars(one).values())]
    for name in omnimemory.__all__:
        assert any(getattr(omnimemory, name) is one for one in shown), name
