"""Progress."""

from marshmallow import fields

from shared_schema.web import auth, paging
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.schema import Day, Instant, Out, Whole
from study_service import progress

blp = Blueprint("progress", __name__, url_prefix="/api/progress", description="How far a learner has come")


class ProgressOut(Out):
    exam_id = Whole(1)
    total_questions_seen = fields.Integer(metadata={"description": "Answers given, repetitions included"})
    unique_questions_seen = fields.Integer()
    total_correct = fields.Integer()
    total_incorrect = fields.Integer()
    overall_accuracy = fields.Float()
    current_streak = fields.Integer(metadata={"description": "Days in a row, in the learner's time zone"})
    longest_streak = fields.Integer()
    study_days_count = fields.Integer()
    last_study_date = Day(allow_none=True)
    total_study_minutes = fields.Integer()
    avg_time_per_question = fields.Float(allow_none=True)


class ExamProgress(ProgressOut):
    exam_code = fields.String()
    exam_name = fields.String()
    questions_available = fields.Integer()


class ObjectiveProgress(Out):
    id = Whole(1)
    code = fields.String()
    name = fields.String()
    weight = fields.Float()
    level = fields.Float(allow_none=True, metadata={"description": "Share of right answers, null before the first"})
    questions_answered = fields.Integer()
    last_studied = Instant(allow_none=True)


class DetailedProgress(ExamProgress):
    objectives = fields.List(fields.Nested(ObjectiveProgress))


class Overview(Out):
    progress = fields.List(fields.Nested(ExamProgress))
    next = Whole(1, allow_none=True)


@blp.route("")
@allow(*LEARNERS)
@blp.response(200, Overview)
def list_progress() -> dict[str, object]:
    """The caller's progress in every exam begun"""
    return paging.whole("progress", progress.overview(auth.user_id()))


@blp.route("/exams/<id:exam_id>")
@allow(*LEARNERS)
@blp.response(200, DetailedProgress)
@blp.unless_damaged
def get_progress(exam_id: int) -> progress.DetailedProgress:
    """The caller's progress in one exam, by objective"""
    return progress.of_exam(auth.user_id(), exam_id)
