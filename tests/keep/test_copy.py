"""Laws of copies: the other store answers as the first, at every time, and nothing is mixed up."""

from __future__ import annotations

from itertools import permutations

import pytest

import omnimemory
from omnimemory import InputError, Memory, Order
from omnimemory.cli import main
from omnimemory.keep.copy import copy
from tests.context.small_company import company

URLS = ("networkx://", "sqlite://", "oxigraph://", "rdf://")


def _filled(url: str) -> Memory:
    """A memory with changes, and somebody erased."""
    memory = _empty(url)
    memory.ingest(company(), strict=True)
    memory.ingest([_message("1", "gone@x.org"), _message("2", "stays@x.org")], strict=True)
    memory.ingest(_message("2", "stays@x.org") | {"text": "edited"}, strict=True)
    memory.erase("gone@x.org")
    return memory


def _empty(url: str) -> Memory:
    memory = omnimemory.connect(url, tenant="acme")
    memory.register(Order)
    return memory


def _message(id: str, email: str) -> dict[str, object]:
    return {
        "type": "message",
        "source": "chat",
        "id": id,
        "occurred_at": "2026-01-01T10:00:00Z",
        "channel": "chat",
        "author": {"name": "Ada", "identifiers": [{"type": "email", "value": email}]},
        "text": "first",
    }


def _history(memory: Memory) -> list[dict[str, object]]:
    return [version.to_dict() for version in memory.history("interaction:chat:2")]


def _packs(memory: Memory) -> list[str]:
    return [
        memory.context_pack(customer, "refund", as_of="2026-06-01").markdown()
        for customer in memory.customers()
    ]


@pytest.mark.parametrize(("source", "target"), list(permutations(URLS, 2)))
def test_a_copy_answers_as_its_source(source: str, target: str) -> None:
    """Packs byte for byte, histories with both times, tombstones; a second copy is the same."""
    with _filled(source) as one, _empty(target) as other:
        copied = copy(one.store, other.store, "acme")
        assert copied.written > sum(copied.counts.values()) > 0
        assert _packs(other) == _packs(one)
        assert _history(other) == _history(one)
        assert other.ingest(_message("1", "gone@x.org")).erased
        with _empty(target) as another:
            assert copy(one.store, another.store, "acme") == copied


def test_a_copy_goes_on_where_it_was_cut_short() -> None:
    """After each commit, and brings what came later."""
    with _filled("sqlite://") as one, _empty("networkx://") as other:

        def cut(_: int) -> None:
            raise InterruptedError

        runs = 0
        while True:
            try:
                copied = copy(one.store, other.store, "acme", on_progress=cut)
            except InterruptedError:
                runs += 1
            else:
                break
        assert runs > 1
        assert copied.written == 0
        one.ingest(_message("3", "later@x.org"), strict=True)
        assert copy(one.store, other.store, "acme").written > 0
        assert _packs(other) == _packs(one)


def test_other_data_is_refused_and_kept() -> None:
    """Whether it is older or newer than what the source holds."""
    with (
        _filled("sqlite://") as one,
        omnimemory.connect("sqlite://", tenant="acme") as other,
    ):
        other.ingest(_message("9", "other@x.org"), strict=True)
        before = list(other.view().scan())
        for source, target in ((one, other), (other, one)):
            with pytest.raises(InputError, match="holds other data"):
                copy(source.store, target.store, "acme")
        assert list(other.view().scan()) == before


def test_an_empty_tenant_is_an_empty_copy() -> None:
    """And the target still knows no tenant."""
    with (
        omnimemory.connect("sqlite://", tenant="acme") as one,
        omnimemory.connect("networkx://", tenant="acme") as other,
    ):
        assert copy(one.store, other.store, "acme").written == 0
        assert other.store.tenants() == []


def test_the_command_copies(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """From one URL to another, and says what both hold."""
    folder = tmp_path_factory.mktemp("copy")
    source, target = f"sqlite:///{folder / 'a.db'}", f"networkx:///{folder / 'b.jsonl'}"
    with omnimemory.connect(source, tenant="acme") as memory:
        memory.ingest(_message("1", "ada@x.org"), strict=True)
    assert main(["copy", source, target, "--tenant", "acme"]) == 0
    assert "versions in both" in capsys.readouterr().out
    with omnimemory.connect(target, tenant="acme") as memory:
        assert memory.customer("ada@x.org").name == "Ada"
