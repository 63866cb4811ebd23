"""The queries of the RDF page run on the sample company."""

from __future__ import annotations

import re
from pathlib import Path

from omnimemory.memory import Memory

_PAGE = Path(__file__).parents[2] / "docs" / "rdf.md"
_QUERIES = re.findall(r"```sparql\n(.*?)```", _PAGE.read_text(), re.DOTALL)


def test_the_ten_queries_of_the_page_find_something(memory: Memory) -> None:
    """A question that the sample company can answer has rows; none is an error."""
    assert len(_QUERIES) == 10
    assert [query for query in _QUERIES if not memory.sparql(query)] == []
