"""Progress of a database from before days of study: counted from the answers, and what they do not tell is kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared_schema.database import LibsqlDatabase
from shared_schema.tables import db
from study_service import rebuild
from tests.migrations.study.by_hand import migrate

DAY = 86_400
MONDAY = 1_772_409_600  # 2026-03-02T00:00:00Z


@pytest.fixture
def database(tmp_path: Path) -> Iterator[LibsqlDatabase]:
    """Two learners with a question in each of two objectives."""
    opened = LibsqlDatabase(f"file:{tmp_path}/old.db")
    migrate(opened, "shared", 1, 2, 3, 4)
    migrate(opened, "study", 1, 2)
    for user in (1, 2):
        opened.execute_sql("INSERT INTO users (id, email, name) VALUES (?, ?, 'n')", (user, f"{user}@x.example"))
    opened.execute_sql("UPDATE users SET share_profile = 1 WHERE id = 2")
    opened.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (1, 'v', 'c', 'n')")
    for number in (1, 2):
        opened.execute_sql("INSERT INTO objectives (id, exam_id, code, name) VALUES (?, 1, ?, 'n')", (number, number))
        opened.execute_sql(
            "INSERT INTO questions (id, exam_id, objective_id, text, answers) VALUES (?, 1, ?, 't', '[]')",
            (number, number),
        )
    db.initialize(opened)  # type: ignore[attr-defined]
    yield opened
    opened.close()


def answer(database: LibsqlDatabase, user: int, question: int, at: int, *, right: int = 1) -> None:
    insert = """
        INSERT INTO user_answers (
            user_id, question_id, selected_answer, is_correct, time_spent_seconds, answered_at, attempt_number)
        SELECT ?, ?, 'a', ?, 60, ?, coalesce(max(attempt_number), 0) + 1
        FROM user_answers WHERE (user_id, question_id) = (?, ?)
    """
    database.execute_sql(insert, (user, question, right, at, user, question))


def begun(database: LibsqlDatabase, user: int, seen: int, **columns: Any) -> None:
    """A row as the release before wrote it, for so many answers, one of them right."""
    values = {"user_id": user, "exam_id": 1, "total_questions_seen": seen, "total_correct": 1, **columns}
    marks = ", ".join("?" * len(values))
    database.execute_sql(f"INSERT INTO user_progress ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def one(database: LibsqlDatabase, sql: str) -> Any:
    return database.execute_sql(sql).fetchone()


def test_days_streaks_and_mastery_are_counted_from_the_answers(database: LibsqlDatabase) -> None:
    for day in (0, 1, 2, 4):
        for hour in range(5 if day != 2 else 4):
            answer(database, 1, 1, MONDAY + day * DAY + hour * 3600, right=int(hour == 0))
    shown = {"1": {"level": 0.9, "questionsAnswered": 3}, "x": {"level": 1.0, "questionsAnswered": 4}}
    old = {"current_streak": 3, "longest_streak": 3, "study_days_count": 4, "last_study_date": "2026-03-06"}
    begun(database, 1, 19, objective_mastery=json.dumps(shown), **old)
    migrate(database, "study", 4, 6)
    assert database.execute_sql("SELECT * FROM study_days").fetchall() == [
        (1, 1, "2026-03-02", 5, 300), (1, 1, "2026-03-03", 5, 300), (1, 1, "2026-03-04", 4, 240),
        (1, 1, "2026-03-06", 5, 300),
    ]  # fmt: skip
    streaks = "SELECT current_streak, longest_streak, study_days_count, streak_day, first_correct FROM user_progress"
    assert one(database, streaks) == (1, 2, 3, "2026-03-06", 0)
    weights = [0.5 ** (n / 20) for n in range(19)][::-1]
    right = [weights[n] for n in (0, 5, 10, 14)]
    assert one(database, "SELECT answered, correct, last_answered_at FROM objective_mastery") == (
        19, 4, MONDAY + 4 * DAY + 4 * 3600,
    )  # fmt: skip
    assert one(database, "SELECT weighted_correct, weighted_total FROM objective_mastery") == pytest.approx(
        (sum(right), sum(weights))
    )
    (document,) = one(database, "SELECT objective_mastery FROM user_progress")
    assert json.loads(document) == {
        "x": shown["x"],
        "1": {
            "level": pytest.approx(sum(right) / sum(weights)), "questionsAnswered": 19, "correct": 4,
            "lastStudied": MONDAY + 4 * DAY + 4 * 3600,
        },
    }  # fmt: skip


def test_what_was_counted_agrees_with_the_answers(database: LibsqlDatabase) -> None:
    """But what the release before counted in the learner's own zone, of which the old answers know nothing."""
    for n in range(30):
        answer(database, 2, 1 + n % 2, MONDAY + n * 10_000, right=n % 3 % 2)
    begun(
        database, 2, 30, unique_questions_seen=2, total_correct=10, total_incorrect=20, overall_accuracy=1 / 3,
        avg_time_per_question=60.0, total_study_seconds=1800, total_study_minutes=30, last_study_date="2026-03-05",
        longest_streak=4, current_streak=4, study_days_count=4,
    )  # fmt: skip
    database.execute_sql("UPDATE questions SET total_attempts = 15, total_time_seconds = 900, avg_time_seconds = 60")
    database.execute_sql("UPDATE questions SET correct_attempts = 5")
    migrate(database, "study", 4, 6, 10)
    later = {"versions", "tags", "missed", "exam_ratings", "learner_ratings", "question_ratings", "results", "tests"}
    later |= {"exam_scores", "exams_tests", "search", "memory", "flags", "bands", "review_queue", "recognised"}
    assert list(rebuild.check([part for part in rebuild.PARTS if part.name not in later])) == []
    assert one(database, "SELECT is_shared FROM user_progress") == (1,)


