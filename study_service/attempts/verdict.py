"""How a test was graded: what each question earned, and what that comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypedDict

from shared_schema.database import Statement
from shared_schema.fields import dumps
from study_service.asked import Asked
from study_service.attempts import attempt_rows, marks
from study_service.grading import Grade

_GIVEN = f"""
    SELECT w.value AS question_id, v.version, v.objective_id, v.difficulty, v.type, t.selected_answer, t.is_correct,
        t.score, t.time_spent_seconds, t.flagged, t.changed, t.saved_at
    FROM test_attempts a, {attempt_rows.GIVEN}
    LEFT JOIN test_answers t ON t.attempt_id = a.id AND t.question_id = w.value
    WHERE a.id = ? ORDER BY w.key
"""
_STORE = """
    INSERT INTO test_results (attempt_id, number, graded_at, graded_by, grading_rule, passing_score, share, score,
        passed, correct_count, incorrect_count, skipped_count, objective_breakdown, question_versions, marks)
    VALUES (:attempt, :number, :at, (SELECT id FROM users WHERE id = :by), :rule, :passing, :share, :score, :passed,
        :correct, :incorrect, :skipped, :breakdown, :versions, :marks)
"""


class Given(TypedDict):
    """A question of a test with what was saved for it: all None where nothing was."""

    question_id: int
    version: int
    objective_id: int
    difficulty: int
    type: str
    selected_answer: str | None
    is_correct: int | None
    score: float | None
    time_spent_seconds: int | None
    flagged: int | None
    changed: int | None
    saved_at: int | None


class Objective(TypedDict):
    """An entry of the column `objective_breakdown`."""

    correct: int
    total: int
    percentage: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`share` is the exact ratio; `marks` and `versions` are by question, in the test's order."""

    share: Fraction
    passed: bool
    passing_score: float
    grading_rule: str
    correct: int
    incorrect: int
    skipped: int
    breakdown: dict[str, Objective]
    versions: list[int]
    marks: list[float | None]

    @property
    def score(self) -> float:
        return marks.shown(self.share)


def read(attempt_id: int) -> Statement:
    """The read of a test's questions in its order, as they were given and answered; its rows are `Given`."""
    return Statement(_GIVEN, (attempt_id,))


def of(given: Sequence[Given], passing_score: float, grading_rule: str) -> Verdict:
    """What these answers come to. A question without a choice earns nothing and is skipped."""
    chosen = [one for one in given if one["selected_answer"] is not None]
    right = sum(one["is_correct"] == 1 for one in chosen)
    share = marks.ratio([one["score"] or 0.0 for one in chosen], len(given))
    return Verdict(
        share=share,
        passed=marks.passed(share, passing_score),
        passing_score=passing_score,
        grading_rule=grading_rule,
        correct=right,
        incorrect=len(chosen) - right,
        skipped=len(given) - len(chosen),
        breakdown=_breakdown(given),
        versions=[one["version"] for one in given],
        marks=[None if one["selected_answer"] is None else one["score"] or 0.0 for one in given],
    )


def _breakdown(given: Sequence[Given]) -> dict[str, Objective]:
    by_objective: dict[str, list[Given]] = {}
    for one in given:
        by_objective.setdefault(str(one["objective_id"]), []).append(one)
    return {
        objective: {
            "correct": sum(one["selected_answer"] is not None and one["is_correct"] == 1 for one in asked),
            "total": len(asked),
            "percentage": marks.percentage(
                marks.ratio([one["score"] or 0.0 for one in asked if one["selected_answer"] is not None], len(asked))
            ),
        }
        for objective, asked in by_objective.items()
    }


def columns(verdict: Verdict) -> dict[str, object]:
    """The values of a verdict that the test shows as its latest."""
    return {
        "score": verdict.score,
        "passed": int(verdict.passed),
        "correct": verdict.correct,
        "incorrect": verdict.incorrect,
        "skipped": verdict.skipped,
        "breakdown": dumps(verdict.breakdown),
    }


def store(attempt_id: int, number: int, verdict: Verdict, at: int, by: int | None) -> Statement:
    """The step that stores a verdict beside earlier ones. `by` is who asked for a regrade."""
    values = {
        "attempt": attempt_id,
        "number": number,
        "at": at,
        "by": by,
        "rule": verdict.grading_rule,
        "passing": verdict.passing_score,
        "share": f"{verdict.share.numerator}/{verdict.share.denominator}",
        "versions": dumps(verdict.versions),
        "marks": dumps(verdict.marks),
        **columns(verdict),
    }
    return Statement(_STORE, values)


def asked(given: Given, exam_id: int) -> Asked:
    """The question, for those who count its answer; none of them needs its key."""
    return {
        "id": given["question_id"],
        "version": given["version"],
        "exam_id": exam_id,
        "objective_id": given["objective_id"],
        "difficulty": given["difficulty"],
        "type": given["type"],
        "answers": [],
        "explanation": None,
        "reference": None,
        "rule": "all_or_nothing",
    }


def grade(given: Given) -> Grade:
    """The grade that an answer had when it was saved; the choice itself goes with it as it is stored."""
    return Grade(bool(given["is_correct"]), given["score"] or 0.0, given["selected_answer"] or "")
