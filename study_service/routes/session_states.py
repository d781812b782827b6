"""What is done with a study session: paused, resumed, ended."""

import datetime as dt
from collections.abc import Callable

from flask import Response

from shared_schema.idempotency import Receipt
from shared_schema.problems import Conflict
from shared_schema.web import auth, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import NoBody
from study_service import session_rows, session_states, sessions
from study_service.routes.sessions import CompletedSession, FullSession, SessionOut
from study_service.session_rows import Recorded

blp = Blueprint("session_states", __name__, url_prefix="/api/study/sessions", description="The states of sessions")


def _paused(document: Recorded) -> tuple[object, int]:
    return SessionOut.of(document), 200


def _resumed(document: sessions.Resumed) -> tuple[object, int]:
    shown = {"questions": document["questions"], "answers": document["answers"]}
    return FullSession.of({**session_rows.of_receipt(document["session"]), **shown}), 200


def _ended(document: Recorded) -> tuple[object, int]:
    return CompletedSession.of(session_rows.of_receipt(document)), 200


@blp.route("/<id:session_id>/pause", methods=["POST"])
@allow(*LEARNERS)
@keyed(_paused)
@raises(Conflict)
@blp.arguments(NoBody, required=False)
@blp.response(200, SessionOut)
def pause_session(_: object, session_id: int) -> Response:
    """Pause an active session: it takes no answers, its time box stands still, and it does not end by itself"""
    return _moved(session_states.pause, session_id)


@blp.route("/<id:session_id>/resume", methods=["POST"])
@allow(*LEARNERS)
@keyed(_resumed)
@raises(Conflict)
@blp.arguments(NoBody, required=False)
@blp.response(200, FullSession)
def resume_session(_: object, session_id: int) -> Response:
    """Go on with a paused session: the same questions in the same order with the same options"""
    return _moved(sessions.resume, session_id)


@blp.route("/<id:session_id>/complete", methods=["POST"])
@allow(*LEARNERS)
@keyed(_ended)
@raises(Conflict)
@blp.arguments(NoBody, required=False)
@blp.response(200, CompletedSession)
def complete_session(_: object, session_id: int) -> Response:
    """End an active or paused session; what was not answered counts as skipped"""
    return _moved(session_states.complete, session_id)


@blp.route("/<id:session_id>/abandon", methods=["POST"])
@allow(*LEARNERS)
@keyed(_ended)
@raises(Conflict)
@blp.arguments(NoBody, required=False)
@blp.response(200, CompletedSession)
def abandon_session(_: object, session_id: int) -> Response:
    """Give up an active or paused session; the answers given stay"""
    return _moved(session_states.abandon, session_id)


def _moved(move: Callable[..., Receipt], session_id: int) -> Response:
    now = dt.datetime.now(dt.UTC)
    return requests.answer(move(auth.user_id(), session_id, now, requests.actor(), requests.once()))