def test_what_the_answers_do_not_tell_is_kept(database: LibsqlDatabase) -> None:
    """Adopted counters of more answers than there are: level and streak stay, and go on from there."""
    answer(database, 1, 1, MONDAY, right=0)
    entries = {
        "1": {"level": 0.75, "questionsAnswered": 40, "lastStudied": MONDAY},
        "2": {"level": 0.5, "questionsAnswered": 4},
        "3": {"level": 0.5, "questionsAnswered": 4},
        "y": 7,
    }
    old = {"current_streak": 6, "longest_streak": 9, "study_days_count": 20, "last_study_date": "2026-03-02"}
    begun(database, 1, 44, objective_mastery=json.dumps(entries), updated_at=MONDAY + 5, **old)
    migrate(database, "study", 4, 6)
    streaks = "SELECT current_streak, longest_streak, study_days_count, streak_day FROM user_progress"
    assert one(database, streaks) == (6, 9, 20, "2026-03-02")
    mastery = "SELECT objective_id, answered, correct, weighted_correct / weighted_total, last_answered_at"
    assert database.execute_sql(f"{mastery} FROM objective_mastery").fetchall() == [
        (1, 40, 30, pytest.approx(0.75), MONDAY), (2, 4, 2, pytest.approx(0.5), MONDAY + 5),
    ]  # fmt: skip
    ((total,),) = database.execute_sql("SELECT weighted_total FROM objective_mastery LIMIT 1").fetchall()
    assert total == pytest.approx(sum(0.5 ** (n / 20) for n in range(40)))
    (document,) = one(database, "SELECT objective_mastery FROM user_progress")
    shown = json.loads(document)
    assert (shown["1"]["level"], shown["2"]["level"]) == (pytest.approx(0.75), pytest.approx(0.5))
    assert (shown["3"], shown["y"]) == (entries["3"], 7)


@pytest.mark.parametrize("document", ["no JSON", "[1]", "3", '{"1":{"level":"x","questionsAnswered":9}}', '{"1":[]}'])
def test_a_column_that_is_no_use_stays_and_stops_nothing(database: LibsqlDatabase, document: str) -> None:
    begun(database, 1, 0, objective_mastery=document)
    migrate(database, "study", 4, 6)
    assert one(database, "SELECT objective_mastery FROM user_progress") == (document,)
    assert one(database, "SELECT count(*) FROM objective_mastery") == (0,)


def test_the_way_back_leaves_what_was_there(database: LibsqlDatabase) -> None:
    columns = database.execute_sql("SELECT name FROM pragma_table_info('user_progress')").fetchall()
    migrate(database, "study", 4, 6)
    migrate(database, "study", 6, step="rollback")
    assert database.execute_sql("SELECT name FROM pragma_table_info('user_progress')").fetchall() == columns
    assert one(database, "SELECT count(*) FROM sqlite_master WHERE name IN ('study_days', 'objective_mastery')") == (0,)
