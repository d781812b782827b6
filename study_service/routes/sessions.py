"""Study sessions."""

import datetime as dt
import random
from typing import TypedDict

from flask import Response
from marshmallow import fields

from shared_schema.problems import Conflict, NotFound, invalid
from shared_schema.web import auth, paging, requests
from shared_schema.web.api import Blueprint, creates, raises
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.schema import Flag, Ids, Instant, NoBody, Out, Page, Schema, Whole, choice
from study_service import grading, selection, sessions
from study_service.selection import Wish
from study_service.session_rows import MODES, STATUSES, SessionRow

blp = Blueprint("sessions", __name__, url_prefix="/api/study/sessions", description="Study sessions")


class ServedOption(Out):
    id = fields.String()
    text = fields.String()


class ServedQuestion(Out):
    id = Whole(1)
    text = fields.String()
    type = choice(*grading.KINDS)
    difficulty = fields.Integer()
    objective_id = Whole(1)
    tags = fields.List(fields.String())
    answers = fields.List(fields.Nested(ServedOption))


class Difficulty(Schema):
    min = Whole(1, 5, load_default=1)
    max = Whole(1, 5, load_default=5)


class SessionIn(Schema):
    exam_id = Whole(1, required=True)
    mode = choice(*MODES, load_default="practice")
    objective_ids = Ids(load_default=list, metadata={"description": "Only of these; of all where there are none"})
    difficulty = fields.Nested(Difficulty, load_default={"min": 1, "max": 5})
    question_count = Whole(1, 100, load_default=20)


class Range(TypedDict):
    """A `Difficulty` as it was read."""

    min: int
    max: int


class NewSession(TypedDict):
    """A `SessionIn` as it was read."""

    exam_id: int
    mode: str
    objective_ids: list[int]
    difficulty: Range
    question_count: int


class SessionOut(Out):
    id = Whole(1)
    exam_id = Whole(1)
    mode = choice(*MODES)
    status = choice(*STATUSES)
    question_count = fields.Integer()
    total_questions = fields.Integer(metadata={"description": "Answered so far"})
    correct_answers = fields.Integer()
    skipped_questions = fields.Integer()
    flagged_questions = fields.Integer()
    time_spent_seconds = fields.Integer()
    avg_time_per_question = fields.Float(allow_none=True)
    accuracy = fields.Float(allow_none=True)
    streak_count = fields.Integer()
    max_streak = fields.Integer()
    created_at = Instant()
    last_activity = Instant()
    completed_at = Instant(allow_none=True)


class CompletedSession(SessionOut):
    objective_scores = fields.Dict(fields.String(), fields.Float())


class StartedSession(SessionOut):
    questions = fields.List(fields.Nested(ServedQuestion))


# What an answer is, or was to be: the id of an option, or several ids.
SELECTED = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


class GivenAnswer(Out):
    question_id = Whole(1)
    selected_answer = fields.Raw(metadata=SELECTED)
    is_correct = Flag()
    score = fields.Float()
    answered_at = Instant()


class FullSession(CompletedSession):
    questions = fields.List(fields.Nested(ServedQuestion))
    answers = fields.List(fields.Nested(GivenAnswer))


class SessionPage(Out):
    sessions = fields.List(fields.Nested(SessionOut))
    next = Whole(1, allow_none=True)


@blp.route("", methods=["POST"])
@allow(*LEARNERS)
@creates
@raises(NotFound)
@blp.arguments(SessionIn)
@blp.response(201, StartedSession)
def start_session(body: NewSession) -> Response:
    """Start a session: questions are picked now and stay in this order"""
    low, high = body["difficulty"]["min"], body["difficulty"]["max"]
    if low > high:
        raise invalid("difficulty", "min is above max.")
    wish = Wish(body["exam_id"], body["question_count"], body["mode"], tuple(body["objective_ids"]), (low, high))
    now, first = dt.datetime.now(dt.UTC), random.randrange(selection.SHUFFLE_KEYS)
    receipt = sessions.start(auth.user_id(), wish, now, first, requests.actor(), requests.once())
    document = receipt.document["session"] | {"questions": receipt.document["questions"]}
    return requests.answer(receipt, StartedSession().dump(document))


@blp.route("")
@allow(*LEARNERS)
@blp.arguments(Page, location="query")
@blp.response(200, SessionPage)
def list_sessions(page: dict[str, int]) -> dict[str, object]:
    """The caller's sessions, latest first"""
    return paging.page("sessions", sessions.page(auth.user_id(), page.get("after", 0), page["limit"]))


@blp.route("/<id:session_id>")
@allow(*LEARNERS)
@blp.response(200, FullSession)
@blp.unless_damaged
def get_session(session_id: int) -> sessions.FullSession:
    """A session with its questions in order and the answers so far"""
    return sessions.get(auth.user_id(), session_id)


@blp.route("/<id:session_id>/complete", methods=["POST"])
@allow(*LEARNERS)
@raises(Conflict)
@blp.arguments(NoBody, required=False)
@blp.response(200, CompletedSession)
def complete_session(_: object, session_id: int) -> SessionRow:
    """End a session; what was not answered counts as skipped"""
    return sessions.complete(auth.user_id(), session_id, requests.actor())
