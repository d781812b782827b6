"""What is counted agrees with the facts, and the command compares, then mends."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from study_service import rebuild
from study_service.rebuild.__main__ import main
from tests.study_service.conftest import rows, submit
from tests.study_service.rebuild.studied import PARTS, differing, in_a_session, run


@pytest.mark.parametrize("seed", range(3))
def test_counters_agree_with_random_answers(
    alice: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase, seed: int
) -> None:
    assert list(rebuild.check()) == []
    run(database, seed)
    in_a_session(alice)
    assert list(rebuild.check()) == []
    assert {part.name: changed for part, changed in rebuild.mend() if changed} == {}


def test_counters_agree_after_a_new_version(studied: None, mo: FlaskClient, database: LibsqlDatabase) -> None:
    """A question that has a new version in another objective counts in each as it was answered."""
    changed = "text = 'New', text_digest = NULL, content_digest = NULL, version = 2, objective_id = 2"
    database.batch([Statement(f"UPDATE questions SET {changed} WHERE id = 1")])
    submit("2026-04-20T12:00:00Z", 1, "a")
    submit("2026-04-20T12:00:00Z", 1, "a", version=1)
    assert differing() == []
    assert rows(database, "SELECT total_attempts FROM questions WHERE id = 1") == [{"total_attempts": 1}]


def test_pages_are_small_and_meet(studied: None, database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_answers_without_a_day_count_on_the_day_of_utc(studied: None, database: LibsqlDatabase) -> None:
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


@pytest.mark.only("file")
def test_the_days_of_a_learner_cost_no_more_than_her_answers(bank: dict[str, Any], database: LibsqlDatabase) -> None:
    """Of 20,000 answers, each was compared with all others, which took a quarter of a minute."""
    given = """
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
        INSERT INTO user_answers (user_id, question_id, attempt_number, selected_answer, is_correct, answered_at, day)
        SELECT 1, 1, n, 'a', 1, n * 7000, date(n * 7000, 'unixepoch') FROM n
    """
    database.batch([Statement(given)])
    days = [part for part in rebuild.PARTS if part.name == "learner_days"]
    started = time.process_time()
    assert [changed for _, changed in rebuild.mend(days)] == [1621]
    assert list(rebuild.check(days)) == []
    assert time.process_time() - started < 2
    assert rows(database, "SELECT sum(answered) AS n FROM learner_days WHERE user_id = 1") == [{"n": 20_000}]


def test_answers_of_a_timed_test_use_none_of_the_days_plan(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
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
    assert differing() == ["mastery", "memory", "progress", "questions", "study_days"]
    list(rebuild.mend())
    assert differing() == []
    assert rows(database, "SELECT * FROM learner_days") == []


@pytest.mark.only("file")
def test_the_command_compares_then_mends(
    studied: None, database: LibsqlDatabase, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, arguments)
        return result.exit_code, result.output

    monkeypatch.setenv("TURSO_DATABASE_URL", settings.url)
    assert command("--check") == (0, f"{', '.join(PARTS)}: all agree\n")
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


def test_a_check_changes_nothing(studied: None, database: LibsqlDatabase, count_queries: Callable[[], Any]) -> None:
    database.batch([Statement("UPDATE user_progress SET total_correct = 1000")])
    with count_queries() as statements:
        assert list(rebuild.check())
    assert {sql.split()[0] for sql in statements} == {"SELECT"}
