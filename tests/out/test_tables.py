"""Laws of tables: the same rows in every form, each column of one type, nothing lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnimemory
from omnimemory import Memory
from omnimemory.out import tables
from omnimemory.testing import company

CELLS = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.integers(),
    st.booleans(),
    st.floats(allow_nan=False),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(st.integers(), max_size=2),
)
ROWS = st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), CELLS), max_size=5)


@given(ROWS)
def test_every_column_is_of_one_type(rows: list[dict[str, Any]]) -> None:
    for values in tables.columns(rows).values():
        assert len(values) == len(rows)
        assert len({type(one) for one in values if one is not None}) <= 1


@given(ROWS)
def test_arrow_holds_what_the_columns_hold(rows: list[dict[str, Any]]) -> None:
    table = tables.columns(rows)
    if not table:
        return
    frame = framed(rows)
    for name, values in table.items():
        fits = all(abs(one) < 2**63 for one in values if type(one) is int)
        told = values if fits else [None if one is None else str(one) for one in values]
        assert frame[name].to_list() == told


def framed(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return a polars frame of an Arrow stream."""
    return pl.DataFrame(tables.Stream(rows))


@pytest.fixture(scope="module")
def memory() -> Memory:
    made = omnimemory.connect("networkx://", tenant=company.TENANT)
    made.ingest(
        {
            "type": "message",
            "source": "chat",
            "id": str(n),
            "occurred_at": f"2026-01-0{n}T10:00:00Z",
            "author": {"name": "Ada", "email": "ada@example.org"},
            "text": f"Hello {n}",
        }
        for n in range(1, 6)
    )
    return made


def test_a_timeline_goes_out_as_dicts_pandas_and_arrow(memory: Memory) -> None:
    page = memory.timeline("ada@example.org")
    frame, arrow = page.to_pandas(), pl.DataFrame(page)
    assert list(frame["id"]) == arrow["id"].to_list() == [one["id"] for one in page.to_dicts()]
    assert arrow["at"].to_list()[0] == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert frame["at"].iloc[0] == page[0].at
    assert list(frame["props.text"]) == [f"Hello {n}" for n in (5, 4, 3, 2, 1)]


def test_customers_results_and_items_go_out_too(memory: Memory) -> None:
    for page in (memory.customers(), memory.search("hello"), memory.list("Identity")):
        assert len(page.to_pandas()) == len(page) == len(page.to_dicts()) > 0
        assert pl.DataFrame(page).height == len(page)


def test_an_empty_page_goes_out_as_nothing(memory: Memory) -> None:
    page = memory.list("Article")
    assert page.to_dicts() == []
    assert page.to_pandas().empty
    assert pl.DataFrame(page).is_empty()


def test_a_graph_goes_out_as_two_streams(memory: Memory) -> None:
    graph = memory.graph("ada@example.org")
    nodes, edges = map(pl.DataFrame, graph.to_arrow())
    assert nodes["id"].to_list() == [node.id for node in graph.nodes]
    assert edges["kind"].to_list() == [edge.kind for edge in graph.edges]
    assert nodes["valid_from"].dtype == pl.Datetime("us", "UTC")


def test_narwhals_takes_a_page_into_any_library(memory: Memory) -> None:
    page = memory.timeline("ada@example.org")
    frame = nw.from_arrow(page, backend="polars")
    assert frame["id"].to_list() == [entry.id for entry in page]
