"""Tables of the study service: the catalog, and what learners answered. What is counted from it is in `progress`."""

import marshmallow
import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, between, counter, default, flag, now, one_of, refers_to
from shared_schema.tables.table import Table

QUESTION_TYPES = ("multiple_choice", "multi_select", "true_false", "drag_drop", "hotspot")
REVIEW_STATUSES = ("pending", "approved", "rejected", "needs_revision")
SESSION_MODES = ("practice", "review", "speed_drill", "weak_areas", "custom")
SESSION_STATUSES = ("active", "paused", "completed", "abandoned")


class AnswerOption(marshmallow.Schema):
    """An option of a question. `weight`, -1 to 1, is the credit it earns, if its author gave one (as Moodle does)."""

    id = shape.String(required=True)
    text = shape.String(required=True)
    isCorrect = shape.Boolean(required=True)
    explanation = shape.String()
    weight = shape.Float(validate=marshmallow.validate.Range(-1, 1))


class DifficultyFilter(marshmallow.Schema):
    min = shape.Integer(strict=True, validate=marshmallow.validate.Range(1, 5))
    max = shape.Integer(strict=True, validate=marshmallow.validate.Range(1, 5))


class ObjectiveResult(marshmallow.Schema):
    correct = shape.Integer(required=True)
    total = shape.Integer(required=True)
    percentage = shape.Float(required=True)


_IDS = shape.List(shape.Integer(strict=True))


class Exam(Table):
    id = peewee.AutoField()
    vendor_id = peewee.TextField()
    code = peewee.TextField()
    name = peewee.TextField()
    description = peewee.TextField(null=True)
    passing_score = peewee.FloatField(constraints=[default(0.65), between("passing_score", 0, 1)])
    question_count = counter(65)
    time_limit_minutes = counter(90)
    version = peewee.TextField(null=True)
    expires_at = peewee.IntegerField(null=True)
    difficulty_level = peewee.IntegerField(constraints=[default(3), between("difficulty_level", 1, 5)])
    prerequisites = peewee.TextField(null=True)
    price_cents = counter()
    is_active = flag("is_active", on=True)
    is_beta = flag("is_beta")
    total_attempts = counter()
    pass_rate = peewee.FloatField(constraints=[default(0)])
    avg_score = peewee.FloatField(constraints=[default(0)])
    created_at = now()
    updated_at = now()
    questions_available = counter()

    class Meta:
        table_name = "exams"
        indexes = ((("vendor_id", "code"), True),)


class Objective(Table):
    id = peewee.AutoField()
    exam_id = refers_to("exams", "CASCADE")
    code = peewee.TextField()
    name = peewee.TextField()
    description = peewee.TextField(null=True)
    weight = peewee.FloatField(constraints=[default(0.25), between("weight", 0, 1)])
    question_percentage = peewee.FloatField(null=True)
    parent_id = refers_to("objectives", "CASCADE", null=True)
    sort_order = counter()
    is_active = flag("is_active", on=True)
    created_at = now()

    class Meta:
        table_name = "objectives"
        indexes = ((("exam_id", "code"), True),)


class Question(Table):
    id = peewee.AutoField()
    exam_id = refers_to("exams", "CASCADE")
    objective_id = refers_to("objectives", "CASCADE")
    text = peewee.TextField()
    type = peewee.TextField(
        constraints=[
            default("multiple_choice"),
            one_of("type", *QUESTION_TYPES),
        ]
    )
    answers = JSONField(shape.List(shape.Nested(AnswerOption)))
    explanation = peewee.TextField(null=True)
    reference = peewee.TextField(null=True)
    external_link = peewee.TextField(null=True)
    difficulty = peewee.IntegerField(constraints=[default(3), between("difficulty", 1, 5)])
    tags = JSONField(shape.List(shape.String()), constraints=[default("[]")])
    ai_generated = flag("ai_generated")
    ai_model = peewee.TextField(null=True)
    ai_prompt_version = peewee.TextField(null=True)
    ai_confidence_score = peewee.FloatField(null=True)
    review_status = peewee.TextField(
        constraints=[
            default("pending"),
            one_of("review_status", *REVIEW_STATUSES),
        ]
    )
    reviewed_by = refers_to("users", "SET NULL", null=True)
    reviewed_at = peewee.IntegerField(null=True)
    total_attempts = counter()
    correct_attempts = counter()
    avg_time_seconds = counter()
    discrimination_index = peewee.FloatField(null=True)
    image_url = peewee.TextField(null=True)
    diagram_data = peewee.TextField(null=True)
    is_active = flag("is_active", on=True)
    is_beta = flag("is_beta")
    created_at = now()
    updated_at = now()
    review_feedback = peewee.TextField(null=True)
    # The average is computed from this sum, because an average cannot be updated exactly.
    total_time_seconds = counter()
    # The question's place in the shuffled order in which selection reads; each answer gives it a new one.
    shuffle_key = peewee.IntegerField(constraints=[default(peewee.SQL("abs(random() % 2147483648)"))])
    # An import recognises a question by these digests: of its text, and of its text with its options.
    text_digest = peewee.TextField(null=True)
    content_digest = peewee.TextField(null=True)

    class Meta:
        table_name = "questions"
        indexes = ((("exam_id", "content_digest"), True),)


