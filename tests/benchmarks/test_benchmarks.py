"""The benchmarks run, and say what they should; no figure is asserted here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks import agents, company, ingest, read, vectors
from benchmarks.framework_turns import TURNS
from benchmarks.measure import Row
from omnimemory.model.records import Message


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    told = json.loads(capsys.readouterr().out)
    assert {"cores", "python", "sqlite", "command"} <= set(told["machine"])
    return told["rows"]


def test_ingest_tells_the_rates(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "SINGLES", 10)
    ingest.main(["--interactions", "300", "--json", "--no-peers"])
    found = {row["what"]: row for row in rows(capsys)}
    for what in (
        "omnimemory, SQLite, bulk",
        "omnimemory, NetworkX, bulk",
        "omnimemory, SQLite, one durable record",
    ):
        assert found[what]["records_per_s"] > 0
    assert "raw SQLite, the same rows" in found


def test_read_tells_each_call_and_its_ratio_to_the_raw_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    read.main(["--interactions", "300", "--runs", "5", "--json", "--no-peers"])
    found = {row["what"]: row for row in rows(capsys)}
    assert found["SQLite: context_pack, 180 records"]["x_raw"] > 0
    assert found["SQLite: raw read, heavy"]["p50_ms"] > 0


def test_the_generated_company_is_as_large_as_asked_for_and_always_the_same() -> None:
    first, second = (list(company.records(3_000)) for _ in range(2))
    assert first == second
    assert sum(isinstance(one, Message) for one in first) == 3_000


def test_vectors_tells_latency_and_recall(capsys: pytest.CaptureFixture[str]) -> None:
    vectors.main(["--passages", "300", "--dim", "16", "--runs", "4", "--json"])
    (row,) = rows(capsys)
    assert row["recall"] == 1
    told = {"both_p50_ms", "open_words_s", "open_vectors_s", "catch_up_1000_words_s"}
    assert {*told, "catch_up_1000_vectors_s", "peak_memory_mb"} <= set(row)


@pytest.mark.filterwarnings(
    "ignore::pydantic.warnings.PydanticDeprecatedSince20",
    "ignore::pydantic.warnings.PydanticDeprecatedSince211",
)
def test_agents_tells_each_framework_tool_and_transport(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What each takes beyond the same thing without the memory, in one run."""
    agents.main(["--interactions", "300", "--runs", "2", "--json"])
    found = {row["what"]: row for row in rows(capsys)}
    turns = [f"turn of {name}" for name in TURNS]
    for what in (
        *turns,
        "tool get_context",
        "MCP over stdio: get_context",
        "MCP over HTTP: get_context",
    ):
        assert {"bare_p50_ms", "over_p50_ms", "over_p95_ms"} <= set(found[what])
    for what in turns:
        assert found[what]["pack_p50_ms"] > 0


def test_agents_measures_only_the_frameworks_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> list[Row]:
        return []

    monkeypatch.setattr(agents, "_mcp", none)
    agents.main(["--interactions", "300", "--runs", "2", "--json", "--only", "langchain"])
    assert [row["what"] for row in rows(capsys) if "turn" in row["what"]] == ["turn of langchain"]
