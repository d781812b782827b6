"""Each rule: what it makes of a value, and whether the original is kept."""

import pytest

from migrations import adoption
from migrations.adoption import keys, rules, target
from tests.migrations.adoption import legacy
from tests.migrations.adoption.conftest import aside, kept
from tests.migrations.adoption.legacy import NOON, NOON_S

# table, column, old value, new value, the rule if the original is kept
ALWAYS = [
    ("users", "created_at", NOON, NOON_S, None),
    ("users", "created_at", NOON_S, NOON_S, None),
    ("users", "created_at", -1, -1, None),
    ("users", "created_at", f"  {NOON}\n", NOON_S, "time-iso"),
    ("users", "created_at", "2025-01-31T12:00:00", NOON_S, None),
    ("users", "created_at", "2025-01-31T12:00:00Z", NOON_S, None),
    ("users", "created_at", "2025-01-31T12:00:00.000Z", NOON_S, None),
    ("users", "created_at", "2025-01-31T12:00:00.999Z", NOON_S, "time-iso"),
    ("users", "created_at", "2025-01-31 12:00:00.5", NOON_S, "time-iso"),
    ("users", "created_at", "2025-01-31 12:00:00 UTC", NOON_S, "time-iso"),
    ("users", "created_at", "2025-01-31T13:00:00+01:00", NOON_S, "time-iso"),
    ("users", "created_at", "2025-01-31T06:30:00-0530", NOON_S, "time-iso"),
    ("users", "created_at", "2025-01-31T12:00", NOON_S, "time-iso"),
    ("users", "created_at", "2025-01-31", NOON_S - 43_200, "time-iso"),
    ("users", "created_at", "2024-02-29 00:00:00", 1_709_164_800, None),
    ("users", "created_at", NOON_S * 1000, NOON_S, None),
    ("users", "created_at", NOON_S * 1000 + 7, NOON_S, "time-milliseconds"),
    ("users", "created_at", NOON_S + 0.25, NOON_S, "time-real"),
    ("users", "updated_at", None, NOON_S, "time-from-row"),
    ("user_progress", "last_study_date", NOON, "2025-01-31", "day-of-time"),
    ("user_progress", "last_study_date", "2025-01-31", "2025-01-31", None),
    ("growth_metrics", "date", "2025-03-31T23:30:00-01:00", "2025-04-01", "day-of-time"),
    ("users", "is_active", "true", 1, None),
    ("users", "is_active", "FALSE", 0, None),
    ("users", "is_active", " t ", 1, None),
    ("users", "is_active", "0", 0, None),
    ("users", "is_active", None, 1, "null-default"),
    ("test_attempts", "passed", None, None, None),
    ("test_attempts", "passed", "true", 1, None),
    ("users", "login_count", 7.0, 7, None),
    ("users", "login_count", None, 0, "null-default"),
    ("exams", "passing_score", " 0.7 ", 0.7, None),
    ("exams", "passing_score", None, 0.65, "null-default"),
    ("users", "provider", "Google ", "google", "enum-spelling"),
    ("questions", "type", "Multiple-Choice", "multiple_choice", "enum-spelling"),
    ("users", "role", None, "user", "null-default"),
    ("users", "permissions", None, "[]", "null-default"),
    ("audit_log", "new_values", None, None, None),
    ("growth_metrics", "ai_costs", 0.1, 0.1, None),
    ("growth_metrics", "ai_costs", 0.0000005, 0.000001, "money-micro"),
    ("growth_metrics", "ai_costs", 0.0000004, 0, "money-micro"),
    ("growth_metrics", "ai_costs", 0.1234565, 0.123457, "money-micro"),
    ("growth_metrics", "ai_costs", None, None, None),
    ("ai_generation_log", "cost_cents", 0.12345, 0.1235, "money-micro"),
    ("ai_generation_log", "cost_cents", 3, 3.0, None),
]


@pytest.mark.parametrize(("table", "column", "old", "new", "rule"), ALWAYS)
def test_evident_value_is_brought_to_form(adopted, file, table, column, old, new, rule):
    value = adopted(table, column, old)
    assert (value, type(value)) in ((new, type(new)), (float(new) if isinstance(new, int) else new, float))
    originals = [(rule, value) for row, _, rule, value in kept(file, table, column) if row in (1, "10", "20")]
    assert originals == ([(rule, old)] if rule else [])


