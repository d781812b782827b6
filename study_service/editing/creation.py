"""Adding a question by hand, or with what a model has written."""

from typing import Any, TypedDict

import peewee

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require
from shared_schema.database.batch import Query
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, invalid
from shared_schema.tables import db
from shared_schema.tables.bank import Question
from study_service import digests, exams, question_rows, questions, resembling
from study_service.editing import edited_options, edits, reviews, versions
from study_service.editing.edited_options import Sent
from study_service.grading import Option
from study_service.question_rows import Document, Written
from study_service.resembling import Candidate, Resembling

_SAME = "SELECT id, is_active FROM questions WHERE exam_id = :exam_id AND content_digest = :content_digest"
# It is found by what makes it one of its kind in the exam: nobody knows its id before.
_NEW = "(SELECT id FROM questions WHERE exam_id = :exam_id AND content_digest = :content_digest)"
_RECEIPT = f"""
    SELECT json_object('question', {question_rows.DOCUMENT}, 'warnings', json(?)) FROM questions
    WHERE exam_id = ? AND content_digest = ?
"""
_LOG = f"SELECT {_NEW} AS id, NULL AS old, :new AS new"


class Draft(Written, total=False):
    """A question that is sent. What a model has written has its `ai_model`."""

    exam_id: int
    answers: list[Sent]
    review_status: str
    ai_model: str | None
    ai_prompt_version: str | None
    ai_confidence_score: float | None


class Added(TypedDict):
    """The receipt: the question, and those of the exam whose texts resemble its own."""

    question: Document
    warnings: list[Resembling]


class _Same(TypedDict):
    """A question of the same text and options."""

    id: int
    is_active: int


def add(draft: Draft, actor: Actor, once: Once, *, by_another: bool) -> Receipt:
    """A new question of an active exam; the receipt is `Added`.

    NotFound without the exam, Invalid for what could not be asked, Conflict where the exam has the same question,
    Forbidden where it is to be approved, a model has written it, and it takes another one to approve that.
    """
    options = edited_options.checked(draft["type"], draft["answers"], (), ())
    edits.check_gradable({"type": draft["type"], "answers": options, "image_url": draft.get("image_url")})
    if edits.origin(draft) is not None and draft["review_status"] == "approved":
        reviews.check_is_another(actor.user_id, actor, by_another=by_another)
    digest = digests.of_question(draft["text"], draft["type"], options)
    key = {"exam_id": draft["exam_id"], "content_digest": digest["content_digest"]}
    near = resembling.read([draft["text"]], ":exam_id", key)
    earlier, same, candidates = db.fetch([once.lookup(), Statement(_SAME, key), near])
    if replay := once.replay(earlier):
        return replay
    if known := same.first(_Same):
        raise Conflict(f"the exam has this question already: it is question {known['id']}{_also(known)}")
    try:
        warnings = resembling.nearest(draft["text"], candidates.all(Candidate))
        receipt = (dumps(warnings), *key.values())
        return once.write(_steps(draft, options, digest, actor), _RECEIPT, receipt)
    except peewee.IntegrityError as error:
        raise digests.duplicate(error) from None


def _also(known: _Same) -> str:
    return "" if known["is_active"] else ", which is deleted and can be restored"


def _steps(draft: Draft, options: list[Option], digest: dict[str, str], actor: Actor) -> list[Query | Guard]:
    key = {"exam_id": draft["exam_id"], "content_digest": digest["content_digest"]}
    row: dict[str, Any] = {**draft, "answers": options, "ai_generated": bool(draft.get("ai_model"))}
    reviewed: dict[str, Any] = {}
    if draft["review_status"] == "approved":
        reviewed = {"reviewed_at": peewee.SQL("unixepoch()"), "reviewed_by": edits.user(actor)}
    strange = invalid("objective_id", "The exam has no such objective.")
    return [
        exams.active(draft["exam_id"]),
        require(edits.OBJECTIVE, (draft["objective_id"], draft["exam_id"]), otherwise=lambda: strange),
        Question.insert({**row, **reviewed, **digest, "bands": resembling.of_text(draft["text"])}),
        versions.sign(_NEW, 1, actor, key),
        audit.entries(actor, "question.create", "question", _LOG, {**key, "new": dumps(row)}),
        questions.recount({"exam": draft["exam_id"], "vendor": None, "code": None}),
    ]
