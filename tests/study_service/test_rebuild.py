"""What is counted agrees with the facts, each part sees its own damage, and counting anew mends it."""

import datetime as dt
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from shared_schema.database import Database, Statement
from study_service import rebuild
from study_service.rebuild.__main__ import main
from tests.conftest import caught_up
from tests.study_service.conftest import answer, rows, submit

_PARTS = {part.name: part for part in rebuild.PARTS}


def differing() -> list[str]:
    caught_up()
    return sorted({difference.part for difference in rebuild.check()})


def run(database: Database, seed: int, answers: int = 120) -> None:
    """Answers of two learners to all questions, on days and in zones that change, some in sessions."""
    dice = random.Random(seed)
    questions = rows(database, "SELECT id, type FROM questions ORDER BY id")
    for n in range(answers):
        question = dice.choice(questions)
        day, hour = dt.timedelta(days=dice.choice((n // 12, n // 12, dice.randrange(12)))), dice.randrange(24)
        moment = dt.datetime(2026, 3, 25, hour, tzinfo=dt.UTC) + day
        if n % 17 == 0:
            zone = dice.choice(("Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12"))
            database.batch([Statement("UPDATE users SET timezone = ? WHERE id = 1", (zone,))])
        selected = dice.choice("ab")
        wanted = [selected] if question["type"] == "multi_select" else selected
        seconds = dice.randrange(100)
        submit(moment.isoformat(), question["id"], wanted, user=dice.choice((1, 1, 1, 2)), seconds=seconds)


def in_a_session(learner: FlaskClient) -> None:
    """A session with right and wrong answers, each in a row."""
    session = learner.post("/api/study/sessions", json={"examId": 1, "questionCount": 10}).json
    for n, question in enumerate(session["questions"]):
        several = question["type"] == "multi_select"
        selected = ["a", "c"] if several else "abcd"[n % len(question["answers"])]
        answer(learner, question["id"], selected, studySessionId=session["id"], flagged=n % 3 == 0)


@pytest.fixture
def studied(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: Database
) -> None:
    run(database, 1, answers=60)
    in_a_session(alice)
    in_a_session(bob)
    bob.post("/api/study/sessions", json={"examId": 1, "questionCount": 3})
    session = alice.post("/api/study/sessions", json={"examId": 2}).json
    answer(alice, session["questions"][0]["id"], "a", studySessionId=session["id"])
    alice.post(f"/api/study/sessions/{session['id']}/complete", json={})
    database.batch([Statement("""UPDATE questions SET tags = '["layer 3", "ip"]' WHERE id = 1""")])
    database.batch([Statement("UPDATE questions SET tags = '[4, null]' WHERE id = 2")])
    timed(alice, "abcd")
    timed(alice, "")


def timed(learner: FlaskClient, choices: str) -> None:
    """A timed test with these choices for its first questions."""
    test = learner.post("/api/tests", json={"examId": 1, "questionCount": 6}).json
    for question, selected in zip(test["questions"], choices, strict=False):
        wanted = [selected] if question["type"] == "multi_select" else "a"
        body = {"selectedAnswer": wanted, "timeSpentSeconds": 5}
        assert learner.put(f"/api/tests/{test['id']}/answers/{question['id']}", json=body).status_code == 200
    assert learner.post(f"/api/tests/{test['id']}/submit", json={}).status_code == 200


@pytest.mark.parametrize("seed", range(3))
def test_counters_agree_with_random_answers(
    alice: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: Database, seed: int
) -> None:
    assert list(rebuild.check()) == []
    run(database, seed)
    in_a_session(alice)
    assert list(rebuild.check()) == []
    assert {part.name: changed for part, changed in rebuild.mend() if changed} == {}


def test_counters_agree_after_a_new_version(studied: None, mo: FlaskClient, database: Database) -> None:
    """A question that has a new version in another objective counts in each as it was answered."""
    database.batch([Statement("UPDATE questions SET text = 'New', version = 2, objective_id = 2 WHERE id = 1")])
    submit("2026-04-20T12:00:00Z", 1, "a")
    submit("2026-04-20T12:00:00Z", 1, "a", version=1)
    assert differing() == []
    assert rows(database, "SELECT total_attempts FROM questions WHERE id = 1") == [{"total_attempts": 1}]


DAMAGE = {
    "study_days": [
        "UPDATE study_days SET answered = answered + 1 WHERE user_id = 1 AND day = (SELECT min(day) FROM study_days"
        " WHERE user_id = 1)",
        "UPDATE study_days SET seconds = seconds - 1 WHERE user_id = 2 AND day = (SELECT max(day) FROM study_days"
        " WHERE user_id = 2)",
        "DELETE FROM study_days WHERE user_id = 1 AND day = (SELECT max(day) FROM study_days WHERE user_id = 1)",
        "INSERT INTO study_days (user_id, exam_id, day, answered) VALUES (1, 1, '2020-01-01', 5)",
    ],
    "learner_days": [
        "UPDATE learner_days SET answered = 0 WHERE user_id = 1",
        "DELETE FROM learner_days WHERE user_id = 2",
        "INSERT INTO learner_days (user_id, day, answered) VALUES (1, '2020-01-01', 5)",
    ],
    "progress": [
        *(
            f"UPDATE user_progress SET {column} = {column} + 1 WHERE user_id = 1 AND exam_id = 1"
            for column in (
                "total_questions_seen", "unique_questions_seen", "total_correct", "total_incorrect", "overall_accuracy",
                "avg_time_per_question", "total_study_seconds", "total_study_minutes", "study_days_count",
                "longest_streak", "current_streak", "first_correct", "points",
            )
        ),
        "UPDATE user_progress SET is_shared = 1 - is_shared WHERE user_id = 1 AND exam_id = 1",
        "UPDATE user_progress SET last_study_date = NULL WHERE user_id = 1 AND exam_id = 1",
        "UPDATE user_progress SET streak_day = '2020-01-01' WHERE user_id = 1 AND exam_id = 1",
        "UPDATE user_progress SET overall_accuracy = overall_accuracy + 0.000001 WHERE user_id = 1 AND exam_id = 1",
        "INSERT INTO user_progress (user_id, exam_id, total_correct) VALUES (3, 1, 1)",
    ],
    "mastery": [
        "UPDATE objective_mastery SET weighted_total = weighted_total + 0.001 WHERE user_id = 1 AND objective_id = 1",
        "UPDATE objective_mastery SET weighted_correct = 0 WHERE user_id = 1 AND objective_id = 1",
    ],
    "mastery_shown": [
        "UPDATE user_progress SET objective_mastery = 'no JSON' WHERE user_id = 1 AND exam_id = 1",
        "UPDATE user_progress SET objective_mastery = '[1,\"x\"]' WHERE user_id = 1 AND exam_id = 1",
        "UPDATE user_progress SET objective_mastery = json_set(objective_mastery, '$.1.level', 0.1) WHERE user_id = 1"
        " AND exam_id = 1",
        "UPDATE user_progress SET objective_mastery = json_remove(objective_mastery, '$.1') WHERE user_id = 1",
    ],
    "questions": [
        f"UPDATE questions SET {column} = {column} + 1 WHERE id = 3"
        for column in ("total_attempts", "correct_attempts", "total_time_seconds", "avg_time_seconds")
    ],
    "sessions": [
        f"UPDATE study_sessions SET {column} = coalesce({column}, 0) + 1 WHERE id = 1"
        for column in (
            "total_questions", "correct_answers", "flagged_questions", "time_spent_seconds", "max_streak",
            "streak_count", "accuracy", "avg_time_per_question",
        )
    ],
    "ended_sessions": [
        "UPDATE study_sessions SET skipped_questions = skipped_questions + 1 WHERE id = 4",
        "UPDATE study_sessions SET objective_scores = '{}' WHERE id = 4",
    ],
    "exams": ["UPDATE exams SET questions_available = 99 WHERE id = 2"],
    "versions": [
        *(
            f"UPDATE question_versions SET {column} = {other} WHERE question_id = 3"
            for column, other in (
                ("objective_id", "2"), ("text", "'other'"), ("type", "'numeric'"), ("answers", "'[]'"),
                ("explanation", "NULL"), ("reference", "'other'"), ("external_link", "'other'"), ("difficulty", "1"),
                ("tags", "'[1]'"), ("image_url", "'other'"), ("diagram_data", "'other'"),
                ("review_status", "'rejected'"), ("ai_generated", "1"), ("ai_model", "'other'"),
            )
        ),
        "DELETE FROM question_versions WHERE question_id = 3",
    ],
    "tags": [
        *(
            f"UPDATE question_tags SET {column} = {other} WHERE question_id = 1 AND tag = 'layer 3'"
            for column, other in (("exam_id", 2), ("objective_id", 2), ("difficulty", 5), ("shuffle_key", -1))
        ),
        "DELETE FROM question_tags WHERE question_id = 1 AND tag = 'layer 3'",
        "INSERT INTO question_tags VALUES (2, 'more', 1, 1, 1, 1)",
    ],
    "missed": [
        "UPDATE missed SET exam_id = 2 WHERE user_id = 1 AND exam_id = 1",
        "UPDATE missed SET answer_id = answer_id - 1 WHERE user_id = 2",
        "INSERT INTO missed (user_id, question_id, exam_id, answer_id) SELECT user_id, question_id, 1, 1"
        " FROM user_answers a WHERE is_correct AND attempt_number = (SELECT max(attempt_number) FROM user_answers b"
        " WHERE b.user_id = a.user_id AND b.question_id = a.question_id) LIMIT 1",
        "DELETE FROM missed WHERE user_id = 1",
    ],
    **{
        table: [
            *(
                f"UPDATE {table} SET {column} = {column} + {more} WHERE {key} = 1"
                for column, more in (("answers", 1), ("rating", 0.000001), *also)
            ),
            f"DELETE FROM {table} WHERE {key} = 1",
        ]
        for table, key, also in (
            ("exam_ratings", "user_id", []), ("learner_ratings", "user_id", [("expected", 0.000001)]),
            ("question_ratings", "question_id", []),
        )
    },
    "results": [
        "UPDATE test_results SET passed = NOT passed WHERE attempt_id = 1 AND number = 1",
        "UPDATE test_results SET skipped_count = skipped_count + 1 WHERE attempt_id = 1 AND number = 1",
        "UPDATE test_results SET incorrect_count = incorrect_count + 1 WHERE attempt_id = 1 AND number = 1",
        "UPDATE test_results SET score = score + 0.0001 WHERE attempt_id = 1 AND number = 1",
    ],
    "tests": [
        *(
            f"UPDATE test_attempts SET {column} = {column} + 1 WHERE id = 1"
            for column in ("results", "correct_count", "incorrect_count", "skipped_count")
        ),
        "UPDATE test_attempts SET objective_breakdown = '{}' WHERE id = 1",
        "UPDATE test_attempts SET score = 1, passed = 1 WHERE id = 2",
    ],
    "exam_scores": [
        "UPDATE exam_scores SET passed = attempts - passed + 1 WHERE permille = 0",
        "INSERT INTO exam_scores VALUES (2, 1, 1, 0)",
    ],
    "exams_tests": [
        f"UPDATE exams SET {column} = {column} + 1 WHERE id = 1"
        for column in ("total_attempts", "pass_rate", "avg_score")
    ],
    "learners_tests": [
        *(
            f"UPDATE user_progress SET {column} = {column} + 1 WHERE user_id = 1 AND exam_id = 1"
            for column in ("tests_taken", "tests_passed", "best_score", "avg_test_score")
        ),
    ],
}  # fmt: skip


# What is compared with a table that is counted itself.
SCORE = "UPDATE test_attempts SET score = 1, passed = 1 WHERE id = 2"
SHOWN_ALSO = {
    "mastery": ["mastery_shown"],
    "exam_scores": ["exams_tests"],
    "results": ["tests"],
    SCORE: ["exam_scores", "learners_tests"],
}


def test_every_part_has_damage() -> None:
    assert DAMAGE.keys() == _PARTS.keys()


def test_each_part_sees_its_damage_and_mends_it(studied: None, database: Database) -> None:
    """No other part sees it, but those that are compared with its table."""
    assert differing() == []
    before = stored(database)
    for name, damages in DAMAGE.items():
        for damage in damages:
            database.batch([Statement(damage)])
            seen = sorted([name, *SHOWN_ALSO.get(name, ()), *SHOWN_ALSO.get(damage, ())])
            assert (damage, differing()) == (damage, seen)
            changed = {part.name: count for part, count in rebuild.mend()}
            assert {part: count for part, count in changed.items() if count} == {name: changed[name]}
            assert (damage, differing()) == (damage, [])
            if "VALUES (3" not in damage:  # a row for whom there are no answers stays, with zeros
                assert (damage, stored(database)) == (damage, before)


def stored(database: Database) -> list[Any]:
    """Every derived row, with real numbers as near as they are compared."""
    return [
        [
            {name: plain(value) for name, value in row.items() if name != "created_at"}  # of a version made anew
            for row in rows(database, f"SELECT * FROM {table} WHERE {scope} ORDER BY 1, 2")
        ]
        for table, scope in (
            ("study_days", "1"), ("learner_days", "1"), ("objective_mastery", "1"), ("questions", "1"),
            ("study_sessions", "1"), ("exams", "1"), ("user_progress", "user_id <> 3"), ("question_versions", "1"),
            ("question_tags", "1"), ("exam_ratings", "1"), ("learner_ratings", "1"), ("question_ratings", "1"),
            ("test_results", "1"), ("test_attempts", "1"), ("exam_scores", "attempts <> 0 OR passed <> 0"),
        )
    ]  # fmt: skip


def plain(value: Any) -> Any:
    """Documents are the same in any order of their keys."""
    if isinstance(value, str) and value.startswith("{"):
        return json.loads(value)
    return round(value, 8) if isinstance(value, float) else value


def test_damage_of_what_others_are_counted_from_is_mended_at_once(studied: None, database: Database) -> None:
    """The column shows the table, so a part of the table that is wrong is seen twice, and mended in one run."""
    database.batch([Statement("DELETE FROM objective_mastery"), Statement("DELETE FROM user_progress")])
    database.batch([Statement("DELETE FROM study_days"), Statement("DELETE FROM learner_days")])
    database.batch([Statement("UPDATE questions SET total_attempts = 0")])
    assert differing() == ["learner_days", "learners_tests", "mastery", "progress", "questions", "study_days"]
    list(rebuild.mend())
    assert differing() == []
    assert rows(database, "SELECT count(*) AS n FROM user_progress WHERE objective_mastery <> '{}'")[0]["n"] == 4


def test_pages_are_small_and_meet(studied: None, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one id in a page: every row is compared, and none twice."""
    small = [replace(part, size=1) for part in rebuild.PARTS]
    database.batch(
        [
            Statement("UPDATE study_days SET answered = answered + 1"),
            Statement("UPDATE questions SET total_attempts = 99"),
        ]
    )
    days, questions = (rows(database, f"SELECT count(*) AS n FROM {t}")[0]["n"] for t in ("study_days", "questions"))
    found = [difference.part for difference in rebuild.check(small)]
    assert (found.count("study_days"), found.count("questions")) == (days, questions)
    assert {part.name: changed for part, changed in rebuild.mend(small) if changed} == {
        "study_days": days, "questions": questions
    }  # fmt: skip
    assert list(rebuild.check(small)) == []


def test_answers_without_a_day_count_on_the_day_of_utc(studied: None, database: Database) -> None:
    """Of a release that stored none. How many were counted in a plan's day then is left alone."""
    database.batch([Statement("UPDATE user_answers SET day = NULL WHERE user_id = 1")])
    days = rows(database, "SELECT * FROM learner_days WHERE user_id = 1 ORDER BY day")
    list(rebuild.mend())
    assert differing() == []
    assert rows(database, "SELECT * FROM learner_days WHERE user_id = 1 ORDER BY day") == days
    counted = rows(database, "SELECT day, sum(answered) AS n FROM study_days WHERE user_id = 1 GROUP BY day ORDER BY 1")
    assert counted == rows(
        database,
        "SELECT date(answered_at, 'unixepoch') AS day, count(*) AS n FROM user_answers WHERE user_id = 1 GROUP BY 1"
        " ORDER BY 1",
    )


def test_answers_of_a_timed_test_use_none_of_the_days_plan(
    alice: FlaskClient, bank: dict[str, Any], database: Database
) -> None:
    database.batch(
        [
            Statement("INSERT INTO test_attempts (id, user_id, exam_id, question_ids) VALUES (1, 1, 1, '[1]')"),
            Statement(
                "INSERT INTO user_answers (user_id, question_id, test_attempt_id, selected_answer, is_correct, day)"
                " VALUES (1, 1, 1, 'a', 1, '2026-03-01')"
            ),
        ]
    )
    assert differing() == ["mastery", "progress", "questions", "study_days"]
    list(rebuild.mend())
    assert differing() == []
    assert rows(database, "SELECT * FROM learner_days") == []


@pytest.mark.only("file")
def test_the_command_compares_then_mends(
    studied: None, database: Database, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, arguments)
        return result.exit_code, result.output

    monkeypatch.setenv("TURSO_DATABASE_URL", settings.url)
    assert command("--check") == (0, f"{', '.join(_PARTS)}: all agree\n")
    database.batch([Statement("UPDATE user_progress SET total_correct = 1000 WHERE user_id = 2 AND exam_id = 1")])
    right = rows(
        database,
        "SELECT sum(is_correct) AS n FROM user_answers a JOIN questions q ON q.id = a.question_id"
        " WHERE a.user_id = 2 AND q.exam_id = 1",
    )[0]["n"]
    told = f"progress: user_id 2, exam_id 1: total_correct is 1000, counted {right}\n1 rows differ\n"
    assert command("--check") == (1, told)
    assert command("--check", "--part", "questions") == (0, "questions: all agree\n")
    assert command("--part", "questions") == (0, "questions: 0 rows changed\n")
    assert "progress: 1 rows changed\n" in command()[1]
    assert command("--check")[0] == 0
    assert command("--part", "nothing")[0] == 2


def test_a_check_changes_nothing(studied: None, database: Database, count_queries: Callable[[], Any]) -> None:
    database.batch([Statement("UPDATE user_progress SET total_correct = 1000")])
    with count_queries() as statements:
        assert list(rebuild.check())
    assert {sql.split()[0] for sql in statements} == {"SELECT", "WITH"}
