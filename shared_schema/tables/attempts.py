"""Tables of the study service: timed tests, the answers that are saved in them, and their results."""

import marshmallow
import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, between, counter, default, flag, now, one_of, refers_to
from shared_schema.tables.table import Table

TEST_STATUSES = ("in_progress", "completed", "abandoned", "invalidated")


class ObjectiveResult(marshmallow.Schema):
    correct = shape.Integer(required=True)
    total = shape.Integer(required=True)
    percentage = shape.Float(required=True)


_IDS = shape.List(shape.Integer(strict=True))
_BREAKDOWN = shape.Dict(shape.String(), shape.Nested(ObjectiveResult))


class TestAttempt(Table):
    id = peewee.AutoField()
    user_id = refers_to("users", "CASCADE")
    exam_id = refers_to("exams", "CASCADE")
    question_ids = JSONField(_IDS)
    time_limit_minutes = peewee.IntegerField(null=True)
    passing_score = peewee.FloatField(null=True, constraints=[between("passing_score", 0, 1)])
    score = peewee.FloatField(null=True)
    passed = peewee.BooleanField(null=True)
    correct_count = peewee.IntegerField(null=True)
    incorrect_count = peewee.IntegerField(null=True)
    skipped_count = peewee.IntegerField(null=True)
    objective_breakdown = JSONField(_BREAKDOWN, null=True)
    total_time_seconds = peewee.IntegerField(null=True)
    time_per_question = JSONField(shape.Dict(shape.String(), shape.Integer()), null=True)
    review_enabled = flag("review_enabled", on=True)
    certificate_issued = flag("certificate_issued")
    status = peewee.TextField(
        constraints=[
            default("in_progress"),
            one_of("status", *TEST_STATUSES),
        ]
    )
    started_at = now()
    completed_at = peewee.IntegerField(null=True)
    expires_at = peewee.IntegerField(null=True)
    # The version of each question that was given, in the order of `question_ids`, and the seed of its options' order.
    question_versions = JSONField(_IDS, constraints=[default("[]")])
    seed = counter()
    # How much longer the test is than its limit; `own_factor`: it was set for this attempt, not for its learner.
    extra_time_factor = peewee.FloatField(constraints=[default(1), between("extra_time_factor", 1, 5)])
    own_factor = flag("own_factor")
    grading_rule = peewee.TextField(constraints=[default("all_or_nothing")])
    # Each save counts, so that a test is graded as it was read or not at all.
    saves = counter()
    last_saved_at = peewee.IntegerField(null=True)
    shortfalls = JSONField(constraints=[default("[]")])
    # The number of the latest result, whose score and counts are above; 0 without one.
    results = counter()

    class Meta:
        table_name = "test_attempts"
        indexes = ((("user_id",), False), (("user_id", "started_at"), False))


TestAttempt.add_index(
    TestAttempt.index(
        TestAttempt.user_id,
        TestAttempt.exam_id,
        unique=True,
        where=TestAttempt.status == "in_progress",
        name="test_attempts_one_running",
    )
)


class TestAnswer(Table):
    """What a learner has chosen last for a question of a test. It is graded when it is saved, by the version given.

    `sequence` is the client's, and grows with each save of the question; without a choice there is no grade.
    """

    attempt_id = refers_to("test_attempts", "CASCADE")
    question_id = refers_to("questions", "CASCADE")
    version = peewee.IntegerField()
    selected_answer = peewee.TextField(null=True)
    is_correct = peewee.BooleanField(null=True, constraints=[peewee.Check("is_correct IN (0, 1)")])
    score = peewee.FloatField(null=True, constraints=[between("score", 0, 1)])
    sequence = peewee.IntegerField(null=True)
    saves = counter(1)
    time_spent_seconds = counter()
    flagged = flag("flagged")
    changed = flag("changed")
    saved_at = peewee.IntegerField()

    class Meta:
        table_name = "test_answers"
        primary_key = peewee.CompositeKey("attempt_id", "question_id")
        without_rowid = True


class TestResult(Table):
    """How a test was graded: a regrade adds a row. `share` is the exact ratio, like 39/56.

    `question_versions` are those whose keys decided, `marks` what each question earned, null where it was skipped; both
    are in the order of the attempt's `question_ids`.
    """

    attempt_id = refers_to("test_attempts", "CASCADE")
    number = peewee.IntegerField()
    graded_at = now()
    graded_by = refers_to("users", "SET NULL", null=True)
    grading_rule = peewee.TextField()
    passing_score = peewee.FloatField(constraints=[between("passing_score", 0, 1)])
    share = peewee.TextField()
    score = peewee.FloatField(constraints=[between("score", 0, 1)])
    passed = peewee.BooleanField(constraints=[peewee.Check("passed IN (0, 1)")])
    correct_count = peewee.IntegerField()
    incorrect_count = peewee.IntegerField()
    skipped_count = peewee.IntegerField()
    objective_breakdown = JSONField(_BREAKDOWN)
    question_versions = JSONField(_IDS)
    marks = JSONField(shape.List(shape.Float(allow_none=True)))

    class Meta:
        table_name = "test_results"
        primary_key = peewee.CompositeKey("attempt_id", "number")
        without_rowid = True


class ExamScore(Table):
    """How many completed attempts at an exam scored so many thousandths: a percentile reads 1,001 rows at most."""

    exam_id = refers_to("exams", "CASCADE")
    permille = peewee.IntegerField(constraints=[between("permille", 0, 1000)])
    attempts = counter()
    passed = counter()

    class Meta:
        table_name = "exam_scores"
        primary_key = peewee.CompositeKey("exam_id", "permille")
        without_rowid = True


class Accommodation(Table):
    """How much more time a learner has in every test."""

    user_id = peewee.IntegerField(
        primary_key=True, constraints=[peewee.SQL('REFERENCES "users" ("id") ON DELETE CASCADE')]
    )
    extra_time_factor = peewee.FloatField(constraints=[between("extra_time_factor", 1, 5)])
    set_by = refers_to("users", "SET NULL", null=True)
    set_at = now()

    class Meta:
        table_name = "accommodations"
