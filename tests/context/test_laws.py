"""Laws of packs that hold for any data, any budget and any tokenizer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnimemory.context.items import Level
from omnimemory.context.pack import ContextPack, build
from omnimemory.errors import InputError
from omnimemory.model.facts import Edge, Fact, Node
from tests.context.graphs import (
    CUSTOMER,
    IDENTITIES,
    NOW,
    edge,
    graphs,
    node,
    people,
    strangers,
    view_of,
)

ANCHORS = {
    "Interaction": {"FROM", "TO", "CC"},
    "Ticket": {"REQUESTED_BY"},
    "Statement": {"OF"},
    "Usage": {"USED_BY"},
}
Tokens = Callable[[str], int]
_COUNTS: list[Tokens | None] = [
    None,
    len,
    lambda text: len(text.split()),
    lambda text: len(text.encode()) // 3 + 7,
]
tokenizers = st.sampled_from(_COUNTS)
budgets = st.integers(min_value=150, max_value=4_000)
audiences = st.sampled_from(["internal", "customer"])
queries = st.none() | st.text(max_size=40) | st.just("refund paid")


def pack_of(facts: Sequence[Fact], budget: int = 3_000, **options: Any) -> ContextPack | None:
    """Return the pack, or None if the budget is too small for its frame."""
    try:
        return build(view_of(facts), CUSTOMER, budget_tokens=budget, at=NOW, **options)
    except InputError as error:
        if "the least that works is" not in str(error):
            raise
        return None


@settings(max_examples=120, deadline=None)
@given(facts=graphs(), budget=budgets, tokenizer=tokenizers, audience=audiences, query=queries)
def test_no_pack_exceeds_its_budget(
    facts: list[Fact], budget: int, tokenizer: Tokens | None, audience: str, query: str | None
) -> None:
    """By the tokenizer in use, as one text and as messages, for any data."""
    pack = pack_of(facts, budget, tokenizer=tokenizer, audience=audience, query=query)
    if pack is None:
        return
    assert pack.tokens <= budget
    if tokenizer is not None:
        assert tokenizer(pack.markdown()) <= budget
        assert sum(tokenizer(message["content"]) for message in pack.messages()) <= budget


@settings(max_examples=80, deadline=None)
@given(facts=graphs(), budget=budgets, query=queries)
def test_the_manifest_adds_up_to_what_the_store_holds(
    facts: list[Fact], budget: int, query: str | None
) -> None:
    """Whole, brief, line and counted are, of each kind, as many as hang on the identities."""
    pack = pack_of(facts, budget, query=query)
    if pack is None:
        return
    kinds = {fact.id: fact.kind for fact in facts if isinstance(fact, Node)}
    held = {
        (fact.source, kinds[fact.source])
        for fact in facts
        if isinstance(fact, Edge)
        and fact.target in IDENTITIES
        and fact.kind in ANCHORS.get(kinds[fact.source], ())
    }
    assert Counter(kind for _, kind in held) == {
        kind: row.total for kind, row in pack.manifest.items() if kind in ANCHORS
    }
    for kind, row in pack.manifest.items():
        assert (row.cursor is None) == (row.whole == row.total or kind not in ANCHORS)
        assert row.whole + row.brief + row.line + row.counted == row.total
        assert row.first <= row.last


@settings(max_examples=50, deadline=None)
@given(facts=graphs(), budget=budgets, query=queries, audience=audiences)
def test_the_same_input_gives_the_same_bytes(
    facts: list[Fact], budget: int, query: str | None, audience: str
) -> None:
    """However the store was filled."""
    one = pack_of(facts, budget, query=query, audience=audience)
    two = pack_of(facts[::-1], budget, query=query, audience=audience)
    assert str(one) == str(two)
    assert one is None or two is None or one.json() == two.json()


@settings(max_examples=60, deadline=None)
@given(facts=graphs(), others=strangers(), budget=budgets, audience=audiences, query=queries)
def test_a_stranger_changes_nothing(
    facts: list[Fact], others: list[Fact], budget: int, audience: str, query: str | None
) -> None:
    """Whatever is known of another customer, not a byte of the pack is another.

    How others' tickets were resolved is left out here, since it is theirs.
    """
    given: dict[str, Any] = {"audience": audience, "query": query, "similar": False}
    assert str(pack_of(facts, budget, **given)) == str(pack_of([*facts, *others], budget, **given))


ROOMY = 60_000


@settings(max_examples=60, deadline=None)
@given(facts=graphs(), budget=budgets, audience=audiences, query=queries)
def test_a_tighter_budget_shortens_and_never_invents(
    facts: list[Fact], budget: int, audience: str, query: str | None
) -> None:
    """Each record keeps its place and its citation, and says no word that it does not say whole.

    A word at the end of a text that was cut may be a part of one.
    """
    given: dict[str, Any] = {"audience": audience, "query": query, "similar": False}
    tight, roomy = pack_of(facts, budget, **given), pack_of(facts, ROOMY, **given)
    if tight is None:
        return
    assert roomy is not None
    assert tight.tokens <= roomy.tokens
    assert {kind: row.total for kind, row in tight.manifest.items()} == {
        kind: row.total for kind, row in roomy.manifest.items()
    }
    whole = {item.node.id: item for item in roomy.items}
    assert {item.node.id for item in tight.items} == whole.keys()
    for item in tight.items:
        other = whole[item.node.id]
        assert (item.citation, item.section) == (other.citation, other.section)
        assert other.level is not Level.COUNTED
        words = _words(other.text)
        for word in _words(item.text) - words:
            assert "…" in item.text
            assert any(word in one for one in words)


def _words(text: str) -> set[str]:
    """Return the words of a line; what is invisible is shown in place of what it may stand by."""
    return set(re.findall(r"\w+", re.sub(r"⟨[^⟩]*⟩", " ", text)))


@settings(max_examples=60, deadline=None)
@given(facts=graphs(), budget=budgets, query=queries)
def test_an_explanation_accounts_for_every_record_and_token(
    facts: list[Fact], budget: int, query: str | None
) -> None:
    """It has a reason for each item, as the manifest counts them, and the frame is the rest."""
    pack = pack_of(facts, budget, query=query)
    if pack is None:
        return
    told = pack.explain()
    assert (told.budget_tokens, told.tokens) == (budget, pack.tokens)
    assert sorted(reason.id for reason in told.reasons) == sorted(
        item.node.id for item in pack.items
    )
    shown = Counter(reason.shown for reason in told.reasons)
    for level in ("whole", "brief", "line"):
        assert shown[level] == sum(getattr(row, level) for row in pack.manifest.values())
    assert told.frame_tokens + sum(reason.tokens for reason in told.reasons) == pack.tokens
    for reason in told.reasons:
        assert (reason.tokens == 0) == (reason.shown == "counted")
        assert reason.because


@settings(max_examples=60, deadline=None)
@given(facts=graphs(), budget=budgets, query=queries)
def test_what_is_internal_leaves_no_trace_for_a_customer(
    facts: list[Fact], budget: int, query: str | None
) -> None:
    """A pack for a customer is the same as if internal and private records did not exist."""
    hidden = {
        fact.id
        for fact in facts
        if isinstance(fact, Node) and fact.props.get("visibility") in ("internal", "private")
    }
    stated = {
        fact.source
        for fact in facts
        if isinstance(fact, Edge) and fact.kind == "STATED_IN" and fact.target in hidden
    }
    gone = hidden | stated
    open_facts = [
        fact
        for fact in facts
        if fact.id not in gone
        and not (isinstance(fact, Edge) and gone & {fact.source, fact.target})
    ]
    some = pack_of(facts, budget, query=query, audience="customer")
    same = pack_of(open_facts, budget, query=query, audience="customer")
    assert str(some) == str(same)
    assert some is None or same is None or some.manifest == same.manifest


def test_a_larger_history_than_the_horizon_is_counted_to_the_last() -> None:
    """Beyond what is read the store's tally goes on; the range reaches back to the first."""
    facts: list[Fact] = []
    for number in range(700):
        id, at = f"interaction:zendesk:{number}", NOW - (number + 1) * 1_000_000
        facts += [
            node("Interaction", id, at, text="hello", visibility="external", direction="inbound"),
            edge(id, "FROM", IDENTITIES[number % 2], at),
        ]
        if number % 7 == 0:
            facts.append(edge(id, "CC", IDENTITIES[1 - number % 2], at))
    pack = pack_of([*people(), *facts], 1_000)
    assert pack is not None
    row = pack.manifest["Interaction"]
    assert (row.total, row.first) == (700, NOW - 700 * 1_000_000)
    assert row.cursor is not None


