"""Whatever can be stored comes back exactly, and the scanner sees the placeholders the engine sees."""

import struct

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_schema.database import Statement
from shared_schema.database.sql import shape

# The fixtures are one database for all examples, which is what we want: no example leaves anything behind.
many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

INTEGERS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**31, -(2**31) - 1, 2**53 + 1, -(2**63), 2**63 - 1])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
BLOBS = st.binary()
NO_NEGATIVE_ZERO = FLOATS.map(lambda number: number + 0.0)  # a REAL column of SQLite keeps whole numbers as integers
VALUES = st.none() | INTEGERS | FLOATS | TEXTS | BLOBS


def exactly(value):
    """A value with its type, and a float with its sign and last bit."""
    return type(value), struct.pack("d", value) if isinstance(value, float) else value


@pytest.fixture
def table(ours):
    ours("CREATE TABLE t (untyped, i INTEGER, r REAL, s TEXT, b BLOB)")
    ours("CREATE TABLE strict (i INTEGER, r REAL, s TEXT, b BLOB, a ANY) STRICT")


@many
@given(st.lists(VALUES, min_size=1, max_size=5))
def test_bare_parameters_come_back_exactly(ours, values):
    ((*rows,),) = ours(f"SELECT {', '.join('?' * len(values))}", *values)
    assert [exactly(row) for row in rows] == [exactly(value) for value in values]


@many
@given(VALUES)
def test_column_without_a_type_keeps_any_value_exactly(ours, table, value):
    ours("DELETE FROM t")
    ours("INSERT INTO t (untyped) VALUES (?)", value)
    ((stored, equal),) = ours("SELECT untyped, untyped IS ? FROM t", value)
    assert exactly(stored) == exactly(value)
    assert equal


@many
@given(st.tuples(*(st.none() | kind for kind in (INTEGERS, NO_NEGATIVE_ZERO, TEXTS, BLOBS, VALUES))))
def test_typed_columns_keep_their_values_exactly(ours, table, values):
    ours("DELETE FROM strict")
    ours("INSERT INTO strict VALUES (?, ?, ?, ?, ?)", *values)
    ((*stored, equal),) = ours("SELECT *, i IS ? AND r IS ? AND s IS ? AND b IS ? FROM strict", *values[:4])
    assert [exactly(value) for value in stored] == [exactly(value) for value in values]
    assert equal


@many
@given(st.integers(min_value=2**63) | st.integers(max_value=-(2**63) - 1))
def test_integers_beyond_64_bits_never_pass(ours, number):
    with pytest.raises(peewee.DataError):
        ours("SELECT ?", number)


# What the scanner must step over: quoted text and comments full of what looks like placeholders and ends.
TRICKY = st.text("?;:@$a -/*\n'\"`[]", max_size=8)
LITERALS = TRICKY.map(lambda text: "'" + text.replace("'", "''") + "'")
NAMES = st.one_of(
    TRICKY.map(lambda text: '"' + text.replace('"', '""') + '"'),
    TRICKY.map(lambda text: "`" + text.replace("`", "``") + "`"),
    TRICKY.map(lambda text: "[" + text.replace("]", "") + "]"),
)
COMMENTS = st.one_of(
    TRICKY.map(lambda text: "/*" + text.replace("*/", "") + " */"),
    TRICKY.map(lambda text: "--" + text.replace("\n", "") + "\n"),
    st.sampled_from(["", " ", "\n"]),
)
COLUMNS = st.just("?") | LITERALS | NAMES.map(lambda name: f"1 AS {name}") | NAMES.map(lambda name: f"? AS {name}")
TOKENS = ["?", "';?'", '"?"', "`;?`", "[?;]", "-- ?;\n", "/* ?; */", "'''?'", "a", "1", "(", ","]


@many
@given(st.lists(st.tuples(COMMENTS, COLUMNS, COMMENTS), min_size=1, max_size=6))
def test_scanner_sees_the_placeholders_the_engine_sees(bare, ours, parts):
    sql = "SELECT " + ",".join("".join(part) for part in parts)
    bound = [i for i, (_, column, _) in enumerate(parts) if column.startswith("?")]
    numbers = [2**40 + i for i in bound]
    assert len(shape(sql).marks) == len(bound)
    assert not shape(sql).several
    assert shape(sql + ";SELECT 1").several
    ((*row,),) = ours(sql, *numbers)
    assert [row[i] for i in bound] == numbers
    assert bare(sql, *map(str, numbers)) == [tuple(str(v) if i in bound else v for i, v in enumerate(row))]


@many
@given(st.lists(st.sampled_from(TOKENS)))
def test_only_bare_question_marks_are_placeholders(tokens):
    sql = " ".join(tokens)
    starts = [len(" ".join([*tokens[:i], ""])) for i, token in enumerate(tokens) if token == "?"]
    assert [mark.start for mark in shape(sql).marks] == starts
    assert not shape(sql).several


MADE = "SELECT {} AS made FROM (SELECT 'a' || char(0) || 'b' AS text)"


@pytest.mark.only("file", "server", "replica")
def test_text_with_nul_that_sql_makes_is_whole_as_a_blob(database):
    """Parameters and statements with NUL are refused in every mode (test_bound_values)."""
    whole, place = database.fetch([Statement(MADE.format(made)) for made in ("CAST(text AS BLOB)", "instr(text, 'b')")])
    assert (whole.value(bytes), place.value(int)) == (b"a\0b", 3)


@pytest.mark.only("file", "server")
def test_the_driver_cuts_text_at_a_nul_and_a_server_does_not(database):
    (text,) = database.fetch([Statement(MADE.format("text"))])
    assert text.value(str) == ("a\0b" if database.on_server else "a")