# table, column, old value, the rule, what it leaves
MENDED = [
    ("exams", "passing_score", 65.0, "percent-to-fraction", 0.65),
    ("exams", "passing_score", 65.0, "clamp", 1.0),
    ("exams", "passing_score", -0.5, "clamp", 0.0),
    ("objectives", "weight", 25.0, "percent-to-fraction", 0.25),
    ("questions", "difficulty", 9, "clamp", 5),
    ("questions", "difficulty", 2.5, "truncate", 2),
    ("user_answers", "confidence_level", 0, "clamp", 1),
    ("users", "login_count", "many", "number-default", 0),
    ("users", "login_count", 1.5, "truncate", 1),
    ("user_answers", "time_spent_seconds", "long", "number-default", None),
    ("users", "is_active", "perhaps", "flag-default", 1),
    ("users", "is_active", 2, "clamp", 1),
    ("users", "provider", "facebook", "enum-default", "google"),
    ("study_sessions", "status", "", "enum-default", "active"),
    ("users", "permissions", "admin,user", "json-default", "[]"),
    ("users", "permissions", '{"a":1}', "json-default", "[]"),
    ("audit_log", "new_values", "{'a': 1}", "json-default", None),
    ("users", "last_login", "yesterday", "time-null", None),
    ("user_progress", "last_study_date", "31.01.2025", "time-null", None),
    ("users", "bio", b"me", "blob-to-text", "me"),
    ("questions", "reviewed_by", 99, "orphan-null", None),
    ("objectives", "parent_id", 99, "orphan-null", None),
    ("growth_metrics", "ai_costs", "a lot", "number-default", None),
]


@pytest.mark.parametrize(("table", "column", "old", "rule", "new"), MENDED)
def test_rule_mends_when_it_is_named_and_keeps_the_original(adopted, file, table, column, old, rule, new):
    assert adopted(table, column, old, rule) == new
    assert (1, column, rule, old) in kept(file, table, column)


@pytest.mark.parametrize(("table", "column", "old", "rule", "new"), MENDED)
def test_nothing_is_mended_by_itself(adopted, file, table, column, old, rule, new):
    with pytest.raises(adoption.RowsBlock) as refused:
        adopted(table, column, old)
    (blocked,) = refused.value.report.blocked
    assert (blocked.table, blocked.column, blocked.count) == (table, column, 1)
    assert [(row.key, row.value) for row in blocked.rows] == [("1", repr(old))]
    assert rule in blocked.mend
    assert file.execute_sql(f"SELECT {column} FROM {table} WHERE id = 1").fetchone() == (old,)


@pytest.mark.parametrize(
    "value",
    [
        "now", "12:00", "12:00:00", "2460000.5", 2460000.5, "2025-02-30", "2025-02-29 10:00:00", "2025-13-01 00:00:00",
        "2025-01-31 24:00:00",
        "2025-01-01 24:00:00", "2025-01-31 12:60:00", "2025-01-31 12:00:60", "2025-01-31T12:00:00+25:00", "",
        "31.01.2025 12:00", "2025-01-31 12:00:00 CET", "2025-01-31T", "2025-01-31x12:00:00", b"2025-01-31",
        "2025-01-31T12:00:00.Z", 10**18, "2025-01-31 12:00.5",
    ],
)  # fmt: skip
def test_what_is_no_time_blocks(adopted, value):
    with pytest.raises(adoption.RowsBlock, match=r"1 values block.*time-default"):
        adopted("users", "created_at", value)


def test_time_default_is_the_moment_of_adoption_and_keeps_the_original(adopted, file):
    before = legacy.now()
    assert before <= adopted("users", "created_at", "2025-02-30", "time-default") <= legacy.now()
    assert (1, "created_at", "time-default", "2025-02-30") in kept(file, "users")


def test_missing_time_is_never_made_up_in_silence(adopted):
    with pytest.raises(adoption.RowsBlock, match="time-default"):
        adopted("users", "created_at", None)


def test_percent_is_for_shares_above_one_and_up_to_a_hundred(adopted):
    with pytest.raises(adoption.RowsBlock):
        adopted("exams", "passing_score", 165, "percent-to-fraction")


def test_answer_without_its_question_is_set_aside_whole(adopted, file):
    assert adopted("user_answers", "question_id", 99, "orphan-aside") is None
    ((table, key, rule, row),) = aside(file)
    assert (table, key, rule) == ("user_answers", 1, "orphan-aside")
    assert (row["question_id"], row["selected_answer"], row["is_correct"]) == ("99", "'a'", "'true'")
    assert file.execute_sql("SELECT count(*) FROM user_answers").fetchone() == (5,)


