"""One answer: graded from the stored key, counted once in the question, the session and the learner's progress."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import peewee

from shared_schema.database import Guard, Result, Statement, errors
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict
from shared_schema.tables import db
from study_service import (
    answered,
    asked,
    grading,
    missed,
    plans,
    progress,
    questions,
    ratings,
    receipts,
    session_answers,
    session_states,
    sessions,
    study_days,
    users,
)
from study_service.answered import Answered
from study_service.attempts import running
from study_service.grading import Selected
from study_service.memory import counting, restoring
from study_service.plans import DailyQuestions

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Submission:
    """What the learner sends: her answer in the form of the question's type, and what is only stored or added up.

    `version` is the question's that she was shown; without it, it is the session's, or the present one.
    """

    question_id: int
    selected_answer: Selected
    time_spent_seconds: int
    study_session_id: int | None = None
    confidence_level: int | None = None
    flagged: bool = False
    version: int | None = None


def submit(
    user_id: int, submission: Submission, now: dt.datetime, once: Once, daily_questions: DailyQuestions
) -> Receipt:
    """Grade and count one answer: one read, one batch. The receipt is `receipts.Recorded`. `now` is the server's clock,
    in UTC.

    NotFound for a question or session the learner cannot see, Conflict for a session that is over or has this answer
    already, Invalid for a question that is not in the session and for what is no answer to it,
    PlanLimitReached where the learner's plan has no more answers today. Damaged, with nothing written, where the key or
    the session as they are stored cannot be used.
    """
    for tries in range(_TRIES):
        try:
            return _submit(user_id, submission, now, once, daily_questions, fresh=tries > 0)
        except (counting.Moved, study_days.Filled):
            continue  # another answer of hers to the question came between, or this one makes the day count
    receipt = _submit(user_id, submission, now, once, daily_questions, fresh=True, remember=False)
    restoring.restore(user_id, [submission.question_id])
    return receipt


def _submit(
    user_id: int,
    submission: Submission,
    now: dt.datetime,
    once: Once,
    daily: DailyQuestions,
    *,
    fresh: bool,
    remember: bool = True,
) -> Receipt:
    memory = counting.read(user_id, [submission.question_id])
    wanted = [once.lookup(), users.read(user_id), memory, *reads(user_id, submission)]
    earlier, read_user, remembered, *results = db.fetch(wanted, fresh=fresh)
    if replay := once.replay(earlier):
        return replay
    user = users.active(read_user)
    zone = users.zone(user)
    today = now.astimezone(zone).date()
    answer = graded(user_id, submission, results, int(now.timestamp()), today)
    counted = counting.count(remembered, [answer]) if remember else counting.NOTHING
    progressed = progress.count([answer]) if fresh else progress.count_one(answer)
    steps = [*plans.count(user, daily, now, today), *counted.steps, *_count(answer, progressed)]
    try:
        receipt, of = receipts.counted(answer)
        return once.write(steps, receipt, of, known=receipts.known(answer, counted, zone))
    except plans.Full:
        raise plans.reached(user, daily, now) from None
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "user_answers", "study_session_id", "question_id"):
            raise
        raise taken() from None


def reads(user_id: int, submission: Submission) -> list[Statement]:
    """The reads of the question that is answered; their results go to `graded`."""
    question_id, session_id = submission.question_id, submission.study_session_id
    if session_id is None:
        return [asked.read(question_id, submission.version)]
    in_session = asked.read_in_session(question_id, session_id, user_id)
    return [in_session, session_answers.read_place(session_id, user_id, question_id)]


def taken() -> Conflict:
    return Conflict("this question was answered in this session already")


def graded(user_id: int, submission: Submission, results: Sequence[Result], at: int, day: dt.date) -> Answered:
    """The answer to the question that was read, as it was graded; `at` is epoch seconds, `day` the learner's.

    Raises as `submit` where the question may not be answered at this moment.
    """
    read_question, *session = results
    adaptive = None
    if session:
        place = session_answers.place(session[0], submission.question_id)
        session_states.check_active(user_id, place, at)
        adaptive = session_answers.adaptive(place)
    question = asked.one(read_question)
    return Answered(
        user_id,
        question,
        grading.grade(question["type"], question["answers"], submission.selected_answer, question["rule"]),
        submission.time_spent_seconds,
        at,
        day,
        session_id=submission.study_session_id,
        confidence=submission.confidence_level,
        flagged=submission.flagged,
        adaptive=adaptive,
    )


def count(answer: Answered) -> list[Statement | Guard]:
    """The steps that count one answer in each noun, then store it. Whoever stores an answer uses them, behind those of
    `memory.counting`.

    Conflict for a question that is in a running test of the learner: the answer would tell its key.
    """
    return _count(answer, progress.count([answer]))


def _count(answer: Answered, progressed: Sequence[Statement | Guard]) -> list[Statement | Guard]:
    return [
        running.require_not(answer.user_id, answer.question["id"]),
        *questions.count(answer),
        *progressed,
        *ratings.count(answer),
        *sessions.count(answer),
        answered.store(answer),
        *missed.count([answer]),
    ]


def count_test(given: Sequence[Answered]) -> list[Statement | Guard]:
    """The same for the answers of a timed test, which are to different questions, in fewer steps."""
    if not given:
        return []
    return [
        questions.count_given(given),
        *progress.count(given),
        *(step for answer in given for step in (*ratings.count(answer), answered.store(answer))),
        *missed.count(given),
    ]
