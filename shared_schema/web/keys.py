"""What became of a request with an Idempotency-Key, the same at both services."""

from typing import TypedDict

from flask import current_app
from marshmallow import fields

from shared_schema import outcomes
from shared_schema.kept import KEPT_S
from shared_schema.problems import Forgotten, NeverHappened
from shared_schema.web import keyed, requests
from shared_schema.web.api import Blueprint, may_write, raises
from shared_schema.web.auth import EVERYBODY, allow
from shared_schema.web.openapi import headers
from shared_schema.web.schema import Out, QueryWhole, Schema, choice

blp = Blueprint("keys", __name__, url_prefix="/api/requests", description="What became of a request")

_DAYS = KEPT_S // 86400
_KEY = {
    "in": "path",
    "name": "key",
    "description": "The Idempotency-Key of the request, percent-encoded",
    "schema": headers.SENT["Idempotency-Key"]["schema"],
    "example": "answer-17",
}


class Sent(Schema):
    sent_seconds_ago = QueryWhole(
        0,
        load_default=None,
        metadata={"description": f"How long ago the request was sent; keys are kept for {_DAYS} days"},
    )


class SentQuery(TypedDict):
    """Sent, loaded."""

    sent_seconds_ago: int | None


class RequestOutcome(Out):
    status = choice("done")
    status_code = fields.Integer(metadata={"description": "Of the first answer"})
    body = fields.Raw(allow_none=True, metadata={"description": "Of the first answer, as it was"})


# A key may have slashes anywhere.
@blp.route("/<key:key>", parameters=[_KEY])
@allow(*EVERYBODY)
@may_write
@raises(NeverHappened, Forgotten)
@blp.arguments(Sent, location="query")
@blp.response(200, RequestOutcome)
@blp.unless_damaged
def get_request(query: SentQuery, key: str) -> dict[str, object]:
    """What became of the caller's request with this Idempotency-Key: its answer, or that it was never carried out"""
    outcome = outcomes.of(requests.once_of(key), query["sent_seconds_ago"])
    shown = keyed.shown_by(current_app, outcome.endpoint)
    if shown is None:
        raise Forgotten("this service has changed since then, and cannot make the answer any more")
    requests.check_may_be_told(outcome.endpoint, outcome.document)
    body, status = shown(outcome.document)
    return {"status": "done", "status_code": status, "body": body}
