"""Erasure, export and retention: the laws of `omnimemory.keep` on every store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from omnimemory.errors import InputError
from omnimemory.ingest.pipeline import ingest
from omnimemory.ingest.report import Report
from omnimemory.keep.erase import Erased, erase, whom
from omnimemory.keep.exchange import export, load
from omnimemory.keep.retain import retain
from omnimemory.model.kinds import Kinds
from omnimemory.model.records import (
    Message,
    Note,
    Person,
    Record,
    Ref,
    Statement,
    Ticket,
    UsageEvent,
)
from omnimemory.model.time import AsOf, micros
from omnimemory.reads.customers import find_customer
from omnimemory.store.base import GraphStore
from omnimemory.store.registry import open_store

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
DANA = Person(email="dana@example.org", name="Dana Kovač", phone="+49 30 23125123")
BEN = Person(email="ben@example.org", name="Ben")
KIM = Person(kind="agent", id="kim", name="Kim")


@pytest.fixture(params=["sqlite", "networkx", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GraphStore]:
    urls = {
        "sqlite": f"sqlite:///{tmp_path}/memory.db",
        "networkx": "networkx://",
        "file": f"networkx:///{tmp_path}/memory.jsonl",
    }
    with open_store(urls[request.param]) as opened:
        yield opened


def records() -> list[Record]:
    ticket = Ref(kind="Ticket", source="zendesk", id="1")
    given: dict[str, Any] = {"source": "mbox", "occurred_at": T0}
    return [
        Ticket(
            source="zendesk", id="1", subject="Refund for Dana Kovač", requester=DANA, created_at=T0
        ),
        Message(
            **given,
            id="d1",
            author=DANA,
            to=(KIM,),
            text="where is my zebra refund",
            conversation="c1",
        ),
        Message(
            **given,
            id="k1",
            author=KIM,
            to=(DANA,),
            text="zebra refund is coming",
            conversation="c1",
        ),
        Note(**given, id="n1", author=KIM, text="zebra customer is upset", about=(ticket,)),
        Message(
            **given,
            id="b1",
            author=BEN,
            to=(KIM,),
            cc=(DANA,),
            text="my own question",
            conversation="c2",
        ),
        Statement(
            **given,
            id="s1",
            form="commitment",
            text="zebra refund by friday",
            customer=DANA,
            author=KIM,
        ),
        UsageEvent(source="segment", id="e1", name="login", occurred_at=T0, user=DANA),
    ]


def take(store: GraphStore, *given: Record, tenant: str = "acme", **options: Any) -> Report:
    return ingest(store, tenant, given, kinds=Kinds(), **options)


def erase_dana(store: GraphStore) -> Erased:
    customer = find_customer(store.view("acme"), "dana@example.org")
    return erase(store, "acme", whom(customer), Kinds())


def everything(store: GraphStore, tenant: str = "acme") -> str:
    return "\n".join(
        msgspec.json.encode(event, order="deterministic").decode()
        for event in store.view(tenant).scan()
    )


def test_nothing_of_an_erased_customer_is_left_in_any_version(store: GraphStore) -> None:
    take(store, *records())
    erased = erase_dana(store)
    assert erased.verified
    assert erased.nodes["Interaction"] == 3
    left = everything(store)
    assert not [word for word in ("zebra", "dana", "Kovač", "23125123") if word in left]


def test_what_concerns_others_too_loses_only_its_link(store: GraphStore) -> None:
    take(store, *records())
    assert erase_dana(store).unlinked == 1
    view = store.view("acme")
    assert [one.id for one in view.find(kind="Interaction")] == ["interaction:mbox:b1"]
    assert {edge.kind for edge in view.edges(["interaction:mbox:b1"])} == {"FROM", "TO", "PART_OF"}


def test_an_erased_customer_is_gone_from_the_past_too(store: GraphStore) -> None:
    take(store, *records())
    before = store.view("acme").revision
    erase_dana(store)
    assert store.view("acme", AsOf(recorded=before)).find(keys=["email:dana@example.org"]) == []


def test_the_files_of_the_store_hold_no_byte_of_theirs(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    with open_store(f"sqlite:///{path}") as store:
        take(store, *records())
        assert erase_dana(store).searched > 10
        for file in tmp_path.iterdir():
            held = file.read_bytes()
            assert b"zebra" not in held
            assert b"dana@example.org" not in held


def test_what_others_say_too_is_no_trace_of_the_erased(tmp_path: Path) -> None:
    """A greeting that a bot writes to everybody stays, and the erasure is verified all the same."""
    with open_store(f"sqlite:///{tmp_path}/memory.db") as store:
        given: dict[str, Any] = {"source": "chat", "occurred_at": T0, "author": KIM}
        hello = "Hello, what can I help you with today?"
        for id, person in (("h1", DANA), ("h2", BEN)):
            take(store, Message(id=id, to=(person,), text=hello, **given))
        assert erase_dana(store).verified


def test_the_same_records_do_not_bring_an_erased_customer_back(store: GraphStore) -> None:
    take(store, *records())
    erase_dana(store)
    report = take(store, *records())
    assert report.erased
    assert "zebra" not in everything(store)
    assert "dana" not in everything(store)


def test_told_so_they_come_back(store: GraphStore) -> None:
    take(store, *records())
    erase_dana(store)
    take(store, *records(), revive=True)
    assert find_customer(store.view("acme"), "dana@example.org").name == "Dana Kovač"
    assert take(store, *records()).erased == 0


def test_who_writes_again_after_an_erasure_begins_anew(store: GraphStore) -> None:
    take(store, *records())
    erase_dana(store)
    later = datetime.now(UTC) + timedelta(minutes=1)
    take(store, Message(source="mbox", id="d9", occurred_at=later, author=DANA, text="hello again"))
    view = store.view("acme")
    assert find_customer(view, "dana@example.org").identities == ("identity:mbox:dana@example.org",)


def test_a_tenants_erasure_leaves_other_tenants_alone(store: GraphStore) -> None:
    take(store, *records())
    take(store, *records(), tenant="other")
    before = everything(store, "other")
    erase_dana(store)
    assert everything(store, "other") == before


@pytest.mark.parametrize("target", ["sqlite", "networkx"])
def test_an_export_reads_back_exactly(store: GraphStore, tmp_path: Path, target: str) -> None:
    take(store, *records())
    erase_dana(store)
    take(store, Message(source="mbox", id="b2", occurred_at=T0, author=BEN, text="more"))
    lines = export(store, "acme", tmp_path / "out.jsonl")
    url = f"sqlite:///{tmp_path}/copy.db" if target == "sqlite" else "networkx://"
    with open_store(url) as copy:
        assert load(copy, "acme", tmp_path / "out.jsonl") == lines
        assert everything(copy) == everything(store)
        assert load(copy, "acme", tmp_path / "out.jsonl") == 0
        assert take(copy, *records()).erased


def test_an_import_that_was_cut_short_goes_on(store: GraphStore, tmp_path: Path) -> None:
    for record in records():
        take(store, record)
    whole = tmp_path / "out.jsonl"
    export(store, "acme", whole)
    part = tmp_path / "part.jsonl"
    lines = whole.read_bytes().splitlines(keepends=True)
    half = [one for one in lines[1:] if b'"revision"' in one]
    middle = sorted({one.split(b'"revision":')[1][:17] for one in half})[3]
    part.write_bytes(
        b"".join(lines[:1] + [one for one in half if one.split(b'"revision":')[1][:17] < middle])
    )
    with open_store("networkx://") as copy:
        load(copy, "acme", part)
        load(copy, "acme", whole)
        assert everything(copy) == everything(store)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "nonsense", '{"format":"other","version":1}', '{"format":"omnimemory","version":99}',
             '{"format":"omnimemory","version":1}\n{"node":{}}', '{"format":"omnimemory","version":1}\n{"revision":1'],
)  # fmt: skip
def test_a_file_that_is_no_export_is_one_clear_error_and_writes_nothing(
    store: GraphStore, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match="bad"):
        load(store, "acme", path)
    assert store.view("acme").revision == 0


def test_an_export_that_cannot_be_written_leaves_no_file(store: GraphStore, tmp_path: Path) -> None:
    take(store, *records())
    with pytest.raises(InputError, match="cannot write"):
        export(store, "acme", tmp_path / "missing" / "out.jsonl")


def test_what_is_older_than_its_rule_goes_and_stays_gone(store: GraphStore) -> None:
    take(store, *records())
    rules = {"Usage": timedelta(days=30)}
    soon, later = micros(T0 + timedelta(days=29)), micros(T0 + timedelta(days=31))
    assert retain(store, "acme", rules, at=soon) == {"Usage": 0}
    assert retain(store, "acme", rules, at=later, dry_run=True) == {"Usage": 1}
    assert retain(store, "acme", rules, at=later) == {"Usage": 1}
    take(store, *records())
    assert store.view("acme").find(kind="Usage") == []


@pytest.mark.parametrize("rules", [{"Customer": timedelta(days=1)}, {"Usage": timedelta(0)}])
def test_a_rule_that_makes_no_sense_is_refused(
    store: GraphStore, rules: dict[str, timedelta]
) -> None:
    with pytest.raises(InputError):
        retain(store, "acme", rules)
