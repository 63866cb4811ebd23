"""What only the NetworkX store promises: its file and its graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnimemory.errors import StoreError
from omnimemory.store.networkx import NetworkXStore
from omnimemory.testing.facts import TENANT, edge, node, passage, put


def _fill(store: NetworkXStore) -> None:
    put(store, node("a", keys=["k:1"], name="Zoë"), node("b"), edge("a", "TO", "b", valid=3))
    put(store, node("a", n=2), passage("a", "private\n🧭"), retire=[node("a")])
    put(store, node("a", "Issue"), tenant="other")


def test_a_file_gives_back_all_versions_with_both_times(tmp_path: Path) -> None:
    path = tmp_path / "graph.jsonl"
    with NetworkXStore(path) as store:
        _fill(store)
        before = list(store.view(TENANT).scan())
        revision = store.view(TENANT).revision
    with NetworkXStore(path) as store:
        assert list(store.view(TENANT).scan()) == before
        assert store.view(TENANT).revision == revision
        assert store.tenants() == [TENANT, "other"]
        assert store.view(TENANT).tally(["b"], kinds=["TO"])[0].count == 1


def test_what_was_erased_is_gone_from_the_file_once_scrubbed(tmp_path: Path) -> None:
    with NetworkXStore(tmp_path / "graph.jsonl") as store:
        _fill(store)
        store.save()
        assert store.contains_bytes([b"private", b"nowhere"]) == [b"private"]
        put(store, erase=["a"])
        store.scrub()
        assert store.contains_bytes([b"private"]) == []
    assert [file.name for file in tmp_path.iterdir()] == ["graph.jsonl"]


def test_a_save_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "graph.jsonl"
    store = NetworkXStore(path)
    _fill(store)
    store.save()
    old = path.read_bytes()
    put(store, node("c"))
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", _no_space)
        with pytest.raises(StoreError, match="space on the disk"):
            store.save()
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]
    store.close()
    assert path.read_bytes() != old


def _no_space(_: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json\n",
        b'{"format":"other"}\n',
        b'{"format":"omnimemory-networkx","version":2}\n',
        b'{"format":"omnimemory-networkx","version":1}\n{"tenant":"a","revisions":[1]}\n{"fact":"x"}\n',
        b'{"format":"omnimemory-networkx","version":1}\n{"fact":"node"}\n',
        b'{"format":"omnimemory-networkx","version":1}\n{"tenant":"a","rev',
    ],
)
def test_another_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "graph.jsonl"
    path.write_bytes(content)
    with pytest.raises(StoreError):
        NetworkXStore(path)
    assert path.read_bytes() == content


def test_the_graph_of_a_tenant_can_be_explored() -> None:
    with NetworkXStore() as store:
        _fill(store)
        graph = store.graph(TENANT)
        assert list(graph.edges(keys=True)) == [("a", "b", "TO")]
        assert graph.nodes["a"]["kind"] == "Ticket"
        assert len(graph.nodes["a"]["versions"]) == 2
        assert len(store.graph("nobody")) == 0
