"""What goes to a server comes back the same, or is refused; what it refuses is told by class and code."""

import math
import struct
from collections.abc import Iterator
from typing import Any

import peewee
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared_schema.database import LibsqlDatabase, Statement, require, require_changes
from shared_schema.database.settings import Settings
from tests.faults.conftest import NOTES, Sqld, bodies, note

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=80)
integers = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)
values = st.one_of(st.none(), integers, floats, texts, st.binary(max_size=80), st.booleans())

checked = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqld]:
    with Sqld(tmp_path_factory.mktemp("exact")) as running:
        yield running


@pytest.fixture(scope="module")
def standing(server: Sqld) -> Iterator[LibsqlDatabase]:
    database = LibsqlDatabase(Settings(server.url, server.token))
    database.execute_sql(NOTES)
    database.execute_sql("CREATE TABLE kept (id INTEGER PRIMARY KEY, value)")
    database.execute_sql("CREATE TABLE strict (i INTEGER, r REAL, t TEXT, b BLOB, CHECK (i <> 13)) STRICT")
    database.execute_sql("CREATE TABLE children (parent INTEGER NOT NULL REFERENCES notes)")
    yield database
    database.close()


@pytest.fixture
def database(standing: LibsqlDatabase) -> LibsqlDatabase:
    standing.batch([Statement(f"DELETE FROM {table}") for table in ("children", "notes", "kept", "strict")])
    return standing


@checked
@given(st.lists(values, min_size=1, max_size=6))
@example([2**63 - 1, -(2**63), 2**53 + 1, 5e-324, -0.0, 1.7976931348623157e308])
@example(["", "\x01\x1f\x7f\x80\u2028\ufeff\ufffe\U0010ffff", "'; DROP TABLE kept --", b"", b"\0\xff"])
def test_values_come_back_the_same(database: LibsqlDatabase, given_values: list[Any]) -> None:
    query = "SELECT " + ", ".join("?" * len(given_values))
    assert _same(database.execute_sql(query, given_values).fetchone(), given_values)
    adds = [Statement("INSERT INTO kept (value) VALUES (?) RETURNING value", (value,)) for value in given_values]
    results = database.batch([Statement("DELETE FROM kept"), *adds])
    assert _same([result.one(dict)["value"] for result in results[1:]], given_values)
    rows = database.fetch([Statement("SELECT value FROM kept ORDER BY id")])[0].rows
    assert _same([row["value"] for row in rows], given_values)
    with database.atomic():
        database.execute_sql("DELETE FROM kept")
        database.execute_sql("INSERT INTO kept (value) VALUES (?)", given_values[:1])
        assert _same(database.execute_sql("SELECT value FROM kept").fetchone(), given_values[:1])


def _same(stored: Any, expected: list[Any]) -> bool:
    """Of one type and bit for bit; a bool is stored as the number it is."""
    return [_bits(value) for value in stored] == [_bits(value) for value in expected]


def _bits(value: Any) -> tuple[type, Any]:
    if isinstance(value, float):
        return float, struct.pack("d", value)
    return (int, int(value)) if isinstance(value, bool) else (type(value), value)


@checked
@given(integers, floats, texts, st.binary(max_size=50))
def test_typed_columns_keep_what_they_get(database: LibsqlDatabase, i: int, r: float, t: str, b: bytes) -> None:
    if i == 13:
        return
    add = Statement("INSERT INTO strict VALUES (:i, :r, :t, :b)", {"i": i, "r": r, "t": t, "b": b})
    read = Statement("SELECT i, r, t, b FROM strict WHERE i = ? AND t = ? AND b = ?", (i, t, b))
    _, _, result = database.batch([Statement("DELETE FROM strict"), add, read])
    row = result.first(dict)
    assert (row["i"], row["t"], row["b"]) == (i, t, b)
    assert row["r"] == r


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2**63, -(2**63) - 1, "a\0b", "\ud800"], ids=repr)
def test_what_cannot_be_kept_is_refused(database: LibsqlDatabase, value: Any) -> None:
    for call in (
        lambda: database.execute_sql("SELECT ?", (value,)),
        lambda: database.fetch([Statement("SELECT ?", (value,))]),
        lambda: database.batch([note("first"), Statement("INSERT INTO kept (value) VALUES (?)", (value,))]),
    ):
        with pytest.raises(peewee.DataError):
            call()
    assert bodies(database) == []


