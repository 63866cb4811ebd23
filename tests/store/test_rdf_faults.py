"""What fails on the way to a SPARQL server, or in it, leaves whole commits and a clear error."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from uuid import uuid4

import pytest

from omnimemory.errors import InputError, SchemaError, StoreError
from omnimemory.model.facts import Changes
from omnimemory.store._rdf_engine import Update
from omnimemory.store._rdf_http import HttpEngine
from omnimemory.store._rdf_terms import Iri, Triple
from omnimemory.store.base import GraphStore
from omnimemory.store.rdf import VERSION
from omnimemory.store.registry import open_store
from omnimemory.testing.facts import node, passage
from tests.conftest import started
from tests.servers import FUSEKI, FusekiServer, free_port
from tests.store.relay import Relay
from tests.store.writers import ingest_through_a_kill


@pytest.fixture(scope="module")
def frail_server() -> Iterator[FusekiServer]:
    """A server of its own."""
    server = replace(FUSEKI, name="fuseki-frail", port=free_port())
    yield started(server)
    server.stop()


@pytest.fixture
def relay(frail_server: FusekiServer) -> Iterator[Relay]:
    with Relay(frail_server.port) as line:
        yield line


@pytest.fixture
def tenant() -> str:
    return f"t{uuid4().hex[:12]}"


def _open(port: int, path: str = "ds", **options: float) -> GraphStore:
    return open_store(f"sparql+http://127.0.0.1:{port}/{path}", **options)


@pytest.mark.parametrize("answers", [False, True])
def test_a_line_cut_anywhere_in_a_commit_loses_nothing_and_writes_nothing_twice(
    relay: Relay, tenant: str, *, answers: bool
) -> None:
    """The commit is tried again, and one that had landed is recognised."""
    with _open(relay.port) as store:
        base = store.commit(tenant, Changes(add=(node("a"),)), base=0)
        cuts = 0
        for pieces in range(6):
            relay.cut_after(pieces, answers=answers)
            batch = Changes(add=(node(f"n{pieces}"), passage(f"n{pieces}", "x")))
            base = store.commit(tenant, batch, base=base)
            cuts += relay.is_cut
        view = store.view(tenant)
        assert cuts >= 3
        assert view.revision == base
        assert view.counts() == {"Ticket": 7, "passage": 6}
        assert len(view.versions([f"n{pieces}" for pieces in range(6)])) == 12


def test_a_line_cut_in_a_read_is_no_more_than_a_delay(relay: Relay, tenant: str) -> None:
    """The read is asked again on a new line."""
    with _open(relay.port) as store:
        store.commit(tenant, Changes(add=(node("a"),)), base=0)
        view = store.view(tenant)
        relay.cut_after(0)
        assert [found.id for found in view.nodes(["a"])] == ["a"]
        assert relay.is_cut


def test_a_server_that_stops_answering_is_one_clear_error(relay: Relay, tenant: str) -> None:
    """Nobody waits for ever, and the store goes on once the server answers."""
    with _open(relay.port, timeout=2.0, retry_seconds=1.0) as store:
        base = store.commit(tenant, Changes(add=(node("a"),)), base=0)
        view = store.view(tenant)
        relay.stall()
        with pytest.raises(StoreError, match="cannot be reached"):
            view.nodes(["a"])
        with pytest.raises(StoreError, match="cannot be reached"):
            store.commit(tenant, Changes(add=(node("b"),)), base=base)
        relay.resume()
        assert [found.id for found in view.nodes(["a"])] == ["a"]
        base = store.view(tenant).revision
        assert store.commit(tenant, Changes(add=(node("c"),)), base=base) > base


def test_a_killed_server_leaves_whole_commits_and_ingest_resumes(
    frail_server: FusekiServer, tenant: str
) -> None:
    """What was acknowledged is there after the restart, nothing is half there, and more fits."""
    acknowledged: list[int] = []
    with open_store(frail_server.url, retry_seconds=1.0) as store:

        def write() -> None:
            for number in range(10_000):
                batch = (node(f"n{number}"), passage(f"n{number}", "x"))
                base = acknowledged[-1] if acknowledged else 0
                acknowledged.append(store.commit(tenant, Changes(add=batch), base=base))

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            while len(acknowledged) < 5:
                assert not writing.done()
            frail_server.kill()
            with pytest.raises(StoreError, match="cannot be reached"):
                writing.result()
        frail_server.start()
        view = store.view(tenant)
        counts = view.counts()
        assert counts["passage"] == sum(counts.values()) / 2
        assert 0 <= counts["passage"] - len(acknowledged) <= 1
        assert store.commit(tenant, Changes(add=(node("more"),)), base=view.revision)


def test_an_ingest_whose_server_is_killed_goes_on_when_it_is_back(
    frail_server: FusekiServer, tenant: str
) -> None:
    """Batches before the kill are there, and the same records again bring the rest."""
    with open_store(frail_server.url, retry_seconds=1.0) as store:
        ingest_through_a_kill(frail_server, store, tenant)


def test_no_server_is_one_clear_error() -> None:
    """It names the address."""
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:9/ds cannot be reached"):
        _open(9, retry_seconds=0.1)


def test_a_wrong_path_is_one_clear_error(frail_server: FusekiServer) -> None:
    """It says to check the path."""
    with pytest.raises(StoreError, match=r"is no dataset.*check its path"):
        _open(frail_server.port, "nothing")


@pytest.mark.parametrize(
    "url", ["sparql+http://", "sparql+http://host:x/ds", "sparql+http://h/d?q=1"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """Before anything is sent."""
    with pytest.raises(InputError):
        open_store(url)


def test_a_password_has_no_place_in_the_address() -> None:
    """It would end up in logs."""
    with pytest.raises(InputError, match="pass auth=") as caught:
        open_store("sparql+http://ada:secret@127.0.0.1:9/ds")
    assert "secret" not in str(caught.value)


class _Stranger(BaseHTTPRequestHandler):
    """Refuses who has no password, and gives a page of HTML to the others."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if "Authorization" in self.headers else 401)
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.mark.parametrize(
    ("auth", "said"), [(None, "refuses the user"), (("ada", "pw"), "does not answer as a SPARQL")]
)
def test_what_is_no_sparql_server_is_one_clear_error(
    auth: tuple[str, str] | None, said: str
) -> None:
    """Whether it wants a password or gives something else."""
    with HTTPServer(("127.0.0.1", 0), _Stranger) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(StoreError, match=said):
            open_store(f"sparql+http://127.0.0.1:{server.server_port}/ds", auth=auth)
        server.shutdown()


def test_a_dataset_of_others_or_of_a_newer_library_is_refused(frail_server: FusekiServer) -> None:
    """And is left as it was."""
    store, mark = Iri("urn:om:store"), "schema"
    newer = Triple(store, mark, VERSION + 1)
    foreign = [Triple(Iri("urn:om:somebody"), mark, 1)]
    ours = [Triple(store, mark, VERSION)]
    open_store(frail_server.url).close()
    with closing(HttpEngine(frail_server.url.removeprefix("sparql+"))) as engine:
        engine.update(Update(store, 0, drop=(), delete=(), insert=[newer]))
        with pytest.raises(SchemaError, match=f"schema version {VERSION + 1}"):
            open_store(frail_server.url)
        engine.update(Update(store, 0, drop=(), delete=[newer, *ours], insert=foreign))
        with pytest.raises(SchemaError, match="another program"):
            open_store(frail_server.url)
        engine.update(Update(store, 0, drop=(), delete=foreign, insert=ours))
    open_store(frail_server.url).close()
