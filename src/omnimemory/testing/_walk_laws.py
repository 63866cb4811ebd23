"""What several questions about edges give as one, whatever the store."""

from __future__ import annotations

import pytest

from omnimemory.errors import InputError
from omnimemory.model.facts import Tally
from omnimemory.store.base import GraphStore
from omnimemory.store.walk import EdgeQuery, Ends, TallyQuery
from omnimemory.testing.facts import TENANT, edge, ids, node, passage, put


class WalkLaws:
    """Laws of `GraphView.edges_for` and `GraphView.walk`."""

    def test_several_questions_are_answered_as_each_alone(self, store: GraphStore) -> None:
        """`edges_for` gives a list a question, in order, however many there are."""
        put(store, *map(node, "abcd"), *(edge(x, "TO", "d", valid=i) for i, x in enumerate("abc")))
        put(store, edge("d", "CC", "a", valid=9))
        view = store.view(TENANT)
        queries = [
            EdgeQuery(touching, kinds, at, before, newest)
            for touching in (["a"], ["a", "d"], [])
            for kinds in (None, ["TO"])
            for at in (None, "source", "target")
            for before, newest in ((None, None), (2, 1), (None, 2))
        ]
        answers = view.edges_for(queries)
        for query, answer in zip(queries, answers, strict=True):
            alone = view.edges(
                query.touching,
                kinds=query.kinds,
                at=query.at,
                before=query.before,
                newest=query.newest,
            )
            assert answer == alone
        assert any(answers)
        assert view.edges_for([]) == []

    def test_a_walk_goes_on_from_where_its_questions_led(self, store: GraphStore) -> None:
        """Ends of the newest edges first, then by id; nodes at all ends; counts at the ends."""
        people, notes = [node(x, keys=[f"k:{x}"]) for x in "abc"], [node(f"n:{i}") for i in "123"]
        put(store, *people, *notes, edge("a", "SAME_AS", "c", valid=2))
        put(store, *(edge(f"n:{i}", "TO", x, valid=int(i)) for i, x in ("1a", "2b", "3b")))
        put(store, edge("b", "SAME_AS", "c", valid=1), edge("n:1", "CC", "c", valid=9))
        ends = Ends((0,), "source")
        walked = store.view(TENANT).walk(
            [
                EdgeQuery(["c"], ["SAME_AS", "CC"], "target"),
                EdgeQuery((), ["TO"], "target", newest=1, ends=(ends,)),
                EdgeQuery(["b"], ["TO"], "target", ends=(Ends((0,), "source", newest=2),)),
                EdgeQuery((), None, "source", ends=(Ends((0, 1, 2), "source", "n:", 2),)),
                EdgeQuery((), ["TO"], keys=["k:a", "k:none"]),
            ],
            known=["b", "n:2"],
            read=["c", "none"],
            tally=TallyQuery(ends, ["TO"]),
        )
        assert [ids(edges) for edges in walked.edges] == [
            ["n:1 CC c", "a SAME_AS c", "b SAME_AS c"],
            ["n:3 TO b"],
            ["n:3 TO b", "n:2 TO b", "n:1 TO a"],
            ["n:1 CC c", "n:3 TO b", "n:1 TO a"],
            ["n:1 TO a"],
        ]
        assert ids(walked.nodes) == ["a", "c", "n:1", "n:3"]
        assert walked.tallies == [Tally("TO", "Ticket", 3, 1, 3)]

    def test_a_walk_of_nothing_reads_what_was_named(self, store: GraphStore) -> None:
        """Without questions, or with questions that find nothing."""
        put(store, node("a"))
        view, nothing = store.view(TENANT), EdgeQuery(["a"])
        assert ids(view.walk([], read=["a"]).nodes) == ["a"]
        found = view.walk([nothing, EdgeQuery((), ends=(Ends((0,), "source"),))], read=["a"])
        assert (found.edges, ids(found.nodes)) == ([[], []], ["a"])

    def test_a_walk_brings_the_texts_that_were_named(self, store: GraphStore) -> None:
        """The passages about these nodes that hold here, by id, whatever the questions find."""
        texts = [passage("a", "two", part=1), passage("a", "one"), passage("b", "other")]
        put(store, node("a"), node("b"), node("c"), edge("a", "TO", "b"), *texts)
        put(store, passage("a", "new", valid=1), retire=[texts[1]])
        view, question = store.view(TENANT), EdgeQuery(["a"])
        for queries in ([question], []):
            found = view.walk(queries, texts=["a", "c", "none"]).passages
            assert [one.text for one in found] == ["new", "two"]
        assert view.walk([question]).passages == []

    def test_a_walk_starts_from_earlier_questions_only(self, store: GraphStore) -> None:
        """One that starts from itself or from a later one is an error."""
        with pytest.raises(InputError, match="question 0"):
            store.view(TENANT).walk([EdgeQuery((), ends=(Ends((0,), "source"),))])
