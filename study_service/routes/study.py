"""Questions to study and answers to them. Both shapes are what existing clients know."""

import datetime as dt
import random
from typing import Any, NotRequired, TypedDict

from flask import Response, current_app
from marshmallow import fields, post_load

from shared_schema.problems import NotFound, PlanLimitReached, invalid
from shared_schema.web import auth, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Flag, Instant, Out, QueryIds, QueryTexts, QueryWhole, Schema, Whole, choice
from study_service import answers, selection
from study_service.answers import Submission
from study_service.delivery import Served
from study_service.forms.selected import SELECTED, Selection
from study_service.forms.served import ServedQuestion
from study_service.receipts import Recorded
from study_service.routes.progress import ProgressOut
from study_service.routes.sessions import MOST_HOURS, RECENT_HOURS, SessionOut
from study_service.wishes import MODES, MOST_TAGS, ONLY, Wish

blp = Blueprint("study", __name__, url_prefix="/api/study", description="Studying")


class StudyQuery(Schema):
    exam_id = QueryWhole(1, required=True, metadata={"description": "The exam to study for"})
    limit = QueryWhole(
        1, 100, load_default=20, metadata={"description": "At most so many; fewer where there are no more"}
    )
    objective_ids = QueryIds(
        load_default=list, metadata={"description": "Only of these objectives, with commas: `1,2`"}
    )
    difficulty_min = QueryWhole(1, 5, load_default=1, metadata={"description": "Not easier"})
    difficulty_max = QueryWhole(1, 5, load_default=5, metadata={"description": "Not harder"})
    mode = choice(*MODES, load_default="practice", metadata={"description": "How the questions are picked"})
    tags = QueryTexts(
        MOST_TAGS, load_default=list, metadata={"description": "Only with one of these tags, with commas: `arp,dns`"}
    )
    only_those = choice(
        *ONLY,
        data_key="only",
        metadata={"description": "Only what the caller has marked, or missed at the last answer"},
    )
    exclude_recent_hours = QueryWhole(0, MOST_HOURS, load_default=None, metadata={"description": RECENT_HOURS})


class StudyWish(TypedDict):
    """A `StudyQuery` as it was read."""

    exam_id: int
    limit: int
    objective_ids: list[int]
    difficulty_min: int
    difficulty_max: int
    mode: str
    tags: list[str]
    only_those: NotRequired[str]
    exclude_recent_hours: int | None


class ServedQuestions(Out):
    questions = fields.List(ServedQuestion())


class AnswerIn(Schema):
    question_id = Whole(1, required=True)
    selected_answer = Selection(required=True)
    time_spent_seconds = Whole(0, 86_400, required=True)
    study_session_id = Whole(1, allow_none=True)
    confidence_level = Whole(1, 5, allow_none=True)
    flagged = Flag(load_default=False)
    version = Whole(1, allow_none=True, metadata={"description": "The version of the question that was shown"})

    @post_load
    def submission(self, data: dict[str, Any], **_: object) -> Submission:
        return Submission(**data)


class Attempts(Out):
    total_attempts = fields.Integer()
    correct_attempts = fields.Integer()


class AnswerResult(Out):
    answer_id = Whole(1)
    is_correct = Flag()
    score = fields.Float()
    correct_answer = fields.Raw(metadata=SELECTED)
    explanation = fields.String(allow_none=True)
    reference = fields.String(allow_none=True)
    attempt_number = fields.Integer()
    question = fields.Nested(Attempts)
    progress = fields.Nested(ProgressOut)
    session = fields.Nested(SessionOut, allow_none=True)
    next_review_at = Instant(allow_none=True, dump_default=None)


class AnswerOut(Out):
    success = Flag()
    result = fields.Nested(AnswerResult)


@blp.route("/questions")
@allow(*LEARNERS)
@raises(NotFound)
@blp.arguments(StudyQuery, location="query")
@blp.response(200, ServedQuestions)
def pick_questions(query: StudyWish) -> dict[str, list[Served]]:
    """Questions to study, without their key. They are served, too, when the plan has no more answers today"""
    if query["difficulty_min"] > query["difficulty_max"]:
        raise invalid("difficulty_min", "Not above difficultyMax.")
    wish = Wish(
        exam_id=query["exam_id"],
        count=query["limit"],
        mode=query["mode"],
        objective_ids=tuple(query["objective_ids"]),
        difficulty=(query["difficulty_min"], query["difficulty_max"]),
        exclude_recent_hours=query["exclude_recent_hours"],
        tags=tuple(query["tags"]),
        only=query.get("only_those"),
    )
    now, first = dt.datetime.now(dt.UTC), random.randrange(selection.SHUFFLE_KEYS)
    return {"questions": selection.pick(auth.user_id(), wish, now, first)}


def _answered(document: Recorded) -> tuple[object, int]:
    return AnswerOut.of({"success": True, "result": {**document, **document["graded"]}}), 200


@blp.route("/answer", methods=["POST"])
@allow(*LEARNERS)
@keyed(_answered)
@raises(NotFound, PlanLimitReached)
@blp.arguments(AnswerIn)
@blp.response(200, AnswerOut)
@blp.unless_damaged
def answer_question(submission: Submission) -> Response:
    """Answer a question: graded, counted once, and only now the key"""
    daily = current_app.config["DAILY_QUESTIONS"]
    receipt = answers.submit(auth.user_id(), submission, dt.datetime.now(dt.UTC), requests.once(), daily)
    return requests.answer(receipt)
