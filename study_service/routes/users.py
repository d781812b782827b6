"""Who is calling."""

import datetime as dt

from flask import current_app
from marshmallow import fields

from shared_schema.web import auth
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.schema import Instant, Out, Whole, choice
from study_service import plans, users
from study_service.plans import Me

blp = Blueprint("auth", __name__, url_prefix="/api/auth", description="Who is calling")


class PlanOut(Out):
    name = choice(*users.PLANS, metadata={"description": "The plan that counts now: one that has expired is free"})
    daily_questions = Whole(0, allow_none=True, metadata={"description": "Answers a day; null without a limit"})
    used_today = Whole(0, metadata={"description": "Answers given since midnight in the user's time zone"})
    resets_at = Instant(metadata={"description": "The user's next midnight"})


class UserOut(Out):
    id = Whole(1)
    email = fields.String()
    name = fields.String()
    picture = fields.String(allow_none=True)
    role = choice(*users.ROLES)
    subscription_status = choice(*users.PLANS)
    subscription_expires_at = Instant(allow_none=True)
    plan = fields.Nested(PlanOut)
    timezone = fields.String()
    created_at = Instant()


@blp.route("/me")
@allow(*LEARNERS)
@blp.response(200, UserOut)
@blp.unless_damaged
def get_me() -> Me:
    """The user the token speaks for, with what the plan allows today"""
    return plans.me(auth.user_id(), current_app.config["DAILY_QUESTIONS"], dt.datetime.now(dt.UTC))
