"""Laws of the rows of a vector index: exact or in lists, in memory or in their file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omnimemory.index import _blocks, _vector_rows
from omnimemory.index import _file as file
from omnimemory.index._vector_rows import Rows


def unit(count: int, dim: int, seed: int) -> Any:
    rows = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_exact_is_what_faiss_flat_says() -> None:
    faiss: Any = __import__("faiss")
    rows = unit(500, 32, 1).astype(np.float16).astype(np.float32)
    flat = faiss.IndexIDMap2(faiss.IndexFlatIP(32))
    flat.add_with_ids(rows, np.arange(500))
    mine = Rows(32)
    mine.add(rows)
    gone = list(range(0, 500, 7))
    mine.remove(gone)
    flat.remove_ids(np.array(gone))
    for query in unit(20, 32, 2):
        scores, numbers = flat.search(query[None], 10)
        found = mine.nearest(query, 10)
        assert [number for number, _ in found] == numbers[0].tolist()
        assert np.allclose([score for _, score in found], scores[0], atol=1e-4)


def saved(rows: Rows, folder: Path) -> Any:
    """Return the arrays of rows as they come back from a file."""
    file.write(folder / "rows", file.Header("", "", 0), rows.parts())
    there = file.read(folder / "rows", _vector_rows.PARTS, _vector_rows.PARTS)
    assert there is not None
    return there.parts


def test_lists_find_the_near_ones_take_new_ones_and_lose_removed_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_vector_rows, "LISTS_FROM", 2_000)
    rows = Rows(16)
    rows.add(unit(4_000, 16, 3))
    assert rows.settle()
    assert not rows.settle()
    (query,) = unit(1, 16, 4)
    number = rows.used
    rows.add(query[None])
    assert rows.nearest(query, 5)[0][0] == number
    rows.remove([number])
    assert number not in dict(rows.nearest(query, 5))
    again = Rows(16)
    again.restore(saved(rows, tmp_path), rows.cut_at)
    assert dict(again.nearest(query, 5)).keys() == dict(rows.nearest(query, 5)).keys()


def test_rows_in_many_blocks_are_those_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However they came, and after they were saved piece by piece, read, and added to."""
    monkeypatch.setattr(_blocks, "BLOCK_ROWS", 64)
    given = unit(300, 1_024, 5).astype(np.float16).astype(np.float32)
    rows = Rows(1_024)
    for begin, end in ((0, 1), (1, 63), (63, 65), (65, 200), (200, 200), (200, 290)):
        rows.add(given[begin:end])
    rows.remove([0, 64, 199])
    again = Rows(1_024)
    again.restore(saved(rows, tmp_path), 0)
    for one in (rows, again):
        one.add(given[290:])
        kept = given.copy()
        kept[[0, 64, 199]] = 0
        numbers = [299, 0, 63, 64, 130]
        assert np.allclose(one.cosines(given[7], numbers), kept[numbers] @ given[7], atol=1e-4)
        assert one.nearest(given[130], 1)[0][0] == 130
        one.compact([5, 70, 299])
        assert one.used == 3
        assert one.nearest(given[299], 1)[0][0] == 2


def test_what_is_used_of_a_file_is_checked_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged piece is noticed when a row of it is used, and not before."""
    monkeypatch.setattr(_blocks, "BLOCK_ROWS", 64)
    given = unit(192, 1_024, 5)
    rows = Rows(1_024)
    rows.add(given)
    _ = saved(rows, tmp_path)
    content = bytearray((tmp_path / "rows").read_bytes())
    content[-70 * 2_048] ^= 1
    (tmp_path / "rows").write_bytes(content)
    there = file.read(tmp_path / "rows", _vector_rows.PARTS, _vector_rows.PARTS)
    assert there is not None
    again = Rows(1_024)
    again.restore(there.parts, 0)
    assert again.cosines(given[7], [7, 191]) == rows.cosines(given[7], [7, 191])
    for use in (
        lambda: again.cosines(given[7], [192 - 70]),
        lambda: again.nearest(given[7], 1),
        lambda: again.remove([7]),
        again.parts,
    ):
        with pytest.raises(file.DamagedError):
            use()


def test_what_was_let_go_of_keeps_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that a row was erased from is replaced; nothing may hold the old one."""
    monkeypatch.setattr(_blocks, "BLOCK_ROWS", 64)
    rows = Rows(1_024)
    rows.add(unit(192, 1_024, 5))
    again = Rows(1_024)
    again.restore(saved(rows, tmp_path), 0)
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("this system does not tell what is mapped")
    assert str(tmp_path) in maps.read_text()
    again.remove([70])
    assert str(tmp_path) not in maps.read_text()


def test_what_comes_in_turns_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists that are cut by some of the rows know every topic, however the rows came."""
    monkeypatch.setattr(_vector_rows, "LISTS_FROM", 2_000)
    monkeypatch.setattr(_vector_rows, "_TRAINING_PER_LIST", 4)
    monkeypatch.setattr(_vector_rows, "_PROBES", 6)
    monkeypatch.setattr(_vector_rows, "_LEAST_PROBED", 0)
    topics, noise = unit(44, 32, 6), unit(8_000, 32, 7)
    given = topics[np.arange(8_000) % 44] + 0.7 * noise
    given /= np.linalg.norm(given, axis=1, keepdims=True)
    rows = Rows(32)
    rows.add(given)
    assert rows.settle()
    shares: list[float] = []
    for one in given[:88]:
        exact = {number for number, _ in rows.nearest(one, 10, range(8_000))}
        shares.append(len(exact & {number for number, _ in rows.nearest(one, 10)}) / len(exact))
    assert np.mean(shares) > 0.9
