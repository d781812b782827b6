"""The queue of those who review questions."""

import datetime as dt
from typing import Required, TypedDict

from marshmallow import fields, validate

from shared_schema.web import paging
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import MODERATORS, allow
from shared_schema.web.schema import Out, QueryWhole, Schema, Whole
from study_service.editing import queue
from study_service.editing.queue import BEGINNING, Place
from study_service.routes.questions import QuestionOut

blp = Blueprint("queue", __name__, url_prefix="/api/questions", description="Questions that want a look")


class QueueQuery(Schema):
    exam_id = QueryWhole(1, metadata={"description": "Only of this exam"})
    after = fields.String(
        validate=validate.Regexp(r"[0-9](\.[0-9]{1,20})?(e-[0-9]{1,3})?:[0-9]{1,18}\Z"),
        metadata={"description": "The `next` of the page before"},
    )
    limit = QueryWhole(1, 100, load_default=20, metadata={"description": "How many at most"})


class ReadQuery(TypedDict, total=False):
    """A `QueueQuery` as it was read."""

    exam_id: int
    after: str
    limit: Required[int]


class QueueFigures(Out):
    first_answers = fields.Integer(metadata={"description": "First answers of learners to the present version"})
    facility = fields.Float(allow_none=True, metadata={"description": "The share of them that is right"})
    discrimination = fields.Float(allow_none=True)
    miskey_reason = fields.String(allow_none=True, metadata={"description": "Why the key is perhaps wrong"})


class QueuedQuestion(QuestionOut):
    trouble = fields.Float(metadata={"description": "The chance, 0 to 1, that something is wrong with it"})
    reasons = fields.List(fields.String())
    waiting_version = Whole(1, allow_none=True, metadata={"description": "An edit by a model, which waits beside it"})
    statistics = fields.Nested(QueueFigures)


class QueuePage(Out):
    questions = fields.List(fields.Nested(QueuedQuestion))
    next = fields.String(allow_none=True)


@blp.route("/queue")
@allow(*MODERATORS)
@blp.arguments(QueueQuery, location="query")
@blp.response(200, QueuePage)
def list_queue(query: ReadQuery) -> dict[str, object]:
    """What wants a look, most trouble first. Growth's /api/ai/costs/questions tells what its AI calls cost"""
    after = _place(query["after"]) if "after" in query else BEGINNING
    page, more = queue.page(query.get("exam_id"), after, query["limit"], dt.datetime.now(dt.UTC))
    return {**paging.page("questions", page), "next": more and f"{more.sound!r}:{more.question}"}


def _place(text: str) -> Place:
    sound, _, question = text.partition(":")
    return Place(float(sound), int(question))
