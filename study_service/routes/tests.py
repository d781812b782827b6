"""Timed tests."""

import datetime as dt
import random
from typing import Any

from flask import Response, current_app

from shared_schema.fields import loads
from shared_schema.problems import Conflict, NotFound, PlanLimitReached, TimeOver
from shared_schema.web import auth, paging, requests
from shared_schema.web.api import Blueprint, may_write, raises
from shared_schema.web.auth import ADMINS, LEARNERS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import NoBody, Page
from study_service import selection
from study_service.attempts import (
    accommodations,
    listing,
    regrade,
    results,
    reviewed,
    running,
    saves,
    sitting,
    start,
)
from study_service.attempts.accommodations import Extended
from study_service.attempts.attempt_rows import AttemptRow
from study_service.attempts.reviewed import Reviewed
from study_service.attempts.saves import Save
from study_service.attempts.sitting import Choice
from study_service.attempts.start import Begun, Order
from study_service.delivery import Served
from study_service.forms.timed_tests import (
    ChoiceIn,
    ChoiceOut,
    ExtendedOut,
    ResultOut,
    ReviewedOut,
    TestIn,
    TestOut,
    TestPage,
)
from study_service.routes.people import ExtraTime, ExtraTimeIn

blp = Blueprint("tests", __name__, url_prefix="/api/tests", description="Timed tests")
_TEST, _RESULT = TestOut(), ResultOut()


class FullTest(AttemptRow):
    """A test with its questions in order and the choices so far."""

    questions: list[Served]
    answers: list[Choice]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def withhold(endpoint: str, document: Any) -> None:
    """Raise where an earlier answer has the key of a question that is in a running test of the caller."""
    if endpoint == "study.answer_question":
        told = [document["answer_id"]]
    elif endpoint == "offline.answer_questions":
        told = [outcome["result"]["answer_id"] for outcome in document if outcome.get("result")]
    elif endpoint == "session_states.resume_session":
        told = [answer["id"] for answer in document["answers"]]
    else:
        return
    running.withhold(auth.user_id(), told, int(_now().timestamp()))


def _started(document: Begun) -> tuple[object, int]:
    test = document["test"]
    lists = {"questions": document["questions"], "answers": document["answers"]}
    body = {**test, **lists, "shortfalls": loads(test["shortfalls"])}
    return _TEST.dump(body), 201 if document["new"] else 200


def _submitted(document: results.Document) -> tuple[object, int]:
    return _RESULT.dump(results.shown(document)), 200


def _regraded(document: results.Document) -> tuple[object, int]:
    return _RESULT.dump(results.shown(document, whole=True)), 201


def _whole(test: sitting.Sitting) -> FullTest:
    return {**test["test"], "questions": test["questions"], "answers": test["answers"]}


@blp.route("", methods=["POST"])
@allow(*LEARNERS)
@keyed(_started)
@raises(NotFound, PlanLimitReached)
@blp.arguments(TestIn)
@blp.response(201, TestOut)
@blp.alt_response(200, schema=TestOut, description="A test of this exam runs already", success=True)
@blp.unless_damaged
def start_test(order: Order) -> Response:
    """Start a test: drawn by the exam's blueprint now, over at `expiresAt`. Where one of the exam runs, that one"""
    seed, monthly = random.randrange(selection.SHUFFLE_KEYS), current_app.config["MONTHLY_TESTS"]
    receipt = start.start(auth.user_id(), order, _now(), seed, monthly, requests.actor(), requests.once())
    return requests.answer(receipt)


@blp.route("")
@allow(*LEARNERS)
@may_write
@blp.arguments(Page, location="query")
@blp.response(200, TestPage)
def list_tests(page: dict[str, int]) -> dict[str, object]:
    """The caller's tests, latest first"""
    listed = listing.page(auth.user_id(), page.get("after", 0), page["limit"], _now(), requests.actor())
    return paging.page("tests", listed)


@blp.route("/<id:attempt_id>")
@allow(*LEARNERS)
@may_write
@blp.response(200, TestOut)
@blp.unless_damaged
def get_test(attempt_id: int) -> FullTest:
    """A test with its questions in order and the choices so far"""
    return _whole(sitting.get(auth.user_id(), attempt_id, _now(), requests.actor()))


@blp.route("/<id:attempt_id>/answers/<id:question_id>", methods=["PUT"])
@allow(*LEARNERS)
@raises(Conflict, TimeOver)
@blp.arguments(ChoiceIn)
@blp.response(200, ChoiceOut)
@blp.unless_damaged
def save_choice(save: Save, attempt_id: int, question_id: int) -> Choice:
    """Save a choice; the answer is what counts now, which is a later choice where this one was overtaken"""
    return saves.save(auth.user_id(), attempt_id, question_id, save, _now(), requests.actor())


@blp.route("/<id:attempt_id>/submit", methods=["POST"])
@allow(*LEARNERS)
@keyed(_submitted)
@raises(NotFound)
@blp.arguments(NoBody, required=False)
@blp.response(200, ResultOut)
@blp.unless_damaged
def submit_test(_: object, attempt_id: int) -> Response:
    """End a test and grade it; once it has ended, by whomever, this answers with its result"""
    receipt = results.submit(auth.user_id(), attempt_id, _now(), requests.actor(), requests.once())
    return requests.answer(receipt)


@blp.route("/<id:attempt_id>/result")
@allow(*LEARNERS)
@may_write
@raises(Conflict)
@blp.response(200, ReviewedOut)
@blp.unless_damaged
def get_result(attempt_id: int) -> Reviewed:
    """The result of a test, and its questions, as far as the exam's review rule goes now"""
    return reviewed.get(auth.user_id(), attempt_id, _now(), requests.actor())


@blp.route("/<id:attempt_id>/accommodation", methods=["PUT"])
@allow(*ADMINS)
@raises(Conflict)
@blp.arguments(ExtraTimeIn)
@blp.response(200, ExtendedOut)
def extend_test(body: ExtraTime, attempt_id: int) -> Extended:
    """Give one running test more time, or take it back, which leaves a minute at least"""
    return accommodations.extend(attempt_id, body["extra_time_factor"], _now(), requests.actor())


@blp.route("/<id:attempt_id>/regrade", methods=["POST"])
@allow(*ADMINS)
@keyed(_regraded)
@raises(NotFound)
@blp.arguments(NoBody, required=False)
@blp.response(201, ResultOut)
@blp.unless_damaged
def regrade_test(_: object, attempt_id: int) -> Response:
    """Grade a test again by the present keys: a new result beside the old"""
    receipt = regrade.regrade(attempt_id, _now(), requests.actor(), requests.once())
    return requests.answer(receipt)
