"""One answer: graded from the stored key, counted once in the question, the session and the learner's progress."""

import datetime as dt
from dataclasses import dataclass
from typing import TypedDict

import peewee

from shared_schema import idempotency
from shared_schema.database import Guard, Statement, errors
from shared_schema.database.batch import Query
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict
from shared_schema.tables import db
from shared_schema.tables.study import StudySession
from study_service import grading, plans, progress, questions, session_answers, sessions, users
from study_service.grading import Grade
from study_service.plans import DailyQuestions
from study_service.questions import Asked

_ANSWER = """
    INSERT INTO user_answers (
        user_id, question_id, study_session_id, selected_answer, is_correct, score, time_spent_seconds,
        confidence_level, flagged, answered_at, attempt_number, days_since_last_seen)
    SELECT :user, :question, :session, :selected, :correct, :score, :seconds, :confidence, :flagged, :now,
        coalesce(max(attempt_number), 0) + 1, (:now - max(answered_at)) / 86400
    FROM user_answers WHERE user_id = :user AND question_id = :question
"""
# Of the learner's latest attempt at the question, with every row that it was counted in.
_RECEIPT = f"""
    SELECT json_object(
        'graded', json(?), 'answer_id', a.id, 'attempt_number', a.attempt_number,
        'question', json_object('total_attempts', q.total_attempts, 'correct_attempts', q.correct_attempts),
        'progress', {progress.AS_JSON},
        'session', CASE WHEN study_sessions.id IS NULL THEN NULL ELSE {idempotency.row_json(StudySession)} END)
    FROM user_answers a
    JOIN questions q ON q.id = a.question_id
    JOIN user_progress ON user_progress.user_id = a.user_id AND user_progress.exam_id = q.exam_id
    LEFT JOIN study_sessions ON study_sessions.id = a.study_session_id
    WHERE a.user_id = ? AND a.question_id = ? ORDER BY a.attempt_number DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Submission:
    """What the learner sends: the ids of the chosen options, and what is only stored or added up."""

    question_id: int
    selected_answer: str | list[str]
    time_spent_seconds: int
    study_session_id: int | None = None
    confidence_level: int | None = None
    flagged: bool = False


class Graded(TypedDict):
    """What the learner gets to know of the question once it is answered."""

    is_correct: bool
    score: float
    correct_answer: str | list[str]
    explanation: str | None
    reference: str | None


def submit(
    user_id: int, submission: Submission, now: dt.datetime, once: Once, daily_questions: DailyQuestions
) -> Receipt:
    """Grade and count one answer: one read, one batch. `now` is the server's clock, in UTC.

    NotFound for a question or session the learner cannot see, Conflict for a session that is over or has this answer
    already, Invalid for a question that is not in the session or an option that is not in the question,
    PlanLimitReached where the learner's plan has no more answers today. Damaged, with nothing written, where the key or
    the session as they are stored cannot be used.
    """
    question_id, session_id = submission.question_id, submission.study_session_id
    reads: list[Query] = [once.lookup(), users.read(user_id), questions.read_asked(question_id)]
    if session_id is not None:
        reads.append(session_answers.read_place(session_id, user_id))
    earlier, read_user, asked, *session = db.fetch(reads)
    if replay := once.replay(earlier):
        return replay
    user = users.active(read_user)
    today = users.day(user, now)
    question = questions.asked(asked)
    if session:
        session_answers.check_takes(session[0], question_id)
    grade = grading.grade(question["type"], question["answers"], submission.selected_answer)
    counted = plans.count(user, daily_questions, now, today)
    steps = [*counted, *_steps(user_id, submission, question, grade, now, today)]
    try:
        return once.write(steps, _RECEIPT, (dumps(_graded(question, grade)), user_id, question_id))
    except plans.Full:
        raise plans.reached(user, daily_questions, now) from None
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "user_answers", "study_session_id", "question_id"):
            raise
        raise Conflict("this question was answered in this session already") from None


def _graded(question: Asked, grade: Grade) -> Graded:
    return {
        "is_correct": grade.is_correct,
        "score": grade.score,
        "correct_answer": grading.key(question["type"], question["answers"]),
        "explanation": question["explanation"],
        "reference": question["reference"],
    }


def _steps(
    user_id: int, submission: Submission, question: Asked, grade: Grade, now: dt.datetime, today: dt.date
) -> list[Statement | Guard]:
    """The batch: the answer is counted in each noun, then stored."""
    question_id, session_id = submission.question_id, submission.study_session_id
    correct, seconds = grade.is_correct, submission.time_spent_seconds
    steps = [
        *questions.count(question_id, correct=correct, seconds=seconds),
        progress.count(user_id, question_id, question, correct=correct, seconds=seconds, now=now, today=today),
    ]
    if session_id is not None:
        steps += sessions.count(
            session_id, user_id, question_id, correct=correct, flagged=submission.flagged, seconds=seconds, now=now
        )
    return [*steps, _answer(user_id, submission, question, grade, now)]


def _answer(user_id: int, submission: Submission, question: Asked, grade: Grade, now: dt.datetime) -> Statement:
    """The step that stores the answer: a set of options as a JSON list, a single one as its id."""
    several = question["type"] == "multi_select"
    values = {
        "user": user_id,
        "question": submission.question_id,
        "session": submission.study_session_id,
        "selected": dumps(grade.selected) if several else grade.selected[0],
        "correct": int(grade.is_correct),
        "score": grade.score,
        "seconds": submission.time_spent_seconds,
        "confidence": submission.confidence_level,
        "flagged": int(submission.flagged),
        "now": int(now.timestamp()),
    }
    return Statement(_ANSWER, values)
