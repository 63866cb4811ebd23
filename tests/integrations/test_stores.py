"""An agent's laws on the other stores: a folder of RDF, and each kind of server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

import omnimemory
from omnimemory import Memory
from omnimemory.integrations.runs import Run, record_run
from omnimemory.integrations.scope import Scope
from tests.integrations.asking import (
    BY,
    DANAS,
    Asks,
    people,
)
from tests.integrations.laws import AgentLaws
from tests.integrations.test_pydantic_ai import PydanticAsks
from tests.stores import located


@pytest.fixture(params=["oxigraph", "neo4j-5.26", "fuseki"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory]:
    """The two customers, in a store of each kind; on servers in a tenant of their own."""
    url, options = located(request.param, tmp_path)
    with omnimemory.connect(url, tenant=f"acme-{uuid4().hex[:12]}", **options) as opened:
        yield people(opened)


class TestPydanticAIOnOtherStores(AgentLaws):
    """The shortest adapter, since what differs between adapters knows nothing of stores."""

    @pytest.fixture
    def memory(self, memory: Memory) -> Memory:
        return memory

    def agent(self, scope: Scope) -> Asks:
        return PydanticAsks(scope)


def test_a_run_and_a_handoff_are_written_once(memory: Memory) -> None:
    scope = Scope(memory, by=BY, customer=DANAS, conversation="c7", audience="internal")

    def go() -> int:
        run = Run(scope, "r1")
        run.heard("Where is my refund?")
        run.promised("The money arrives by Friday", due="2026-12-04")
        run.did("issue_credit", {"amount": 5}, key="k1", result="cr_1")
        return len(record_run(run).written)

    assert [go(), go()] == [3, 0]
    revision = memory.view().revision
    packs = [
        memory.hand_off("zendesk:35436", to="team:billing", by=BY, id="h1", reason="approval")
        for _ in range(2)
    ]
    assert memory.counts()["Handoff"] == 1
    assert memory.view().revision > revision
    for pack in packs:
        assert "The money arrives by Friday" in pack.markdown()
        assert "issue_credit" in pack.markdown()
