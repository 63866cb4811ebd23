"""Every picture in a real browser: at two widths, light and dark, quiet, and accessible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from omnimemory import Memory
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


def test_a_theme_of_the_page_around_wins_over_the_system(browser: Any, sample: Memory) -> None:
    """Jupyter in dark on a light desktop shows dark pictures, and the other way round."""
    html = sample.customer(company.DANA.email)._repr_html_()
    seen: dict[str, str] = {}
    for scheme, is_light in (("light", "false"), ("dark", "true")):
        tab = Tab(browser, width=WIDE, scheme=scheme)
        tab.show(f'<div data-jp-theme-light="{is_light}">{html}</div>')
        seen[scheme] = tab.page.evaluate(
            "getComputedStyle(document.querySelector('.om')).backgroundColor"
        )
        tab.close()
    assert seen == {"light": "rgb(18, 24, 31)", "dark": "rgb(255, 255, 255)"}


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
