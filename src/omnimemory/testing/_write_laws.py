"""What a commit does and refuses, and how both times read, whatever the store."""

from __future__ import annotations

from typing import Any

import pytest

from omnimemory.errors import ClosedError, ConflictError, InputError
from omnimemory.model.facts import Changes, Edge, Fact, Node, Passage, Recorded
from omnimemory.model.ids import MAX_NAME_BYTES
from omnimemory.model.time import FOREVER, AsOf, Span
from omnimemory.store.base import GraphStore, GraphView
from omnimemory.testing.facts import TENANT, edge, ids, node, passage, put, replay

_LONG = "ü" * 400_000
_NAMES = ("ticket:z:ключ", "ticket:z:🧭/a", f"ticket:z:{'x' * 5_000}", "a:b:c'\"\\;--", "ß~\x80")


def _state(view: GraphView) -> list[Recorded]:
    return list(view.scan())


class WriteLaws:
    """Laws of `GraphStore.commit`."""

    def test_facts_come_back_as_they_were_written(self, store: GraphStore) -> None:
        """Props as JSON, keys, texts and valid times; recorded from the revision on."""
        props: dict[str, Any] = {
            "name": "Ada 🧭",
            "nested": {"b": [1, 2.5, None, True, {"x": "\0"}], "a": {}},
            "big": 2**60,
            "empty": "",
        }
        at = put(
            store,
            node("a", valid=-7, until=9, keys=["email:a@b.c", "phone:+49 1"], **props),
            node("b", "Identity"),
            edge("a", "TO", "b", valid=5, role="x"),
            passage("a", "text \0 🧭", part=3, valid=2),
        )
        view = store.view(TENANT, AsOf(valid=8))
        assert view.nodes(["a"]) == [
            Node(
                id="a",
                kind="Ticket",
                keys=frozenset({"email:a@b.c", "phone:+49 1"}),
                props=props,
                span=Span(-7, 9, at),
            )
        ]
        assert view.edges(["b"]) == [
            Edge(source="a", kind="TO", target="b", props={"role": "x"}, span=Span(5, FOREVER, at))
        ]
        assert list(view.passages(["a"])) == [
            Passage(about="a", text="text \0 🧭", part=3, span=Span(2, FOREVER, at))
        ]
        assert view.revision == at
        assert view.as_of == AsOf(valid=8, recorded=at)

    def test_what_the_caller_does_to_props_later_changes_nothing(self, store: GraphStore) -> None:
        """A store keeps its own copy."""
        props: dict[str, Any] = {"tags": ["x"]}
        put(store, node("a", **props))
        props["tags"].append("y")
        assert store.view(TENANT).nodes(["a"])[0].props == {"tags": ["x"]}

    @pytest.mark.parametrize("id", _NAMES, ids=range(len(_NAMES)))
    def test_any_id_without_white_space_will_do(self, store: GraphStore, id: str) -> None:
        """Long, quoted, in any script: it finds its facts and comes back whole."""
        put(store, node(id, keys=[id]), edge(id, "TO", id), passage(id, "x"))
        view = store.view(TENANT)
        assert ids(view.nodes([id])) == ids(view.find(keys=[id])) == [id]
        assert ids(view.versions([id])) == [id, f"{id} #0", f"{id} TO {id}"]

    def test_large_values_are_kept_whole(self, store: GraphStore) -> None:
        """A text of a megabyte is as good as a short one."""
        put(store, node("a", body=_LONG), passage("a", _LONG))
        assert store.view(TENANT).nodes(["a"])[0].props == {"body": _LONG}
        assert next(store.view(TENANT).passages()).text == _LONG

    def test_an_empty_batch_is_a_revision_too(self, store: GraphStore) -> None:
        """It makes the tenant and records nothing."""
        first = put(store)
        assert store.tenants() == [TENANT]
        assert put(store) > first
        assert _state(store.view(TENANT)) == []

    def test_retire_closes_one_version_and_its_equals(self, store: GraphStore) -> None:
        """The open version of that id and start ends; others, and unknown ones, stay."""
        put(store, node("a", n=1), node("a", n=2, valid=5), node("b"), edge("a", "TO", "b"))
        put(store, passage("a", "x"), passage("a", "y", part=1))
        gone = [node("a", valid=5), edge("a", "TO", "b"), passage("a", "x"), node("no")]
        at = put(store, retire=[*gone, edge("no", "TO", "a"), edge("b", "CC", "a")])
        view = store.view(TENANT)
        assert [found.props for found in view.nodes(["a"])] == [{"n": 1}]
        assert view.edges(["a"]) == []
        assert [found.part for found in view.passages()] == [1]
        closed = [fact for fact in view.versions(["a"]) if not fact.span.is_open]
        assert ids(closed) == ["a", "a #0", "a TO b"]
        assert {fact.span.recorded_to for fact in closed} == {at}
        put(store, retire=gone)
        assert [f.span.recorded_to for f in store.view(TENANT).versions(["a"])].count(at) == 3

    def test_what_is_closed_makes_room_for_what_is_added(self, store: GraphStore) -> None:
        """A batch erases first, then closes, then adds, so one batch can replace a fact."""
        put(
            store,
            node("a", n=1, keys=["k:old"]),
            node("b"),
            edge("a", "TO", "b"),
            passage("a", "old"),
        )
        put(store, node("a", n=2, keys=["k:new"]), retire=[node("a")])
        view = store.view(TENANT)
        assert [found.props for found in view.nodes(["a"])] == [{"n": 2}]
        assert view.find(keys=["k:old"]) == []
        assert ids(view.find(keys=["k:new"])) == ["a"]
        put(store, node("a", "Identity", n=3), passage("a", "new"), erase=["a"])
        view = store.view(TENANT)
        assert [(f.id, f.span.is_open) for f in view.versions(["a"])] == [
            ("a", True),
            ("a #0", True),
        ]
        assert view.nodes(["a"])[0].kind == "Identity"
        assert view.edges(["b"]) == []

    def test_erase_takes_all_versions_from_every_view(self, store: GraphStore) -> None:
        """Nodes, keys, passages, edges in both directions: as if they had never been."""
        put(
            store,
            node("a", keys=["k:1"], n=1),
            node("b"),
            edge("a", "TO", "b"),
            edge("b", "TO", "a"),
        )
        put(store, node("a", n=2), passage("a", "private matter"), retire=[node("a")])
        put(store, retire=[edge("b", "TO", "a"), passage("a", "private matter")])
        old = store.view(TENANT)
        put(store, erase=["a", "no"])
        for view in (old, store.view(TENANT)):
            assert ids(view.find()) == ["b"]
            assert view.versions(["a"]) == []
            assert ids(view.versions(["b"])) == ["b"]
            assert view.edges(["a", "b"]) == view.edges(["b"], newest=3) == []
            assert view.find(keys=["k:1"]) == []
            assert view.keys("", limit=9) == []
            assert list(view.passages()) == []
            assert [entry.fact.id for entry in view.scan()] == ["b"]
            assert view.tally(["a", "b"], kinds=["TO"]) == []

    def test_tenants_are_apart(self, store: GraphStore) -> None:
        """The same ids in two tenants are two things, and neither sees the other."""
        put(store, node("a", n=1, keys=["k:1"]), node("b"), edge("a", "TO", "b"), passage("a", "x"))
        put(store, node("a", "Issue", n=2), tenant="other")
        view = store.view("other")
        assert [(found.kind, found.props) for found in view.find()] == [("Issue", {"n": 2})]
        assert view.nodes(["b"]) == view.edges(["a", "b"]) == view.find(keys=["k:1"]) == []
        assert list(view.passages()) == view.keys("", limit=9) == []
        assert len(list(view.scan())) == len(view.versions(["a", "b"])) == 1
        put(store, erase=["a"], tenant="other")
        assert ids(store.view(TENANT).find()) == ["a", "b"]
        assert store.tenants() == [TENANT, "other"]

    def test_a_conflict_is_about_what_owners_own(self, store: GraphStore) -> None:
        """Who writes what belongs to a node that has been written to since must plan again."""
        base = put(store, node("a"), node("b"), node("c"))
        head = put(store, edge("a", "TO", "c"))
        for changes in (
            Changes(add=(node("a", valid=2),)),
            Changes(add=(edge("a", "CC", "b"),)),
            Changes(add=(passage("a", "x"),)),
            Changes(retire=(node("a"),)),
            Changes(erase=frozenset({"a"})),
            Changes(add=(node("n"), node("a", valid=2))),
        ):
            with pytest.raises(ConflictError) as caught:
                store.commit(TENANT, changes, base=base)
            assert caught.value.base == base
            assert caught.value.touched == ("a",)
        assert store.view(TENANT).revision == head

    def test_unrelated_writers_do_not_conflict(self, store: GraphStore) -> None:
        """Neither another node, nor an edge that ends at the same one, stands in the way."""
        base = put(store, node("a"), node("b"), node("c"))
        put(store, edge("a", "TO", "c"), node("b", valid=3))
        store.commit(TENANT, Changes(add=(edge("c", "TO", "a"), node("d"))), base=base)
        put(store, node("x"), tenant="other")
        store.commit(TENANT, Changes(add=(edge("d", "TO", "a"),)), base=store.view(TENANT).revision)
        assert len(store.view(TENANT).edges(["a"])) == 3

    def test_a_conflict_is_about_keys_of_added_nodes(self, store: GraphStore) -> None:
        """Two writers cannot both bring a key without the second seeing the first."""
        base = put(store, node("a", keys=["k:a"]), node("b", keys=["k:b"]))
        put(store, node("c", keys=["k:c"]), retire=[node("b")])
        for key in ("k:c", "k:b"):
            with pytest.raises(ConflictError) as caught:
                store.commit(TENANT, Changes(add=(node("d", keys=[key, "k:d"]),)), base=base)
            assert caught.value.touched == (key,)
        store.commit(TENANT, Changes(add=(node("d", keys=["k:a"]),)), base=base)
        assert ids(store.view(TENANT).find(keys=["k:a"])) == ["a", "d"]

    def test_what_was_erased_meanwhile_is_a_conflict(self, store: GraphStore) -> None:
        """An edge to a node that has gone since the plan is planned again, not refused."""
        base = put(store, node("a"), node("b"))
        put(store, erase=["b"])
        with pytest.raises(ConflictError):
            store.commit(TENANT, Changes(add=(edge("a", "TO", "b"),)), base=base)
        assert store.view(TENANT).edges(["a"]) == []

    @pytest.mark.parametrize(
        "bad",
        [
            node("a b"),
            node(""),
            node("a\n"),
            node("\ud800"),
            node("a", "lower"),
            node("a", "Ticket; DROP"),
            node("a", valid=5, until=5),
            node("a", valid=6, until=5),
            node("a", until=2**63),
            node("a", valid=-(2**63) - 1),
            node("a", text="\ud800"),
            node("a", value={1, object()}),
            node("a", keys=["k\0"]),
            node("a", keys=[""]),
            node("a", keys=["\udfff"]),
            edge("old", "lower", "old"),
            edge("old", "TO", "nowhere"),
            edge("nowhere", "TO", "old"),
            edge("old", "A B", "old"),
            passage("nowhere", "x"),
            passage("old", "\ud800"),
            passage("old", "x", part=-1),
            node("old", "Issue"),
            "no fact",
        ],
        ids=lambda bad: repr(bad)[:60],
    )
    def test_bad_facts_are_refused_and_nothing_is_written(
        self, store: GraphStore, bad: Fact
    ) -> None:
        """What no store could keep is one clear error, and the rest of the batch stays out."""
        put(store, node("old", keys=["k:1"]))
        before = _state(store.view(TENANT))
        good = (node("new", keys=["k:2"]), edge("new", "TO", "old"), passage("new", "x"))
        with pytest.raises(InputError):
            put(store, *good, bad, retire=[node("old")])
        assert _state(store.view(TENANT)) == before
        put(store, *good)

    def test_a_batch_names_each_version_once(self, store: GraphStore) -> None:
        """Two versions of one id from one time have no order, so they are refused."""
        with pytest.raises(InputError, match="twice"):
            put(store, node("a", n=1), node("a", n=2))
        with pytest.raises(InputError, match="collection"):
            store.commit(TENANT, Changes(erase="abc"), base=0)  # type: ignore[arg-type]
        assert store.tenants() == []

    @pytest.mark.parametrize("name", ["", "a b", "-x", "../x", "x" * 129, "a\0", "\ud800"])
    def test_a_tenant_has_a_plain_name(self, store: GraphStore, name: str) -> None:
        """Names outside of the pattern are refused for reading and writing."""
        with pytest.raises(InputError, match="tenant"):
            store.view(name)
        with pytest.raises(InputError, match="tenant"):
            store.commit(name, Changes(), base=0)

    def test_a_copy_keeps_recorded_times(self, store: GraphStore, replica: GraphStore) -> None:
        """All that `scan` gives, committed elsewhere at the same times, reads the same."""
        put(store, node("a", n=1, keys=["k:1"]), node("b"), edge("a", "TO", "b", valid=3))
        put(store, node("a", n=2), passage("b", "x"), retire=[node("a")])
        put(store, node("c"), erase=["b"])
        put(store, retire=[node("c")])
        view = store.view(TENANT)
        replay(view, replica)
        copied = replica.view(TENANT)
        assert copied.versions(["a", "b", "c"]) == view.versions(["a", "b", "c"])
        assert _state(copied) == _state(view)
        assert copied.revision == view.revision

    def test_versions_that_were_added_twice_are_closed_together(
        self, store: GraphStore, replica: GraphStore
    ) -> None:
        """Equal id and start: one retirement ends them all, is counted so, and can be copied."""
        stub = edge("a", "TO", "b", valid=3)
        put(store, node("a"), node("b"), stub, passage("a", "x"))
        put(store, node("a"), stub, passage("a", "y"))
        assert store.view(TENANT).tally(["b"], kinds=["TO"])[0].count == 2
        put(store, retire=[node("a"), stub, stub, passage("a", "x")])
        view = store.view(TENANT)
        assert ids(view.find()) == ["b"]
        assert view.edges(["b"]) == view.tally(["b"], kinds=["TO"]) == list(view.passages()) == []
        replay(view, replica)
        assert _state(replica.view(TENANT)) == _state(view)

    @pytest.mark.parametrize("letter", ["a", "é", "語", "🙂"])
    def test_a_name_as_long_as_may_be_is_kept_and_a_longer_one_refused(
        self, store: GraphStore, letter: str
    ) -> None:
        """An id or a key has at most `MAX_NAME_BYTES` bytes, whatever the letters."""
        name = letter * (MAX_NAME_BYTES // len(letter.encode()))
        put(store, node(name, keys=[name]), node("b"))
        put(store, edge(name, "TO", "b"), edge("b", "TO", name), passage(name, "x"))
        view = store.view(TENANT)
        assert ids(view.find(keys=[name])) == [name]
        assert len(view.edges([name])) == 2
        too_long = name + letter
        for fact in (node(too_long), node("c", keys=[too_long]), edge(too_long, "TO", "b")):
            with pytest.raises(InputError, match="6,000 is the most"):
                put(store, fact)

    def test_a_recorded_time_comes_after_the_newest(self, store: GraphStore) -> None:
        """``at`` is stamped as it is, and one that is not later is refused."""
        assert store.commit(TENANT, Changes(add=(node("a"),)), base=0, at=50) == 50
        for at in (50, 49, 0, -1, FOREVER):
            with pytest.raises(InputError, match="recorded time"):
                store.commit(TENANT, Changes(add=(node("b"),)), base=50, at=at)
        assert store.view(TENANT).nodes(["a"])[0].span.recorded_from == 50
        assert put(store, node("b")) > 50

    def test_a_closed_store_says_so(self, store: GraphStore) -> None:
        """Every later call is a `ClosedError`; closing again is nothing."""
        put(store, node("a"), passage("a", "x"))
        view = store.view(TENANT)
        store.close()
        store.close()
        for call in (
            lambda: store.view(TENANT),
            store.tenants,
            lambda: store.commit(TENANT, Changes(), base=0),
            lambda: view.nodes(["a"]),
            view.find,
            lambda: view.edges(["a"], newest=1),
            lambda: list(view.passages()),
            lambda: list(view.scan()),
        ):
            with pytest.raises(ClosedError):
                call()
