"""The users, for admins."""

from typing import NotRequired, TypedDict

from marshmallow import fields

from shared_schema.web import auth, paging, requests
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import ADMINS, allow
from shared_schema.web.schema import Flag, Instant, Page, Schema, Text, choice
from study_service import people
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
    role = choice("user", "moderator", "admin")
    subscription_status = choice("free", "premium", "enterprise")
    subscription_expires_at = Instant(allow_none=True)
    is_active = Flag()


class PersonOut(Schema):
    id = fields.Integer()
    email = fields.String()
    name = fields.String()
    role = fields.String()
    subscription_status = fields.String()
    subscription_expires_at = Instant(allow_none=True)
    is_active = Flag()
    last_login = Instant(allow_none=True)
    login_count = fields.Integer()
    created_at = Instant()


class PeoplePage(Schema):
    users = fields.List(fields.Nested(PersonOut))
    next = fields.Integer(allow_none=True)


@blp.route("")
@allow(*ADMINS)
@blp.arguments(PeopleQuery, location="query")
@blp.response(200, PeoplePage)
def list_people(query: PeoplePageQuery) -> dict[str, object]:
    """Users; with `q`, those whose e-mail or name begins with it"""
    return paging.page("users", people.page(query.get("q"), query.get("after", 0), query["limit"]))


@blp.route("/<id:user_id>", methods=["PATCH"])
@allow(*ADMINS)
@blp.arguments(PersonIn)
@blp.response(200, PersonOut)
@blp.unless_damaged
def change_person(values: PersonValues, user_id: int) -> PersonRow:
    """Change a user's role, plan, or whether they may come in; it counts within a minute"""
    person = people.change(user_id, values, requests.actor())
    auth.admission().standings.forget(str(user_id))
    return person
