"""Pages: customers, things of one kind and search results, as tables."""

from __future__ import annotations

from typing import Any, Final, cast

from omnimemory.model.audience import Audience
from omnimemory.reads.customers import Customer
from omnimemory.reads.items import Item
from omnimemory.reads.page import Page
from omnimemory.reads.results import Result
from omnimemory.reads.timeline import Entry
from omnimemory.show.item import record
from omnimemory.show.sheets import Bar, Cell, Facts, Fold, Mark, Note, Part, Sheet, Table, Tone
from omnimemory.show.words import NOTHING, clip, count, day, left_out, listed, minute, spaced

MOST_ROWS: Final = 50


def sheet(page: Page[Any]) -> Sheet:
    """Return the picture of a page, by what is on it."""
    if not len(page):
        return Sheet("Page", "nothing found")
    first = page[0]
    match first:
        case Customer():
            return _customers(cast("Page[Customer]", page))
        case Result():
            return _results(cast("Page[Result]", page))
        case Entry():
            return Sheet(
                "Entries",
                count(len(page), "entry", "entries"),
                "",
                entries(cast("Page[Entry]", page)),
            )
        case Item():
            return _sheet(spaced(first.kind), page, _items(cast("Page[Item]", page)))
        case _:
            return Sheet("Page", count(len(page), "value"), "", (Note(str(page)),))


def _sheet(kind: str, page: Page[Any], table: Table) -> Sheet:
    more = "there are more: pass after=page.cursor" if page.cursor else "that is all"
    return Sheet(kind, f"{len(page):,} on this page", more, (table,))


def beyond(page: Page[Any], shown: int) -> str:
    """Return how many of a page are not among the rows."""
    return left_out(len(page), shown, "row", how="the page has them all")


def _customers(page: Page[Customer]) -> Sheet:
    rows = [
        (
            clip(one.name, 60),
            listed(dict.fromkeys(clip(name, 40) for _, name in one.accounts), 2) or NOTHING,
            listed((clip(key, 60) for key in one.identifiers), 3),
            f"{len(one.identities):,}",
            clip(one.id, 60),
        )
        for one in page[:MOST_ROWS]
    ]
    columns = ("customer", "account", "identifiers", "identities", "id")
    table = Table("Customers", columns, rows, beyond(page, len(rows)), frozenset({3}))
    return _sheet("Customers", page, table)


def _items(page: Page[Item]) -> Table:
    rows = [
        (clip(one.title, 90), _status(one), day(one.since), unfold(one.id, one.citation, one.props))
        for one in page[:MOST_ROWS]
    ]
    columns = ("title", "status", "since", "record")
    return Table("Newest first, or by id", columns, rows, beyond(page, len(rows)))


def _status(one: Item) -> Cell:
    status = str(one.props.get("status") or one.props.get("status_class") or "")
    tone: Tone = "warn" if one.is_open else "good" if one.is_open is False else "quiet"
    return Mark(spaced(status), tone) if status else NOTHING


def entries(page: Page[Entry], audience: Audience = "internal") -> tuple[Part, ...]:
    """Return the lines of a timeline: the newest as a table, more below it to unfold."""
    columns = ("when (UTC)", "what", "who", "title", "record")
    rows = [_entry(one, audience) for one in page[:MOST_ROWS]]
    newest = Table("Newest first", columns, rows[:_FIRST_ROWS])
    rest = rows[_FIRST_ROWS:]
    if not rest:
        return (newest,)
    older = Table("Before that", columns, rest, beyond(page, len(rows)))
    said = f"{count(len(page) - _FIRST_ROWS, 'entry', 'entries')} before that"
    return newest, Fold(said, (older,))


_FIRST_ROWS: Final = 8


def _entry(one: Entry, audience: Audience) -> tuple[Cell, ...]:
    what = " ".join(part for part in (one.channel, one.direction) if part) or one.kind
    record = unfold(one.id, one.citation, one.props, audience)
    return minute(one.at), what, clip(one.author or NOTHING, 40), clip(one.title, 110), record


def unfold(id: str, citation: str, props: Any, audience: Audience = "internal") -> Fold:
    """Return a citation that unfolds to its record."""
    return Fold(clip(citation, 40), record(id, props, audience=audience))


def _results(page: Page[Result]) -> Sheet:
    most = max(result.score for result in page)
    rows = [_result(one, most) for one in page[:MOST_ROWS]]
    columns = ("what", "score", "when", "found by", "passage")
    table = Table("Best first", columns, rows, beyond(page, len(rows)))
    return Sheet("Search", count(len(page), "result"), "", (table,))


def _result(one: Result, most: float) -> tuple[Cell, ...]:
    return (
        clip(one.title, 90),
        Bar(one.score, most, f"{one.score:.2f}"),
        day(one.at),
        clip(one.explain(), 120),
        Fold(
            clip(one.citation, 40), (Note(one.text[:2_000], "plain"), Facts([("id", clip(one.id))]))
        ),
    )
