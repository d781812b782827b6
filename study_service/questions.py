"""Questions: whole for their moderators, and counted for answers."""

import random
from collections.abc import Callable, Sequence

import peewee

from shared_schema import rows
from shared_schema.database import Guard, Result, Statement, require, require_changes
from shared_schema.database.batch import Query
from shared_schema.fields import dumps
from shared_schema.problems import NotFound
from shared_schema.tables import db
from shared_schema.tables.bank import REVIEW_STATUSES, Question, QuestionVersion
from study_service import exams, question_rows
from study_service.answered import Answered
from study_service.exams import Key
from study_service.question_rows import Stated

STATUSES = REVIEW_STATUSES
# Who has added a question has written its first version.
_first = QuestionVersion.alias("first")
_CREATED_BY = _first.select(_first.created_by).where(_first.question_id == Question.id, _first.version == 1)
_MODEL_BY = _CREATED_BY.where(_first.ai_generated == 1)
# All of a question that people change. The counters are not among it, or nobody could edit what is being answered.
_STATE = (
    Question.version, Question.text, Question.type, Question.answers, Question.explanation, Question.reference,
    Question.external_link, Question.difficulty, Question.objective_id, Question.tags, Question.image_url,
    Question.review_status, Question.review_feedback, Question.reviewed_at, Question.updated_at, Question.is_active,
)  # fmt: skip


def state(alias: str) -> str:
    """SQL: the state of a question; `alias` is the name of its row."""
    return f"json_array({', '.join(f'{alias}.{field.column_name}' for field in _STATE)})"


_UNCHANGED = f"EXISTS (SELECT 1 FROM questions q WHERE id = ? AND {state('q')} = ?)"

# Recounted rather than adjusted: it reads one index, and cannot drift.
_RECOUNT = f"""
    UPDATE exams SET questions_available = (
        SELECT count(*) FROM questions q
        WHERE q.exam_id = exams.id AND q.review_status = 'approved' AND q.is_active = 1)
    WHERE id = {exams.NAMED}
"""
# The counters are of the present version, so an answer to an earlier one counts nothing here.
_COUNT = """
    UPDATE questions SET {moved}
        total_attempts = total_attempts + (version = :version),
        correct_attempts = correct_attempts + (version = :version AND :correct),
        total_time_seconds = total_time_seconds + (version = :version) * :seconds,
        avg_time_seconds = CASE WHEN version = :version
            THEN CAST(round((total_time_seconds + :seconds) * 1.0 / (total_attempts + 1)) AS INTEGER)
            ELSE avg_time_seconds END
    WHERE id = :question AND (:given OR (review_status = 'approved' AND is_active = 1))
"""
# Neighbours in the order of the walk must not stay neighbours. A new place changes four indexes, which costs more than
# the counters do, so one answer in so many moves its question.
_MOVES_ONE_IN = 8
MOVED = "shuffle_key = abs(random() % 2147483648),"
_COUNTS = {moves: _COUNT.format(moved=MOVED if moves else "") for moves in (True, False)}
# The same for answers to different questions that were given to the learner, all at once.
_COUNT_GIVEN = """
    UPDATE questions SET
        total_attempts = total_attempts + (questions.version = j.version),
        correct_attempts = correct_attempts + (questions.version = j.version AND j.correct),
        total_time_seconds = total_time_seconds + (questions.version = j.version) * j.seconds,
        avg_time_seconds = CASE WHEN questions.version = j.version
            THEN CAST(round((total_time_seconds + j.seconds) * 1.0 / (total_attempts + 1)) AS INTEGER)
            ELSE avg_time_seconds END,
        shuffle_key = abs(random() % 2147483648)
    FROM (
        SELECT value->>'question' AS question, value->>'version' AS version, value->>'correct' AS correct,
            value->>'seconds' AS seconds
        FROM json_each(:answers)) j
    WHERE questions.id = j.question
"""


def get(question_id: int) -> Stated:
    """One active question, or NotFound; Damaged where its row cannot be used."""
    return one(db.fetch([read(question_id)])[0])


def select() -> "peewee.ModelSelect[Question]":
    """Questions with their states; the rows are `Stated`."""
    state = peewee.fn.json_array(*_STATE).alias("state")
    return Question.select(Question, _CREATED_BY.alias("created_by"), _MODEL_BY.alias("model_by"), state).dicts()


def read(question_id: int) -> peewee.Query:
    """The read of one active question; its result goes to `one`."""
    return select().where(Question.id == question_id, Question.is_active == 1)


def one(result: Result) -> Stated:
    """The question that was read, or NotFound; Damaged where its row cannot be used."""
    question = result.first(Stated)
    if question is None:
        raise NotFound("no such question")
    return rows.one("questions", question, question_rows.whole)


def unchanged(question: Stated, *, otherwise: Callable[[], Exception]) -> Guard:
    """The step that stops a batch unless the question is still as it was read."""
    return require(_UNCHANGED, (question["id"], question["state"]), otherwise=otherwise)


def show(question_id: int) -> list[Query | Guard]:
    """The last steps of a change: the question as it is now; Damaged, and nothing changed, where it cannot be shown."""
    return [rows.require_usable(question_rows.SHAPE, question_id), read(question_id)]


def recount(key: Key) -> Statement:
    """The step that counts anew how many questions of the exam can be asked."""
    return Statement(_RECOUNT, key)


def count(answer: Answered) -> list[Statement | Guard]:
    """The steps that count one answer to a question; NotFound where it is not asked any more."""
    values = {**_counted(answer), "given": int(answer.given)}
    moves = random.randrange(_MOVES_ONE_IN) == 0
    return [Statement(_COUNTS[moves], values), require_changes(1, otherwise=lambda: NotFound("no such question"))]


def _counted(answer: Answered) -> dict[str, object]:
    return {
        "question": answer.question["id"],
        "version": answer.question["version"],
        "correct": int(answer.grade.is_correct),
        "seconds": answer.seconds,
    }


def count_given(answers: Sequence[Answered]) -> Statement:
    """The step that counts answers to different questions that the learner was given earlier."""
    return Statement(_COUNT_GIVEN, {"answers": dumps([_counted(answer) for answer in answers])})
