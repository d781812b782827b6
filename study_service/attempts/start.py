"""A test begins: drawn by the blueprint, with its end already known. One of an exam runs at a time."""

import datetime as dt
import random
from dataclasses import dataclass
from typing import TypedDict

import peewee

from shared_schema import audit, idempotency
from shared_schema.audit import Actor
from shared_schema.database import Guard, Result, Statement, errors
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict
from shared_schema.tables import db
from shared_schema.tables.attempts import TestAttempt
from study_service import delivery, plans, users
from study_service.attempts import accommodations, clock, finish, sitting, stock
from study_service.attempts.attempt_rows import Begins
from study_service.attempts.blueprint import Shortfall
from study_service.attempts.sitting import Choice
from study_service.delivery import Served
from study_service.plans import MonthlyTests

_MINE = "FROM test_attempts WHERE user_id = {user} AND exam_id = {exam} AND status = 'in_progress'"
_RUNNING = f"SELECT id, exam_id, expires_at {_MINE.format(user='?', exam='?')}"
_RECEIPT = (
    f"SELECT json_object('new', 1, 'test', {idempotency.row_json(TestAttempt, only=Begins.__annotations__)}) "
    f"{_MINE.format(user='?', exam='?')}"
)
_INSERT = """
    INSERT INTO test_attempts (user_id, exam_id, question_ids, question_versions, seed, time_limit_minutes,
        extra_time_factor, passing_score, grading_rule, started_at, expires_at, shortfalls)
    VALUES (:user, :exam, :questions, :versions, :seed, :limit,
        :factor, :passing, :rule, :started, :expires, :shortfalls)
"""
_BEGUN = audit.document(TestAttempt, ("exam_id", "status", "time_limit_minutes", "extra_time_factor"))
_LOG = f"SELECT id, NULL AS old, {_BEGUN} AS new {_MINE.format(user=':user', exam=':exam')}"


@dataclass(frozen=True, slots=True)
class Order:
    """The test that a learner asks for; None: as the exam has it."""

    exam_id: int
    question_count: int | None = None
    time_limit_minutes: int | None = None


class Begun(TypedDict):
    """The receipt of a start: the test with its questions and choices. `new` is 0 for one that ran already."""

    new: int
    test: Begins
    questions: list[Served]
    answers: list[Choice]


def start(
    user_id: int, order: Order, now: dt.datetime, seed: int, monthly: MonthlyTests, actor: Actor, once: Once
) -> Receipt:
    """A new test, or the one of this exam that runs; the receipt is Begun. `now` is the server's clock.

    NotFound for an exam that is not in the catalog, Conflict where it has no questions, PlanLimitReached where the
    learner's plan has no more tests this month.
    """
    earlier, user, factor, running, exam, listed = db.fetch(
        [
            once.lookup(),
            users.read(user_id),
            accommodations.read(user_id),
            Statement(_RUNNING, (user_id, order.exam_id)),
            stock.read_exam(order.exam_id),
            stock.read(order.exam_id, order.question_count, seed),
        ]
    )
    if replay := once.replay(earlier):
        return replay
    learner = users.active(user)
    if running.rows and (again := _again(user_id, running, now, actor, once)):
        return again
    wanted = stock.exam(exam)
    places = order.question_count or wanted["question_count"]
    drawn = stock.draw(listed, wanted, places)
    (read,) = db.fetch([stock.read_drawn(stock.wanted(drawn))])
    questions = stock.served(read.all(delivery.Stored), drawn, seed)
    if not questions:
        raise Conflict("there are no questions to ask in this exam")
    random.Random(seed).shuffle(questions)
    limit = order.time_limit_minutes or wanted["time_limit_minutes"]
    steps: list[Statement | Guard] = [
        _insert(user_id, wanted, questions, drawn.shortfalls, limit, accommodations.factor(factor), now, seed),
        audit.entries(actor, "test.start", "test_attempt", _LOG, {"user": user_id, "exam": order.exam_id}),
        *plans.count_test(learner, monthly, now),
    ]
    try:
        known = dumps({"questions": questions, "answers": []})
        return once.write(steps, _RECEIPT, (user_id, order.exam_id), known=known)
    except plans.Full:
        raise plans.month_reached(learner, monthly, now) from None
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "test_attempts", "user_id", "exam_id"):
            raise
    (running,) = db.fetch([Statement(_RUNNING, (user_id, order.exam_id))], fresh=True)
    again = _again(user_id, running, now, actor, once) if running.rows else None
    if again is None:
        raise Conflict("a test of this exam has just ended; start another one")
    return again


def _again(user_id: int, running: Result, now: dt.datetime, actor: Actor, once: Once) -> Receipt | None:
    """The test that runs, as it is now; None where it was over and has been ended."""
    (row,) = running.rows
    if clock.is_over(row["expires_at"], now.timestamp()):
        finish.end(user_id, row["id"], now, actor)
        return None
    full = sitting.get(user_id, row["id"], now, actor, fresh=True)
    test = {name: dumps(value) if isinstance(value, list) else value for name, value in full["test"].items()}
    begun = {name: test[name] for name in Begins.__annotations__}
    document = {"new": 0, "test": begun, "questions": full["questions"], "answers": full["answers"]}
    if once.key is None:
        return Receipt(document, replayed=False)
    # With a key, or a client that repeats its request after the test would start the next one.
    return once.write([], "'{}'", known=dumps(document))


def _insert(
    user_id: int,
    exam: stock.ExamRow,
    questions: list[Served],
    shortfalls: list[Shortfall],
    limit: int,
    factor: float,
    now: dt.datetime,
    seed: int,
) -> Statement:
    started_at = int(now.timestamp())
    values = {
        "user": user_id,
        "exam": exam["id"],
        "questions": dumps([question["id"] for question in questions]),
        "versions": dumps([question["version"] for question in questions]),
        "seed": seed,
        "limit": limit,
        "factor": factor,
        "passing": exam["passing_score"],
        "rule": exam["grading_rule"],
        "started": started_at,
        "expires": clock.deadline(started_at, limit, factor),
        "shortfalls": dumps(shortfalls),
    }
    return Statement(_INSERT, values)
