"""Times as the engine reads them against Python's datetime: every form, any moment, and what is none."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrations.adoption import meaning, target, times
from migrations.adoption.case import Context
from migrations.adoption.rules import cases
from shared_schema.database import LibsqlDatabase, Statement

MOMENTS = st.datetimes(dt.datetime(1975, 1, 1), dt.datetime(2150, 1, 1))
ZONES = st.integers(-14 * 60, 14 * 60)
DIGITS = st.text("0123456789-:T Z+.", max_size=26)
MANY = settings(max_examples=400, deadline=None)


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """`ask(sql, value)`: what the engine makes of a value in a column without a type, as rows of old hold it."""
    db = LibsqlDatabase(f"file:{tmp_path_factory.mktemp('times')}/times.db")
    db.execute_sql("CREATE TABLE t (x)")

    def run(sql, value):
        db.execute_sql("DELETE FROM t")
        db.execute_sql("INSERT INTO t VALUES (?)", (value,))
        (result,) = db.fetch([Statement(f"SELECT {sql} AS y FROM t")])
        return result.one(dict)["y"]

    yield run
    db.close()


def epoch(moment):
    return int((moment - dt.datetime(1970, 1, 1)).total_seconds() // 1)


@MANY
@given(MOMENTS)
def test_plain_text_is_utc(ask, moment):
    text = moment.strftime("%Y-%m-%d %H:%M:%S")
    assert ask(times.seconds("x"), text) == epoch(moment.replace(microsecond=0))
    assert ask(times.is_plain("x"), text) == 1
    assert ask("unixepoch(x)", text) == epoch(moment.replace(microsecond=0))


@MANY
@given(MOMENTS, ZONES, st.sampled_from("T t"), st.booleans())
def test_offset_is_taken_off(ask, moment, minutes, mark, fraction):
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    text = moment.replace(tzinfo=zone).isoformat(mark, "microseconds" if fraction else "seconds")
    assert ask(times.seconds("x"), text) == int(moment.replace(tzinfo=zone).timestamp() // 1)


@MANY
@given(MOMENTS)
def test_number_is_seconds_or_milliseconds(ask, moment):
    seconds = epoch(moment)
    milliseconds = seconds * 1000 + moment.microsecond // 1000
    for value in (seconds, milliseconds, str(seconds), str(milliseconds), seconds + 0.5, f"{seconds}.5"):
        assert ask(times.seconds("x"), value) == seconds, value


@MANY
@given(st.one_of(DIGITS, st.text(max_size=8), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False)))
def test_engine_and_python_agree_on_what_is_no_time(ask, value):
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= c <= "\udfff" for c in value)):
        return
    if isinstance(value, float) and abs(value) == float("inf"):
        return
    meant = meaning.seconds(value)
    assert ask(times.seconds("x"), value) == (None if meant is meaning.UNKNOWN else meant)


@MANY
@given(
    st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32), st.integers(0, 25), st.integers(0, 61),
    st.integers(0, 61), st.sampled_from(" T"),
    st.sampled_from(["", "Z", ".9", ".25Z", "+02:00", " UTC", "-0330", "+99"]),
)  # fmt: skip
def test_calendar_and_clock_are_looked_at(ask, year, month, day, hour, minute, second, mark, tail):
    text = f"{year:04}-{month:02}-{day:02}{mark}{hour:02}:{minute:02}:{second:02}{tail}"
    meant = meaning.seconds(text)
    assert ask(times.seconds("x"), text) == (None if meant is meaning.UNKNOWN else meant)


@pytest.mark.parametrize("value", ["0", "2025", "2460000.5", 2460000.5, "now", "12:00", "-99999999"])
def test_what_may_be_a_year_or_a_julian_day_is_no_time(ask, value):
    assert ask(times.seconds("x"), value) is None


@pytest.mark.parametrize("kind", ["time", "day", "flag", "integer", "real", "money", "enum", "text"])
def test_engine_and_python_agree_on_every_kind(ask, kind):
    """The rules as SQL against their meaning in Python, for whatever a column may hold."""
    column = target.Column("c", kind, needed=False, default=None, allowed=("one_two", "b"), decimals=4)

    @settings(max_examples=600, deadline=None)
    @given(
        st.one_of(
            st.integers(-(2**63), 2**63 - 1), st.integers(-2, 3), st.floats(-1e12, 1e12), st.floats(-3, 3), DIGITS,
            st.sampled_from(["true", " F", "yes", "One Two", "B ", "one-two", "1.50", "-3", "1e3", "007"]),
            MOMENTS.map(str),
        )
    )  # fmt: skip
    def agree(value):
        every = cases(column, "x", Context((), 0))
        blocks = " ".join(f"WHEN {case.when} THEN {1 if case.why else 0}" for case in every)
        values = " ".join(f"WHEN {case.when} THEN {case.value}" for case in every)
        meant = meaning.of(column, value)
        blocked = ask(f"coalesce(CASE {blocks} END, 0)", value)
        assert blocked == (meant is meaning.UNKNOWN) or (kind == "text" and isinstance(value, float))
        if not blocked and meant is not meaning.UNKNOWN:
            assert ask(f"CASE {values} ELSE x END", value) == meant

    agree()
