"""The log beside the N-Quads file of rdflib: commits cost what they write, a crash costs none."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest

from omnimemory.errors import StoreError
from omnimemory.model.facts import Fact
from omnimemory.store._rdf_patch import Patch, PatchLog
from omnimemory.store.base import GraphStore
from omnimemory.store.registry import open_store
from omnimemory.testing.facts import TENANT, node, passage, put


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "graph.nq"


@pytest.fixture
def log(path: Path) -> Path:
    return path.with_name("graph.nq.rdfp")


def _filled(path: Path) -> GraphStore:
    store = open_store(f"rdf:///{path}")
    put(store, node("a"), passage("a", "x\n\\u0041"))
    put(store, node("b", "Issue"), retire=[node("a")])
    put(store, node("a", n=2))
    return store


def _facts(path: Path) -> list[Fact]:
    with open_store(f"rdf:///{path}") as store:
        return store.view(TENANT).versions(["a", "b", "c"])


def _crashed(path: Path, log: Path) -> tuple[bytes, bytes]:
    """Return the file and the log as a crash would leave them now."""
    return path.read_bytes(), log.read_bytes()


def test_a_commit_is_appended_and_the_file_is_whole_once_closed(path: Path, log: Path) -> None:
    """The file stays as it is while the store is open, and then holds all of it."""
    with _filled(path) as store:
        before, size = path.read_bytes(), log.stat().st_size
        put(store, node("c"))
        assert path.read_bytes() == before
        assert 0 < log.stat().st_size - size < 3_000
        facts = store.view(TENANT).versions(["a", "b", "c"])
        whole = path.with_name("copy.nq")
        store.backup(whole)
    assert not log.exists()
    quads = set(pyoxigraph.parse(path=path, format=pyoxigraph.RdfFormat.N_QUADS))
    assert quads == set(pyoxigraph.parse(path=whole, format=pyoxigraph.RdfFormat.N_QUADS))
    assert _facts(path) == facts


def test_the_file_and_its_log_are_the_store(path: Path, log: Path) -> None:
    """A process that was killed has left both; the next reads them as one."""
    with _filled(path) as store:
        facts = store.view(TENANT).versions(["a", "b"])
        left = _crashed(path, log)
    path.write_bytes(left[0])
    log.write_bytes(left[1])
    assert _facts(path) == facts


@pytest.mark.parametrize("lost", [1, 20, 300])
@pytest.mark.parametrize("tail", [b"", b"\0" * 40])
def test_what_a_crash_cut_off_is_dropped_and_the_rest_stands(
    path: Path, log: Path, lost: int, tail: bytes
) -> None:
    with _filled(path) as store:
        facts = store.view(TENANT).versions(["a", "b"])
        put(store, node("c"))
        left = _crashed(path, log)
    path.write_bytes(left[0])
    log.write_bytes(left[1][:-lost] + tail)
    assert _facts(path) == facts
    with open_store(f"rdf:///{path}") as store:
        put(store, node("c"))
        assert [found.id for found in store.view(TENANT).find()] == ["a", "b", "c"]


def test_a_log_that_is_damaged_before_its_end_is_refused(path: Path, log: Path) -> None:
    """What was acknowledged is not dropped in silence, and stays where it is."""
    with _filled(path):
        left = _crashed(path, log)
    damaged = left[1].replace(b"Ticket", b"Tickle", 1)
    path.write_bytes(left[0])
    log.write_bytes(damaged)
    with pytest.raises(StoreError, match="damaged"):
        open_store(f"rdf:///{path}")
    assert log.read_bytes() == damaged


def test_a_crash_between_the_file_and_its_log_writes_nothing_twice(path: Path, log: Path) -> None:
    """The file may already hold what the log says; what was erased since does not come back."""
    with _filled(path) as store:
        put(store, passage("b", "a private matter"))
        old = log.read_bytes()
        put(store, erase=["b"])
        facts = store.view(TENANT).versions(["a", "b"])
        assert store.contains_bytes([b"a private matter"]) == []
    log.write_bytes(old)
    assert _facts(path) == facts
    with open_store(f"rdf:///{path}") as store:
        assert store.contains_bytes([b"a private matter"]) == []


def test_a_log_that_outgrew_its_file_is_folded_in(
    path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omnimemory.store._rdf_rdflib._LOG_BYTES", 5_000)
    with open_store(f"rdf:///{path}") as store:
        for number in range(30):
            put(store, node(f"n{number}"))
            assert not log.exists() or log.stat().st_size < path.stat().st_size + 8_000
        assert path.stat().st_size > 5_000
        assert len(store.view(TENANT).find()) == 30


def test_the_log_is_rdf_patch(tmp_path: Path) -> None:
    """As https://afs.github.io/rdf-patch/ has it, so that other tools can apply it."""
    log = PatchLog(tmp_path / "x.rdfp")
    first = Patch([b"<urn:a> <urn:b> <urn:c> <urn:g> .\n"], [])
    second = Patch([], [b'<urn:a> <urn:b> "c" <urn:g> .\n'])
    log.append(first)
    log.append(second)
    text = log.path.read_text().splitlines()
    assert [line for line in text if not line.startswith("H ")] == [
        "TX .",
        "D <urn:a> <urn:b> <urn:c> <urn:g> .",
        "TC .",
        "TX .",
        'A <urn:a> <urn:b> "c" <urn:g> .',
        "TC .",
    ]
    assert list(PatchLog(log.path).read()) == [first, second]
