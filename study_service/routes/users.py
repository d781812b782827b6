"""Who is calling."""

import datetime as dt

from flask import current_app
from marshmallow import fields

from shared_schema.web import auth
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.schema import Instant, Schema
from study_service import plans
from study_service.plans import Me

blp = Blueprint("auth", __name__, url_prefix="/api/auth", description="Who is calling")


class PlanOut(Schema):
    name = fields.String(metadata={"description": "The plan that counts now: a subscription that is over is free"})
    daily_questions = fields.Integer(allow_none=True, metadata={"description": "Answers a day; null without a limit"})
    used_today = fields.Integer(metadata={"description": "Answers given since midnight in the user's time zone"})
    resets_at = Instant(metadata={"description": "The user's next midnight"})


class UserOut(Schema):
    id = fields.Integer()
    email = fields.String()
    name = fields.String()
    picture = fields.String(allow_none=True)
    role = fields.String()
    subscription_status = fields.String()
    subscription_expires_at = Instant(allow_none=True)
    plan = fields.Nested(PlanOut)
    timezone = fields.String()
    created_at = Instant()


@blp.route("/me")
@allow(*LEARNERS)
@blp.response(200, UserOut)
@blp.unless_damaged
def me() -> Me:
    """The user the token speaks for, with what the plan allows today"""
    return plans.me(auth.user_id(), current_app.config["DAILY_QUESTIONS"], dt.datetime.now(dt.UTC))
