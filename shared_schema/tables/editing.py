"""Tables of the study service for those who keep the questions: what learners say of them, and how they are listed."""

import peewee

from shared_schema.fields import now, one_of, refers_to
from shared_schema.tables import bank
from shared_schema.tables.table import Table

FLAG_REASONS = ("wrong_key", "unclear", "typo", "outdated", "other")
RESOLUTIONS = ("fixed", "dismissed")


class QuestionFlag(Table):
    """What a learner finds wrong with a question; open until a moderator has looked. One is open of each learner."""

    id = peewee.AutoField()
    user_id = refers_to("users", "CASCADE")
    question_id = refers_to("questions", "CASCADE")
    reason = peewee.TextField(constraints=[one_of("reason", *FLAG_REASONS)])
    comment = peewee.TextField(null=True)
    created_at = now()
    resolution = peewee.TextField(null=True, constraints=[one_of("resolution", *RESOLUTIONS)])
    note = peewee.TextField(null=True)
    resolved_by = refers_to("users", "SET NULL", null=True)
    resolved_at = peewee.IntegerField(null=True)

    class Meta:
        table_name = "question_flags"
        indexes = ((("question_id",), False), (("user_id",), False))


_IS_OPEN = QuestionFlag.resolution.is_null()
QuestionFlag.add_index(
    QuestionFlag.index(
        QuestionFlag.question_id, QuestionFlag.user_id, unique=True, where=_IS_OPEN, name="question_flags_open"
    )
)
QuestionFlag.add_index(QuestionFlag.index(QuestionFlag.user_id, where=_IS_OPEN, name="question_flags_open_by_user"))

# Pages of moderators, in the order of the ids, which stand at the end of every index.
for _column, _name in ((bank.Question.exam_id, "exam"), (bank.Question.objective_id, "objective")):
    bank.Question.add_index(
        bank.Question.index(_column, where=bank.Question.is_active == 1, name=f"questions_listed_by_{_name}")
    )
bank.Question.add_index(
    bank.Question.index(bank.Question.id, where=bank.Question.is_active == 0, name="questions_deleted")
)
bank.Question.add_index(
    bank.Question.index(bank.Question.id, where=bank.Question.open_flags > 0, name="questions_flagged")
)

# Recounted rather than adjusted: a question has few open ones.
_COUNT = """
    UPDATE questions SET open_flags = (
        SELECT count(*) FROM question_flags WHERE question_id = {row}.question_id AND resolution IS NULL)
    WHERE id = {row}.question_id
"""
OBJECTS: tuple[str, ...] = (
    f"""
    CREATE TRIGGER question_flags_added AFTER INSERT ON question_flags
    BEGIN {_COUNT.format(row="new").strip()}; END
    """,
    f"""
    CREATE TRIGGER question_flags_resolved AFTER UPDATE OF resolution ON question_flags
    BEGIN {_COUNT.format(row="new").strip()}; END
    """,
    f"""
    CREATE TRIGGER question_flags_gone AFTER DELETE ON question_flags
    BEGIN {_COUNT.format(row="old").strip()}; END
    """,
)
