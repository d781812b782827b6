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


class QuestionBand(Table):
    """A band of a question that is not deleted. Kept by triggers on `questions`."""

    question_id = refers_to("questions", "CASCADE")
    band = peewee.IntegerField()
    exam_id = refers_to("exams", "CASCADE")

    class Meta:
        table_name = "question_bands"
        primary_key = peewee.CompositeKey("question_id", "band")
        without_rowid = True
        indexes = ((("exam_id", "band", "question_id"), False),)


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
_ADD_BANDS = """
    INSERT OR IGNORE INTO question_bands (question_id, band, exam_id)
    SELECT new.id, b.value, new.exam_id FROM json_each(CASE WHEN json_valid(new.bands) THEN new.bands ELSE '[]' END) b
    WHERE b.type = 'integer' AND new.is_active = 1
"""
OBJECTS: tuple[str, ...] = (
    f"""
    CREATE TRIGGER question_bands_first AFTER INSERT ON questions
    BEGIN {_ADD_BANDS.strip()}; END
    """,
    f"""
    CREATE TRIGGER question_bands_kept AFTER UPDATE OF bands, exam_id, is_active ON questions
    WHEN NOT (new.bands IS old.bands AND new.exam_id = old.exam_id AND new.is_active = old.is_active)
    BEGIN DELETE FROM question_bands WHERE question_id = new.id; {_ADD_BANDS.strip()}; END
    """,
    # Whoever writes a text writes its bands. One who does not know them leaves none, and not those of another text.
    """
    CREATE TRIGGER question_bands_of_text AFTER UPDATE OF text ON questions
    WHEN new.text <> old.text AND new.bands IS old.bands AND new.bands IS NOT NULL
    BEGIN UPDATE questions SET bands = NULL WHERE id = new.id; END
    """,
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
