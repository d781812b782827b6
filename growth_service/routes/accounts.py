"""Accounts of X."""

from flask import Response, jsonify
from marshmallow import fields

from growth_service import accounts
from growth_service.accounts import Changes
from growth_service.x import bodies
from shared_schema.problems import Damaged
from shared_schema.web import paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import SERVICES, allow
from shared_schema.web.schema import Instant, Out, Schema, Text, TextPage, Whole, choice

blp = Blueprint("accounts", __name__, url_prefix="/api/twitter/accounts", description="Accounts of X")


class AccountIn(Schema):
    username = fields.String(validate=bodies.HANDLE)
    display_name = Text(0, 500, allow_none=True)
    bio = Text(0, 5000, allow_none=True)
    followers_count = Whole()
    following_count = Whole()
    tweet_count = Whole()
    kind = choice(*accounts.KINDS, allow_none=True)


class AccountOut(Out):
    id = fields.String()
    username = fields.String(metadata={"description": "The id where X has not told us the handle"})
    display_name = fields.String(allow_none=True)
    bio = fields.String(allow_none=True)
    followers_count = fields.Integer()
    following_count = fields.Integer()
    tweet_count = fields.Integer()
    kind = choice(*accounts.KINDS, allow_none=True)
    last_analyzed_at = Instant(allow_none=True)
    created_at = Instant()
    updated_at = Instant()


class AccountFilter(TextPage):
    kind = choice(*accounts.KINDS, load_default=None, metadata={"description": "Only of this kind"})


class AccountQuery(paging.TextQuery):
    """AccountFilter, loaded."""

    kind: str | None


class AccountPage(Out):
    accounts = fields.List(fields.Nested(AccountOut))
    next = fields.String(allow_none=True)


@blp.route("/<account_id>", methods=["PUT"], parameters=[bodies.path("account_id", "The id of the account on X")])
@allow(*SERVICES)
@raises(Damaged)
@blp.arguments(AccountIn)
@blp.response(200, AccountOut)
@blp.alt_response(201, schema=AccountOut, description="Created")
def put_account(changes: Changes, account_id: str) -> Response:
    """Create or change an account by its id on X; what is not sent stays as it is"""
    account, created = accounts.put(account_id, changes, requests.actor())
    response = jsonify(AccountOut().dump(account))
    response.status_code = 201 if created else 200
    return response


@blp.route("")
@allow(*SERVICES)
@blp.arguments(AccountFilter, location="query")
@blp.response(200, AccountPage)
def list_accounts(query: AccountQuery) -> dict[str, object]:
    """Accounts by id, as text"""
    return paging.page("accounts", accounts.page(query["kind"], query.get("after", ""), query["limit"]))
