"""What only the SQLite store promises: plans, faults, crashes, other writers, files."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from omnimemory.errors import ConflictError, SchemaError, StoreError
from omnimemory.model.facts import Changes, Fact
from omnimemory.store import _sqlite_driver, _sqlite_schema
from omnimemory.store.sqlite import SqliteStore
from omnimemory.store.walk import EdgeQuery, Ends, TallyQuery
from omnimemory.testing.facts import TENANT, edge, node, passage, put

BIG = ("thing", "node", "node_key", "edge", "passage")
WHOLE = re.compile(rf"SCAN ({'|'.join(BIG)}|[nektpsx])\b(?! VIRTUAL TABLE)")
"""A line of a plan that looks at a whole table, by its name or by what a query calls it."""

READS: dict[str, Callable[[Any], object]] = {
    "nodes": lambda view: view.nodes(["t:0", "t:1"]),
    "find by key": lambda view: view.find(kind="Ticket", keys=["k:1"]),
    "find by kind": lambda view: view.find(kind="Ticket", after="t:1", limit=5),
    "keys": lambda view: view.keys("k:", limit=5),
    "edges": lambda view: view.edges(["c"], kinds=["FROM"]),
    "edges of any kind": lambda view: view.edges(["c"]),
    "newest": lambda view: view.edges(["c"], kinds=["FROM"], newest=3),
    "newest of any kind": lambda view: view.edges(["c"], before=50, newest=3),
    "newest of a walk": lambda view: view.walk(
        [
            EdgeQuery(["c"], ["FROM"], "target", newest=3),
            EdgeQuery((), ends=(Ends((0,), "source", "t:", 2),), newest=2),
            EdgeQuery((), ["FROM"], ends=(Ends((0, 1), "target"),)),
        ]
    ),
    "walk that counts": lambda view: view.walk(
        [EdgeQuery(["t:0"])], tally=TallyQuery(Ends((0,), "target"), ["FROM"])
    ),
    "tally": lambda view: view.tally(["c"], kinds=["FROM"]),
    "passages": lambda view: list(view.passages(["t:0"])),
    "versions": lambda view: view.versions(["t:0", "t:1"]),
}


def filled(path: Path, connect: Callable[[str], sqlite3.Connection] | None = None) -> SqliteStore:
    store = SqliteStore(path, connect=connect)
    facts: list[Fact] = [node("c", kind="Identity")]
    for n in range(40):
        facts += [
            node(f"t:{n}", keys=[f"k:{n}"]),
            passage(f"t:{n}", f"text {n}"),
            edge(f"t:{n}", "FROM", "c", valid=n),
        ]
    put(store, *facts)
    return store


@pytest.mark.parametrize("read", READS)
def test_no_read_looks_at_a_whole_table_or_sorts_what_an_index_gives(
    tmp_path: Path, read: str
) -> None:
    """Plans are pinned on every statement that a read runs, as SQLite expands it."""
    seen: list[str] = []

    def connect(path: str) -> sqlite3.Connection:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.set_trace_callback(seen.append)
        return db

    with filled(tmp_path / "x.db", connect) as store:
        view = store.view(TENANT)
        seen.clear()
        READS[read](view)
        statements = [sql for sql in seen if sql.lstrip().upper().startswith(("SELECT", "WITH"))]
        assert statements
        with sqlite3.connect(tmp_path / "x.db") as db:
            for sql in statements:
                plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
                scans = [line for line in plan if WHOLE.match(line)]
                assert not scans, (sql, plan)
                if read.startswith("newest"):
                    assert not [line for line in plan if "TEMP B-TREE" in line], (sql, plan)
        db.close()


def test_catching_up_costs_what_is_new_and_not_what_was_ever_closed(tmp_path: Path) -> None:
    """The steps of SQLite's machine are counted for the last revision of many."""
    steps: list[int] = []

    def connect(path: str) -> sqlite3.Connection:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.set_progress_handler(lambda: steps.append(1), 1)
        return db

    with SqliteStore(tmp_path / "x.db", connect=connect) as store:
        put(store, *(node(f"t:{n}") for n in range(500)))
        costs: list[int] = []
        for low in (0, 10, 490):
            put(store, retire=[node(f"t:{n}") for n in range(low)])
            newest = put(store, retire=[node(f"t:{low}")])
            view = store.view(TENANT)
            steps.clear()
            assert len(list(view.scan(since=newest - 1))) == 1
            costs.append(len(steps))
    assert costs[2] < costs[0] + 50


