"""What only the RDF stores in this process promise: one file, one folder, and their bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import omnimemory
from omnimemory.errors import ClosedError, SchemaError, StoreError
from omnimemory.store.registry import open_store
from omnimemory.testing.facts import TENANT, edge, node, passage, put

PLACES = {"rdf": "graph.nq", "oxigraph": "graph"}

_FILL = """
import resource, sys
from omnimemory.errors import StoreError
from omnimemory.store.registry import open_store
from omnimemory.testing.facts import TENANT, node, passage, put

url = sys.argv[1]
with open_store(url) as store:
    put(store, node("a"), passage("a", "x"))
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
try:
    with open_store(url) as store:
        for number in range(100):
            text = "".join(chr(0x4E00 + (number * i * i) % 20_000) for i in range(100_000))
            put(store, node(f"n{number}"), passage(f"n{number}", text))
            print(number, flush=True)
except StoreError as error:
    print("full:", error)
"""


@pytest.fixture(params=list(PLACES))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"{request.param}:///{tmp_path}/{PLACES[request.param]}"


def test_a_place_gives_back_all_versions_with_both_times(url: str) -> None:
    with open_store(url) as store:
        put(store, node("a", keys=["k:1"], name="Zoë"), node("b"), edge("a", "TO", "b", valid=3))
        put(store, node("a", n=2), passage("a", "x\n\\u0041"), retire=[node("a")])
        put(store, node("a", "Issue"), tenant="other")
        before = list(store.view(TENANT).scan())
    with open_store(url) as store:
        assert list(store.view(TENANT).scan()) == before
        assert store.tenants() == [TENANT, "other"]
        assert store.view(TENANT).tally(["b"], kinds=["TO"])[0].count == 1


def test_one_store_at_a_time_has_a_place_open(url: str) -> None:
    with open_store(url) as store, pytest.raises(StoreError, match="in use"):
        open_store(url)
    with pytest.raises(ClosedError):
        store.tenants()
    open_store(url).close()


def test_what_was_erased_is_gone_from_the_bytes_once_scrubbed(url: str) -> None:
    secrets = [b"private matter", b"zz-key-zz", b"ticket:z:secret"]
    with open_store(url) as store:
        put(store, node("ticket:z:secret", keys=["zz-key-zz"]), node("b"))
        put(
            store,
            passage("ticket:z:secret", "a private matter"),
            edge("b", "TO", "ticket:z:secret"),
        )
        assert store.contains_bytes([*secrets, b"nowhere"]) == sorted(secrets)
        put(store, erase=["ticket:z:secret"])
        store.scrub()
        assert store.contains_bytes(secrets) == []
        put(store, node("c"))
    with open_store(url) as store:
        assert [found.id for found in store.view(TENANT).find()] == ["b", "c"]


def test_a_backup_is_a_store(url: str, tmp_path: Path) -> None:
    with open_store(url) as store:
        put(store, node("a"))
        copy = tmp_path / "copy"
        store.backup(copy)
        put(store, node("b"))
    with open_store(f"{url.partition(':')[0]}:///{copy}") as store:
        assert [found.id for found in store.view(TENANT).find()] == ["a"]


def test_a_full_disk_is_one_clear_error_and_leaves_whole_commits(url: str) -> None:
    """The process may go on, and the next finds what was acknowledged."""
    source = str(Path(omnimemory.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", _FILL, url],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *numbers, last = done.stdout.splitlines()
    assert last.startswith("full:")
    assert "space on the disk" in last
    with open_store(url) as store:
        counts = store.view(TENANT).counts()
        assert counts["Ticket"] == counts["passage"]
        assert 0 <= counts["passage"] - 1 - len(numbers) <= 1
        put(store, node("more"))


@pytest.mark.parametrize(
    "url", ["rdf:///{}/no/graph.nq", "rdf:///{}/file/x.nq", "oxigraph:///{}/file/x"]
)
def test_a_place_that_cannot_be_is_one_clear_error(url: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"folder must exist|permissions"):
        open_store(url.format(tmp_path))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not n-quads\n", "no N-Quads"),
        (b'<urn:a> <urn:b> "c" .\n', "another program"),
        (b'<urn:om:a> <urn:om:b> "c"@en <urn:om:tenant:a> .\n', "another program"),
        (b'_:a <urn:om:b> "c" <urn:om:tenant:a> .\n', "another program"),
        (b'<urn:om:tenant:a> <urn:om:revision> "1" <urn:om:tenant:a> .\n', "another program"),
    ],
)
def test_another_file_is_refused_and_left_alone(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "graph.nq"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=said):
        open_store(f"rdf:///{path}")
    assert path.read_bytes() == content


def test_another_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("x")
    with pytest.raises(SchemaError, match="another program"):
        open_store(f"oxigraph:///{tmp_path}")
    assert [file.name for file in tmp_path.iterdir()] == ["theirs"]


def test_what_a_crash_has_left_is_deleted(tmp_path: Path) -> None:
    """An unfinished file beside the store's, and a folder that was not current yet."""
    open_store(f"rdf:///{tmp_path}/graph.nq").close()
    open_store(f"oxigraph:///{tmp_path}/graph").close()
    (tmp_path / "graph.nq.abc.new").write_text("half")
    (tmp_path / "graph" / "2").mkdir()
    open_store(f"rdf:///{tmp_path}/graph.nq").close()
    open_store(f"oxigraph:///{tmp_path}/graph").close()
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "graph",
        "graph.nq",
        "graph.nq.lock",
    ]
    assert sorted(file.name for file in (tmp_path / "graph").iterdir()) == ["1", "current", "lock"]


def test_a_commit_that_fails_leaves_the_old_files_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What memory shows follows the file."""
    path = tmp_path / "graph.nq"
    with open_store(f"rdf:///{path}") as store:
        put(store, node("a"))
        old = {file: file.read_bytes() for file in tmp_path.iterdir()}
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", _no_space)
            with pytest.raises(StoreError, match="space on the disk"):
                put(store, node("b"), retire=[node("a")])
            with pytest.raises(StoreError, match="space on the disk"):
                put(store, erase=["a"])
        assert {file: file.read_bytes() for file in tmp_path.iterdir()} == old
        assert [found.id for found in store.view(TENANT).find()] == ["a"]
        put(store, node("b"))
    with open_store(f"rdf:///{path}") as store:
        assert [found.id for found in store.view(TENANT).find()] == ["a", "b"]


def _no_space(_: int) -> None:
    raise OSError(28, "No space left on device")


_WRITE = """
import sys
from omnimemory.store.registry import open_store
from omnimemory.testing.facts import node, passage, put

with open_store(sys.argv[1]) as store:
    for number in range(10_000):
        put(store, node(f"n{number}"), passage(f"n{number}", "x"))
        print(number, flush=True)
"""


def test_a_killed_process_leaves_whole_commits_and_the_next_goes_on(url: str) -> None:
    """What was acknowledged is there, nothing is half there, and the lock is free."""
    source = str(Path(omnimemory.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", _WRITE, url],
        env={**os.environ, "PYTHONPATH": source},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "20\n":
                break
        process.kill()
        rest = process.stdout.read().split()
    acknowledged = 21 + len(rest)
    with open_store(url) as store:
        counts = store.view(TENANT).counts()
        assert counts["Ticket"] == counts["passage"]
        assert 0 <= counts["passage"] - acknowledged <= 1
        put(store, node("more"))
