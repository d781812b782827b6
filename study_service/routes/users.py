"""Who is calling."""

import datetime as dt

import marshmallow
from flask import current_app
from marshmallow import fields, validate

from shared_schema.web import auth, requests
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import LEARNERS, allow
from shared_schema.web.schema import Day, Flag, Instant, Out, Schema, Text, Whole, Zone, choice
from study_service import plans, users
from study_service.plans import Me
from study_service.users import Account, AccountValues

blp = Blueprint("auth", __name__, url_prefix="/api/auth", description="Who is calling")


class PlanOut(Out):
    name = choice(*users.PLANS, metadata={"description": "The plan that counts now: one that has expired is free"})
    daily_questions = Whole(0, allow_none=True, metadata={"description": "Answers a day; null without a limit"})
    used_today = Whole(0, metadata={"description": "Answers given since midnight in the user's time zone"})
    resets_at = Instant(metadata={"description": "The user's next midnight"})
    monthly_tests = Whole(0, allow_none=True, metadata={"description": "Timed tests a month; null without a limit"})
    used_this_month = Whole(0, metadata={"description": "Timed tests begun since the user's first of the month"})
    tests_reset_at = Instant(metadata={"description": "The user's next first of a month"})


class UserOut(Out):
    id = Whole(1)
    email = fields.String()
    name = fields.String()
    picture = fields.String(allow_none=True)
    role = choice(*users.ROLES)
    subscription_status = choice(*users.PLANS)
    subscription_expires_at = Instant(allow_none=True)
    timezone = fields.String()
    language = fields.String(attribute="preferred_language")
    share_profile = Flag()
    exam_dates = fields.Dict(keys=fields.String(), values=Day())
    created_at = Instant()


class MeOut(UserOut):
    plan = fields.Nested(PlanOut)


class UserIn(Schema):
    name = Text(1, 200)
    timezone = Zone()
    language = fields.String(
        attribute="preferred_language",
        validate=validate.Regexp(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}\Z", error="Not a language, like en or pt-BR."),
    )
    share_profile = Flag()
    exam_dates = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"[1-9][0-9]{0,17}\Z", error="Not the id of an exam.")),
        values=fields.Date(format="%Y-%m-%d"),
        validate=validate.Length(0, 50),
        metadata={"description": "The day of each exam that the learner will sit, by its id"},
    )

    @marshmallow.post_load
    def as_text(self, values: AccountValues, **_: object) -> AccountValues:
        """Days as they are stored."""
        if "exam_dates" in values:
            values["exam_dates"] = {exam: f"{day}" for exam, day in values["exam_dates"].items()}
        return values


@blp.route("/me")
@allow(*LEARNERS)
@blp.response(200, MeOut)
@blp.unless_damaged
def get_me() -> Me:
    """The user the token speaks for, with what the plan allows today"""
    allowed = current_app.config["DAILY_QUESTIONS"], current_app.config["MONTHLY_TESTS"]
    return plans.me(auth.user_id(), *allowed, dt.datetime.now(dt.UTC))


@blp.route("/me", methods=["PATCH"])
@allow(*LEARNERS)
@blp.arguments(UserIn)
@blp.response(200, UserOut)
@blp.unless_damaged
def change_me(values: AccountValues) -> Account:
    """Change the user the token speaks for; examDates replaces all of them"""
    return users.change(auth.user_id(), values, requests.actor())
