"""The users, for admins."""

from typing import NotRequired, TypedDict

from marshmallow import fields

from shared_schema.problems import Conflict
from shared_schema.web import auth, paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import ADMINS, allow
from shared_schema.web.schema import Flag, Instant, Out, Page, Schema, Text, Whole, choice
from study_service import people, users
from study_service.people import PersonRow, PersonValues

blp = Blueprint("people", __name__, url_prefix="/api/users", description="Users, for admins")


class PeopleQuery(Page):
    q = Text(1, 100)


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
    login_count = Whole()
    created_at = Instant()


class PeoplePage(Out):
    users = fields.List(fields.Nested(PersonOut))
    next = Whole(1, allow_none=True)


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
