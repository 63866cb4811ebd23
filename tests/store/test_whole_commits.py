"""Who reads while others write sees commits whole, in every kind of store."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from omnimemory.store.registry import open_store
from tests.store.writers import whole_commits
from tests.stores import STORES, located


@pytest.mark.parametrize("name", STORES)
def test_a_view_shows_commits_whole(name: str, tmp_path: Path) -> None:
    """Nothing of a later commit, everything of its own, and the same when asked again."""
    url, options = located(name, tmp_path)
    with open_store(url, **options) as store:
        whole_commits(store, f"acme-{uuid4().hex[:12]}")
