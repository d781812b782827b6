"""Which Python values a parameter may be, and as what they are stored."""

import datetime as dt
import decimal
import enum
import math
import uuid

import peewee
import pytest

from shared_schema.database import Statement, Verbatim, binding


class Grade(enum.IntEnum):
    PASSED = 2**40


class Half(float):
    """A number of another library, say numpy, that is a float."""


class Status(str, enum.Enum):  # noqa: UP042 - the older spelling is the one that printed its name
    PENDING = "pending"


def test_text_with_nul_is_refused_not_cut(bare, ours):
    assert bare("SELECT ?", "a\0b") == [("a",)]

    with pytest.raises(peewee.DataError, match="NUL"):
        ours("SELECT ?", "a\0b")


def test_text_with_a_lone_surrogate_is_refused(bare, ours):
    with pytest.raises(ValueError, match="Unsupported"):
        bare("SELECT ?", "\ud800")

    with pytest.raises(peewee.DataError, match="surrogate"):
        ours("SELECT ?", "\ud800")


def test_not_a_number_is_refused_not_nulled(bare, ours):
    assert bare("SELECT ?", math.nan) == [(None,)]

    with pytest.raises(peewee.DataError, match="NaN"):
        ours("SELECT ?", math.nan)


@pytest.mark.only("file", "server")
@pytest.mark.parametrize("name", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_decimal_that_is_no_number_is_refused(database, name):
    """As text it would be stored, and every sum over it would be wrong."""
    for run in (database.fetch, database.batch):
        with pytest.raises(peewee.DataError, match="NaN and infinity"):
            run([Statement("SELECT ? AS price", (decimal.Decimal(name),))])


@pytest.mark.parametrize("endless", [math.inf, -math.inf])
def test_infinity_is_refused(endless, bare, ours):
    assert bare("SELECT ?", endless) == [(endless,)]

    with pytest.raises(peewee.DataError, match="infinity"):
        ours("SELECT ?", endless)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (dt.datetime(2026, 3, 1, 12, 30), "2026-03-01 12:30:00"),
        (dt.datetime(2026, 3, 1, 12, 30, 0, 5, dt.UTC), "2026-03-01 12:30:00.000005+00:00"),
        (dt.date(2026, 3, 1), "2026-03-01"),
        (dt.time(12, 30), "12:30:00"),
        (uuid.UUID(int=10), "0000000000000000000000000000000a"),
        (bytearray(b"\x00\xff"), b"\x00\xff"),
        (memoryview(b"\x00\xff"), b"\x00\xff"),
    ],
)
def test_common_values_have_one_stored_form(given, stored, bare, ours):
    with pytest.raises(ValueError, match="Unsupported parameter type"):
        bare("SELECT ?", given)

    assert ours("SELECT ?", given) == [(stored,)]


def test_decimals_keep_every_digit(bare, ours):
    price = decimal.Decimal("0.12345678901234567890")
    assert bare("SELECT ?, typeof(?)", price, price) == [(float(price), "real")]

    assert ours("SELECT ?", price) == [("0.12345678901234567890",)]


def test_member_of_an_enumeration_of_strings_is_its_value(ours):
    assert ours("SELECT ?", Status.PENDING) == [("pending",)]


def test_member_of_an_enumeration_of_integers_is_its_value(ours):
    assert ours("SELECT ?, typeof(?)", Grade.PASSED, Grade.PASSED) == [(2**40, "integer")]


def test_value_is_plain_python_after_binding():
    """The driver and JSON look at exact types."""
    values = binding.plain("SELECT ?, ?, ?, ?", [True, Grade.PASSED, Half(0.5), Status.PENDING])[1]
    assert [(type(value), value) for value in values] == [(int, 1), (int, 2**40), (float, 0.5), (str, "pending")]


@pytest.mark.parametrize("given", [[1], {"a": 1}, {1}, (1,), object(), dt.timedelta(1), 1j])
def test_value_without_a_column_is_refused(given, bare, ours):
    with pytest.raises((ValueError, TypeError)):
        bare("SELECT ?", given)

    with pytest.raises(peewee.InterfaceError, match=f"a {type(given).__name__} cannot be bound"):
        ours("SELECT ?", given)


def test_too_few_parameters_are_refused_not_nulled(bare, ours):
    assert bare("SELECT ?, ?", 1) == [(1, None)]

    with pytest.raises(peewee.ProgrammingError, match="2 placeholders, 1 parameters"):
        ours("SELECT ?, ?", 1)


def test_too_many_parameters_are_refused_not_ignored(bare, ours):
    assert bare("SELECT ?", 1, 2) == [(1,)]

    with pytest.raises(peewee.ProgrammingError, match="1 placeholders, 2 parameters"):
        ours("SELECT ?", 1, 2)


@pytest.mark.parametrize("mark", [":a", "@a", "$a", ":1", ":é"])
def test_named_placeholder_without_a_value_is_refused_not_nulled(mark, bare, db):
    assert bare(f"SELECT {mark}") == [(None,)]

    with pytest.raises(peewee.ProgrammingError):
        db.execute_sql(f"SELECT {mark}")
    with pytest.raises(peewee.ProgrammingError):
        db.execute_sql(f"SELECT {mark}", {"b": 1})


def test_numbered_placeholder_is_refused(bare, ours):
    assert bare("SELECT ?2, ?1", 1, 2) == [(2, 1)]

    with pytest.raises(peewee.ProgrammingError):
        ours("SELECT ?2, ?1", 1, 2)


@pytest.mark.parametrize("mark", ["?1", ":1"])
def test_number_is_no_name(mark, db):
    with pytest.raises(peewee.ProgrammingError, match="nothing to `\\?1`"):
        db.execute_sql(f"SELECT {mark}", {"1": 7})


def test_mapping_goes_to_names(driver, db):
    with pytest.raises(TypeError):
        driver.execute("SELECT :a", {"a": 1})

    assert db.execute_sql("SELECT :b, ':a', :a, :b", {"a": 1, "b": "x"}).fetchall() == [("x", ":a", 1, "x")]


def test_missing_names_are_listed(db):
    with pytest.raises(peewee.ProgrammingError, match="no value for a, c"):
        db.execute_sql("SELECT :c, :b, :a", {"b": 1})


def test_verbatim_sql_takes_no_parameters(db):
    with pytest.raises(peewee.ProgrammingError, match="0 placeholders, 1 parameters"):
        db.execute_sql(Verbatim("SELECT ?"), (1,))


def test_names_and_question_marks_do_not_mix(db):
    for parameters in ({"a": 1}, (1, 2)):
        with pytest.raises(peewee.ProgrammingError):
            db.execute_sql("SELECT :a, ?", parameters)