def test_row_set_aside_takes_along_what_cannot_be_without_it(adopted, file):
    """A question of no exam goes, and with it the answers to it; what may do without it stays."""
    adopted("questions", "objective_id", 99, "orphan-aside", "orphan-null", "known-ids")
    gone = {(table, key) for table, key, _, _ in aside(file)}
    assert gone == {("questions", 1), ("user_answers", 1), ("user_answers", 3), ("user_answers", 5)}
    assert kept(file, "test_attempts", "question_ids") == [(1, "question_ids", "known-ids", "[1,2]")]
    assert file.execute_sql("PRAGMA foreign_key_check").fetchall() == []


def test_row_without_a_value_it_must_have_is_set_aside(adopted, file):
    assert adopted("engagement_opportunities", "opportunity_type", None, "missing-aside") is None
    assert [(table, key, rule) for table, key, rule, _ in aside(file)] == [
        ("engagement_opportunities", "o1", "missing-aside")
    ]


def test_objectives_of_one_code_are_told_apart(adopted, file):
    assert adopted("objectives", "code", "2", "unique-suffix") == "2"
    assert file.execute_sql("SELECT code FROM objectives WHERE id = 2").fetchone() == ("2#2",)
    assert kept(file, "objectives", "code") == [(2, "code", "unique-suffix", "2")]


def test_second_answer_to_a_question_of_a_session_leaves_the_session_and_stays(adopted, file):
    adopted("user_answers", "study_session_id", 1, "detach-repeat", row=3)
    rows = file.execute_sql("SELECT id, study_session_id FROM user_answers ORDER BY id").fetchall()
    assert rows == [(1, 1), (2, 1), (3, None), (4, None), (5, None), (6, None)]
    assert kept(file, "user_answers", "study_session_id") == [(3, "study_session_id", "detach-repeat", 1)]


def test_best_row_of_a_key_stays(file):
    legacy.create(file, "typescript", {"user_progress": legacy.DESCRIPTION["user_progress"].replace("unique (", "(")})
    legacy.fill(file, "typescript")
    legacy.insert(file, "user_progress", id=2, user_id=1, exam_id=1, total_questions_seen=9, updated_at=NOON)
    legacy.insert(file, "user_progress", id=3, user_id=1, exam_id=1, total_questions_seen=2, updated_at=NOON)
    with pytest.raises(adoption.RowsBlock, match="duplicate-aside"):
        adoption.adopt(file)
    adoption.adopt(file, ["duplicate-aside"])
    assert file.execute_sql("SELECT id FROM user_progress").fetchall() == [(2,)]
    assert sorted(key for _, key, _, _ in aside(file)) == [1, 3]


def test_live_opportunities_for_one_tweet_leave_the_approved_one(adopted, file):
    legacy.insert(file, "engagement_opportunities", id="o3", tweet_id="20", account_id="10", opportunity_type="reply",
                  relevance_score=0.1, status="approved")  # fmt: skip
    adopted("users", "bio", "-", "duplicate-aside")
    assert file.execute_sql("SELECT id FROM engagement_opportunities ORDER BY id").fetchall() == [("o2",), ("o3",)]


def test_attempts_are_numbered_in_the_order_they_were_made(adopted, file):
    adopted("user_answers", "attempt_number", 5, row=3)
    query = "SELECT question_id, attempt_number, id FROM user_answers ORDER BY 1, 2"
    assert file.execute_sql(query).fetchall() == [(1, 1, 1), (1, 2, 3), (1, 3, 5), (2, 1, 2), (2, 2, 4), (2, 3, 6)]
    assert [(row, value) for row, _, _, value in kept(file, "user_answers", "attempt_number")] == [
        (3, 5), (4, 1), (5, 1), (6, 1),
    ]  # fmt: skip


def test_every_unique_key_of_the_target_has_its_rule():
    tables = target.read().values()
    unique = {name for table in tables for name, sql in table.indexes.items() if sql.startswith("CREATE UNIQUE")}
    mended = {key for table in tables for key in keys.of(table.name)}
    assert len(unique - keys.NOT_ASKED) == len(mended)


def test_every_time_is_known_as_one():
    kinds = {(t.name, c.name): c.kind for t in target.read().values() for c in t.columns}
    default_now = [key for key, kind in kinds.items() if key[1].endswith("_at") and kind != "time"]
    assert default_now == []
    assert kinds["users", "last_login"] == kinds["study_sessions", "last_activity"] == "time"


def test_unknown_rule_is_refused(file):
    with pytest.raises(ValueError, match="no such rule: everything"):
        adoption.adopt(file, ["everything"])
    assert "clamp" in rules.MENDS
