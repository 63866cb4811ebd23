"""Laws of data frames as tables: the same rows from every library make the same records."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import polars as pl
import pytest

import omnimemory
from omnimemory import InputError, Record, sources
from omnimemory.sources._frames import is_frame

ROWS: list[dict[str, Any]] = [
    {"Nr": 1, "Name": "Ada", "Mail": "ada@example.org", "Since": datetime(2026, 1, 2, tzinfo=UTC)},
    {"Nr": 2, "Name": "Grace", "Mail": None, "Since": None},
]
COLUMNS = {"Nr": "id", "Name": "person.name", "Mail": "person.email", "Since": "created_at"}


class Streaming:
    """Nothing but an Arrow stream."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


FRAMES = {
    "pandas": pd.DataFrame(ROWS),
    "polars": pl.DataFrame(ROWS),
    "lazy": pl.DataFrame(ROWS).lazy(),
    "arrow": Streaming(pl.DataFrame(ROWS)),
}


def read(given: Any) -> list[Any]:
    return list(sources.csv(given, columns=COLUMNS))


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_a_table(name: str) -> None:
    assert is_frame(FRAMES[name])
    found = read(FRAMES[name])
    assert all(isinstance(one, Record) for one in found)
    told = [(one.id, one.person.name, one.person.email, one.created_at) for one in found]
    assert told == [("1", "Ada", "ada@example.org", ROWS[0]["Since"]), ("2", "Grace", None, None)]


def test_what_is_missing_in_any_way_is_missing() -> None:
    frame = pd.DataFrame({"Nr": [1], "Name": ["Ada"], "Mail": [math.nan], "Since": [pd.NaT]})
    assert read(frame)[0].person.email is None


def test_a_frame_without_a_mapped_column_is_one_clear_error() -> None:
    with pytest.raises(InputError, match="has no column 'Mail'"):
        read(pl.DataFrame({"Nr": [1], "Name": ["Ada"], "Since": [None]}))


def test_a_frame_comes_in_and_a_page_goes_out() -> None:
    with omnimemory.connect("networkx://", tenant="t") as memory:
        report = memory.ingest(sources.csv(pl.DataFrame(ROWS), columns=COLUMNS))
        assert not report.errors
        assert set(memory.customers().to_pandas()["name"]) == {"Ada", "Grace"}
