"""Laws of the two times: what a view shows, and what `scan` tells."""

from __future__ import annotations

from omnimemory.model.facts import Changes
from omnimemory.model.time import FOREVER, AsOf
from omnimemory.store.base import GraphStore
from omnimemory.testing.facts import TENANT, edge, node, passage, put

_LONG = "ü" * 400_000


class TimeLaws:
    """Laws of the two clocks."""

    def test_both_times_are_half_open(self, store: GraphStore) -> None:
        """A fact holds from its start, and no longer at its end, in valid and recorded time."""
        first = put(store, node("a", plan="free", valid=10))
        second = put(
            store,
            node("a", plan="free", valid=10, until=50),
            node("a", plan="pro", valid=50),
            retire=[node("a", valid=10)],
        )

        def plan(valid: int, recorded: int) -> list[object]:
            view = store.view(TENANT, AsOf(valid=valid, recorded=recorded))
            return [found.props["plan"] for found in view.nodes(["a"])]

        assert [plan(at, second) for at in (9, 10, 49, 50)] == [[], ["free"], ["free"], ["pro"]]
        assert [plan(60, at) for at in (first - 1, first, second - 1, second)] == [
            [],
            ["free"],
            ["free"],
            ["pro"],
        ]

    def test_a_view_is_pinned_to_a_commit(self, store: GraphStore) -> None:
        """Its revision is the newest one not after the recorded time asked for."""
        first = put(store, node("a"))
        second = store.commit(TENANT, Changes(add=(node("b"),)), base=first, at=first + 100)
        seen = [store.view(TENANT, AsOf(recorded=at)).revision for at in (0, first - 1, first)]
        assert seen == [0, 0, first]
        seen = [store.view(TENANT, AsOf(recorded=first + at)).revision for at in (99, 100, 10**6)]
        assert seen == [first, second, second]
        assert store.view(TENANT).as_of == AsOf(recorded=second)

    def test_reads_through_a_view_agree_with_one_another(self, store: GraphStore) -> None:
        """Commits made after it was opened change nothing that it gives, not even an end."""
        put(store, node("a", n=1, keys=["k:1"]), node("b"), edge("a", "TO", "b"), passage("a", "x"))
        view = store.view(TENANT)

        def everything() -> list[object]:
            return [
                view.find(),
                view.find(keys=["k:1", "k:2"]),
                view.keys("", limit=9),
                view.edges(["b"]),
                view.edges(["b"], newest=1),
                view.tally(["b"], kinds=["TO"]),
                list(view.passages()),
                view.versions(["a"]),
                list(view.scan()),
                view.counts(),
                view.expand(["a"]),
            ]

        before = everything()
        known = [edge("a", "TO", "b"), passage("a", "x"), node("a")]
        put(
            store,
            node("a", n=2, keys=["k:2"]),
            passage("a", "y"),
            edge("b", "TO", "a"),
            retire=known,
        )
        assert everything() == before
        assert store.view(TENANT).versions(["a"]) != view.versions(["a"])

    def test_scan_tells_what_each_revision_closed_and_added(self, store: GraphStore) -> None:
        """Closed before added, each by id; a fact that was added and closed comes twice."""
        first = put(store, node("b", n=1), node("a"), passage("b", "x"), edge("b", "TO", "a"))
        second = put(store, node("b", n=2), node("A"), retire=[node("b"), edge("b", "TO", "a")])
        third = put(store, retire=[node("A"), passage("b", "x")])
        told = [(e.revision, e.closed, e.fact.id) for e in store.view(TENANT).scan()]
        assert told == [
            (first, False, "a"),
            (first, False, "b"),
            (first, False, "b #0"),
            (first, False, "b TO a"),
            (second, True, "b"),
            (second, True, "b TO a"),
            (second, False, "A"),
            (second, False, "b"),
            (third, True, "A"),
            (third, True, "b #0"),
        ]
        since = [entry.fact.id for entry in store.view(TENANT).scan(since=second)]
        assert since == ["A", "b #0"]
        early = list(store.view(TENANT, AsOf(recorded=second)).scan(since=first))
        assert [(e.closed, e.fact.id, e.fact.span.recorded_to) for e in early] == [
            (True, "b", second),
            (True, "b TO a", second),
            (False, "A", FOREVER),
            (False, "b", FOREVER),
        ]
        assert list(store.view(TENANT).scan(since=third)) == []
