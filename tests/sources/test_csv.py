"""Laws of the table source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnimemory import sources
from omnimemory.errors import InputError, RecordError
from omnimemory.model.records import Contact, Message, Record, Ref, Ticket

COLUMNS = {"Name": "person.name", "E-Mail": "person.email", "Firma": "accounts", "Nr": "id"}
ROWS = [
    {"Name": "Dana", "E-Mail": "dana@example.org", "Firma": "7", "Nr": "1", "Note": "VIP"},
    {"Name": "Grüße, Ute", "E-Mail": "ute@example.org", "Firma": "7;8", "Nr": "2", "Note": ""},
]


def table(delimiter: str = ",") -> str:
    lines = [delimiter.join(ROWS[0])]
    lines += [delimiter.join(f'"{cell}"' for cell in row.values()) for row in ROWS]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_table_reads_the_same_however_it_is_written(
    delimiter: str, encoding: str, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(table(delimiter).encode(encoding))
    assert list(sources.csv(file, columns=COLUMNS)) == list(sources.csv(ROWS, columns=COLUMNS))


def test_mapped_cells_are_fields_and_the_others_are_kept() -> None:
    dana, ute = sources.csv(ROWS, columns=COLUMNS)
    assert isinstance(dana, Contact)
    assert isinstance(ute, Contact)
    assert (dana.id, dana.person.name, dana.person.email) == ("1", "Dana", "dana@example.org")
    assert dana.extra == {"Note": "VIP"}
    assert ute.accounts == (Ref(kind="Account", id="7"), Ref(kind="Account", id="8"))


def test_any_record_type_can_be_a_table() -> None:
    (message,) = sources.csv(
        [{"when": "2026-03-02 10:00", "who": "dana@example.org", "what": "Hi", "t": "35436"}],
        record="message",
        columns={
            "when": "occurred_at",
            "who": "author.email",
            "what": "text",
            "t": "about",
        },
        fixed={"channel": "sms", "to.kind": "agent", "to.name": "Kim"},
        zone="Europe/Berlin",
    )
    assert isinstance(message, Message)
    assert (message.channel, message.author.email, message.to[0].name) == (
        "sms",
        "dana@example.org",
        "Kim",
    )
    assert message.occurred_at.isoformat() == "2026-03-02T10:00:00+01:00"
    assert message.about == (Ref(kind="Ticket", id="35436"),)
    (ticket,) = sources.csv(
        [{"s": "Refund", "id": 7, "tags": "a, b"}],
        record="ticket",
        columns={"s": "subject", "id": "id", "tags": "tags"},
    )
    assert isinstance(ticket, Ticket)
    assert ticket.tags == ("a", "b")


def test_a_row_without_an_id_is_the_same_record_every_time() -> None:
    columns = {"E-Mail": "person.email"}
    first, second = sources.csv(ROWS, columns=columns)
    again, _ = sources.csv(ROWS, columns=columns)
    assert isinstance(first, Contact)
    assert isinstance(second, Contact)
    assert first == again
    assert first.id != second.id


def test_a_missing_column_is_one_error_that_names_those_found(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(table())
    with pytest.raises(InputError, match="no column 'Email'; found: 'Name', 'E-Mail'"):
        sources.csv(file, columns={"Email": "person.email"})


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        ({"Name": "nickname"}, {}),
        ({"Name": "person.nick"}, {}),
        ({"Name": "person.name"}, {"record": "person"}),
        ({"Name": "person.name"}, {"zone": "Mars/Olympus"}),
        ({"Name": "person.name"}, {"fixed": {"nope": 1}}),
    ],
)
def test_a_mapping_that_cannot_work_is_an_error_at_the_call(
    columns: dict[str, str], options: dict[str, Any]
) -> None:
    with pytest.raises(InputError):
        sources.csv(ROWS, columns=columns, **options)


def test_a_bad_cell_is_an_error_with_its_row_and_column(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("id,at,user,n\n1,2026-03-02,u,x\n2,soon,u,x\n3,2026-03-02T09:00:00Z,u,x\n")
    found = list(
        sources.csv(
            file,
            record="usage_event",
            columns={"id": "id", "at": "occurred_at", "user": "user.id", "n": "name"},
        )
    )
    assert [(e.where, e.path) for e in found if isinstance(e, RecordError)] == [
        ("events.csv:2", ("occurred_at",)),
        ("events.csv:3", ("occurred_at",)),
    ]
    assert all("column 'at'" in str(e) for e in found if isinstance(e, RecordError))
    assert sum(isinstance(one, Record) for one in found) == 1


def test_ragged_rows_and_repeated_columns_lose_no_cell(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("id,n,n,\n1,a,b,c,d\n2\n")
    one, two = sources.csv(file, columns={"id": "id", "n": "person.name"})
    assert isinstance(one, Contact)
    assert isinstance(two, Contact)
    assert (one.person.name, one.extra) == (
        "a",
        {"n (3)": "b", "column 4": "c", "column 5": "d"},
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_table_is_one_clear_error(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match="empty"):
        sources.csv(file, columns={})


@given(st.binary(max_size=200))
def test_damaged_tables_give_records_or_errors_never_another_exception(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes
) -> None:
    file = tmp_path_factory.mktemp("t") / "t.csv"
    file.write_bytes(b"id,name\n1,Dana\n" + noise)
    for one in sources.csv(file, columns={"id": "id", "name": "person.name"}):
        assert isinstance(one, Record | RecordError)
