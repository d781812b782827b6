"""The exam day, small: nobody loses anything, and its comparison with the database sees what somebody would lose."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from tests.benchmarks import exam_day, exam_graded
from tests.benchmarks.exam_bank import QUESTIONS
from tests.benchmarks.exam_table import Day, table
from tests.benchmarks.learners import RESULT, SAVE, START, SUBMIT
from tests.servers import needed

LEARNERS = 6
COPIED = "user_id, question_id, test_attempt_id, selected_answer, is_correct"
FIRST_ANSWER = "id = (SELECT min(id) FROM user_answers)"
FROM_FIRST = f"FROM user_answers WHERE {FIRST_ANSWER}"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exam-day")


@pytest.fixture(scope="module")
def day(directory: Path) -> Day:
    return exam_day.run(directory, "file", LEARNERS, 3)


def test_everybody_has_a_result_and_the_rows_are_those_that_were_acknowledged(day: Day) -> None:
    assert (day.findings.lost, day.findings.wrong, dict(day.tally.errors)) == ([], [], {})
    assert day.is_good
    counts = {name: len(times) for name, times in day.tally.seconds.items()}
    changes = counts.pop(SAVE) - LEARNERS * QUESTIONS
    assert counts == {START: LEARNERS, SUBMIT: LEARNERS, RESULT: LEARNERS}
    assert 0 < changes < LEARNERS  # some have changed an answer
    assert [learner.line.opened for learner in day.learners] == [1] * LEARNERS


def test_the_table_has_a_line_for_each_operation_and_the_verdict(day: Day) -> None:
    lines = list(table(day))
    assert lines[0].startswith("6 learners, 16 questions, mode file, ")
    assert [line.split("|")[1:5] for line in lines if line.startswith(("| start", "| submit", "| result"))] == [
        [" start ", " 6 ", " 0 ", " 0 "],
        [" submit ", " 6 ", " 0 ", " 0 "],
        [" result ", " 6 ", " 0 ", " 0 "],
    ]
    assert {"| answers lost | 0 |", "| wrong results | 0 |", "| workers that ended | 0 |"} <= set(lines)
    assert lines[-1] == ""  # no problem is told


@pytest.fixture
def copied(directory: Path, day: Day, tmp_path: Path) -> Iterator[LibsqlDatabase]:
    for file in directory.glob("study.db*"):
        shutil.copy(file, tmp_path)
    database = LibsqlDatabase(Settings(f"file:{tmp_path}/study.db"))
    yield database
    database.close()


@pytest.mark.parametrize(
    ("change", "lost", "wrong"),
    [
        (f"DELETE FROM user_answers WHERE {FIRST_ANSWER}", r"graded None", r"its graded answers"),
        (f"UPDATE user_answers SET selected_answer = 'other' WHERE {FIRST_ANSWER}", r"graded frozenset", r""),
        (f"UPDATE user_answers SET test_attempt_id = NULL WHERE {FIRST_ANSWER}", r"graded None", r""),
        (f"UPDATE user_answers SET is_correct = 1 - is_correct WHERE {FIRST_ANSWER}", "", r"is graded [01]"),
        ("DELETE FROM test_answers WHERE attempt_id = 1 AND sequence = 1", r"stored None", ""),
        ("UPDATE test_answers SET sequence = 0 WHERE attempt_id = 1 AND sequence = 1", r"stored Saved", ""),
        ("UPDATE test_answers SET selected_answer = 'x' WHERE attempt_id = 1 AND sequence = 1", r"stored Saved", ""),
        ("UPDATE test_attempts SET status = 'abandoned' WHERE id = 1", "", r"the test is not"),
        ("UPDATE test_attempts SET results = 2 WHERE id = 1", "", r"the test is not"),
        ("UPDATE test_attempts SET correct_count = correct_count + 1 WHERE id = 1", "", r"the test is not"),
        ("UPDATE test_attempts SET question_ids = '[1]' WHERE id = 1", "", r"its questions"),
        ("UPDATE test_results SET score = 1 - score / 2 WHERE attempt_id = 1", "", r"its one result"),
        ("DELETE FROM test_results WHERE attempt_id = 1", "", r"its one result"),
        ("UPDATE user_progress SET total_questions_seen = 17 WHERE user_id = 1", "", r"the progress"),
        ("UPDATE user_progress SET total_correct = total_correct + 1 WHERE user_id = 1", "", r"the progress"),
        ("UPDATE questions SET total_attempts = total_attempts + 1 WHERE id = 1", "", r"answers of questions"),
        (
            "UPDATE questions SET correct_attempts = correct_attempts + 1 WHERE id = 1",
            "",
            r"right answers of questions",
        ),
        ("UPDATE exam_scores SET attempts = attempts + 1", "", r"tests in the histogram"),
        ("INSERT INTO test_attempts (user_id, exam_id, question_ids) VALUES (1, 1, '[]')", "", r"has test"),
        (
            f"INSERT INTO user_answers ({COPIED}, attempt_number) SELECT {COPIED}, 2 {FROM_FIRST}",
            "",
            r"its graded answers",
        ),
    ],
)
def test_the_comparison_sees_what_is_lost_or_wrong(
    copied: LibsqlDatabase, day: Day, change: str, lost: str, wrong: str
) -> None:
    (result,) = copied.batch([Statement(change)])
    assert result.count > 0
    findings = exam_graded.compare(copied, day.learners, day.bank)
    assert bool(findings.lost) == bool(lost)
    assert re.search(lost, " ".join(findings.lost))
    assert re.search(wrong, " ".join(findings.wrong))
    assert findings.lost or findings.wrong


def test_nothing_is_lost_when_the_server_is_killed_in_the_middle(tmp_path: Path) -> None:
    needed()
    killed = exam_day.run(tmp_path, "server", LEARNERS, 6)
    assert (killed.findings.lost, killed.findings.wrong, dict(killed.tally.errors)) == ([], [], {})
    assert killed.is_good
    assert killed.down_s > 1
    assert killed.cpu_s["sqld"] > 0
