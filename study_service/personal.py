"""What the study tables have of one person: `python -m study_service.personal export USER_ID`, or `erase`."""

from shared_schema import audit, personal
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.personal import Part
from shared_schema.tables import db

_OF_TESTS = "attempt_id IN (SELECT id FROM test_attempts WHERE user_id = :user)"
PARTS = (
    Part("user_answers", "user_id = :user"),
    Part("learner_days", "user_id = :user", "user_id, day, answered, day AS id"),
    Part("client_answers", "user_id = :user", "user_id, client_id AS id, receipt"),
    Part("user_progress", "user_id = :user"),
    Part("study_days", "user_id = :user", "*, exam_id || ' ' || day AS id"),
    Part("objective_mastery", "user_id = :user", "*, objective_id AS id"),
    Part("study_sessions", "user_id = :user"),
    Part("test_attempts", "user_id = :user"),
    Part(
        "question_versions",
        "created_by = :user",
        "question_id || ' ' || version AS id, question_id, version, review_status, ai_model, created_at",
    ),
    Part("bookmarks", "user_id = :user"),
    Part("question_flags", "user_id = :user"),
    Part("missed", "user_id = :user", "user_id, question_id, exam_id, answer_id, question_id AS id"),
    Part("exam_ratings", "user_id = :user", "user_id, exam_id, rating, answers, exam_id AS id"),
    Part("learner_ratings", "user_id = :user", "user_id, objective_id, rating, answers, objective_id AS id"),
    Part("memory_states", "user_id = :user", "*, question_id AS id"),
    Part("memory_weights", "user_id = :user", "*, user_id AS id"),
    Part("test_answers", _OF_TESTS, "*, attempt_id || '.' || question_id AS id"),
    Part("test_results", _OF_TESTS, "*, attempt_id || '.' || number AS id"),
    Part("accommodations", "user_id = :user", "*, user_id AS id"),
    Part("questions", "reviewed_by = :user", "id, review_status, review_feedback, reviewed_at"),
)

_SPEAKS = "user_id = :user AND comment IS NOT NULL"
_LOGGED = f"""
    SELECT :user AS id, NULL AS old, NULL AS new WHERE EXISTS (SELECT 1 FROM accommodations WHERE user_id = :user)
        OR EXISTS (SELECT 1 FROM question_flags WHERE {_SPEAKS})
"""
_FORGET = "DELETE FROM accommodations WHERE user_id = :user"
_HUSH = f"UPDATE question_flags SET comment = NULL WHERE {_SPEAKS}"


def erase(user_id: int, actor: Actor) -> dict[str, int]:
    """Delete what extra time somebody needs, and what they wrote of questions. Else nothing tells here who they are:
    answers and what is counted from them stay, under the number of the user.
    """
    who = {"user": user_id}
    log = audit.entries(actor, "user.erase_from_study", "user", _LOGGED, who)
    _, deleted, emptied = db.batch([log, Statement(_FORGET, who), Statement(_HUSH, who)], idempotent=True)
    counts = {"accommodations": deleted.count, "question_flags": emptied.count}
    return {table: count for table, count in counts.items() if count}


if __name__ == "__main__":
    personal.command("study", PARTS, erase)()
