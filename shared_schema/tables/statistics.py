"""Tables of the study service: what was measured of questions and exams, from learners' first answers."""

import marshmallow
import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, counter, default, generated, refers_to
from shared_schema.tables.table import Table


class OptionCount(marshmallow.Schema):
    """How many learners chose an option, and the mean share of other questions that they got right."""

    id = shape.String(required=True)
    count = shape.Integer(required=True)
    rest = shape.Float(required=True, allow_none=True)


class ResponseCount(marshmallow.Schema):
    """How many learners gave an answer, as it is stored."""

    text = shape.String(required=True)
    count = shape.Integer(required=True)


class ExamStatistics(Table):
    """Of exams that were measured once. `answers`, `versions` and `changes` are counted by triggers since then."""

    exam_id = peewee.IntegerField(
        primary_key=True, constraints=[peewee.SQL('REFERENCES "exams" ("id") ON DELETE CASCADE')]
    )
    answers = counter()
    versions = counter()
    # It grows with every answer and every version; what was measured at `measured_changes` is stale when it is greater.
    changes = counter()
    measured_changes = counter(-1)
    measured_at = peewee.IntegerField(null=True)
    learners = counter()
    first_answers = counter()
    alpha = peewee.FloatField(null=True)
    alpha_items = counter()
    alpha_reason = peewee.TextField(null=True)

    class Meta:
        table_name = "exam_statistics"


class QuestionStatistics(Table):
    """What was measured of one version of a question. `reason` says why its discrimination is null, if it is."""

    question_id = refers_to("questions", "CASCADE")
    version = peewee.IntegerField()
    exam_id = refers_to("exams", "CASCADE")
    measured_at = peewee.IntegerField(null=True)
    attempts = counter()
    facility = peewee.FloatField(null=True)
    discrimination = peewee.FloatField(null=True)
    efficiency = peewee.FloatField(null=True)
    reason = peewee.TextField(null=True)
    mean_seconds = peewee.FloatField(null=True)
    median_seconds = peewee.FloatField(null=True)
    options = JSONField(shape.List(shape.Nested(OptionCount)), constraints=[default("[]")])
    responses = JSONField(shape.List(shape.Nested(ResponseCount)), constraints=[default("[]")])
    doubt = peewee.FloatField(constraints=[default(0)])
    miskey_reason = peewee.TextField(null=True)
    a = peewee.FloatField(null=True)
    b = peewee.FloatField(null=True)
    parameters_learners = counter()
    parameters_reason = peewee.TextField(null=True)
    # The two orders of the list, of which a page is a range of an index. What nobody answered is behind all others.
    hardness = generated("coalesce(facility, 2)")
    trust = generated("-doubt")

    class Meta:
        table_name = "question_statistics"
        primary_key = peewee.CompositeKey("question_id", "version")
        without_rowid = True  # rows are found by their key, or by an index below
        indexes = ((("exam_id", "hardness", "question_id", "version"), False),)


QuestionStatistics.add_index(
    QuestionStatistics.index(
        QuestionStatistics.exam_id,
        QuestionStatistics.trust,
        QuestionStatistics.hardness,
        QuestionStatistics.question_id,
        QuestionStatistics.version,
        name="question_statistics_by_trust",
    )
)

# Whoever stores an answer or a version tells with it that there is something to measure, also by hand. Exams that were
# never measured have no row, and cost nothing.
OBJECTS: tuple[str, ...] = (
    """
    CREATE TRIGGER statistics_of_answers AFTER INSERT ON user_answers
    BEGIN
        UPDATE exam_statistics SET answers = answers + 1, changes = changes + 1
        WHERE exam_id = (SELECT exam_id FROM questions WHERE id = new.question_id);
    END
    """,
    """
    CREATE TRIGGER statistics_of_versions AFTER INSERT ON question_versions
    BEGIN
        UPDATE exam_statistics SET versions = versions + 1, changes = changes + 1
        WHERE exam_id = (SELECT exam_id FROM questions WHERE id = new.question_id);
    END
    """,
)