SERVABLE = (Question.review_status == "approved") & (Question.is_active == 1)

Question.add_index(Question.index(Question.exam_id, Question.text_digest, name="questions_text_digest"))
# Selection reads a range of one of these indexes per difficulty, of an exam or of an objective.
for _scope, _name in ((Question.exam_id, "exam"), (Question.objective_id, "objective")):
    Question.add_index(
        Question.index(
            _scope, Question.difficulty, Question.shuffle_key, where=SERVABLE, name=f"questions_shuffled_by_{_name}"
        )
    )


class StudySession(Table):
    id = peewee.AutoField()
    user_id = refers_to("users", "CASCADE")
    exam_id = refers_to("exams", "CASCADE")
    mode = peewee.TextField(
        constraints=[
            default("practice"),
            one_of("mode", *SESSION_MODES),
        ]
    )
    objectives = JSONField(_IDS, null=True)
    difficulty_filter = JSONField(shape.Nested(DifficultyFilter), null=True)
    question_count = counter(20)
    total_questions = counter()
    correct_answers = counter()
    skipped_questions = counter()
    flagged_questions = counter()
    time_spent_seconds = counter()
    avg_time_per_question = peewee.FloatField(null=True)
    accuracy = peewee.FloatField(null=True)
    streak_count = counter()
    max_streak = counter()
    objective_scores = JSONField(shape.Dict(shape.String(), shape.Float()), constraints=[default("{}")])
    status = peewee.TextField(constraints=[default("active"), one_of("status", *SESSION_STATUSES)])
    current_question_id = peewee.IntegerField(null=True)
    created_at = now()
    last_activity = now()
    completed_at = peewee.IntegerField(null=True)
    question_ids = JSONField(_IDS, constraints=[default("[]")])

    class Meta:
        table_name = "study_sessions"
        indexes = ((("user_id",), False),)


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
    objective_breakdown = JSONField(shape.Dict(shape.String(), shape.Nested(ObjectiveResult)), null=True)
    total_time_seconds = peewee.IntegerField(null=True)
    time_per_question = JSONField(shape.Dict(shape.String(), shape.Integer()), null=True)
    review_enabled = flag("review_enabled", on=True)
    certificate_issued = flag("certificate_issued")
    status = peewee.TextField(
        constraints=[
            default("in_progress"),
            one_of("status", "in_progress", "completed", "abandoned", "invalidated"),
        ]
    )
    started_at = now()
    completed_at = peewee.IntegerField(null=True)
    expires_at = peewee.IntegerField(null=True)

    class Meta:
        table_name = "test_attempts"


class UserAnswer(Table):
    id = peewee.AutoField()
    user_id = refers_to("users", "CASCADE")
    question_id = refers_to("questions", "CASCADE")
    study_session_id = refers_to("study_sessions", "CASCADE", null=True)
    test_attempt_id = refers_to("test_attempts", "CASCADE", null=True)
    selected_answer = peewee.TextField()
    is_correct = peewee.BooleanField(constraints=[peewee.Check("is_correct IN (0, 1)")])
    time_spent_seconds = peewee.IntegerField(null=True)
    confidence_level = peewee.IntegerField(null=True, constraints=[between("confidence_level", 1, 5)])
    flagged = flag("flagged")
    changed_answer = flag("changed_answer")
    attempt_number = counter(1)
    days_since_last_seen = peewee.IntegerField(null=True)
    answered_at = now()
    score = peewee.FloatField(constraints=[default(0), between("score", 0, 1)])

    class Meta:
        table_name = "user_answers"
        indexes = ((("user_id", "question_id", "attempt_number"), True),)


UserAnswer.add_index(
    UserAnswer.index(
        UserAnswer.study_session_id,
        UserAnswer.question_id,
        unique=True,
        where=UserAnswer.study_session_id.is_null(False),
        name="user_answers_once_per_session",
    )
)
UserAnswer.add_index(
    UserAnswer.index(
        UserAnswer.user_id, UserAnswer.id, where=UserAnswer.is_correct == 0, name="user_answers_wrong_by_user"
    )
)


# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
OBJECTS: tuple[str, ...] = ()
