"""Study sessions."""

import datetime as dt
import random
from typing import TypedDict

from flask import Response
from marshmallow import fields

from shared_schema import bounded
from shared_schema.problems import NotFound, invalid
from shared_schema.web import auth, paging, requests
from shared_schema.web.api import Blueprint, may_write, raises
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Flag, Ids, Instant, Out, Page, Schema, Text, Whole, choice
from study_service import selection, sessions
from study_service.forms.selected import CHOSEN, SELECTED
from study_service.forms.served import ServedQuestion
from study_service.session_rows import MODES, STATUSES
from study_service.wishes import MOST_TAGS, ONLY, Wish

MOST_HOURS = 24 * 366
RECENT_HOURS = (
    "Never what was answered in so many hours. Unless given, what was answered in the last 24 is asked where there is "
    "not enough else at hand, longest ago first; a review and `only` ask it like the rest"
)

blp = Blueprint("sessions", __name__, url_prefix="/api/study/sessions", description="Study sessions")


class Difficulty(Schema):
    min = Whole(1, 5, load_default=1)
    max = Whole(1, 5, load_default=5)


class SessionIn(Schema):
    exam_id = Whole(1, required=True)
    mode = choice(*MODES, load_default="practice")
    objective_ids = Ids(load_default=list, metadata={"description": "Only of these; of all where there are none"})
    difficulty = fields.Nested(Difficulty, load_default={"min": 1, "max": 5})
    question_count = Whole(1, 100, load_default=20)
    tags = bounded.List(Text(1, 100), 0, MOST_TAGS, load_default=list, metadata={"description": "With one of these"})
    only_those = choice(
        *ONLY, data_key="only", allow_none=True, load_default=None, metadata={"description": "Only of these"}
    )
    exclude_recent_hours = Whole(
        0, MOST_HOURS, allow_none=True, load_default=None, metadata={"description": RECENT_HOURS}
    )
    time_box_seconds = Whole(
        30,
        4 * 3600,
        allow_none=True,
        load_default=None,
        metadata={"description": "How long a speed drill lasts, else 30 seconds a question; no other mode has it"},
    )


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
    tags: list[str]
    only_those: str | None
    exclude_recent_hours: int | None
    time_box_seconds: int | None


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
    completed_at = Instant(allow_none=True, metadata={"description": "When it ended, completed or abandoned"})
    time_box_seconds = fields.Integer(allow_none=True)
    time_box_ends_at = Instant(
        allow_none=True, metadata={"description": "A speed drill ends by itself then; a pause moves it"}
    )


class CompletedSession(SessionOut):
    objective_scores = fields.Dict(fields.String(), fields.Float())


class StartedSession(SessionOut):
    questions = fields.List(ServedQuestion())


class GivenAnswer(Out):
    question_id = Whole(1)
    selected_answer = fields.Raw(metadata=SELECTED)
    is_correct = Flag()
    score = fields.Float()
    answered_at = Instant()
    correct_answer = fields.Raw(allow_none=True, metadata=CHOSEN)
    explanation = fields.String(allow_none=True)
    reference = fields.String(allow_none=True)


class FullSession(CompletedSession):
    questions = fields.List(ServedQuestion())
    answers = fields.List(fields.Nested(GivenAnswer))


class SessionPage(Out):
    sessions = fields.List(fields.Nested(SessionOut))
    next = Whole(1, allow_none=True)


def _started(document: sessions.Started) -> tuple[object, int]:
    return StartedSession.of({**document["session"], "questions": document["questions"]}), 201


@blp.route("", methods=["POST"])
@allow(*LEARNERS)
@keyed(_started)
@raises(NotFound)
@blp.arguments(SessionIn)
@blp.response(201, StartedSession)
def start_session(body: NewSession) -> Response:
    """Start a session: its questions stay in this order. An adaptive one begins with two; each answer adds one"""
    now, first = _now(), random.randrange(selection.SHUFFLE_KEYS)
    return requests.answer(sessions.start(auth.user_id(), _wish(body), now, first, requests.actor(), requests.once()))


def _wish(body: NewSession) -> Wish:
    low, high = body["difficulty"]["min"], body["difficulty"]["max"]
    if low > high:
        raise invalid("difficulty", "min is above max.")
    if body["time_box_seconds"] is not None and body["mode"] != "speed_drill":
        raise invalid("time_box_seconds", "Only a speed drill has a time box.")
    return Wish(
        exam_id=body["exam_id"],
        count=body["question_count"],
        mode=body["mode"],
        objective_ids=tuple(body["objective_ids"]),
        difficulty=(low, high),
        exclude_recent_hours=body["exclude_recent_hours"],
        tags=tuple(body["tags"]),
        only=body["only_those"],
        time_box_seconds=body["time_box_seconds"],
    )


@blp.route("")
@allow(*LEARNERS)
@may_write
@blp.arguments(Page, location="query")
@blp.response(200, SessionPage)
def list_sessions(page: dict[str, int]) -> dict[str, object]:
    """The caller's sessions, latest first"""
    return paging.page("sessions", sessions.page(auth.user_id(), page.get("after", 0), page["limit"], _now()))


@blp.route("/<id:session_id>")
@allow(*LEARNERS)
@may_write
@blp.response(200, FullSession)
@blp.unless_damaged
def get_session(session_id: int) -> sessions.FullSession:
    """A session with its questions in order and the answers so far, with the key of what is answered"""
    return sessions.get(auth.user_id(), session_id, _now())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
