"""A report: what an ingest took in, what it wrote, what had no place, and what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from omnimemory.ingest.report import Report
from omnimemory.show.sheets import Bar, Cell, Fold, Note, Part, Sheet, Table, Tone
from omnimemory.show.words import clip, count, left_out

_MOST_ERRORS: Final = 50
_MOST_FIELDS: Final = 50


def sheet(report: Report) -> Sheet:
    """Return the picture of a report."""
    total = sum(report.records.values())
    news = (
        "nothing new"
        if not report.changed
        else f"{count(report.commits, 'batch', 'batches')} written"
    )
    failed = f", {count(report.failed, 'record')} could not be used" if report.failed else ""
    return Sheet("Ingest", count(total, "record"), f"{news}{failed}", tuple(_parts(report)))


def _parts(report: Report) -> Iterator[Part]:
    if report.failed:
        yield from _errors(report)
    if report.records:
        yield _counted("Records taken in", report.records)
    if report.added:
        said = f"{count(report.closed, 'older version')} closed" if report.closed else ""
        yield _counted("Facts written", report.added, left_out=said)
    if report.identity:
        yield _counted("Identities", report.identity)
    for number, said in (
        (report.erased, "left out: they belong to somebody who was erased"),
        (report.redacted, "taken back by their source, and gone"),
    ):
        if number:
            yield Note(f"{count(number, 'record')} {said}", "warn")
    if report.unplaced:
        yield _unplaced(report)


def _counted(
    caption: str, counts: Counter[str], *, left_out: str = "", tone: Tone = "plain"
) -> Table:
    most = max(counts.values())
    rows: list[tuple[Cell, ...]] = [
        (clip(name, 60), Bar(number, most, f"{number:,}", tone))
        for name, number in counts.most_common(40)
    ]
    return Table(caption, ("what", "how many"), rows, left_out)


def _errors(report: Report) -> Iterator[Part]:
    rows: list[tuple[Cell, ...]] = [
        (
            clip(one.source, 40),
            clip(one.where, 80),
            clip(".".join(map(str, one.path)), 60),
            clip(one.problem),
        )
        for one in report.errors[:_MOST_ERRORS]
    ]
    more = left_out(
        len(report.errors), len(rows), "problem", how="report.errors has the first thousand"
    )
    yield Table("What could not be used", ("source", "where", "field", "problem"), rows, more)


def _unplaced(report: Report) -> Fold:
    table = _counted("By source, type and field", report.unplaced, tone="quiet")
    more = left_out(len(report.unplaced), _MOST_FIELDS, "field")
    parts = (table, Note(more)) if more else (table,)
    return Fold(
        f"{count(len(report.unplaced), 'field')} had no place, and are kept under extra", parts
    )