def test_an_open_ticket_is_there_however_old_it_is() -> None:
    """Hundreds of newer tickets, all closed, do not push it out."""
    facts: list[Fact] = []
    for number in range(480):
        id, at = f"ticket:zendesk:{number}", NOW - (number + 1) * 1_000_000
        status = "in_progress" if number == 479 else "closed"
        props = {"subject": f"case {number}", "status_class": status, "visibility": "external"}
        facts += [
            node("Ticket", id, at, **props),
            edge(id, "REQUESTED_BY", IDENTITIES[0], at),
        ]
    for audience in ("internal", "customer"):
        pack = pack_of([*people(), *facts], 1_000, audience=audience)
        assert pack is not None
        assert "case 479" in pack.markdown()
        if audience == "internal":
            assert pack.manifest["Ticket"].total == 480


_NAMES = (
    "annual_value answer attachments author_kind best channel clocks comment count currency day "
    "description direction due_at errors fixed_in form identifiers language last_error metric name "
    "number outcome priority reason resolution resolved_at result score sequence severity state_name "
    "status status_class subject tags text tier title visibility"
).split()
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)
_KINDS = {
    "Interaction": "FROM",
    "Ticket": "REQUESTED_BY",
    "Issue": "REQUESTED_BY",
    "Statement": "OF",
    "Action": "OF",
    "Feedback": "OF",
    "Handoff": "OF",
    "Usage": "USED_BY",
    "Account": "",
    "Article": "",
}


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(sorted(_KINDS)),
    props=st.dictionaries(st.sampled_from(_NAMES), _values, min_size=1, max_size=12),
    at=st.integers(min_value=0, max_value=2**60),
    audience=audiences,
    query=queries,
)
def test_properties_of_the_wrong_type_break_nothing(
    kind: str, props: dict[str, Any], at: int, audience: str, query: str | None
) -> None:
    """Whatever JSON a source or a change put where a word, a time or a list is wanted."""
    id = f"{kind.lower()}:x:1"
    facts = [*people(), node(kind, id, at, **{"visibility": "external", **props})]
    if by := _KINDS[kind]:
        facts.append(edge(id, by, IDENTITIES[0], at))
    elif kind == "Account":
        facts.append(edge(IDENTITIES[0], "MEMBER_OF", id))
    pack = pack_of(facts, 100_000, audience=audience, query=query)
    assert pack is not None
    assert pack.json()["tokens"] <= 100_000


@pytest.mark.parametrize("counted", [-1, 1.5, None, "7", True])
def test_a_tokenizer_counts_in_whole_numbers(counted: Any) -> None:
    """What it returns is checked before a budget is held against it."""

    def tokens(_: str) -> Any:
        return counted

    with pytest.raises(InputError, match="token"):
        build(view_of(people()), CUSTOMER, tokenizer=tokens, at=NOW)


@pytest.mark.parametrize("bad", ["tokens", 7, object()])
def test_a_tokenizer_is_callable_or_counts(bad: Any) -> None:
    """Anything else is refused by name."""
    with pytest.raises(InputError, match="tokenizer"):
        build(view_of(people()), CUSTOMER, tokenizer=bad, at=NOW)
