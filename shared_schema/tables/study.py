"""Tables of the study service: the catalog, and what learners answered. What is counted from it is in `progress`."""

import marshmallow
import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, between, counter, default, flag, now, one_of, refers_to
from shared_schema.tables.table import Table

QUESTION_TYPES = ("multiple_choice", "multi_select", "true_false", "drag_drop", "hotspot", "short_answer", "numeric")
GRADING_RULES = ("all_or_nothing", "partial")
REVIEW_STATUSES = ("pending", "approved", "rejected", "needs_revision")
SESSION_MODES = ("practice", "review", "speed_drill", "weak_areas", "custom", "adaptive")
ONLY = ("bookmarked", "missed")
SESSION_STATUSES = ("active", "paused", "completed", "abandoned")
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


class DifficultyFilter(marshmallow.Schema):
    min = shape.Integer(strict=True, validate=marshmallow.validate.Range(1, 5))
    max = shape.Integer(strict=True, validate=marshmallow.validate.Range(1, 5))


class SessionFilters(marshmallow.Schema):
    """What a session's questions are picked by, beside objectives and difficulty."""

    tags = shape.List(shape.String())
    only_those = shape.String(data_key="only", validate=marshmallow.validate.OneOf(ONLY))
    excludeRecentHours = shape.Integer(strict=True)


class ReviewRule(marshmallow.Schema):
    """From when each thing may be seen of a test that is over."""

    score = shape.String(required=True, validate=marshmallow.validate.OneOf(REVIEW_MOMENTS))
    correctness = shape.String(required=True, validate=marshmallow.validate.OneOf(REVIEW_MOMENTS))
    key = shape.String(required=True, validate=marshmallow.validate.OneOf(REVIEW_MOMENTS))


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

    class Meta:
        table_name = "question_versions"
        primary_key = peewee.CompositeKey("question_id", "version")
        without_rowid = True  # rows are found by their key alone


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
    # The versions that were given, in the order of `question_ids`.
    question_versions = JSONField(_IDS, constraints=[default("[]")])
    # The order of the options comes from it, see `shuffle`.
    seed = counter()
    # The last answer of anybody when the session began: later ones to its questions, elsewhere, have told their key.
    answers_before = peewee.IntegerField(null=True)
    filters = JSONField(shape.Nested(SessionFilters), null=True)
    # Of a speed drill: how long it lasts, and when it ends. A pause moves the end.
    time_box_seconds = peewee.IntegerField(null=True)
    time_box_ends_at = peewee.IntegerField(null=True)

    class Meta:
        table_name = "study_sessions"
        indexes = ((("user_id",), False),)


# Whoever comes next ends the learner's sessions that nobody has touched for long.
StudySession.add_index(
    StudySession.index(
        StudySession.user_id, where=StudySession.status == "active", name="study_sessions_active_by_user"
    )
)


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
    question_version = counter(1)
    # The learner's own date, YYYY-MM-DD, at that moment: a later change of her time zone changes no day.
    day = peewee.TextField(null=True)
    # What the answer earns by how certain the learner was; NULL where she did not say.
    mark = peewee.FloatField(null=True)
    # What the question's version belonged to when the answer was counted, which may change; and the chance that the
    # ratings gave it then to be right. Without them nothing could be counted anew.
    objective_id = refers_to("objectives", "SET NULL", null=True)
    difficulty = peewee.IntegerField(null=True)
    expected = peewee.FloatField(null=True)

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
# Statistics read the first answer of each learner to each version of a question.
UserAnswer.add_index(
    UserAnswer.index(
        UserAnswer.question_id, UserAnswer.user_id, UserAnswer.question_version, name="user_answers_by_question"
    )
)


# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
#
# Whoever writes a question writes its version with it, also by hand. A new version begins to count anew.
_VERSIONED = (
    "objective_id", "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags",
    "image_url", "diagram_data", "review_status", "ai_generated", "ai_model",
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
)
