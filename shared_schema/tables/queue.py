"""The queue of those who review questions: what wants a look, most trouble first. Kept by triggers."""

import peewee

from shared_schema.fields import refers_to
from shared_schema.tables.table import Table


class QueuedQuestion(Table):
    """A question that wants a look. `sound` is the chance, 0 to 1, that nothing is wrong with it."""

    question_id = refers_to("questions", "CASCADE")
    exam_id = refers_to("exams", "CASCADE")
    sound = peewee.FloatField()

    class Meta:
        table_name = "review_queue"
        primary_key = peewee.CompositeKey("question_id")
        indexes = ((("exam_id", "sound", "question_id"), False), (("sound", "question_id"), False))
        without_rowid = True  # rows are found by their key, or by an index


# SQL of a question `q`: whether an edit by a model waits beside it, and whether its answers say that its key is wrong.
_WAITING = """FROM question_versions v
    WHERE v.question_id = q.id AND v.version > q.version AND v.review_status = 'pending'"""
_WAITS = f"EXISTS (SELECT 1 {_WAITING})"
_SUSPECTED = """EXISTS (SELECT 1 FROM question_statistics s
    WHERE s.question_id = q.id AND s.version = q.version AND s.miskey_reason IS NOT NULL)"""
# The chances of what may be wrong are taken as independent, and their numbers are ours: a learner's flag is right in 4
# cases of 10, a suspected key wrong in 8, a question that nobody has looked at sound in 9; what a model has written, a
# question or an edit that waits, is sound as often as the model said, else in half of them.
_SURE = "min(max(coalesce({}.ai_confidence_score, 0.5), 0), 1)"
_SOUND = f"""power(0.6, q.open_flags)
    * iif({_SUSPECTED}, 0.2, 1)
    * coalesce((SELECT min({_SURE.format("v")}) {_WAITING}), 1)
    * iif(q.ai_generated AND q.review_status <> 'approved', {_SURE.format("q")}, 1)
    * iif(q.review_status = 'pending', 0.9, 1)"""
_WANTED = f"""q.is_active = 1 AND (q.review_status = 'pending' OR q.open_flags > 0 OR {_WAITS}
    OR (q.review_status = 'approved' AND {_SUSPECTED}))"""
# The rows that the queue should have.
_VIEW = f"""
    CREATE VIEW wanted_reviews AS
    SELECT q.id AS question_id, q.exam_id, {_SOUND} AS sound
    FROM questions q
    WHERE {_WANTED}
"""


_LOOKED_AT = (
    "exam_id", "review_status", "is_active", "open_flags", "ai_generated", "ai_confidence_score", "version",
)  # fmt: skip


def _trigger(name: str, event: str, question: str) -> str:
    """A trigger that looks anew at the question with this id."""
    return f"""
    CREATE TRIGGER review_queue_{name} AFTER {event}
    BEGIN DELETE FROM review_queue WHERE question_id = {question};
    INSERT INTO review_queue (question_id, exam_id, sound) SELECT * FROM wanted_reviews WHERE question_id = {question};
    END
    """


OBJECTS: tuple[str, ...] = (
    _VIEW,
    _trigger("first", "INSERT ON questions WHEN new.review_status = 'pending' OR new.open_flags > 0", "new.id"),
    _trigger(
        "kept",
        f"UPDATE OF {', '.join(_LOOKED_AT)} ON questions"
        f" WHEN NOT ({' AND '.join(f'new.{name} IS old.{name}' for name in _LOOKED_AT)})",
        "new.id",
    ),
    _trigger(
        "of_waiting",
        "INSERT ON question_versions WHEN new.review_status = 'pending'"
        " AND new.version > (SELECT version FROM questions WHERE id = new.question_id)",
        "new.question_id",
    ),
    _trigger(
        "of_reviewed",
        "UPDATE OF review_status ON question_versions"
        " WHEN (new.review_status = 'pending') <> (old.review_status = 'pending')",
        "new.question_id",
    ),
    _trigger("of_measured", "INSERT ON question_statistics WHEN new.miskey_reason IS NOT NULL", "new.question_id"),
    _trigger(
        "of_measured_anew",
        "UPDATE OF miskey_reason ON question_statistics"
        " WHEN (new.miskey_reason IS NULL) <> (old.miskey_reason IS NULL)",
        "new.question_id",
    ),
    _trigger("of_forgotten", "DELETE ON question_statistics WHEN old.miskey_reason IS NOT NULL", "old.question_id"),
)
