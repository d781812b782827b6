"""What the database has after an exam day, compared with what the service has acknowledged to its learners."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.fields import loads
from tests.benchmarks.exam_bank import Bank, Chosen
from tests.benchmarks.learners import Learner, Saved, choice

Rows = dict[int, list[dict[str, Any]]]
_AT_ONCE = 250  # learners
_ATTEMPTS = """
    SELECT user_id, id, status, results, question_ids, score, correct_count, incorrect_count, skipped_count
    FROM test_attempts WHERE user_id BETWEEN ? AND ?
"""
_SAVED = """
    SELECT a.user_id, s.question_id, s.selected_answer, s.sequence
    FROM test_attempts a JOIN test_answers s ON s.attempt_id = a.id WHERE a.user_id BETWEEN ? AND ?
"""
_GRADED = """
    SELECT user_id, test_attempt_id, question_id, selected_answer, is_correct
    FROM user_answers WHERE user_id BETWEEN ? AND ?
"""
_RESULTS = """
    SELECT a.user_id, r.number, r.score, r.correct_count, r.incorrect_count, r.skipped_count
    FROM test_attempts a JOIN test_results r ON r.attempt_id = a.id WHERE a.user_id BETWEEN ? AND ?
"""
_PROGRESS = """
    SELECT user_id, total_questions_seen AS seen, total_correct AS right, tests_taken AS tests
    FROM user_progress WHERE user_id BETWEEN ? AND ?
