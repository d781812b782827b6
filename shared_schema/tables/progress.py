"""Tables of the study service beside the answers: how far learners have come, how much a day, what was sent offline.

What is counted from the answers is counted anew by `python -m study_service.rebuild`.
"""

import marshmallow
import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, counter, default, flag, now, refers_to
from shared_schema.tables.table import Table


class MasteryEntry(marshmallow.Schema):
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
    objective_mastery = JSONField(shape.Dict(shape.String(), shape.Nested(MasteryEntry)), constraints=[default("{}")])
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
    # The last day with answers enough to count; `current_streak` ends with it.
    streak_day = peewee.TextField(null=True)
    # Questions whose first answer was right: a repeated question shows that its key is remembered.
    first_correct = counter()
    # What the leaderboard is ordered by, and whether the learner is on it.
    points = peewee.FloatField(constraints=[default(0)])
    is_shared = flag("is_shared")

    class Meta:
        table_name = "user_progress"
        indexes = ((("user_id", "exam_id"), True),)


LEADERBOARD_LEAST = 20  # different questions that a learner has answered before being ranked
UserProgress.add_index(
    UserProgress.index(
        UserProgress.exam_id,
        UserProgress.points.desc(),
        where=(UserProgress.is_shared == 1) & (UserProgress.unique_questions_seen >= LEADERBOARD_LEAST),
        name="user_progress_leaderboard",
    )
)


class ObjectiveMastery(Table):
    """A learner's answers to the questions of an objective, and the same with the weight of each halved every so many
    later ones, see `mastery`. The column `objective_mastery` of `user_progress` shows it to other readers.
    """

    user_id = refers_to("users", "CASCADE")
    objective_id = refers_to("objectives", "CASCADE")
    answered = counter()
    correct = counter()
    weighted_correct = peewee.FloatField(constraints=[default(0)])
    weighted_total = peewee.FloatField(constraints=[default(0)])
    last_answered_at = peewee.IntegerField()

    class Meta:
        table_name = "objective_mastery"
        primary_key = peewee.CompositeKey("user_id", "objective_id")
        without_rowid = True  # rows are found by their key alone


class StudyDay(Table):
    """What a learner did for an exam on a day of her own calendar, YYYY-MM-DD. Streaks are made of these days."""

    user_id = refers_to("users", "CASCADE")
    exam_id = refers_to("exams", "CASCADE")
    day = peewee.TextField()
    answered = counter()
    seconds = counter()

    class Meta:
        table_name = "study_days"
        primary_key = peewee.CompositeKey("user_id", "exam_id", "day")
        without_rowid = True  # rows are found by their key alone


class LearnerDay(Table):
    """How many answers a learner gave on a day of her own calendar, YYYY-MM-DD. Counted from `user_answers`."""

    user_id = refers_to("users", "CASCADE")
    day = peewee.TextField()
    answered = counter()

    class Meta:
        table_name = "learner_days"
        primary_key = peewee.CompositeKey("user_id", "day")
        without_rowid = True  # rows are found by their key alone


class ClientAnswer(Table):
    """An answer given offline, by its client's id for it: the digest of what was sent, and the receipt of its result.

    Rows stay, so that no answer counts twice, however late it is sent again.
    """

    user_id = refers_to("users", "CASCADE")
    client_id = peewee.TextField()
    digest = peewee.TextField()
    receipt = peewee.TextField()

    class Meta:
        table_name = "client_answers"
        primary_key = peewee.CompositeKey("user_id", "client_id")
        without_rowid = True  # rows are found by their key alone
