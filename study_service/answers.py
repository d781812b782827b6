"""One answer: graded from the stored key, counted once in the question, the session and the learner's progress."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from typing import Any

import orjson
import peewee

from shared_schema import idempotency
from shared_schema.database import Guard, Statement, errors, require_changes
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound, TokenInvalid, invalid
from shared_schema.tables import db
from shared_schema.tables.study import StudySession, UserProgress
from study_service import grading
from study_service.grading import Grade

_QUESTION = """
    SELECT id, exam_id, objective_id, type, answers, explanation, reference FROM questions
    WHERE id = ? AND review_status = 'approved' AND is_active = 1
"""
_USER = "SELECT timezone FROM users WHERE id = ? AND is_active = 1"
_SESSION = "SELECT exam_id, status, question_ids FROM study_sessions WHERE id = ? AND user_id = ?"

# `excluded` is this answer as if it were the first; the bare columns are the row before it.
_PROGRESS = """
    INSERT INTO user_progress (
        user_id, exam_id, total_questions_seen, unique_questions_seen, total_correct, total_incorrect,
        overall_accuracy, current_streak, longest_streak, study_days_count, last_study_date,
        total_study_seconds, total_study_minutes, avg_time_per_question, objective_mastery)
    VALUES (
        :user, :exam, 1,
        NOT EXISTS (SELECT 1 FROM user_answers WHERE user_id = :user AND question_id = :question),
        :correct, 1 - :correct, :correct, 1, 1, 1, :today, :seconds, :seconds / 60, :seconds,
        json_object(:objective, json_object(
            'level', :correct * 1.0, 'questionsAnswered', 1, 'correct', :correct, 'lastStudied', :now)))
    ON CONFLICT (user_id, exam_id) DO UPDATE SET
        total_questions_seen = total_questions_seen + 1,
        unique_questions_seen = unique_questions_seen + excluded.unique_questions_seen,
        total_correct = total_correct + excluded.total_correct,
        total_incorrect = total_incorrect + excluded.total_incorrect,
        overall_accuracy = (total_correct + excluded.total_correct) * 1.0 / (total_questions_seen + 1),
        current_streak = {streak},
        longest_streak = max(longest_streak, {streak}),
        study_days_count = study_days_count + (coalesce(last_study_date, '') < excluded.last_study_date),
        last_study_date = max(coalesce(last_study_date, ''), excluded.last_study_date),
        total_study_seconds = total_study_seconds + excluded.total_study_seconds,
        total_study_minutes = (total_study_seconds + excluded.total_study_seconds) / 60,
        avg_time_per_question =
            (total_study_seconds + excluded.total_study_seconds) * 1.0 / (total_questions_seen + 1),
        objective_mastery = json_set(objective_mastery, :path, json_object(
            'level', ({right} + :correct) * 1.0 / ({asked} + 1),
            'questionsAnswered', {asked} + 1, 'correct', {right} + :correct, 'lastStudied', :now)),
        updated_at = :now
""".format(
    # Days in a row. A learner who travelled west may be back on a day already counted.
    streak="""CASE WHEN last_study_date >= excluded.last_study_date THEN current_streak
                   WHEN last_study_date = :yesterday THEN current_streak + 1 ELSE 1 END""",
    asked="coalesce(json_extract(objective_mastery, :path || '.questionsAnswered'), 0)",
    right="coalesce(json_extract(objective_mastery, :path || '.correct'), 0)",
)
_STATISTICS = """
    UPDATE questions SET
        total_attempts = total_attempts + 1,
        correct_attempts = correct_attempts + :correct,
        total_time_seconds = total_time_seconds + :seconds,
        avg_time_seconds = CAST(round((total_time_seconds + :seconds) * 1.0 / (total_attempts + 1)) AS INTEGER),
        shuffle_key = abs(random() % 2147483648)
    WHERE id = :question AND review_status = 'approved' AND is_active = 1
"""
_COUNT_IN_SESSION = """
    UPDATE study_sessions SET
        total_questions = total_questions + 1,
        correct_answers = correct_answers + :correct,
        flagged_questions = flagged_questions + :flagged,
        time_spent_seconds = time_spent_seconds + :seconds,
        avg_time_per_question = (time_spent_seconds + :seconds) * 1.0 / (total_questions + 1),
        accuracy = (correct_answers + :correct) * 1.0 / (total_questions + 1),
        streak_count = CASE WHEN :correct THEN streak_count + 1 ELSE 0 END,
        max_streak = max(max_streak, CASE WHEN :correct THEN streak_count + 1 ELSE 0 END),
        current_question_id = :question,
        last_activity = :now
    WHERE id = :session AND user_id = :user AND status = 'active'
