"""What a memory does for its users is the same on every store, told by the sample company."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from omnimemory import AsOf, Memory, connect, show
from omnimemory.errors import NotFoundError
from omnimemory.model.audience import Audience
from omnimemory.testing.company import DANA, write_exports
from omnimemory.testing.company.reading import sources
from tests.stores import STORES, located

TICKET = f"ticket:zendesk:{DANA.ticket}"
BEFORE = "2026-03-02T12:00:00Z"
AFTER = "2026-03-05"
QUERY = "payment failed at the till"
AUDIENCES: tuple[Audience, ...] = ("internal", "customer")


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    write_exports(folder)
    return folder


@pytest.fixture(scope="module")
def tenant() -> str:
    return f"tillwright-{uuid4().hex[:12]}"


def _ingested(memory: Memory, exports: Path) -> Memory:
    for _, records in sources(exports):
        memory.ingest(records)
    return memory


def _clock() -> Any:
    return count(1_780_000_000_000_000, 1_000_000).__next__


@pytest.fixture(scope="module")
def wanted(exports: Path, tenant: str) -> Iterator[Memory]:
    """The sample company in SQLite, which the others are held against."""
    with connect("sqlite://", tenant=tenant, clock=_clock()) as memory:
        yield _ingested(memory, exports)


@pytest.fixture(scope="module", params=STORES)
def kept(
    request: pytest.FixtureRequest, exports: Path, tenant: str, tmp_path_factory: Any
) -> Iterator[Memory]:
    """The sample company in each kind of store."""
    url, options = located(request.param, tmp_path_factory.mktemp(request.param))
    with connect(url, tenant=tenant, clock=_clock(), **options) as memory:
        yield _ingested(memory, exports)


def _packs(memory: Memory, as_of: str) -> list[str]:
    return [
        memory.context_pack(who, audience=audience, as_of=as_of).markdown()
        for who in (DANA.email, DANA.mobile)
        for audience in AUDIENCES
    ]


def test_packs_are_equal_byte_for_byte(kept: Memory, wanted: Memory) -> None:
    """By any identifier, for either audience."""
    assert _packs(kept, AFTER) == _packs(wanted, AFTER)


def test_packs_with_a_query_are_equal_too(kept: Memory, wanted: Memory) -> None:
    """One index of words stands beside every store."""
    for audience in AUDIENCES:
        pack, same = (
            memory.context_pack(DANA.email, QUERY, audience=audience, as_of=AFTER)
            for memory in (kept, wanted)
        )
        assert str(pack) == str(same)


HOSTILE = {
    "empty": "",
    "white space": " \n\t",
    "a megabyte": "payment " * 131_072,
    "a megabyte without a break": "p" * 1_048_576,
    "stop words": "the of a and what is it",
    "emoji": "🦊🎉👩‍👩‍👧‍👦",
    "NUL": "payment\0failed",
    "only NUL": "\0",
    "quotes": "\"payment 'failed",
    "FTS5": "NEAR(payment failed) AND NOT * OR ^till",
    "Lucene": "payment~2 +failed -till [a TO b] title:x^4 /x/",
    "another tenant": "{tenant}:b payment",
    "Cypher": "') DETACH DELETE (n) //",
    "SPARQL": '" } SERVICE <http://x.example> { ?s ?p ?o',
    "a lone surrogate": "payment \ud83d",
    "right to left": "\u202epayment failed\u202c",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_any_text_is_a_query_and_means_the_same(kept: Memory, wanted: Memory, name: str) -> None:
    """Of the tenant and of a customer; it finds what its words find, and changes nothing."""
    query, before = HOSTILE[name], kept.view(AFTER).revision
    for customer in (None, DANA.email):
        found, same = (
            [hit.to_dict() for hit in memory.search(query, customer=customer, as_of=AFTER)]
            for memory in (kept, wanted)
        )
        assert found == same
        assert found or "payment" not in query
        assert not found or query.strip()
    pack = kept.context_pack(DANA.email, query, as_of=AFTER)
    assert pack.tokens <= pack.budget_tokens
    assert kept.view(AFTER).revision == before


def test_reads_as_of_a_time_are_equal(kept: Memory, wanted: Memory) -> None:
    """In valid time, and in what was known: before and after every commit."""
    revisions = sorted({one.revision for one in wanted.view().scan()})
    half = revisions[len(revisions) // 2]
    for as_of in (BEFORE, AsOf(recorded=half), AsOf(recorded=revisions[0] - 1)):
        assert kept.counts(as_of=as_of) == wanted.counts(as_of=as_of)
        assert list(kept.customers(as_of=as_of)) == list(wanted.customers(as_of=as_of))
    now, before = kept.ticket(f"zendesk:{DANA.ticket}"), kept.ticket(TICKET, as_of=BEFORE)
    assert now.to_dict() != before.to_dict()
    assert before.to_dict() == wanted.ticket(TICKET, as_of=BEFORE).to_dict()
    assert _packs(kept, BEFORE) == _packs(wanted, BEFORE)


def test_histories_timelines_and_lists_are_equal(kept: Memory, wanted: Memory) -> None:
    """Every version with both times, and what happened in its order."""
    versions = [version.to_dict() for version in kept.history(TICKET)]
    assert versions == [version.to_dict() for version in wanted.history(TICKET)]
    assert len(versions) > 1
    for memory in (kept, wanted):
        assert memory.timeline(DANA.email, limit=500)
    lines = [entry.to_dict() for entry in kept.timeline(DANA.email, limit=500)]
    assert lines == [entry.to_dict() for entry in wanted.timeline(DANA.email, limit=500)]
    open_ones = [one.id for one in kept.tickets(is_open=True, limit=500)]
    assert open_ones == [one.id for one in wanted.tickets(is_open=True, limit=500)]


def _pictures(memory: Memory) -> dict[str, Any]:
    dana = memory.customer(DANA.email, as_of=AFTER)
    return {
        "customer": dana,
        "customers": memory.customers(as_of=AFTER),
        "timeline": memory.timeline(dana, limit=200, as_of=AFTER),
        "pack": memory.context_pack(dana, as_of=AFTER),
        "hits": memory.search(QUERY, customer=dana, as_of=AFTER),
        "tickets": memory.tickets(customer=dana, as_of=AFTER),
        "graph": memory.graph(dana, as_of=AFTER),
        "graph that is cut": memory.graph(dana, hops=3, limit=40, as_of=AFTER),
        "graph of tickets": memory.graph(memory.tickets(limit=20, as_of=AFTER), as_of=AFTER),
        "comparison": memory.compare(dana, BEFORE, AFTER),
        "overview": replace(memory.overview(as_of=AFTER), store="the one thing that differs"),
    }


def test_pictures_and_what_goes_out_are_equal_byte_for_byte(kept: Memory, wanted: Memory) -> None:
    """As pages, in words, as frames, and the graph in every form that it goes out in."""
    ours, theirs = _pictures(kept), _pictures(wanted)
    for name, one in ours.items():
        assert one._repr_html_() == theirs[name]._repr_html_(), name
        assert show.text(one) == show.text(theirs[name]), name
    for name in ("graph", "graph that is cut", "graph of tickets"):
        one, other = ours[name], theirs[name]
        assert one.to_dicts() == other.to_dicts()
        assert one.to_dot() == other.to_dot()
        assert one.to_graphml() == other.to_graphml()
        assert [each.to_csv() for each in one.to_pandas()] == [
            each.to_csv() for each in other.to_pandas()
        ]
    assert ours["timeline"].to_pandas().equals(theirs["timeline"].to_pandas())


def test_an_export_is_equal_and_reads_back(kept: Memory, wanted: Memory, tmp_path: Path) -> None:
    """Byte for byte; a memory that loads it gives the same packs."""
    texts: list[str] = []
    for memory in (kept, wanted):
        memory.export(tmp_path / "export.jsonl")
        (tenant,) = memory.view().find(kind="Tenant")
        salt = tenant.props["salt"]
        texts.append((tmp_path / "export.jsonl").read_text().replace(salt, "the one random thing"))
    assert texts[0] == texts[1]
    with connect("networkx://", tenant=wanted.tenant) as again:
        again.load(tmp_path / "export.jsonl")
        assert _packs(again, BEFORE) == _packs(wanted, BEFORE)


def test_the_same_records_again_change_nothing(kept: Memory, exports: Path) -> None:
    """Ingest is idempotent."""
    revision = kept.view().revision
    _ingested(kept, exports)
    assert kept.view().revision == revision


def test_who_is_erased_is_gone_and_stays_gone(kept: Memory, exports: Path, tenant: str) -> None:
    """Verified in the files, in every version; the same records do not bring them back."""
    with connect("sqlite://", tenant=tenant, clock=_clock()) as memory:
        gone = _ingested(memory, exports).erase(DANA.email)
        erased = kept.erase(DANA.email)
        assert (erased.verified, erased.nodes) == (True, gone.nodes)
        assert erased.passages == gone.passages > 0
        with pytest.raises(NotFoundError):
            kept.customer(DANA.email)
        assert not any(DANA.email in str(one.fact) for one in kept.view().scan())
        _ingested(kept, exports)
        assert kept.counts() == memory.counts()
