"""The users, for admins."""

import datetime as dt
from typing import NotRequired, TypedDict

from marshmallow import fields

from shared_schema.problems import Conflict, NotFound
from shared_schema.web import auth, paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import ADMINS, allow
from shared_schema.web.schema import Flag, Instant, Number, Out, Page, Schema, Text, Whole, choice
from study_service import people, users
from study_service.attempts import accommodations
from study_service.attempts.accommodations import Granted
from study_service.people import PersonRow, PersonValues

blp = Blueprint("people", __name__, url_prefix="/api/users", description="Users, for admins")


class PeopleQuery(Page):
    q = Text(1, 100, metadata={"description": "How the e-mail or the name begins"})


class PeoplePageQuery(TypedDict):
    """A `PeopleQuery` as it was read."""

    q: NotRequired[str]
    after: NotRequired[int]
    limit: int


class PersonIn(Schema):
    role = choice(*users.ROLES)
    subscription_status = choice(*users.PLANS)
    subscription_expires_at = Instant(allow_none=True)
    is_active = Flag()


class PersonOut(Out):
    id = Whole(1)
    email = fields.String()
    name = fields.String()
    role = choice(*users.ROLES)
    subscription_status = choice(*users.PLANS)
    subscription_expires_at = Instant(allow_none=True)
    is_active = Flag()
    last_login = Instant(allow_none=True)
    login_count = fields.Integer()
    created_at = Instant()


class ExtraTimeIn(Schema):
    extra_time_factor = Number(1, 5, required=True, metadata={"description": "1.5 makes 60 minutes 90"})


class ExtraTime(TypedDict):
    """An `ExtraTimeIn` as it was read."""

    extra_time_factor: float


class ExtraTimeOut(Out):
    user_id = Whole(1)
    extra_time_factor = fields.Float()
    set_at = Instant()


class PeoplePage(Out):
    users = fields.List(fields.Nested(PersonOut))
    next = Whole(1, allow_none=True)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@blp.route("")
@allow(*ADMINS)
@blp.arguments(PeopleQuery, location="query")
@blp.response(200, PeoplePage)
def list_users(query: PeoplePageQuery) -> dict[str, object]:
    """Users; with `q`, those whose e-mail or name begins with it"""
    return paging.page("users", people.page(query.get("q"), query.get("after", 0), query["limit"]))


@blp.route("/<id:user_id>", methods=["PATCH"])
@allow(*ADMINS)
@raises(Conflict)
@blp.arguments(PersonIn)
@blp.response(200, PersonOut)
@blp.unless_damaged
def change_user(values: PersonValues, user_id: int) -> PersonRow:
    """Change a user's role, plan, or whether they may come in; it counts within a minute"""
    person = people.change(user_id, values, requests.actor())
    auth.admission().standings.forget(str(user_id))
    return person


@blp.route("/<id:user_id>/accommodations", methods=["PUT"])
@allow(*ADMINS)
@raises(NotFound)
@blp.arguments(ExtraTimeIn)
@blp.response(200, ExtraTimeOut)
def give_extra_time(body: ExtraTime, user_id: int) -> Granted:
    """Give a user more time in every test, also in one that runs; 1 takes it back, which ends no test at once"""
    return accommodations.put(user_id, body["extra_time_factor"], _now(), requests.actor())
