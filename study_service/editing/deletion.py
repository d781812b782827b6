"""Deleting a question and bringing it back: sessions and tests that have it go on, and nothing is erased."""

from collections.abc import Callable

import peewee

from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, require
from shared_schema.database.batch import Query
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound, PreconditionFailed
from shared_schema.tables import db
from shared_schema.tables.bank import Question
from study_service import digests, question_rows, questions
from study_service.question_rows import Stated

_IN_CATALOG = """
    EXISTS (SELECT 1 FROM questions q JOIN exams e ON e.id = q.exam_id JOIN objectives o ON o.id = q.objective_id
            WHERE q.id = ? AND e.is_active = 1 AND o.is_active = 1)
"""
_NOW = peewee.SQL(question_rows.CHANGED_AT)


def delete(question_id: int, expect: Callable[[str], None], actor: Actor) -> None:
    """Take a question out of the bank. It keeps its review status and its content, which the exam cannot have again.

    `expect` is called with the state that was read and raises where the caller has seen another. NotFound where it is
    deleted already.
    """
    question = questions.get(question_id)
    expect(question["state"])
    unchanged = questions.unchanged(question, otherwise=PreconditionFailed)
    db.batch([unchanged, *_set_active(question, actor, is_active=False)])


def restore(question_id: int, actor: Actor, once: Once) -> Receipt:
    """Bring a deleted question back as it was; one that is there stays as it is. The receipt goes to
    `question_rows.of_receipt`.

    NotFound where there never was one, Conflict where its exam or its objective is retired or the exam has the same
    question.
    """
    earlier, read = db.fetch([once.lookup(), questions.select().where(Question.id == question_id)])
    if replay := once.replay(earlier):
        return replay
    question = read.first(Stated)
    if question is None:
        raise NotFound("no such question")
    rows.one("questions", question, question_rows.whole)
    steps = [] if question["is_active"] else _restored(question, actor)
    try:
        return once.write(steps, f"{question_rows.RECEIPT} WHERE id = ?", (question_id,))
    except peewee.IntegrityError as error:
        raise digests.duplicate(error) from None


def _restored(question: Stated, actor: Actor) -> list[Query | Guard]:
    retired = Conflict("its exam or its objective is retired")
    moved = Conflict("somebody else has just restored this question: read it again")
    return [
        require(_IN_CATALOG, (question["id"],), otherwise=lambda: retired),
        questions.unchanged(question, otherwise=lambda: moved),
        *_set_active(question, actor, is_active=True),
    ]


def _set_active(question: Stated, actor: Actor, *, is_active: bool) -> list[Query | Guard]:
    action = "question.restore" if is_active else "question.delete"
    # Rows of older writers lack the digests, by which a second one of the same content is told.
    same = digests.of_question(question["text"], question["type"], question["answers"]) if is_active else {}
    return [
        audit.change(actor, action, "question", Question, question["id"], {"is_active": is_active}),
        Question.update(is_active=is_active, updated_at=_NOW, **same).where(Question.id == question["id"]),
        questions.recount({"exam": question["exam_id"], "vendor": None, "code": None}),
    ]