def test_an_infinity_made_there_is_no_finite_number_here(database: LibsqlDatabase) -> None:
    ((endless, one),) = database.execute_sql("SELECT 9e999, 1").fetchall()
    assert (math.isfinite(endless), one) == (False, 1)
    with pytest.raises(peewee.DataError, match="NaN and infinity cannot be stored"):
        database.execute_sql("SELECT ?", (endless,))


@pytest.mark.parametrize(
    ("sql", "kind", "code"),
    [
        ("INSERT INTO notes (id, body) VALUES (2, 'there')", peewee.IntegrityError, "SQLITE_CONSTRAINT"),
        ("INSERT INTO notes (id, body) VALUES (1, 'x')", peewee.IntegrityError, "SQLITE_CONSTRAINT"),
        ("INSERT INTO notes (body) VALUES (NULL)", peewee.IntegrityError, "SQLITE_CONSTRAINT"),
        ("INSERT INTO strict (i) VALUES (13)", peewee.IntegrityError, "SQLITE_CONSTRAINT"),
        ("INSERT INTO strict (i) VALUES ('x')", peewee.IntegrityError, "SQLITE_CONSTRAINT"),
        ("INSERT INTO children VALUES (99)", peewee.IntegrityError, "SQLITE_CONSTRAINT"),
        ("SELEC 1", peewee.OperationalError, "SQL_PARSE_ERROR"),
        ("SELECT * FROM nowhere", peewee.OperationalError, "SQLITE_UNKNOWN"),
        ("SELECT absent FROM notes", peewee.OperationalError, "SQL_INPUT_ERROR"),
    ],
)
@pytest.mark.parametrize("way", ["alone", "batch", "transaction"])
def test_errors_have_their_class_and_code(
    database: LibsqlDatabase, sql: str, kind: type[Exception], code: str, way: str
) -> None:
    database.execute_sql("INSERT INTO notes (id, body) VALUES (1, 'there')")
    with pytest.raises(peewee.DatabaseError) as caught:
        if way == "alone":
            database.execute_sql(sql)
        elif way == "batch":
            database.batch([note("not kept"), Statement(sql)])
        else:
            with database.atomic():
                database.batch([note("not kept")])
                database.execute_sql(sql)
    assert type(caught.value) is kind
    assert caught.value.orig.code == code
    assert bodies(database) == ["there"]


def test_several_statements_in_one_string_are_refused(database: LibsqlDatabase) -> None:
    for call in (
        lambda: database.execute_sql("SELECT 1; DELETE FROM notes"),
        lambda: database.fetch([Statement("SELECT 1; SELECT 2")]),
        lambda: database.batch([note("x"), Statement("SELECT 1; DELETE FROM notes")]),
    ):
        with pytest.raises(peewee.ProgrammingError):
            call()
    assert database.execute_sql("SELECT ';--' ;").fetchone() == (";--",)


def test_a_guard_that_fails_takes_everything_back(database: LibsqlDatabase) -> None:
    for guard in (
        require("(SELECT count(*) FROM notes) = ?", (7,), otherwise=lambda: KeyError("seven")),
        require_changes(3, otherwise=lambda: KeyError("three")),
        require("NULL", otherwise=lambda: KeyError("null")),
    ):
        with pytest.raises(KeyError):
            database.batch([note("before"), guard, note("after")])
        assert bodies(database) == []
    database.batch([note("before"), require_changes(1, otherwise=lambda: KeyError("one")), note("after")])
    assert bodies(database) == ["before", "after"]


def test_a_big_batch_is_one_request_and_whole(database: LibsqlDatabase) -> None:
    adds = [note(f"{n} {'x' * 100}") for n in range(3000)]
    assert all(result.count == 1 for result in database.batch(adds))
    with pytest.raises(peewee.IntegrityError):
        database.batch([*[note(f"again {n}") for n in range(500)], adds[0]])
    assert len(bodies(database)) == 3000
