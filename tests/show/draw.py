"""Draws the pictures that stand in the README and the docs: `make pictures`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from omnimemory import Memory, show
from omnimemory.show.as_html import stylesheet
from omnimemory.show.sheets import Figure
from omnimemory.testing import company, demo
from tests.show.browser import ROOT, Tab, started

DOCS: Final = ROOT / "docs" / "pictures"


def main() -> None:
    DOCS.mkdir(exist_ok=True)
    with demo.sample() as memory, started() as browser:
        dana, now = memory.customer(company.DANA.email, as_of=company.NOW), company.NOW
        shown: dict[str, Any] = {
            "customer": dana,
            "timeline": memory.timeline(dana, limit=200, as_of=now),
            "pack": memory.context_pack(dana, "Where is my refund?", budget=1_000, as_of=now),
            "graph": memory.graph(dana, as_of=now),
            "provenance": memory.identity.how(dana),
        }
        for name in ("timeline", "graph", "provenance"):
            (DOCS / f"{name}.svg").write_text(alone(shown[name]), encoding="utf-8")
        for name in ("customer", "pack"):
            photograph(browser, name, shown[name]._repr_html_())
        explored(browser, memory)


def alone(value: Any) -> str:
    """Return the drawing of a value as a file of its own, with its styles in it."""
    svg = next(part.svg for part in show.sheet(value).parts if isinstance(part, Figure))
    return svg.replace("><title>", f"><style>{stylesheet()}</style><title>", 1) + "\n"


def photograph(browser: Any, name: str, html: str) -> None:
    tab = Tab(browser, width=1_000, scheme="light")
    tab.show(html)
    tab.page.locator(".om").screenshot(path=str(DOCS / f"{name}.png"))
    tab.close()


def explored(browser: Any, memory: Memory) -> None:
    with tempfile.TemporaryDirectory() as folder:
        graph = memory.graph(company.DANA.email, as_of=company.NOW)
        tab = Tab(browser, width=1_200, scheme="light")
        tab.page.goto(graph.to_html(Path(folder) / "dana.html").as_uri())
        tab.page.wait_for_selector("html[data-ready=yes]")
        tab.page.click("#list button:has-text('Ticket: Charged')")
        tab.page.wait_for_timeout(500)
        tab.page.click("#fit")
        tab.page.screenshot(path=str(DOCS / "explore.png"))
        tab.close()


if __name__ == "__main__":
    main()
