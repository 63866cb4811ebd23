"""HTML → plain text, for systems that send bodies as HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

_BREAKS: Final = frozenset(
    "address article blockquote br dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr li ol p "
    "pre section table tr ul".split()
)
_CELLS: Final = frozenset({"td", "th"})
_UNSEEN: Final = frozenset({"head", "template", "title"})
_DEEPEST: Final = 12
"""Quotations inside quotations beyond this depth are shown at this depth."""

_SECTIONS: Final = tuple(
    (re.compile(start, re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for start, end in (
        ("<!--", "-->"),
        (r"<script\b", r"</script\s*>"),
        (r"<style\b", r"</style\s*>"),
    )
)
_DECLARATION: Final = re.compile(r"<(?:[!?]|/?(?:script|style)\b)[^<>]*>", re.IGNORECASE)
"""What tells a reader nothing; a script that never ends must not hide what follows."""

_HUGE_TAG: Final = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9:-]{0,30})[^<>]{4096,}>")
_NO_TAG: Final = re.compile(r"<(?![^<>]*>)")


def plain_text(html: str) -> str:
    """Return what a reader of the HTML sees, one line a block; text without tags stays as it is.

    Quotations are marked with ``>`` and links are kept, as mail programs write both in plain
    text. The time taken grows with the length alone, whatever the markup.
    """
    if "<" not in html and "&" not in html:
        return html.strip()
    reader = _Reader()
    reader.feed(_well_formed(html))
    reader.close()
    return reader.text()


def _well_formed(html: str) -> str:
    """Return HTML that `HTMLParser` reads in linear time: every tag closed, nothing to skip."""
    for start, end in _SECTIONS:
        html = _without(html, start, end)
    html = _HUGE_TAG.sub(r"<\1>", _DECLARATION.sub("", html))
    return _NO_TAG.sub("&lt;", html)


def _without(html: str, start: re.Pattern[str], end: re.Pattern[str]) -> str:
    kept: list[str] = []
    at = 0
    while (opening := start.search(html, at)) and (closing := end.search(html, opening.end())):
        kept.append(html[at : opening.start()])
        at = closing.end()
    return "".join([*kept, html[at:]])


class _Reader(HTMLParser):
    """Collects text; a block begins a new line, an image leaves its alternative text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._levels: list[list[str]] = [[]]
        self._unseen = 0
        self._href: str | None = None
        self._link_start = 0

    def text(self) -> str:
        """Return what was collected."""
        while len(self._levels) > 1:
            self._end_quotation()
        return _tidy(self._levels[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen = 0 if tag == "body" else self._unseen + (tag in _UNSEEN)
        if tag in _BREAKS or tag in _CELLS:
            self._levels[-1].append("\n" if tag in _BREAKS else " ")
        if tag == "blockquote" and len(self._levels) < _DEEPEST:
            self._levels.append([])
        elif tag == "img":
            self._levels[-1].append(dict(attrs).get("alt") or "")
        elif tag == "a":
            self._href, self._link_start = dict(attrs).get("href"), len(self._levels[-1])

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self._unseen:
            self._unseen -= 1
        if tag == "blockquote" and len(self._levels) > 1:
            self._end_quotation()
        elif tag == "a":
            self._end_link()
        if tag in _BREAKS and tag != "br":
            self._levels[-1].append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._levels[-1].append(re.sub(r"\s+", " ", data))

    def _end_quotation(self) -> None:
        quoted = _tidy(self._levels.pop()).splitlines()
        self._levels[-1].append("\n" + "".join(f"> {line}\n" for line in quoted))

    def _end_link(self) -> None:
        href, self._href = self._href, None
        shown = "".join(self._levels[-1][self._link_start :])
        if href and href.startswith(("http://", "https://")) and href not in shown:
            self._levels[-1].append(f" <{href.strip()}>")


def _tidy(parts: list[str]) -> str:
    text = re.sub(r"[ \t\r\f\v\xa0]+", " ", "".join(parts))
    text = "\n".join(line.strip(" ") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