def everything(store: SqliteStore) -> list[object]:
    return list(store.view(TENANT).scan())


def second(store: SqliteStore) -> None:
    base = store.view(TENANT).revision
    retire = tuple(f for f in store.view(TENANT).versions(["t:0"]) if f.id == "t:0")
    changes = Changes(
        add=(node("t:0", keys=["k:new"]), node("t:99"), edge("t:99", "FROM", "c"), passage("t:99", "new")),
        retire=retire,
        erase=frozenset({"t:1"}),
    )  # fmt: skip
    store.commit(TENANT, changes, base=base)


class Failing(sqlite3.Connection):
    """A connection that fails at the n-th write, as a full disk would."""

    left: int = 10**9

    def _step(self, sql: str) -> None:
        if not sql.lstrip().upper().startswith(("SELECT", "ROLLBACK", "PRAGMA")):
            if type(self).left == 0:
                raise sqlite3.OperationalError("database or disk is full")
            type(self).left -= 1

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        self._step(sql)
        return super().execute(sql, *args)

    def executemany(self, sql: str, *args: Any) -> sqlite3.Cursor:
        self._step(sql)
        return super().executemany(sql, *args)


def test_a_failure_at_any_statement_of_a_commit_writes_nothing(tmp_path: Path) -> None:
    class Once(Failing):
        pass

    def connect(path: str) -> sqlite3.Connection:
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Once)

    with filled(tmp_path / "x.db", connect) as store:
        before = everything(store)
        failures = 0
        while True:
            Once.left = failures
            try:
                second(store)
                break
            except StoreError:
                failures += 1
            finally:
                Once.left = 10**9
            assert everything(store) == before
        assert failures > 10
        assert everything(store) != before


def test_a_write_that_the_file_system_refuses_leaves_a_commit_whole_or_undone(
    tmp_path: Path,
) -> None:
    """The file system fails at the n-th write or sync of a commit, for every n.

    A write that fails undoes the commit. When only the sync fails, the log may hold all of it
    and the next to open the file takes it over; a part of it never stands.
    """
    apsw = pytest.importorskip("apsw")
    kept = tmp_path / "kept.db"
    filled(kept).close()
    with SqliteStore(kept) as store:
        before = everything(store)
    undone, finished = 0, False
    messages: set[str] = set()
    for writes in range(400):
        path = tmp_path / f"{writes}.db"
        shutil.copy(kept, path)
        vfs = _faulty(apsw, f"faulty{writes}", writes)
        connect: Any = partial(Adapted, apsw, vfs.name)
        store = SqliteStore(path, connect=connect)
        vfs.armed = True
        try:
            second(store)
            finished = True
        except StoreError as error:
            messages.add(str(error).removeprefix(str(path)))
            finished = False
        vfs.armed = False
        here = _without_times(everything(store))
        store.close()
        with SqliteStore(path) as reopened:
            there = _without_times(everything(reopened))
            assert reopened.check() == []
            if finished:
                assert here == there != _without_times(before)
                break
            assert here == _without_times(before)
            undone += there == here
            if there == here:
                second(reopened)
    assert finished
    assert undone >= 3
    assert len(messages) == 1
    assert "the disk is full; free some space" in messages.pop()


def _without_times(recorded: list[Any]) -> list[Any]:
    return [(entry.closed, entry.fact.id) for entry in recorded]


class Adapted:
    """An `apsw` connection with as much of `sqlite3.Connection` as the store uses."""

    def __init__(self, apsw: Any, vfs: str, path: str) -> None:
        self._apsw = apsw
        self._db = apsw.Connection(path, vfs=vfs)

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def execute(self, sql: str, args: Any = None) -> Any:
        return self._run(self._db.execute, sql, args)

    def executemany(self, sql: str, args: Any) -> Any:
        return self._run(self._db.executemany, sql, args)

    def close(self) -> None:
        self._db.close()

    def _run(self, call: Any, sql: str, args: Any) -> Any:
        try:
            return call(sql, args)
        except self._apsw.Error as error:
            translated = sqlite3.OperationalError(str(error))
            translated.sqlite_errorname = f"SQLITE_{type(error).__name__[:-5].upper()}"
            raise translated from error