"""
# What is counted must be what is there, once.
_TOTALS = {
    "answers of questions": ("SELECT sum(total_attempts) FROM questions", "SELECT count(*) FROM user_answers"),
    "right answers of questions": (
        "SELECT sum(correct_attempts) FROM questions",
        "SELECT sum(is_correct) FROM user_answers",
    ),
    "tests in the histogram": (
        "SELECT sum(attempts) FROM exam_scores",
        "SELECT count(*) FROM test_attempts WHERE status = 'completed'",
    ),
}


@dataclass
class Findings:
    """Sentences: acknowledged answers that are not there or not graded, and results or counts that are not right."""

    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stored:
    """The rows of one learner."""

    attempts: list[dict[str, Any]]
    saved: list[dict[str, Any]]
    graded: list[dict[str, Any]]
    results: list[dict[str, Any]]
    progress: list[dict[str, Any]]


def compare(database: LibsqlDatabase, learners: Sequence[Learner], bank: Bank) -> Findings:
    """Every acknowledged save is the row that was graded, every test is completed once, nothing is counted twice."""
    findings = Findings()
    for learner, stored in _stored(database, learners):
        if learner.attempt is not None:
            findings.lost += _lost(learner, stored)
        findings.wrong += _wrong(learner, stored, bank)
    for name, (counted, there) in _TOTALS.items():
        sums = [result.value_or_none(int) or 0 for result in database.fetch([Statement(counted), Statement(there)])]
        if sums[0] != sums[1]:
            findings.wrong.append(f"{name}: {sums[0]} are counted, {sums[1]} are there")
    return findings


def _stored(database: LibsqlDatabase, learners: Sequence[Learner]) -> Iterator[tuple[Learner, _Stored]]:
    for first in range(0, len(learners), _AT_ONCE):
        some = learners[first : first + _AT_ONCE]
        numbers = (some[0].number, some[-1].number)
        statements = (_ATTEMPTS, _SAVED, _GRADED, _RESULTS, _PROGRESS)
        read = database.fetch([Statement(sql, numbers) for sql in statements])
        tables = [_by_user(result.rows) for result in read]
        for learner in some:
            yield learner, _Stored(*(table.get(learner.number, []) for table in tables))


def _by_user(listed: Sequence[dict[str, Any]]) -> Rows:
    by_user: Rows = defaultdict(list)
    for row in listed:
        by_user[row["user_id"]].append(row)
    return by_user


def chosen(row: dict[str, Any]) -> Chosen:
    text = row["selected_answer"]
    return choice(loads(text) if text and text.startswith("[") else text)


def _lost(learner: Learner, stored: _Stored) -> Iterator[str]:
    """Acknowledged saves that are not in the test, or not among its graded answers once it is completed."""
    saved = {row["question_id"]: Saved(chosen(row), row["sequence"]) for row in stored.saved}
    graded = {row["question_id"]: chosen(row) for row in stored.graded if row["test_attempt_id"] == learner.attempt}
    is_completed = any(row["id"] == learner.attempt and row["status"] == "completed" for row in stored.attempts)
    for question, acknowledged in learner.saved.items():
        last = saved.get(question)
        # One more may have been stored whose answer never came.
        if last is None or last not in (acknowledged, learner.unanswered.get(question)):
            yield f"learner {learner.number}, question {question}: saved {acknowledged}, stored {last}"
        elif is_completed and graded.get(question) != last.chosen:
            yield f"learner {learner.number}, question {question}: saved {last}, graded {graded.get(question)}"


def _wrong(learner: Learner, stored: _Stored, bank: Bank) -> Iterator[str]:
    """What is not as it must be of one learner's test."""
    who = f"learner {learner.number}"
    if learner.attempt is not None and [row["id"] for row in stored.attempts] != [learner.attempt]:
        yield f"{who}: has test {learner.attempt}, and the database {[row['id'] for row in stored.attempts]}"
    for row in stored.graded:
        if row["is_correct"] != (chosen(row) == bank[row["question_id"]].right):
            yield f"{who}, question {row['question_id']}: {row['selected_answer']} is graded {row['is_correct']}"
    if learner.submitted is None or learner.result is None:
        return
    expected = _expected(learner, bank)
    (row,) = stored.attempts[:1] or [{}]
    checks = {
        "the test": _figures(row) == expected and row["status"] == "completed" and row["results"] == 1,
        "its questions": loads(row.get("question_ids", "[]")) == learner.given,
        "its graded answers": sorted(row["question_id"] for row in stored.graded) == sorted(learner.given),
        "its one result": [(row["number"], _figures(row)) for row in stored.results] == [(1, expected)],
        "the answer to submit": _figures(learner.submitted, wire=True) == expected,
        "the shown result": _figures(learner.result, wire=True) == expected,
        "the shown questions": _shown(learner) == _chosen_and_right(learner, bank),
        "the progress": [(row["seen"], row["right"]) for row in stored.progress] == [(len(learner.given), expected[1])],
    }
    yield from (f"{who}: {what} is not what was chosen" for what, is_right in checks.items() if not is_right)


Figures = tuple[float, int, int, int]


def _expected(learner: Learner, bank: Bank) -> Figures:
    """Score, right, wrong and skipped answers by the bank's key."""
    right = sum(saved.chosen == bank[question].right for question, saved in learner.saved.items())
    score = math.floor(Fraction(right, len(learner.given)) * 10_000) / 10_000
    return score, right, len(learner.saved) - right, len(learner.given) - len(learner.saved)


def _figures(row: dict[str, Any], *, wire: bool = False) -> tuple[Any, ...]:
    names = ("score", "correctCount", "incorrectCount", "skippedCount")
    columns = ("score", "correct_count", "incorrect_count", "skipped_count")
    return tuple(row.get(name) for name in (names if wire else columns))


def _shown(learner: Learner) -> list[tuple[int, Chosen, bool]]:
    assert learner.result is not None
    return [
        (told["question"]["id"], choice(told["selectedAnswer"]), told["isCorrect"])
        for told in learner.result["questions"]
    ]


def _chosen_and_right(learner: Learner, bank: Bank) -> list[tuple[int, Chosen, bool]]:
    return [
        (question, learner.saved[question].chosen, learner.saved[question].chosen == bank[question].right)
        for question in learner.given
        if question in learner.saved
    ]
