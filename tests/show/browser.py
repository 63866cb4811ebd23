"""Chromium, driven by Playwright: renders pages, and keeps what they did and looked like."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
SHOTS: Final = ROOT / ".browser" / "shots"
AXE: Final = ROOT / ".browser" / "axe.min.js"
FLAGS: Final = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
WIDE, NARROW = 1_100, 420


def chromium() -> str:
    """Return the path of the browser; where there is none, skip, and fail on CI."""
    found = shutil.which("chromium")
    if found is None or not AXE.is_file():
        missing = "chromium (apt-get install chromium)" if found is None else "axe (make browser)"
        if "CI" in os.environ:
            pytest.fail(f"CI renders every picture, and has no {missing}")
        pytest.skip(f"pictures are not rendered: no {missing}")
    return found


@contextmanager
def started() -> Generator[Any]:
    """Yield a running browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


class Tab:
    """One page, and what it asked of the network and said on its console.

    Args:
        browser: The browser.
        width: Of the window.
        scheme: ``light`` or ``dark``.
    """

    def __init__(self, browser: Any, *, width: int, scheme: str) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=False
        )
        self.page: Any = context.new_page()
        self.page.on("request", self._ask)
        self.page.on("console", self._say)
        self.page.on("pageerror", self._say)
        self.page.on("dialog", self._say)

    def _ask(self, request: Any) -> None:
        self.asked.append(request.url)

    def _say(self, message: object) -> None:
        self.said.append(str(message))

    def show(self, html: str, *, body: str = "") -> None:
        """Show pictures below one another, as a notebook does, on a body with these attributes."""
        head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        scheme = "<style>:root{color-scheme:light dark}body{margin:12px}</style>"
        self.page.set_content(
            f'<!doctype html><html lang="en"><head>{head}{scheme}<title>Pictures</title></head>'
            f"<body {body}><main><h1>Pictures</h1>{html}</main></body></html>"
        )

    def faults(self) -> list[str]:
        """Return the serious and critical faults that axe finds."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        )
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary'][:300]}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return self.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def shoot(self, name: str, selector: str | None = None) -> None:
        """Keep a screenshot as an artefact, outside git."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        target = self.page.locator(selector).first if selector else self.page
        options = {} if selector else {"full_page": True}
        target.screenshot(path=str(SHOTS / f"{name}.png"), **options)

    def close(self) -> None:
        """Close the page and what it keeps."""
        self.page.context.close()
