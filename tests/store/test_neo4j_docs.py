"""The queries of the Neo4j page run on the sample company."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString, cast
from uuid import uuid4

import neo4j
import pytest

from omnimemory.memory import Memory
from omnimemory.store.neo4j import Neo4jStore
from tests.context.small_company import company
from tests.servers import PASSWORD, Neo4jServer

_PAGE = Path(__file__).parents[2] / "docs" / "neo4j.md"
_QUESTIONS, _, _FULL_TEXT = _PAGE.read_text().partition("## A full-text index of your own")


@pytest.fixture
def driver(neo4j_server: Neo4jServer) -> Iterator[neo4j.Driver]:
    with neo4j.GraphDatabase.driver(neo4j_server.url, auth=("neo4j", PASSWORD)) as driver:
        yield driver


@pytest.fixture
def tenant(driver: neo4j.Driver) -> str:
    """A tenant that holds the sample company."""
    tenant = f"docs-{uuid4().hex[:12]}"
    Memory(Neo4jStore(driver), tenant=tenant).ingest(company())
    return tenant


def queries(text: str) -> list[LiteralString]:
    found = re.findall(r"```cypher\n(.*?)```", text, re.DOTALL)
    return [cast("LiteralString", query) for query in found]


def answered(driver: neo4j.Driver, query: LiteralString, tenant: str) -> list[neo4j.Record]:
    email = "email:dana@example.org"
    return driver.execute_query(query, tenant=tenant, email=email).records


def test_the_ten_queries_of_the_page_find_something(driver: neo4j.Driver, tenant: str) -> None:
    """A question that the sample company can answer has rows; none is an error."""
    found = {query: answered(driver, query, tenant) for query in queries(_QUESTIONS)}
    assert len(found) == 10
    assert [query for query, records in found.items() if not records] == []


def test_a_full_text_index_of_ones_own_finds_something(driver: neo4j.Driver, tenant: str) -> None:
    """The page says how to make one and how to ask it."""
    create, ask = queries(_FULL_TEXT)
    answered(driver, create, tenant)
    try:
        driver.execute_query("CALL db.awaitIndexes(60)")
        assert answered(driver, ask, tenant)
    finally:
        driver.execute_query("DROP INDEX texts")
