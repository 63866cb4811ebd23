"""The queries of the Neo4j page run on the sample company."""

from __future__ import annotations

import re
from pathlib import Path
from typing import LiteralString, cast
from uuid import uuid4

import neo4j

from omnimemory.memory import Memory
from omnimemory.store.neo4j import Neo4jStore
from tests.context.small_company import company
from tests.servers import PASSWORD, Neo4jServer

_PAGE = Path(__file__).parents[2] / "docs" / "neo4j.md"
_QUERIES = re.findall(r"```cypher\n(.*?)```", _PAGE.read_text(), re.DOTALL)


def test_the_ten_queries_of_the_page_find_something(neo4j_server: Neo4jServer) -> None:
    """A question that the sample company can answer has rows; none is an error."""
    tenant = f"docs-{uuid4().hex[:12]}"
    auth = ("neo4j", PASSWORD)
    with neo4j.GraphDatabase.driver(neo4j_server.url, auth=auth) as driver:
        Memory(Neo4jStore(driver), tenant=tenant).ingest(company())
        found = {
            query: driver.execute_query(
                cast("LiteralString", query), tenant=tenant, email="email:dana@example.org"
            ).records
            for query in _QUERIES
        }
    assert len(found) == 10
    assert [query for query, records in found.items() if not records] == []
