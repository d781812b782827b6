"""Progress."""

import datetime as dt

from marshmallow import fields

from shared_schema.web import auth, paging
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.schema import Day, Flag, Instant, Out, Whole
from study_service import exam_progress, leaderboard, progress

SHARE = "From 0 to 1"
blp = Blueprint("progress", __name__, url_prefix="/api", description="How far a learner has come")


class ProgressOut(Out):
    exam_id = Whole(1)
    total_questions_seen = fields.Integer(metadata={"description": "Answers given, repetitions included"})
    unique_questions_seen = fields.Integer()
    total_correct = fields.Integer()
    total_incorrect = fields.Integer()
    overall_accuracy = fields.Float()
    current_streak = fields.Integer(
        metadata={"description": "Days in a row with five answers each, in the learner's own calendar"}
    )
    longest_streak = fields.Integer()
    study_days_count = fields.Integer(metadata={"description": "Days with five answers"})
    last_study_date = Day(allow_none=True, metadata={"description": "The last day with any answer"})
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
    level = fields.Float(
        allow_none=True,
        metadata={
            "description": "Share of right answers, recent ones weighing more (an answer counts half after 20 later"
            " ones); null below five answers"
        },
    )
    questions_answered = fields.Integer()
    last_studied = Instant(allow_none=True)


class Interval(Out):
    score = fields.Float(metadata={"description": SHARE})
    low = fields.Float(metadata={"description": "Where the 95 % interval begins"})
    high = fields.Float(metadata={"description": "Where the 95 % interval ends"})


class Readiness(Out):
    score = fields.Float(
        allow_none=True,
        metadata={"description": "The level in the exam, by the weights of its objectives; null below five answers"},
    )
    low = fields.Float(allow_none=True, metadata={"description": "Where the 95 % interval begins"})
    high = fields.Float(allow_none=True, metadata={"description": "Where the 95 % interval ends"})
    enough_data = Flag(metadata={"description": "Every objective with questions has five answers"})
    reasons = fields.List(fields.String())


class NextObjective(Out):
    id = Whole(1)
    name = fields.String()
    possible_gain = fields.Float(
        metadata={"description": "By how much the score to expect would rise if this objective were mastered"}
    )


class DetailedProgress(ExamProgress):
    passing_score = fields.Float()
    objectives = fields.List(fields.Nested(ObjectiveProgress))
    readiness = fields.Nested(Readiness)
    predicted_score = fields.Nested(
        Interval,
        allow_none=True,
        metadata={"description": "Of one exam, with 95 % of what may come; null without enough data"},
    )
    weak_topics = fields.List(
        fields.Nested(ObjectiveProgress), metadata={"description": "Levels that do not pass, the lowest first"}
    )
    next_objectives = fields.List(fields.Nested(NextObjective), metadata={"description": "The most to gain first"})


class Overview(Out):
    progress = fields.List(fields.Nested(ExamProgress))
    next = Whole(1, allow_none=True)


class StandingOut(Out):
    rank = Whole(1)
    name = fields.String()
    picture = fields.String(allow_none=True)
    points = fields.Float(
        metadata={"description": "The low end of the 95 % interval of the share of right first answers"}
    )
    questions_seen = fields.Integer()
    first_correct = fields.Integer(metadata={"description": "Questions that were right at the first attempt"})
    is_me = Flag()


class LeaderboardOut(Out):
    learners = fields.List(fields.Nested(StandingOut))
    reason = fields.String(allow_none=True, metadata={"description": "Why there is nobody to show"})
    next = Whole(1, allow_none=True)


@blp.route("/progress")
@allow(*LEARNERS)
@blp.response(200, Overview)
def list_progress() -> dict[str, object]:
    """The caller's progress in every exam begun"""
    return paging.whole("progress", progress.overview(auth.user_id(), dt.datetime.now(dt.UTC)))


@blp.route("/progress/exams/<id:exam_id>")
@allow(*LEARNERS)
@blp.response(200, DetailedProgress)
@blp.unless_damaged
def get_progress(exam_id: int) -> exam_progress.DetailedProgress:
    """The caller's progress in one exam, by objective, and whether it is enough"""
    return exam_progress.get(auth.user_id(), exam_id, dt.datetime.now(dt.UTC))


@blp.route("/exams/<id:exam_id>/leaderboard")
@allow(*LEARNERS)
@blp.response(200, LeaderboardOut)
def get_leaderboard(exam_id: int) -> dict[str, object]:
    """The first fifty learners of an exam who share their profile; nobody while they are fewer than five"""
    board = leaderboard.of_exam(auth.user_id(), exam_id)
    return {**board, "next": None}
