"""The numbers, times and days that a column may hold: the ends of each range, and what is said just beyond them."""

import pytest

from migrations.adoption import ranges, rules, target, times
from migrations.adoption.case import Context
from shared_schema.database import LibsqlDatabase, Statement

MOMENT = 1_764_115_200  # 2025-11-26
TABLES = target.read()
NUMBERS = [
    (table.name, column)
    for table in TABLES.values()
    for column in table.columns
    if column.kind in ("integer", "real") and column.name != "id" and not column.parent
]
# Places in an order, numbers that adoption counts anew, and one that the services only write.
ANY = {
    ("objectives", "sort_order"), ("questions", "shuffle_key"), ("user_answers", "attempt_number"),
    ("study_sessions", "current_question_id"), ("consistency_clock", "tick"),
}  # fmt: skip


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """`said(column, value)`: why the value blocks, None if it does not."""
    db = LibsqlDatabase(f"file:{tmp_path_factory.mktemp('ranges')}/ranges.db")
    db.execute_sql("CREATE TABLE t (x)")

    def say(column, value):
        every = rules.cases(column, "x", Context((), MOMENT))
        whys = " ".join(f"WHEN {case.when} THEN '{case.why}'" for case in every)
        dirty = rules.dirty(column, "x", Context((), MOMENT))
        db.execute_sql("DELETE FROM t")
        db.execute_sql("INSERT INTO t VALUES (?)", (value,))
        (result,) = db.fetch([Statement(f"SELECT CASE WHEN {dirty} THEN CASE {whys} END END AS y FROM t")])
        return result.one(dict)["y"] or None

    yield say
    db.close()


def column(table, name):
    return next(one for one in TABLES[table].columns if one.name == name)


def test_every_number_has_a_range():
    assert {(table, column.name) for table, column in NUMBERS if column.low is None} == ANY


@pytest.mark.parametrize(
    ("table", "number"), [pytest.param(*one, id=f"{one[0]}.{one[1].name}") for one in NUMBERS if one[1].low is not None]
)
def test_ends_of_a_range_belong_to_it(said, table, number):
    low, high = (int(end) if number.kind == "integer" else float(end) for end in (number.low, number.high))
    step = 1 if number.kind == "integer" else 0.001
    why = f"not between {int(low)} and {int(high)}"
    assert [said(number, value) for value in (low - step, low, high, high + step)] == [why, None, None, why]


RANGES = [
    ("users", "login_count", 0, 10**12), ("user_answers", "time_spent_seconds", 0, 86_400),
    ("study_sessions", "time_spent_seconds", 0, 10**12), ("questions", "avg_time_seconds", 0, 86_400),
    ("user_progress", "overall_accuracy", 0, 1), ("test_attempts", "score", 0, 1), ("exams", "passing_score", 0, 1),
    ("questions", "discrimination_index", -1, 1), ("objectives", "question_percentage", 0, 100),
    ("questions", "difficulty", 1, 5), ("growth_metrics", "engagement_rate", 0, 1),
    ("ai_generation_log", "prompt_tokens", 0, 10**12), ("exams", "time_limit_minutes", 0, 525_600),
]  # fmt: skip


@pytest.mark.parametrize(("table", "name", "low", "high"), RANGES)
def test_range_is_what_the_services_take(table, name, low, high):
    assert (column(table, name).low, column(table, name).high) == (low, high)


def test_shares_are_read_from_percentages():
    for table, number in NUMBERS:
        mends = {case.rule for case in rules.cases(number, "x", Context(tuple(rules.MENDS), MOMENT))}
        assert ("percent-to-fraction" in mends) == (number.name in ranges.SHARES), (table, number.name)


DAY = 86_400
PAST, AHEAD = "before 1900 or in the future", "before 1900 or after 9999"
TIMES = [
    ("users", "created_at", MOMENT + DAY, None),
    ("users", "created_at", MOMENT + DAY + 1, PAST),
    ("users", "created_at", (MOMENT + DAY) * 1000, None),
    ("users", "created_at", (MOMENT + DAY + 1) * 1000, PAST),
    ("users", "created_at", "2025-11-27 00:00:00", None),
    ("users", "created_at", "2025-11-27 00:00:01", PAST),
    ("users", "created_at", times.FIRST, None),
    ("users", "created_at", times.FIRST - 1, PAST),
    ("users", "created_at", "1899-12-31T23:59:59Z", PAST),
    ("users", "created_at", float(MOMENT + DAY + 1), PAST),
    ("users", "last_login", 95 * 10**12, PAST),
    ("users", "last_login", "soon", "not a time"),
    ("exams", "expires_at", "9999-12-31 23:59:59", None),
    ("exams", "expires_at", times.FIRST - 1, AHEAD),
    ("users", "subscription_expires_at", MOMENT + 10 * 365 * DAY, None),
    ("user_progress", "last_study_date", "2025-11-27", None),
    ("user_progress", "last_study_date", "2025-11-28", PAST),
    ("user_progress", "last_study_date", "1900-01-01", None),
    ("user_progress", "last_study_date", "1899-12-31", PAST),
    ("user_progress", "last_study_date", "2025-11-28 10:00:00", PAST),
    ("user_progress", "last_study_date", "2025-02-30", "not a day"),
]


@pytest.mark.parametrize(("table", "name", "value", "why"), TIMES)
def test_what_has_happened_is_not_in_the_future(said, table, name, value, why):
    assert said(column(table, name), value) == why


@pytest.mark.parametrize(
    ("value", "why"), [(0, None), (-0.01, "not an amount of money"), (10**8, "not an amount of money")]
)
def test_money_is_not_owed_to_us(said, value, why):
    assert said(column("ai_generation_log", "cost_microusd"), value) == why
