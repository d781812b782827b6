"""Accounts of X."""

from flask import Response, current_app, jsonify
from marshmallow import fields

from growth_service.posts import accounts, tweets
from growth_service.posts.accounts import Changes
from growth_service.x import bodies, responses, users
from growth_service.x.answers import FetchedAt, FetchQuery, Ingested, ingested, moment
from shared_schema.problems import Damaged
from shared_schema.web import paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import SERVICES, SERVICES_AND_ADMINS, allow
from shared_schema.web.bodies import up_to
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Instant, Out, Schema, Text, TextPage, Whole, choice

blp = Blueprint("accounts", __name__, url_prefix="/api/twitter/accounts", description="Accounts of X")


class AccountIn(Schema):
    username = fields.String(validate=users.HANDLE)
    display_name = Text(0, 500, allow_none=True)
    bio = Text(0, 5000, allow_none=True)
    followers_count = Whole()
    following_count = Whole()
    tweet_count = Whole()
    kind = choice(*accounts.KINDS, allow_none=True)


class AccountOut(Out):
    id = fields.String()
    username = fields.String(allow_none=True, metadata={"description": "null where X has not told it"})
    display_name = fields.String(allow_none=True)
    bio = fields.String(allow_none=True)
    followers_count = fields.Integer()
    following_count = fields.Integer()
    tweet_count = fields.Integer()
    kind = choice(*accounts.KINDS, allow_none=True)
    last_analyzed_at = Instant(allow_none=True)
    created_at = Instant()
    updated_at = Instant()
    unavailable = fields.String(allow_none=True, metadata={"description": "Why the account cannot be seen on X"})
    fetched_at = Instant(allow_none=True)


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
    response = jsonify(AccountOut.of(account))
    response.status_code = 201 if created else 200
    return response


@blp.route("/<account_id>", parameters=[bodies.path("account_id", "The id of the account on X")])
@allow(*SERVICES_AND_ADMINS)
@blp.response(200, AccountOut)
@blp.unless_damaged
def get_account(account_id: str) -> accounts.Account:
    """One account"""
    return accounts.get(account_id)


@blp.route("", methods=["POST"])
@allow(*SERVICES)
@keyed(ingested)
@up_to(bodies.MAX_BYTES)
@blp.arguments(FetchedAt, location="query")
@blp.arguments(bodies.XUserResponse)
@blp.response(200, Ingested)
def ingest_accounts(query: FetchQuery, response: bodies.UserResponse) -> Response:
    """Store a response of the X API v2 with users as it came; all of it or, with an error, nothing"""
    fetched = responses.users(response, moment(query))
    pending_s = current_app.config["ENGAGEMENT"].pending_s
    return requests.answer(tweets.ingest(fetched, requests.actor(), requests.once(), pending_s))


@blp.route("")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(AccountFilter, location="query")
@blp.response(200, AccountPage)
def list_accounts(query: AccountQuery) -> dict[str, object]:
    """Accounts by id, as a number"""
    return paging.page("accounts", accounts.page(query["kind"], query.get("after", ""), query["limit"]))
