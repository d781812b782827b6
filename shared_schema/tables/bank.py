"""Tables of the study service: the catalog of exams, and questions with their versions."""

import marshmallow
import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, between, counter, default, flag, now, one_of, refers_to
from shared_schema.tables.table import Table

QUESTION_TYPES = ("multiple_choice", "multi_select", "true_false", "drag_drop", "hotspot", "short_answer", "numeric")
GRADING_RULES = ("all_or_nothing", "partial")
REVIEW_STATUSES = ("pending", "approved", "rejected", "needs_revision")
REVIEW_MOMENTS = ("just_after", "later", "never")


class AnswerOption(marshmallow.Schema):
    """An option of a question. `weight`, -1 to 1, is the credit it earns, if its author gave one (as Moodle does).

    An `id` never changes its meaning, in whatever version of the question it is.
    """

    id = shape.String(required=True)
    text = shape.String(required=True)
    isCorrect = shape.Boolean(required=True)
    explanation = shape.String()
    weight = shape.Float(validate=marshmallow.validate.Range(-1, 1))
    # "All of the above": it stays behind the options that are shuffled.
    fixed = shape.Boolean()
    # What single types need beyond it, as `study_service.grading.document` says.
    place = shape.Integer(strict=True)
    target = shape.String()
    isTarget = shape.Boolean()
    caseSensitive = shape.Boolean()
    value = shape.String()
    tolerance = shape.String()
    low = shape.String()
    high = shape.String()
    unit = shape.String()
    units = shape.Dict(shape.String(), shape.String())
    region = shape.String(validate=marshmallow.validate.OneOf(("rect", "circle", "poly")))
    coords = shape.List(shape.Float())
    imageWidth = shape.Integer(strict=True)
    imageHeight = shape.Integer(strict=True)
    # Its id in files of others, which may tell its place or that it is right: no learner sees it.
    externalId = shape.String()


class ReviewRule(marshmallow.Schema):
    """From when each thing may be seen of a test that is over."""

    score = shape.String(required=True, validate=marshmallow.validate.OneOf(REVIEW_MOMENTS))
    correctness = shape.String(required=True, validate=marshmallow.validate.OneOf(REVIEW_MOMENTS))
    key = shape.String(required=True, validate=marshmallow.validate.OneOf(REVIEW_MOMENTS))


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
    # What half an answer earns to a question whose author gave no weights: nothing, or its part.
    grading_rule = peewee.TextField(constraints=[default("all_or_nothing"), one_of("grading_rule", *GRADING_RULES)])
    # From when a learner may see the score of a test, what was right, and the key; see `attempts.review`.
    review_rule = JSONField(
        shape.Nested(ReviewRule),
        constraints=[default('{"score":"just_after","correctness":"just_after","key":"just_after"}')],
    )
    # Shares of a test's questions by difficulty; without them most are of the exam's own level.
    difficulty_mix = JSONField(shape.Dict(shape.String(), shape.Float()), null=True)

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
    # What new deliveries get; it grows with every change of what is asked. The counters above are this version's.
    version = counter(1)
    # The question's id in files, which stays while its text changes. One that no file has given begins with `ptp-`.
    external_id = peewee.TextField(null=True)
    # What learners find wrong with it and no moderator has looked at, counted by triggers.
    open_flags = counter()
    # By which questions of nearly the same text are found; see `study_service.resembling`. NULL: not computed.
    bands = JSONField(shape.List(shape.Integer(strict=True)), null=True)

    class Meta:
        table_name = "questions"
        indexes = ((("exam_id", "content_digest"), True), (("exam_id", "external_id"), True))


SERVABLE = (Question.review_status == "approved") & (Question.is_active == 1)

Question.add_index(Question.index(Question.exam_id, Question.text_digest, name="questions_text_digest"))
# Selection walks these in their shuffled order: an exam, an objective, or a difficulty of one of them.
for _scope, _name in ((Question.exam_id, "exam"), (Question.objective_id, "objective")):
    Question.add_index(
        Question.index(_scope, Question.shuffle_key, where=SERVABLE, name=f"questions_walked_by_{_name}")
    )
    Question.add_index(
        Question.index(
            _scope, Question.difficulty, Question.shuffle_key, where=SERVABLE, name=f"questions_shuffled_by_{_name}"
        )
    )


class QuestionVersion(Table):
    """What a question says in one of its versions. That of its current version is kept equal by triggers."""

    question_id = refers_to("questions", "CASCADE")
    version = peewee.IntegerField()
    objective_id = refers_to("objectives", "CASCADE")
    text = peewee.TextField()
    type = peewee.TextField(constraints=[one_of("type", *QUESTION_TYPES)])
    answers = JSONField(shape.List(shape.Nested(AnswerOption)))
    explanation = peewee.TextField(null=True)
    reference = peewee.TextField(null=True)
    external_link = peewee.TextField(null=True)
    difficulty = peewee.IntegerField(constraints=[default(3), between("difficulty", 1, 5)])
    tags = JSONField(shape.List(shape.String()), constraints=[default("[]")])
    image_url = peewee.TextField(null=True)
    diagram_data = peewee.TextField(null=True)
    review_status = peewee.TextField(constraints=[default("pending"), one_of("review_status", *REVIEW_STATUSES)])
    ai_generated = flag("ai_generated")
    ai_model = peewee.TextField(null=True)
    created_by = refers_to("users", "SET NULL", null=True)
    created_at = now()
    ai_prompt_version = peewee.TextField(null=True)
    ai_confidence_score = peewee.FloatField(null=True)

    class Meta:
        table_name = "question_versions"
        primary_key = peewee.CompositeKey("question_id", "version")
        without_rowid = True  # rows are found by their key alone


# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
#
# Whoever writes a question writes its version with it, also by hand. A new version begins to count anew.
_VERSIONED = (
    "objective_id", "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags",
    "image_url", "diagram_data", "review_status", "ai_generated", "ai_model", "ai_prompt_version",
    "ai_confidence_score",
)  # fmt: skip
_KEEP = f"""
    INSERT INTO question_versions (question_id, version, {", ".join(_VERSIONED)})
    VALUES (new.id, new.version, {", ".join(f"new.{name}" for name in _VERSIONED)})
"""
OBJECTS: tuple[str, ...] = (
    f"""
    CREATE TRIGGER question_versions_first AFTER INSERT ON questions
    BEGIN {_KEEP.strip()}; END
    """,
    f"""
    CREATE TRIGGER question_versions_kept AFTER UPDATE OF version, {", ".join(_VERSIONED)} ON questions
    BEGIN {_KEEP.strip()}
    ON CONFLICT (question_id, version) DO UPDATE SET {", ".join(f"{name} = new.{name}" for name in _VERSIONED)}; END
    """,
    """
    CREATE TRIGGER question_counters_of_version AFTER UPDATE OF version ON questions WHEN new.version <> old.version
    BEGIN
        UPDATE questions SET total_attempts = 0, correct_attempts = 0, total_time_seconds = 0, avg_time_seconds = 0,
            discrimination_index = NULL
        WHERE id = new.id;
    END
    """,
    """
    CREATE TRIGGER question_external_ids_first AFTER INSERT ON questions WHEN new.external_id IS NULL
    BEGIN UPDATE questions SET external_id = 'ptp-' || lower(hex(randomblob(8))) WHERE id = new.id; END
    """,
)