def _faulty(apsw: Any, name: str, after: int) -> Any:
    """Return a virtual file system that fails at the n-th write or sync once it is armed."""

    class File(apsw.VFSFile):
        def __init__(self, filename: Any, flags: Any) -> None:
            super().__init__("", filename, flags)

        def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
            vfs.step()
            super().xWrite(data, offset)

        def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
            vfs.step()
            super().xSync(flags)

    class Faulty(apsw.VFS):
        def __init__(self) -> None:
            self.name = name
            self.armed = False
            self.left = after
            super().__init__(name, "")

        def step(self) -> None:
            if self.armed:
                self.left -= 1
                if self.left < 0:
                    raise apsw.FullError("no space left")

        def xOpen(self, filename: Any, flags: Any) -> Any:  # noqa: N802 - SQLite's name
            return File(filename, flags)

    vfs = Faulty()
    return vfs


WRITER = """
import sys
from omnimemory.errors import ConflictError
from omnimemory.store.sqlite import SqliteStore
from omnimemory.testing.facts import TENANT, edge, node, passage
from omnimemory.model.facts import Changes

store = SqliteStore(sys.argv[1])
name, count = sys.argv[2], int(sys.argv[3])
n = 0
while n < count:
    id = f"{name}:{n}"
    view = store.view(TENANT)
    facts = [node(id), node("shared")] if not view.nodes(["shared"]) else [node(id)]
    batch = Changes(add=(*facts, edge(id, "FROM", "shared"), passage(id, "words " * 40)))
    try:
        store.commit(TENANT, batch, base=view.revision)
    except ConflictError:
        continue
    print(id, flush=True)
    n += 1
"""


