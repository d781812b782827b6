"""Integers of 33 to 64 bits, which the driver binds as floats."""

import time

import peewee
import pytest

from shared_schema.database import binding

WIDE = [2**31, -(2**31) - 1, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]
NARROW = [0, 1, -1, 2**31 - 1, -(2**31)]


@pytest.mark.parametrize("number", NARROW)
def test_integers_of_32_bits_were_never_the_problem(number, bare, ours):
    for rows in (bare, ours):
        assert rows("SELECT ?, typeof(?)", number, number) == [(number, "integer")]


@pytest.mark.parametrize("number", WIDE)
def test_parameter_is_an_integer(number, bare, ours):
    assert bare("SELECT typeof(?)", number) == [("real",)]

    assert ours("SELECT ?, typeof(?)", number, number) == [(number, "integer")]


@pytest.mark.parametrize("number", WIDE)
def test_parameter_calculates_exactly(number, bare, ours):
    assert bare("SELECT typeof(? + 0)", number) == [("real",)]

    assert ours("SELECT ? + 0, typeof(? + 0)", number, number) == [(number, "integer")]


@pytest.mark.parametrize("number", WIDE)
def test_integer_column_keeps_it(number, ours):
    ours("CREATE TABLE t (n INTEGER) STRICT")
    ours("INSERT INTO t VALUES (?)", number)
    assert ours("SELECT n, n = ?, n + 0 FROM t WHERE n = ?", number, number) == [(number, 1, number)]


def test_odd_number_above_53_bits_is_not_rounded(bare, ours):
    for rows in (bare, ours):
        rows("CREATE TABLE t (n INTEGER)")
        rows("INSERT INTO t VALUES (?)", 2**53 + 1)
    assert bare("SELECT n FROM t") == [(2**53,)]

    assert ours("SELECT n FROM t") == [(2**53 + 1,)]


def test_text_column_keeps_its_digits(bare, ours):
    for rows in (bare, ours):
        rows("CREATE TABLE t (id TEXT)")
        rows("INSERT INTO t VALUES (?)", 2**31)
    assert bare("SELECT id FROM t") == [("2147483648.0",)]

    assert ours("SELECT id FROM t WHERE id = ?", 2**31) == [("2147483648",)]


@pytest.mark.parametrize("number", [3, 2**31])
def test_text_column_is_compared_as_text(number, ours):
    ours("CREATE TABLE t (id TEXT)")
    ours("INSERT INTO t VALUES (?)", f"0{number}")
    assert ours("SELECT count(*) FROM t WHERE id = ?", number) == [(0,)]


@pytest.mark.parametrize("number", [3, 2**31])
def test_text_index_is_used(number, ours):
    ours("CREATE TABLE t (id TEXT PRIMARY KEY)")
    ((*_, step),) = ours("EXPLAIN QUERY PLAN SELECT * FROM t WHERE id = ?", number)
    assert step.startswith("SEARCH t USING")


@pytest.mark.parametrize("number", [3, 2**31])
def test_untyped_column_is_compared_as_it_is(number, ours):
    ours("CREATE TABLE t (n)")
    ours("INSERT INTO t VALUES (?)", str(number))
    assert ours("SELECT n = ?, n IN (?), n BETWEEN ? AND ? FROM t", *[number] * 4) == [(0, 0, 0)]


def test_comparisons_are_exact(bare, ours):
    exact = "SELECT ? < 9007199254740993, ? = 9007199254740993, ? > 9007199254740993"
    assert bare(exact, *[2**53 + 1] * 3) == [(1, 0, 0)]

    assert ours(exact, *[2**53 + 1] * 3) == [(0, 1, 0)]


def test_limit_and_offset_take_it(bare, ours):
    with pytest.raises(ValueError, match="datatype mismatch"):
        bare("SELECT 7 LIMIT ?", 2**63 - 1)

    assert ours("SELECT 7 LIMIT ?", 2**40) == [(7,)]
    assert ours("SELECT 7 LIMIT 1 OFFSET ?", 2**40) == []


def test_no_space_is_needed_around_the_placeholder(ours):
    assert ours("SELECT?,-?,?||'x',CASE?WHEN?THEN 1 END", *[2**40] * 5) == [(2**40, -(2**40), f"{2**40}x", 1)]


def test_narrow_and_wide_may_be_mixed(ours):
    assert ours("SELECT ?, '?', ?, /* ? */ ?, ? -- ?", 1, 2**40, "2", -(2**40)) == [(1, "?", 2**40, "2", -(2**40))]


def test_named_parameters_are_as_exact(db):
    cursor = db.execute_sql("SELECT :n, typeof(:n), @small, $n", {"n": 2**63 - 1, "small": 1, "unused": 2})
    assert cursor.fetchall() == [(2**63 - 1, "integer", 1, 2**63 - 1)]


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_integer_beyond_64_bits_is_refused(number, bare, ours):
    if number == 2**63:
        assert bare("SELECT typeof(?)", number) == [("real",)]

    with pytest.raises(peewee.DataError, match="64 bits"):
        ours("SELECT ?", number)


def test_booleans_are_numbers(ours):
    assert ours("SELECT ?, ?, typeof(?)", True, False, True) == [(1, 0, "integer")]


def test_eight_times_as_many_take_about_eight_times_as_long():
    """In one statement with others beside them; it would be 64 times if each began at the start of the text."""

    def seconds(count):
        sql = f"VALUES {', '.join(['(?, ?)'] * count)}"
        values = [value for n in range(count) for value in (2**40 + n, n)]
        took = []
        for _ in range(5):
            began = time.process_time()
            text, bound = binding.for_driver(*binding.plain(sql, values))
            took.append(time.process_time() - began)
        assert (text.count("?"), bound[:2], len(bound)) == (2 * count, (str(2**40), 0), 2 * count)
        return min(took)

    assert seconds(16_000) < 24 * seconds(2_000)
