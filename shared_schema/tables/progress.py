"""Tables of the study service that are counted from the answers: how far learners have come, and how much a day."""

import marshmallow
import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, counter, default, now, refers_to
from shared_schema.tables.table import Table


class ObjectiveMastery(marshmallow.Schema):
    level = shape.Float(required=True)
    questionsAnswered = shape.Integer(required=True)
    correct = shape.Integer()
    lastStudied = shape.Integer(allow_none=True)


class UserProgress(Table):
    id = peewee.AutoField()
    user_id = refers_to("users", "CASCADE")
    exam_id = refers_to("exams", "CASCADE")
    total_questions_seen = counter()
    unique_questions_seen = counter()
    total_correct = counter()
    total_incorrect = counter()
    overall_accuracy = peewee.FloatField(constraints=[default(0)])
    current_streak = counter()
    longest_streak = counter()
    avg_time_per_question = peewee.FloatField(null=True)
    total_study_minutes = counter()
    last_study_date = peewee.TextField(null=True)
    study_days_count = counter()
    objective_mastery = JSONField(
        shape.Dict(shape.String(), shape.Nested(ObjectiveMastery)), constraints=[default("{}")]
    )
    readiness_score = peewee.FloatField(constraints=[default(0)])
    predicted_exam_score = peewee.FloatField(null=True)
    confidence_interval = peewee.FloatField(null=True)
    weak_topics = JSONField(shape.List(shape.String()), constraints=[default("[]")])
    recommended_objectives = JSONField(shape.List(shape.Integer(strict=True)), constraints=[default("[]")])
    tests_taken = counter()
    tests_passed = counter()
    best_score = peewee.FloatField(constraints=[default(0)])
    avg_test_score = peewee.FloatField(constraints=[default(0)])
    last_test_date = peewee.TextField(null=True)
    created_at = now()
    updated_at = now()
    # The minutes and the average are computed from this sum.
    total_study_seconds = counter()

    class Meta:
        table_name = "user_progress"
        indexes = ((("user_id", "exam_id"), True),)


class LearnerDay(Table):
    """How many answers a learner gave on a day of her own calendar, YYYY-MM-DD. Counted from `user_answers`."""

    user_id = refers_to("users", "CASCADE")
    day = peewee.TextField()
    answered = counter()

    class Meta:
        table_name = "learner_days"
        primary_key = peewee.CompositeKey("user_id", "day")
        without_rowid = True  # rows are found by their key alone