def start(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


def whole(store: SqliteStore, id: str) -> bool:
    return len(store.view(TENANT).versions([id])) == 3


@pytest.mark.parametrize("seconds", [0.05, 0.2])
def test_after_kill_9_every_acknowledged_commit_is_whole_and_nothing_else_is_there(
    tmp_path: Path, seconds: float
) -> None:
    path = tmp_path / "x.db"
    child = start(path, "t", 1_000_000)
    assert child.stdout is not None
    acknowledged = [child.stdout.readline().strip()]
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
    child.wait()
    child.stdout.close()
    with SqliteStore(path) as store:
        found = {one.id for one in store.view(TENANT).find() if one.id != "shared"}
        assert set(acknowledged) <= found
        assert len(found) <= len(acknowledged) + 1
        assert all(whole(store, id) for id in found)
        assert store.check() == []


def test_processes_that_write_one_file_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    children = [start(path, f"p{n}", 40) for n in range(3)]
    done = [child.communicate(timeout=120)[0].split() for child in children]
    assert all(child.returncode == 0 for child in children)
    with SqliteStore(path) as store:
        assert all(whole(store, id) for ids in done for id in ids)
        assert len(store.view(TENANT).find()) == 3 * 40 + 1
        tallies = store.view(TENANT).tally(["shared"], kinds=["FROM"])
        assert [tally.count for tally in tallies] == [120]


def test_who_opens_a_new_file_at_once_finds_it_made_once(tmp_path: Path) -> None:
    """Nobody takes a half-made file for another program's, or fails because it is locked."""

    def opened(path: Path) -> int:
        with SqliteStore(path) as store:
            return store.view(TENANT).revision

    with ThreadPoolExecutor(8) as pool:
        for n in range(12):
            assert list(pool.map(opened, [tmp_path / f"{n}.db"] * 8)) == [0] * 8


def test_threads_that_share_a_store_read_whole_commits_only(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    put(store, node("shared"))
    stop = threading.Event()
    torn: list[str] = []

    def read() -> None:
        while not stop.is_set():
            view = store.view(TENANT)
            edges = {one.source for one in view.edges(["shared"])}
            nodes = {one.id for one in view.find(kind="Ticket")} - {"shared"}
            if edges != nodes:
                torn.append(f"{edges} {nodes}")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for n in range(60):
        put(store, node(f"t:{n}"), edge(f"t:{n}", "FROM", "shared"))
    stop.set()
    for reader in readers:
        reader.join()
    store.close()
    assert torn == []


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(SchemaError, match="another program"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_newer_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    SqliteStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(SchemaError, match="upgrade omnimemory-graph"):
        SqliteStore(path)


def test_a_kept_file_of_schema_1_opens_with_everything_in_it(tmp_path: Path) -> None:
    kept = Path(__file__).parent / "schema-1.sql"
    expected = json.loads((Path(__file__).parent / "schema-1.json").read_text())
    path = tmp_path / "old.db"
    db = sqlite3.connect(path)
    db.executescript(kept.read_text())
    db.close()
    with SqliteStore(path) as store:
        view = store.view(TENANT)
        assert [one.id for one in view.find()] == expected["nodes"]
        (tally,) = view.tally(["c"], kinds=["FROM"])
        assert tally.count == expected["edges"] == len(view.edges(["c"]))
        assert [one.text for one in view.passages()] == expected["texts"]
        put(store, node("after"))
        assert store.check() == []
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (_sqlite_schema.VERSION,)
    db.close()


@pytest.mark.parametrize("cut", [0, 10, 5_000])
def test_a_damaged_file_is_one_clear_error(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "x.db"
    filled(path).close()
    data = bytearray(path.read_bytes())
    data[cut : cut + 4_000] = b"\xa5" * 4_000
    path.write_bytes(data)
    with pytest.raises((StoreError, SchemaError)):  # noqa: PT012 - at opening, or when checked
        store = SqliteStore(path)
        problems = store.check()
        store.close()
        if problems:
            raise StoreError(problems[0])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB; only root can mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_one_clear_error_and_nothing_is_lost(small_disk: Path) -> None:
    with SqliteStore(small_disk / "x.db") as store:
        kept: list[str] = []
        with pytest.raises(StoreError, match="disk"):  # noqa: PT012 - it fails when it fails
            for n in range(1_000):
                put(store, node(f"t:{n}"), passage(f"t:{n}", os.urandom(20_000).hex()))
                kept.append(f"t:{n}")
        assert kept
        assert sorted(one.id for one in store.view(TENANT).find()) == sorted(kept)
    (small_disk / "x.db").unlink()


def test_a_file_that_another_process_keeps_locked_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever, and the commit goes through once the file is free."""
    monkeypatch.setattr(_sqlite_driver, "BUSY_SECONDS", 0.2)
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    with SqliteStore(tmp_path / "x.db") as store:
        put(store, node("a"))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process kept it locked"):
            put(store, node("b"))
        assert [one.id for one in store.view(TENANT).find()] == ["a"]
        other.execute("ROLLBACK")
        put(store, node("b"))
    other.close()


def test_a_folder_that_is_missing_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder must exist"):
        SqliteStore(tmp_path / "missing" / "x.db")


def test_a_file_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    """Root may write anything, so the file is opened read-only instead."""
    path = tmp_path / "x.db"
    filled(path).close()

    def connect(path: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )

    with (
        pytest.raises(StoreError, match="cannot be written"),
        SqliteStore(path, connect=connect) as store,
    ):
        put(store, node("t:new"))


def test_a_backup_is_whole_while_others_write(tmp_path: Path) -> None:
    with filled(tmp_path / "x.db") as store:
        store.backup(tmp_path / "copy.db")
        with SqliteStore(tmp_path / "copy.db") as copy:
            assert everything(copy) == everything(store)
        with pytest.raises(StoreError, match="exists already"):
            store.backup(tmp_path / "copy.db")


def test_a_conflict_is_retried_by_nobody_but_the_caller(tmp_path: Path) -> None:
    with filled(tmp_path / "x.db") as store:
        base = store.view(TENANT).revision
        second(store)
        with pytest.raises(ConflictError):
            store.commit(TENANT, Changes(add=(node("t:0", keys=["k:other"]),)), base=base)
