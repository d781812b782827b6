"""Tables of the study service: what learners were given and what they answered. `progress` is counted from it."""

import marshmallow
import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, between, counter, default, flag, now, one_of, refers_to
from shared_schema.tables.table import Table

SESSION_MODES = ("practice", "review", "speed_drill", "weak_areas", "custom", "adaptive")
ONLY = ("bookmarked", "missed")
SESSION_STATUSES = ("active", "paused", "completed", "abandoned")


class DifficultyFilter(marshmallow.Schema):
    min = shape.Integer(strict=True, validate=marshmallow.validate.Range(1, 5))
    max = shape.Integer(strict=True, validate=marshmallow.validate.Range(1, 5))


class SessionFilters(marshmallow.Schema):
    """What a session's questions are picked by, beside objectives and difficulty."""

    tags = shape.List(shape.String())
    only_those = shape.String(data_key="only", validate=marshmallow.validate.OneOf(ONLY))
    excludeRecentHours = shape.Integer(strict=True)


_IDS = shape.List(shape.Integer(strict=True))


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
