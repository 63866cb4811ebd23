"""The sample company as RDF, and what checks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib

import omnimemory
from omnimemory.memory import Memory
from omnimemory.testing import company
from omnimemory.testing.company.reading import sources


@pytest.fixture(scope="package")
def memory(exports: Path) -> Iterator[Memory]:
    """The sample company, taken in once; tests here only read it."""
    with omnimemory.connect("networkx://", tenant=company.TENANT) as opened:
        for _, records in sources(exports):
            opened.ingest(records)
        yield opened


@pytest.fixture(scope="package")
def turtle(memory: Memory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rdf") / "company.ttl"
    memory.export_rdf(path)
    return path


@pytest.fixture(scope="package")
def graph(turtle: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(turtle)