"""
_ANSWER = """
    INSERT INTO user_answers (
        user_id, question_id, study_session_id, selected_answer, is_correct, score, time_spent_seconds,
        confidence_level, flagged, answered_at, attempt_number, days_since_last_seen)
    SELECT :user, :question, :session, :selected, :correct, :score, :seconds, :confidence, :flagged, :now,
        coalesce(max(attempt_number), 0) + 1, (:now - max(answered_at)) / 86400
    FROM user_answers WHERE user_id = :user AND question_id = :question
"""
_RECEIPT = f"""
    SELECT json_object(
        'graded', json(?), 'answer_id', a.id, 'attempt_number', a.attempt_number,
        'question', json_object('total_attempts', q.total_attempts, 'correct_attempts', q.correct_attempts),
        'progress', {idempotency.row_json(UserProgress)},
        'session', CASE WHEN study_sessions.id IS NULL THEN NULL ELSE {idempotency.row_json(StudySession)} END)
    FROM user_answers a
    JOIN questions q ON q.id = a.question_id
    JOIN user_progress ON user_progress.user_id = a.user_id AND user_progress.exam_id = q.exam_id
    LEFT JOIN study_sessions ON study_sessions.id = a.study_session_id
    WHERE a.id = last_insert_rowid()
"""


@dataclass(frozen=True, slots=True)
class Submission:
    """What the learner sends. None of it is believed beyond what was chosen and how long it took."""

    question_id: int
    selected_answer: str | list[str]
    time_spent_seconds: int
    study_session_id: int | None = None
    confidence_level: int | None = None
    flagged: bool = False


def submit(user_id: int, given: Submission, now: dt.datetime, once: Once) -> Receipt:
    """Grade and count one answer: one read, one batch. `now` is the server's clock, in UTC.

    NotFound for a question or session the learner cannot see, Conflict for a session that is over or has this answer
    already, Invalid for a question that is not in the session or an option that is not in the question.
    """
    reads = [once.lookup(), Statement(_USER, (user_id,)), Statement(_QUESTION, (given.question_id,))]
    if given.study_session_id is not None:
        reads.append(Statement(_SESSION, (given.study_session_id, user_id)))
    earlier, user, found, *session = db.fetch(reads)
    if replay := once.replay(earlier.first(dict)):
        return replay
    if user.first(dict) is None:
        raise TokenInvalid("the token's user is not active")
    question = found.first(dict)
    if question is None:
        raise NotFound("no such question")
    if session:
        _check_session(session[0].first(dict), given.question_id)
    options = orjson.loads(question["answers"])
    grade = grading.grade(question["type"], options, given.selected_answer)
    values = _values(user_id, given, question, grade, now, user.one(dict)["timezone"])
    graded = {
        "is_correct": grade.is_correct,
        "score": grade.score,
        "correct_answer": grading.key(question["type"], options),
        "explanation": question["explanation"],
        "reference": question["reference"],
    }
    try:
        return once.write(_writes(values), _RECEIPT, (dumps(graded),))
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "user_answers", "study_session_id", "question_id"):
            raise
        raise Conflict("this question was answered in this session already") from None


def _check_session(session: dict[str, Any] | None, question_id: int) -> None:
    if session is None:
        raise NotFound("no such session")
    if question_id not in orjson.loads(session["question_ids"]):
        raise invalid("question_id", "Not a question of this session.")
    if session["status"] != "active":
        raise _over(session["status"])


def _over(status: str) -> Conflict:
    return Conflict(f"the session is {status}")


def _values(
    user_id: int, given: Submission, question: dict[str, Any], grade: Grade, now: dt.datetime, timezone: str
) -> dict[str, Any]:
    today = now.astimezone(_zone(timezone)).date()
    several = question["type"] == "multi_select"
    return {
        "user": user_id,
        "exam": question["exam_id"],
        "question": given.question_id,
        "session": given.study_session_id,
        "objective": str(question["objective_id"]),
        "path": f'$."{question["objective_id"]}"',
        "selected": dumps(grade.selected) if several else grade.selected[0],
        "correct": int(grade.is_correct),
        "score": grade.score,
        "seconds": given.time_spent_seconds,
        "confidence": given.confidence_level,
        "flagged": int(given.flagged),
        "now": int(now.timestamp()),
        "today": today.isoformat(),
        "yesterday": (today - dt.timedelta(days=1)).isoformat(),
    }


def _zone(name: str) -> dt.tzinfo:
    """The user's time zone; UTC for a name that is none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return dt.UTC


def _writes(values: dict[str, Any]) -> list[Statement | Guard]:
    """The batch, the answer last: its receipt asks for the row inserted last."""
    steps: list[Statement | Guard] = [
        Statement(_STATISTICS, values),
        require_changes(1, otherwise=NotFound("no such question")),
        Statement(_PROGRESS, values),
    ]
    if values["session"] is not None:
        steps += [Statement(_COUNT_IN_SESSION, values), require_changes(1, otherwise=_over("over"))]
    return [*steps, Statement(_ANSWER, values)]
