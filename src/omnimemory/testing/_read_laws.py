"""What each read of a view gives, whatever the store."""

from __future__ import annotations

from typing import Any

import pytest

from omnimemory.errors import InputError
from omnimemory.model.facts import Tally
from omnimemory.model.time import AsOf
from omnimemory.store.base import GraphStore
from omnimemory.testing.facts import TENANT, edge, ids, node, passage, put


class ReadLaws:
    """Laws of `GraphView`."""

    def test_a_tenant_never_written_to_is_empty(self, store: GraphStore) -> None:
        """It has revision 0, no facts, and reading it does not make it."""
        view = store.view(TENANT)
        assert view.revision == 0
        assert view.nodes(["a"]) == []
        assert view.find() == []
        assert view.keys("", limit=5) == []
        assert view.edges(["a"]) == []
        assert view.edges(["a"], newest=5) == []
        assert view.tally(["a"], kinds=["TO"]) == []
        assert list(view.passages()) == []
        assert view.versions(["a"]) == []
        assert list(view.scan()) == []
        assert view.counts() == {}
        assert view.expand(["a"]).nodes == ()
        assert store.tenants() == []

    def test_nodes_come_by_id_and_unknown_ids_are_passed_over(self, store: GraphStore) -> None:
        """Order is by id, each node comes once, an empty collection finds nothing."""
        put(store, node("b"), node("a"), node("ä"), node("Z"))
        view = store.view(TENANT)
        assert ids(view.nodes(["b", "no", "a", "b", "ä", "Z", "", "\0", "\ud800"])) == [
            "Z",
            "a",
            "b",
            "ä",
        ]
        assert view.nodes([]) == []

    def test_find_takes_kind_and_keys_together(self, store: GraphStore) -> None:
        """A node is found by any of the keys, ``None`` means any, and no keys find nothing."""
        put(
            store,
            node("a", keys=["k:1", "k:2"]),
            node("b", "Identity", keys=["k:2"]),
            node("c", "Identity"),
        )
        view = store.view(TENANT)
        assert ids(view.find()) == ["a", "b", "c"]
        assert ids(view.find(kind="Identity")) == ["b", "c"]
        assert ids(view.find(keys=["k:2", "k:1", "k:9"])) == ["a", "b"]
        assert ids(view.find(kind="Identity", keys=["k:2"])) == ["b"]
        assert view.find(keys=[]) == []
        assert view.find(kind="Nothing") == []

    def test_find_pages_by_id(self, store: GraphStore) -> None:
        """``after`` is a cursor and ``limit`` bounds the page, with and without other filters."""
        put(store, *(node(f"n{i}", keys=["k"]) for i in range(5)), node("other", "Issue"))
        view = store.view(TENANT)
        assert ids(view.find(limit=2)) == ["n0", "n1"]
        assert ids(view.find(after="n1", limit=2)) == ["n2", "n3"]
        assert ids(view.find(kind="Ticket", after="n3", limit=9)) == ["n4"]
        assert ids(view.find(keys=["k"], after="n2", limit=1)) == ["n3"]
        assert view.find(limit=0) == []

    def test_keys_are_listed_by_prefix(self, store: GraphStore) -> None:
        """Keys come in their order, each once, and only of nodes that carry them here."""
        put(store, node("a", keys=["email:b@x", "email:a@x", "f"]), node("b", keys=["email:a@x"]))
        put(store, node("c", keys=["email:z@x", "email:ä@x"]))
        put(store, node("c", keys=["email:y@x"]), retire=store.view(TENANT).nodes(["c"]))
        view = store.view(TENANT)
        assert view.keys("email:", limit=9) == ["email:a@x", "email:b@x", "email:y@x"]
        assert view.keys("email:", limit=1) == ["email:a@x"]
        assert view.keys("", limit=9) == ["email:a@x", "email:b@x", "email:y@x", "f"]
        assert view.keys("email:a@x", limit=9) == ["email:a@x"]
        assert view.keys("g", limit=9) == []

    def test_edges_touch_at_either_end(self, store: GraphStore) -> None:
        """An edge comes once, whether one of its ends was asked for, or both, or a loop."""
        put(
            store,
            *map(node, "abc"),
            edge("a", "TO", "b", valid=1),
            edge("c", "CC", "a", valid=2),
            edge("a", "RELATES_TO", "a", valid=3),
        )
        view = store.view(TENANT)
        assert ids(view.edges(["a", "b"])) == ["a RELATES_TO a", "c CC a", "a TO b"]
        assert ids(view.edges(["b"])) == ["a TO b"]
        assert ids(view.edges(["a"], kinds=["CC", "TO"])) == ["c CC a", "a TO b"]
        assert ids(view.edges(["a"], newest=1)) == ["a RELATES_TO a"]
        assert view.edges(["a"], kinds=[]) == []
        assert view.edges([]) == []

    def test_edges_at_one_end_leave_out_those_at_the_other(self, store: GraphStore) -> None:
        """With ``at`` the nodes are that end; a loop has the same node at both."""
        put(
            store,
            *map(node, "abc"),
            edge("a", "TO", "b", valid=1),
            edge("c", "CC", "a", valid=2),
            edge("a", "RELATES_TO", "a", valid=3),
        )
        view = store.view(TENANT)
        assert ids(view.edges(["a"], at="source")) == ["a RELATES_TO a", "a TO b"]
        assert ids(view.edges(["a"], at="target")) == ["a RELATES_TO a", "c CC a"]
        assert ids(view.edges(["a", "b"], kinds=["TO", "CC"], at="target")) == ["c CC a", "a TO b"]
        assert ids(view.edges(["b", "c"], at="source", newest=5)) == ["c CC a"]
        assert ids(view.edges(["a"], at="target", newest=1)) == ["a RELATES_TO a"]
        assert ids(view.edges(["a"], at="source", before=3, newest=1)) == ["a TO b"]

    def test_edges_come_newest_first_and_then_by_id(self, store: GraphStore) -> None:
        """Order is by start of valid time downwards; one time's edges are by id."""
        put(store, *map(node, "abcde"), *(edge(x, "TO", "e", valid=5) for x in "dbac"))
        put(store, edge("e", "TO", "a", valid=7), edge("e", "CC", "a", valid=-3))
        assert ids(store.view(TENANT).edges(["e"])) == [
            "e TO a",
            "a TO e",
            "b TO e",
            "c TO e",
            "d TO e",
            "e CC a",
        ]

    def test_a_page_never_ends_between_two_edges_of_one_time(self, store: GraphStore) -> None:
        """``newest`` gives all that share the last one's time; ``before`` goes on from there."""
        names = [f"n{i}" for i in range(8)]
        times = [1, 2, 2, 2, 3, 4, 4, 5]
        edges = [
            edge(name, ("TO", "FROM")[i % 2], ("x", "y")[i % 3 % 2], valid=time)
            for i, (name, time) in enumerate(zip(names, times, strict=True))
        ]
        put(store, node("x"), node("y"), *map(node, names), *edges)
        view = store.view(TENANT)

        def page(**bounds: Any) -> list[int]:
            return [e.span.valid_from for e in view.edges(["x", "y"], **bounds)]

        assert page(newest=1) == [5]
        assert page(newest=2) == [5, 4, 4]
        assert page(newest=3) == [5, 4, 4]
        assert page(newest=3, before=4) == [3, 2, 2, 2]
        assert page(before=2) == [1]
        assert page(newest=99) == [5, 4, 4, 3, 2, 2, 2, 1]
        assert page(newest=0) == []
        assert ids(view.edges(["x", "y"], kinds=["TO"], newest=2)) == ["n6 TO x", "n4 TO y"]

    def test_newest_edges_pass_over_what_the_view_does_not_see(self, store: GraphStore) -> None:
        """Closed and ended edges do not take the place of older ones that hold."""
        put(store, *map(node, "abcx"), *(edge(s, "TO", "x", valid=i) for i, s in enumerate("abc")))
        put(store, edge("a", "CC", "x", valid=9, until=11))
        before = store.view(TENANT)
        put(store, retire=[edge("c", "TO", "x", valid=2)])
        assert ids(store.view(TENANT).edges(["x"], newest=1)) == ["b TO x"]
        assert ids(before.edges(["x"], newest=1)) == ["c TO x"]
        assert ids(store.view(TENANT, AsOf(valid=10)).edges(["x"], newest=1)) == ["a CC x"]

    def test_tally_counts_by_kind_of_edge_and_of_source(self, store: GraphStore) -> None:
        """Each group has its count and its oldest and newest start, over all targets."""
        day = 86_400_000_000
        put(
            store,
            *(node(x, "Interaction") for x in ("m1", "m2", "m3")),
            node("t"),
            node("i", "Identity"),
            node("j", "Identity"),
            edge("m1", "FROM", "i", valid=2 * day),
            edge("m2", "FROM", "i", valid=-5),
            edge("m3", "FROM", "j", valid=9 * day + 1),
            edge("m3", "CC", "i", valid=4),
            edge("t", "FROM", "i", valid=3, until=5),
            edge("i", "FROM", "t", valid=8),
        )
        view = store.view(TENANT)
        wanted = {"kinds": ["FROM", "CC"]}
        messages = Tally("FROM", "Interaction", 3, -5, 9 * day + 1)
        assert view.tally(["i", "j", "i"], **wanted) == [
            Tally("CC", "Interaction", 1, 4, 4),
            messages,
        ]
        assert view.tally(["i"], kinds=["TO"]) == []
        assert view.tally([], **wanted) == []

        def at(valid: int) -> list[Tally]:
            return store.view(TENANT, AsOf(valid=valid)).tally(["i", "j"], kinds=["FROM"])

        assert at(4) == [Tally("FROM", "Interaction", 1, -5, -5), Tally("FROM", "Ticket", 1, 3, 3)]
        assert at(9 * day) == [Tally("FROM", "Interaction", 2, -5, 2 * day)]
        assert at(9 * day + 1) == [messages]
        assert at(-6) == []

    def test_tally_follows_what_is_closed_and_erased(self, store: GraphStore) -> None:
        """It counts what holds at the view's point in both times, also in an older view."""
        put(
            store,
            node("i", "Identity"),
            *(node(f"t{n}") for n in range(4)),
            *(edge(f"t{n}", "TO", "i", valid=n) for n in range(4)),
        )
        full = store.view(TENANT)
        put(store, retire=[edge("t0", "TO", "i", valid=0), edge("t9", "TO", "i", valid=1)])
        fewer = store.view(TENANT)
        put(store, erase=["t3"])
        put(store, edge("t0", "TO", "i", valid=7))
        wanted = {"kinds": ["TO"]}
        assert full.tally(["i"], **wanted) == [Tally("TO", "Ticket", 3, 0, 2)]
        assert fewer.tally(["i"], **wanted) == [Tally("TO", "Ticket", 2, 1, 2)]
        assert store.view(TENANT).tally(["i"], **wanted) == [Tally("TO", "Ticket", 3, 1, 7)]

    def test_passages_come_by_id(self, store: GraphStore) -> None:
        """Order is by id as text; ``None`` means about any node."""
        parts = [passage("a", f"text {part}", part=part) for part in (10, 2, 0)]
        put(store, node("a"), node("a:b"), node("c"), passage("a:b", "x"), *parts)
        view = store.view(TENANT)
        assert ids(view.passages()) == ["a #0", "a #10", "a #2", "a:b #0"]
        assert ids(view.passages(["a:b", "c", "no"])) == ["a:b #0"]
        assert list(view.passages([])) == []

    def test_a_stream_survives_commits_while_it_is_read(self, store: GraphStore) -> None:
        """What a view streams does not change under the reader, who may read on the side."""
        names = [f"n{i:04}" for i in range(1200)]
        put(store, *map(node, names), *(passage(name, "x") for name in names))
        view = store.view(TENANT)
        stream, scan = view.passages(), view.scan()
        first, entry = next(stream), next(scan)
        put(store, node("a"), passage("a", "late"), retire=[passage("n0900", "x")])
        assert ids(store.view(TENANT).passages(["a"])) == ["a #0"]
        assert ids([first, *stream]) == [f"{name} #0" for name in names]
        assert len([entry, *scan]) == 2400

    def test_versions_are_all_that_nodes_own(self, store: GraphStore) -> None:
        """Each node, the edges that start at it and its passages, closed ones too, in order."""
        put(
            store,
            node("a"),
            node("b"),
            edge("a", "TO", "b"),
            edge("b", "CC", "a"),
            passage("a", "x"),
        )
        put(store, node("a", valid=9), node("a", valid=4), retire=[node("a"), passage("a", "x")])
        found = store.view(TENANT).versions(["a", "no"])
        assert [(f.id, f.span.valid_from, f.span.is_open) for f in found] == [
            ("a", 0, False),
            ("a", 4, True),
            ("a", 9, True),
            ("a #0", 0, False),
            ("a TO b", 0, True),
        ]
        assert store.view(TENANT).versions([]) == []

    def test_counts_are_of_what_holds_here(self, store: GraphStore) -> None:
        """Nodes by kind, and passages."""
        first = put(store, node("a"), node("b"), node("i", "Identity"), passage("a", "x"))
        put(store, retire=[node("a"), passage("a", "x")])
        assert store.view(TENANT).counts() == {"Identity": 1, "Ticket": 1}
        assert store.view(TENANT, AsOf(recorded=first)).counts() == {
            "Identity": 1,
            "Ticket": 2,
            "passage": 1,
        }

    def test_expand_gives_the_nearest_first(self, store: GraphStore) -> None:
        """Nodes come by distance, then id; edges are those among them; limits hold."""
        put(store, *map(node, "abcd"), edge("a", "TO", "b"), edge("c", "TO", "b"))
        put(store, edge("c", "CC", "d"))
        view = store.view(TENANT)
        assert ids(view.expand(["a"], hops=0).nodes) == ["a"]
        assert ids(view.expand(["a"], hops=1).nodes) == ["a", "b"]
        two = view.expand(["a"], hops=2)
        assert ids(two.nodes) == ["a", "b", "c"]
        assert ids(two.edges) == ["a TO b", "c TO b"]
        assert ids(view.expand(["a"], hops=9, kinds=["TO"]).nodes) == ["a", "b", "c"]
        assert ids(view.expand(["a"], hops=9, limit=2).nodes) == ["a", "b"]
        assert view.expand(["no"]).nodes == ()
        put(store, retire=[edge("a", "TO", "b")])
        assert ids(store.view(TENANT).expand(["a"]).nodes) == ["a"]

    @pytest.mark.parametrize("bare", ["abc", b"abc"])
    def test_a_bare_string_is_no_collection(self, store: GraphStore, bare: str) -> None:
        """Whoever passes one id instead of a collection is told."""
        put(store, *map(node, "abc"))
        view = store.view(TENANT)
        with pytest.raises(InputError, match="collection"):
            view.nodes(bare)
        with pytest.raises(InputError, match="collection"):
            view.find(keys=bare)
        with pytest.raises(InputError, match="collection"):
            view.edges(bare)
        with pytest.raises(InputError, match="collection"):
            view.edges(["a"], kinds=bare)
        with pytest.raises(InputError, match="collection"):
            view.tally(bare, kinds=["TO"])
        with pytest.raises(InputError, match="collection"):
            view.tally(["a"], kinds=bare)
        with pytest.raises(InputError, match="collection"):
            view.passages(bare)
        with pytest.raises(InputError, match="collection"):
            view.versions(bare)
        with pytest.raises(InputError, match="collection"):
            view.expand(bare)
