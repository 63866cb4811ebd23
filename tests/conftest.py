"""What the tests share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from tests.servers import (
    FUSEKI,
    NEO4J,
    NEO4J_2026,
    FusekiServer,
    Neo4jServer,
    Server,
    ServerUnavailableError,
)

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_ROOT = Path(__file__).resolve().parent.parent


def _shared() -> Path | None:
    """Return the folder of real data, beside the checkout or above it."""
    named = os.environ.get("OMNIMEMORY_SHARED")
    places = [Path(named)] if named else [parent / "shared" for parent in _ROOT.parents]
    return next((place for place in places if (place / "data").is_dir()), None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data; tests that want it are skipped where it is missing."""
    found = _shared()
    if found is None:
        pytest.skip("no real data: neither ../shared nor OMNIMEMORY_SHARED is there")
    return found


@pytest.fixture(scope="session")
def payloads(shared: Path) -> Path:
    """The folder of real payloads, by system."""
    return shared / "data" / "payloads"


S = TypeVar("S", bound=Server)
_NEO4J = (NEO4J, NEO4J_2026)


def started(server: S) -> S:
    """Return a server once it answers; where it cannot run, skip, and fail on CI."""
    try:
        server.start()
    except ServerUnavailableError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    return server


@pytest.fixture(scope="session", params=_NEO4J, ids=[server.name for server in _NEO4J])
def neo4j_server(request: pytest.FixtureRequest) -> Neo4jServer:
    """Each version of Neo4j that is supported, running."""
    return started(request.param)


@pytest.fixture(scope="session")
def fuseki_server() -> FusekiServer:
    """Apache Jena Fuseki, running."""
    return started(FUSEKI)
