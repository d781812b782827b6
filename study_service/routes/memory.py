"""Spaced repetition: what is due."""

import datetime as dt
import random
from typing import TypedDict

from flask import current_app
from marshmallow import fields

from shared_schema.problems import NotFound
from shared_schema.web import auth
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.schema import Day, Out, QueryWhole, Schema, Whole
from study_service import selection
from study_service.forms.due import DueQuestion
from study_service.memory import reviews
from study_service.memory.plan import DAYS
from study_service.memory.reviews import Reviews, Wish

blp = Blueprint("memory", __name__, url_prefix="/api/study", description="Spaced repetition")


class ReviewQuery(Schema):
    exam_id = QueryWhole(1, required=True, metadata={"description": "The exam to study for"})
    limit = QueryWhole(1, 100, load_default=20, metadata={"description": "At most so many"})


class ReadQuery(TypedDict):
    """A `ReviewQuery` as it was read."""

    exam_id: int
    limit: int


class ForecastDay(Out):
    date = Day(metadata={"description": "Of the caller's time zone"})
    due = Whole(metadata={"description": "Reviews on this day; what a day has no room for is on the next"})


class ReviewsOut(Out):
    questions = fields.List(DueQuestion())
    due_count = Whole(metadata={"description": "Due now, within what today has left"})
    forecast = fields.List(
        fields.Nested(ForecastDay), metadata={"description": f"{DAYS} days from today; none after the exam has any"}
    )
    unplanned = Whole(
        metadata={"description": "For so many there is no room before the exam; 0 while it is further away"}
    )


@blp.route("/reviews")
@allow(*LEARNERS)
@raises(NotFound)
@blp.arguments(ReviewQuery, location="query")
@blp.response(200, ReviewsOut)
def list_due(query: ReadQuery) -> Reviews:
    """What is due for a review, most likely forgotten first, without the key; and the reviews of the next days"""
    per_day, seed = current_app.config["REVIEWS_PER_DAY"], random.randrange(selection.SHUFFLE_KEYS)
    wish = Wish(query["exam_id"], query["limit"], per_day, seed)
    return reviews.due(auth.user_id(), wish, dt.datetime.now(dt.UTC))
