"""Answers that were given offline, sent when there is a connection again."""

import datetime as dt
import hashlib
from itertools import islice
from typing import Any, TypedDict

import marshmallow
import orjson
from flask import Response, current_app
from marshmallow import fields, missing, post_load

from shared_schema import bounded
from shared_schema.problems import Invalid
from shared_schema.web import auth, errors, messages, requests
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Instant, Out, Schema, Text, choice
from study_service import offline
from study_service.answers import Submission
from study_service.offline_decisions import Learner
from study_service.offline_plan import Item, Outcome, Wrong
from study_service.routes.study import AnswerIn, AnswerResult

blp = Blueprint("offline", __name__, url_prefix="/api/study", description="Answers given offline")

MAX_ANSWERS = 200
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class ClientTime(Instant):
    """A moment on the client's clock: epoch microseconds in Python, since many answers can be given in one second."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        super()._deserialize(value, attr, data, **options)
        return (dt.datetime.fromisoformat(value) - _EPOCH) // _MICROSECOND


class OfflineAnswer(AnswerIn):
    client_id = Text(1, 64, required=True, metadata={"description": "The client's own, never used again"})
    answered_at = ClientTime(required=True, metadata={"description": "By the client's clock"})

    @post_load
    def submission(self, data: dict[str, Any], **_: object) -> Any:
        client_id, moment = data.pop("client_id"), data.pop("answered_at")
        text = orjson.dumps([moment, data], option=orjson.OPT_SORT_KEYS)
        return Item(client_id, Submission(**data), moment, hashlib.sha256(text).hexdigest())


class EachForItself(fields.Nested):
    """An answer that may be wrong without harm to the others; only its clientId, which names the outcome, may not."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, partial: Any = None, **options: Any
    ) -> Item | Wrong:
        if not isinstance(value, dict):
            raise self.make_error("type", input=value, type=type(value).__name__)
        names = self.schema.fields["client_id"]
        try:
            client_id = str(names.deserialize(value.get("clientId", missing), "clientId", value))
        except marshmallow.ValidationError as error:
            raise marshmallow.ValidationError({"clientId": error.messages}) from None
        try:
            item: Item = super()._deserialize(value, attr, data, partial, **options)
        except marshmallow.ValidationError as error:
            wrong, _ = messages.capped(dict(islice(messages.by_path(error.messages).items(), bounded.MAX_WRONG)))
            return Wrong(client_id, Invalid("the answer is not valid", errors=wrong))
        return item


class OfflineAnswers(Schema):
    answers = bounded.List(EachForItself(OfflineAnswer), 1, MAX_ANSWERS, required=True)


class OfflineBody(TypedDict):
    """OfflineAnswers, loaded."""

    answers: list[Item | Wrong]


_PROBLEM = {
    "type": ["object", "null"],
    "description": "Why it was refused, as the problem document of a single answer says it",
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "limit": {"type": "integer"},
        "used": {"type": "integer"},
        "resetsAt": {"type": "string", "format": "date-time"},
    },
    "required": ["title", "status", "code", "detail"],
}


class AnswerOutcome(Out):
    client_id = fields.String()
    status = choice("recorded", "replayed", "refused")
    result = fields.Nested(AnswerResult, allow_none=True, dump_default=None)
    problem = fields.Raw(allow_none=True, dump_default=None, metadata=_PROBLEM)


class AnswerOutcomes(Out):
    answers = fields.List(fields.Nested(AnswerOutcome))


def _answered(document: list[Outcome]) -> tuple[object, int]:
    shown = [
        {**outcome, "result": {**outcome["result"], **outcome["result"]["graded"]}} if "result" in outcome else outcome
        for outcome in document
    ]
    return AnswerOutcomes.of({"answers": shown}), 200


@blp.route("/answers", methods=["POST"])
@allow(*LEARNERS)
@keyed(_answered)
@blp.arguments(OfflineAnswers)
@blp.response(200, AnswerOutcomes)
def answer_questions(body: OfflineBody) -> Response:
    """Answers given offline, each counted once by its clientId, in the order of answeredAt; each has its own outcome"""
    daily, now = current_app.config["DAILY_QUESTIONS"], dt.datetime.now(dt.UTC)
    receipt = offline.submit(Learner(auth.user_id(), now, daily, errors.part), body["answers"], requests.once())
    for outcome in receipt.document:
        if outcome["status"] == "replayed":
            requests.check_may_be_told("study.answer_question", outcome["result"])
    return requests.answer(receipt)
