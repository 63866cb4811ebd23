"""The command line: each command, for people and with --json, and errors that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnimemory.cli import main
from omnimemory.testing import company
from tests.surface.commands import as_json, ran

DANA = company.DANA.email


@pytest.fixture
def store(exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The options that lead to a store with the sample company's tickets and records."""
    options = ["--store", f"sqlite:///{tmp_path}/support.db", "--tenant", "acme"]
    assert main(["ingest", "zendesk", str(exports / "zendesk"), *options]) == 0
    assert main(["ingest", "records", str(exports / "records.jsonl"), *options]) == 0
    capsys.readouterr()
    return options


def test_ingest_reports_for_people_and_programs(
    store: list[str], exports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ["ingest", "zendesk", str(exports / "zendesk"), *store]
    assert "nothing new" in ran(again, capsys)
    report = as_json(again, capsys)
    assert report["failed"] == report["commits"] == 0


def test_customer_shows_one_or_lists_them(
    store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert company.DANA.name in ran(["customer", DANA, *store], capsys)
    assert as_json(["customer", DANA, *store], capsys)["name"] == company.DANA.name
    listed = as_json(["customer", "--account", company.DANA.account, *store], capsys)
    assert company.DANA.name in [one["name"] for one in listed]


def test_timeline_pages(store: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    first = as_json(["timeline", DANA, "--limit", "2", *store], capsys)
    assert len(first["entries"]) == 2
    rest = as_json(["timeline", DANA, "--after", first["cursor"], *store], capsys)
    assert not {one["id"] for one in first["entries"]} & {one["id"] for one in rest["entries"]}
    assert "more: --after" in ran(["timeline", DANA, "--limit", "2", *store], capsys)


def test_search_finds_words(store: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(["search", "charged twice", "--customer", DANA, *store], capsys)
    assert f"ticket:zendesk:{company.DANA.ticket}" in [one["id"] for one in found]
    assert ran(["search", "xyzzy", *store], capsys).strip() == "nothing"


def test_pack_keeps_its_budget(store: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert company.DANA.ticket in ran(["pack", DANA, "Where is my refund?", *store], capsys)
    pack = as_json(["pack", DANA, "--budget", "900", *store], capsys)
    assert pack["tokens"] <= 900


def test_history_takes_the_number_people_say(
    store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    versions = as_json(["history", f"zendesk:{company.DANA.ticket}", *store], capsys)
    assert {"new", "open"} <= {one["props"].get("status") for one in versions}


def test_an_export_reads_back(
    store: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "out.jsonl")
    lines = as_json(["export", path, *store], capsys)["facts"]
    copy = ["--store", f"sqlite:///{tmp_path}/copy.db", "--tenant", "acme"]
    assert as_json(["load", path, *copy], capsys)["facts"] == lines
    assert ran(["customer", DANA, *copy], capsys) == ran(["customer", DANA, *store], capsys)


def test_erase_asks_first_and_then_proves_it(
    store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--yes" in ran(["erase", DANA, *store], capsys, code=2)
    assert as_json(["erase", DANA, "--yes", *store], capsys)["verified"] is True
    assert "no customer" in ran(["customer", DANA, *store], capsys, code=3)


def test_doctor_counts_and_finds_nothing_wrong(
    store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    told = as_json(["doctor", *store], capsys)
    assert told["problems"] == []
    assert told["counts"]["Ticket"] >= 60
    assert "no problems found" in ran(["doctor", *store], capsys)


def test_bad_records_are_named_and_the_exit_code_says_so(
    store: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"type": "message", "source": "x", "id": "1"}\n')
    assert main(["ingest", "records", str(path), *store]) == 1
    assert "bad.jsonl[0] at occurred_at" in capsys.readouterr().out


SHOWN = {
    "overview": [],
    "customer": [DANA],
    "timeline": [DANA],
    "search": ["charged twice"],
    "pack": [DANA, "Where is my refund?", "--as-of", "2026-03-06"],
    "graph": [DANA, "--hops", "1"],
    "compare": [DANA, "2026-03-01", "2026-03-05"],
}


def test_what_is_looked_at_is_written_to_files(
    store: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a page, as text and as JSON; the JSON is what ``--json`` prints."""
    for command, others in SHOWN.items():
        words = [command, *others, *store]
        for ending in (".html", ".txt", ".json"):
            path = tmp_path / f"{command}{ending}"
            assert str(path) in ran([*words, "--out", str(path)], capsys)
            assert path.stat().st_size > 100
        assert (tmp_path / f"{command}.html").read_text().startswith("<!doctype html>")
        assert (tmp_path / f"{command}.json").read_text() == ran([*words, "--json"], capsys)


def test_a_graph_goes_to_dot_and_graphml(
    store: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for ending, begin in ((".dot", "digraph"), (".graphml", "<graphml")):
        path = tmp_path / f"dana{ending}"
        told = as_json(["graph", DANA, "--out", str(path), *store], capsys)
        assert told == {"path": str(path), "bytes": path.stat().st_size}
        assert path.read_text().startswith(begin)
    early = as_json(["graph", DANA, "--as-of", "2026-03-02", *store], capsys)
    kinds = {node["kind"] for node in early["nodes"]}
    assert "Identity" in kinds
    assert "Ticket" not in kinds


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    store: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor is anything half written beside it."""
    old = tmp_path / "dana.html"
    old.write_text("old")
    assert "no customer" in ran(["graph", "x@y.example", "--out", str(old), *store], capsys, code=3)
    (tmp_path / "folder.html").mkdir()
    said = ran(["graph", DANA, "--out", str(tmp_path / "folder.html"), *store], capsys, code=2)
    assert "cannot write" in said
    assert old.read_text() == "old"
    assert {one.name for one in tmp_path.glob("*.html")} == {"dana.html", "folder.html"}
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(SystemExit, match="2"):
        main(["graph", DANA, "--out", "dana.pdf", *store])
    assert "must end in .html" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["customer", "nobody@example.org"], 3, "no customer"),
        (["customer", "dan@example.org"], 3, "nearest"),
        (["ingest", "zendesk", "/no/such/folder"], 2, "to read at"),
        (["ingest", "nonsense", "x"], 2, "known:"),
        (["ingest", "records", "/no/such/file", "--option", "x"], 2, "name=value"),
        (["ingest", "records", "/no/such/file", "--option", "x=1"], 2, "option"),
        (["pack", DANA, "--budget", "0"], 2, "budget"),
        (["pack", DANA, "--budget", "5"], 2, "least"),
        (["pack", DANA, "--as-of", "yesterday"], 2, "is not a time"),
        (["pack", DANA, "--as-of", "2999-01-01"], 2, "not come yet"),
        (["history", "ticket:zendesk:99"], 3, "no node"),
        (["load", "/no/such/file"], 2, "cannot read"),
        (["export", "/no/such/folder/x"], 2, "cannot write"),
        (["graph", DANA, "--hops", "9"], 2, "whole number"),
        (["graph", DANA, "--out", "/no/such/folder/x.dot"], 2, "cannot write"),
        (["compare", DANA, "2026-03-05", "2026-03-01"], 2, "swap them"),
        (["compare", DANA, "yesterday"], 2, "is not a time"),
        (["pack", DANA, "--explain", "--out", "x.html"], 2, "--out"),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(
    store: list[str],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    hint: str,
) -> None:
    said = ran([*arguments, *store], capsys, code=code)
    assert said.startswith("omnimemory: ")
    assert said.count("\n") == 1
    assert hint in said


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--store", "nonsense://x"], "sqlite"),
        (["--store", "sqlite:////no/such/folder/x.db"], "/no/such/folder"),
        (["--store", "sqlite://", "--tenant", "no such/name"], "tenant"),
    ],
)
def test_a_store_that_cannot_be_opened_is_one_clear_error(
    capsys: pytest.CaptureFixture[str], options: list[str], hint: str
) -> None:
    assert main(["doctor", *options]) in (1, 2)
    assert hint in capsys.readouterr().err
