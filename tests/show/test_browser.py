"""Every picture in a real browser: at two widths, light and dark, quiet, and accessible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from omnimemory import Memory, show
from omnimemory.testing import company
from tests.show.browser import NARROW, WIDE, Tab, started
from tests.show.worlds import WHOM, busy_values, empty_values, hostile_values, sample_values

WORLDS: dict[str, Any] = {
    "sample": sample_values,
    "empty": empty_values,
    "busy_memory": busy_values,
    "hostile_memory": hostile_values,
}
BEE = "email:bee@example.org"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with started() as running:
        yield running


@pytest.fixture(scope="module", params=WORLDS)
def pictures(request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """The pictures of a world as HTML, by name."""
    name: str = request.param
    memory: Memory = request.getfixturevalue(name)
    made = WORLDS[name](memory)
    return name.removesuffix("_memory"), {key: one._repr_html_() for key, one in made.items()}


def test_the_checks_find_what_they_look_for(browser: Any) -> None:
    tab = Tab(browser, width=NARROW, scheme="light")
    tab.show(
        '<p style="width:900px;color:#ccc;background:#fff">pale</p><img src="http://127.0.0.1:9/x">'
    )
    assert tab.overflow() > 0
    assert {fault.partition(":")[0] for fault in tab.faults()} == {"color-contrast", "image-alt"}
    assert tab.asked == ["http://127.0.0.1:9/x"]
    tab.close()


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_are_quiet_fit_and_have_no_serious_fault(
    browser: Any, pictures: tuple[str, dict[str, str]], width: int, scheme: str
) -> None:
    """They ask nothing of the network, run nothing, stay inside the window, and axe is content."""
    world, html = pictures
    tab = Tab(browser, width=width, scheme=scheme)
    tab.show("".join(html.values()))
    assert tab.overflow() <= 0
    tab.shoot(f"{world}-{width}-{scheme}")
    assert width == NARROW or tab.faults() == []
    assert tab.asked == []
    assert tab.said == []
    tab.close()


THEMES: dict[str, tuple[str, str, str]] = {
    "JupyterLab light": ("light", "", 'data-jp-theme-light="true"'),
    "JupyterLab dark": ("dark", "", 'data-jp-theme-light="false"'),
    "VS Code light": ("light", "vscode-light", 'data-vscode-theme-kind="vscode-light"'),
    "VS Code dark": ("dark", "vscode-dark", 'data-vscode-theme-kind="vscode-dark"'),
    "VS Code high contrast": ("dark", "vscode-high-contrast", ""),
    "VS Code high contrast light": (
        "light",
        "vscode-high-contrast vscode-high-contrast-light",
        "",
    ),
    "marimo light": ("light", "light light-theme", 'data-theme="light"'),
    "marimo dark": ("dark", "dark dark-theme", 'data-theme="dark"'),
    "Material for MkDocs dark": ("dark", "", 'data-md-color-scheme="slate"'),
}
"""What a page around a picture is marked with, as its own editor marks it: theme, class, more."""


@pytest.mark.parametrize("editor", THEMES)
def test_a_theme_of_the_page_around_wins_over_the_system(
    browser: Any, sample: Memory, editor: str
) -> None:
    """Jupyter in dark on a light desktop shows dark pictures, readable ones, and so on."""
    theme, classes, more = THEMES[editor]
    graph, dana = sample.graph(company.DANA.email), sample.customer(company.DANA.email)
    html = dana._repr_html_() + graph._repr_html_()
    tab = Tab(browser, width=WIDE, scheme="dark" if theme == "light" else "light")
    tab.show(html, body=f'class="{classes}" {more}')
    seen = tab.page.evaluate("getComputedStyle(document.querySelector('.om')).backgroundColor")
    assert seen == {"dark": "rgb(18, 24, 31)", "light": "rgb(255, 255, 255)"}[theme]
    ink = tab.page.evaluate("getComputedStyle(document.querySelector('.om-svg text')).fill")
    assert ink == {"dark": "rgb(163, 177, 191)", "light": "rgb(82, 96, 110)"}[theme]
    assert [fault for fault in tab.faults() if "Pictures" not in fault] == []
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_of_its_own_is_quiet_and_has_no_serious_fault(
    browser: Any, sample: Memory, tmp_path: Path, scheme: str
) -> None:
    """What `show.document` and ``--out`` write."""
    path = tmp_path / "week.html"
    page = sample.timeline(company.DANA.email, limit=200, as_of=company.NOW)
    path.write_text(show.document(page), encoding="utf-8")
    for width in (WIDE, NARROW):
        tab = Tab(browser, width=width, scheme=scheme)
        tab.page.goto(path.as_uri())
        tab.shoot(f"document-{width}-{scheme}")
        assert tab.overflow() <= 0
        assert tab.faults() == []
        assert (tab.asked, tab.said) == ([path.as_uri()], [])
        tab.close()


@pytest.mark.parametrize("world", ["sample", "hostile_memory"])
def test_what_a_box_says_stays_inside_it(
    browser: Any, world: str, request: pytest.FixtureRequest
) -> None:
    memory: Memory = request.getfixturevalue(world)
    whom = company.DANA.email if world == "sample" else WHOM
    tab = Tab(browser, width=WIDE, scheme="light")
    tab.show(memory.graph(whom)._repr_html_())
    rooms = tab.page.evaluate(
        "() => [...document.querySelectorAll('.om-svg rect[rx]')].flatMap((box) => {"
        " const right = box.getBBox().x + box.getBBox().width;"
        " const bar = box.nextElementSibling;"
        " const texts = [bar.nextElementSibling, bar.nextElementSibling.nextElementSibling];"
        " return texts.map((one) => right - one.getBBox().x - one.getBBox().width); })"
    )
    assert len(rooms) > 20
    assert min(rooms) >= 0
    tab.close()


@pytest.mark.parametrize("world", ["sample", "busy_memory", "hostile_memory"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_page_to_explore_is_quiet_and_has_no_serious_fault(
    browser: Any, world: str, width: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    whom = {"sample": company.DANA.email, "busy_memory": BEE, "hostile_memory": WHOM}[world]
    memory: Memory = request.getfixturevalue(world)
    path = memory.graph(whom, limit=300).to_html(tmp_path / "graph.html")
    for scheme in ("light", "dark") if world == "sample" else ("dark",):
        tab = Tab(browser, width=width, scheme=scheme)
        opened(tab, path)
        assert tab.overflow() <= 0
        tab.shoot(f"explore-{world.removesuffix('_memory')}-{width}-{scheme}")
        assert tab.faults() == []
        assert tab.asked == [path.as_uri()]
        assert tab.said == []
        tab.close()


def opened(tab: Tab, path: Path) -> None:
    tab.page.goto(path.as_uri())
    tab.page.wait_for_selector("html[data-ready=yes]", timeout=60_000)


def test_a_page_to_explore_searches_filters_and_shows_records(
    browser: Any, sample: Memory, tmp_path: Path
) -> None:
    graph = sample.graph(company.DANA.email, as_of=company.NOW)
    tab = Tab(browser, width=WIDE, scheme="light")
    opened(tab, graph.to_html(tmp_path / "dana.html"))
    page = tab.page
    assert page.inner_text("#shown") == f"{len(graph)} of {len(graph)} nodes"
    page.fill("#find", "charged twice")
    assert page.inner_text("#shown").endswith(f"of {len(graph)} found")
    page.click("#list li:not([hidden]) button >> nth=0")
    assert "charged twice" in page.inner_text("#record").lower()
    page.fill("#find", "")
    page.uncheck("input[value=Usage]")
    usage = sum(node.kind == "Usage" for node in graph.nodes)
    assert page.inner_text("#shown") == f"{len(graph) - usage} of {len(graph)} nodes"
    page.evaluate(
        "() => { const to = document.getElementById('to'); to.value = 0;"
        " to.dispatchEvent(new Event('input')); }"
    )
    assert int(page.inner_text("#shown").split()[0]) < len(graph) - usage
    tab.close()


def test_what_unfolds_shows_the_record(browser: Any, sample: Memory) -> None:
    pack = sample.context_pack(company.DANA.email, "Where is my refund?", as_of=company.NOW)
    tab = Tab(browser, width=WIDE, scheme="light")
    tab.show(pack._repr_html_())
    line = tab.page.locator(".om-exact details", has_text="#35436").first
    assert not line.locator("table").is_visible()
    line.locator("summary").first.click()
    assert f"ticket:zendesk:{company.DANA.ticket}" in line.inner_text()
    tab.close()
