"""Reviews of questions: only those that a moderator has approved are asked."""

from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Statement, require_changes
from shared_schema.problems import Conflict, Forbidden
from shared_schema.tables import db
from study_service import question_rows, questions
from study_service.question_rows import QuestionRow, Stated

_REVIEW = f"""
    UPDATE questions SET review_status = ?, review_feedback = ?, reviewed_at = unixepoch(),
        reviewed_by = (SELECT id FROM users WHERE id = ?), updated_at = {question_rows.CHANGED_AT}
    WHERE id = ? AND is_active = 1 AND review_status = ?
"""


def review(question_id: int, status: str, feedback: str | None, actor: Actor, *, by_another: bool) -> QuestionRow:
    """Give a question a new review status; only approved ones are asked. The question as it is now.

    Damaged, and nothing changed, for the approval of a question that cannot be graded; Forbidden for that of one which
    the actor has added with what a model has written, if it takes another one (`by_another`).
    """
    before = questions.get(question_id)
    if status == "approved":
        rows.one("questions", before, question_rows.gradable)
        check_is_another(before["model_by"], actor, by_another=by_another)
    old = {"review_status": before["review_status"], "review_feedback": before["review_feedback"]}
    new = {"review_status": status, "review_feedback": feedback}
    results = db.batch(
        [
            Statement(_REVIEW, (status, feedback, actor.user_id, question_id, before["review_status"])),
            require_changes(1, otherwise=lambda: Conflict("somebody else has just reviewed this question")),
            questions.recount({"exam": before["exam_id"], "vendor": None, "code": None}),
            audit.entry(actor, "question.review", "question", question_id, old=old, new=new),
            questions.read(question_id),
        ]
    )
    return results[-1].one(Stated)


def check_is_another(author: int | None, actor: Actor, *, by_another: bool) -> None:
    """Raise Forbidden where it takes another one to approve than the author, who has brought what a model has written,
    and the actor is no other.
    """
    if by_another and author is not None and author == actor.user_id:
        raise Forbidden("you have brought what a model has written here: somebody else approves it")
