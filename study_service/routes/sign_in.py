"""Signing in with an ID token, staying signed in, and signing out."""

import hashlib
import secrets
import time
from typing import Any, NotRequired, TypedDict

from flask import Response, current_app, request
from marshmallow import fields

from shared_schema import rows
from shared_schema.idempotency import Receipt
from shared_schema.problems import Damaged, Forbidden, IssuerAway, NotFound, TokenExpired, TokenInvalid
from shared_schema.web import auth, requests, tokens
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import ANYONE, LEARNERS, allow
from shared_schema.web.config import GOOGLE, SignIn
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Instant, NoBody, Out, Schema, Text
from study_service import refreshes, sign_in, users
from study_service.id_tokens import Issuer
from study_service.issuer_keys import IssuerKeys
from study_service.refreshes import Made, Pair
from study_service.routes.users import UserOut
from study_service.sign_in import Claim

blp = Blueprint("sign_in", __name__, url_prefix="/api/auth", description="Signing in and out")
_MAX_TOKEN = 8000


class SignInIn(Schema):
    credential = Text(1, _MAX_TOKEN, required=True)
    nonce = Text(1, 255)
    ref = Text(1, 100)


class RefreshIn(Schema):
    refresh_token = Text(1, 255, required=True)


class SignInBody(TypedDict):
    """A `SignInIn` as it was read."""

    credential: str
    nonce: NotRequired[str]
    ref: NotRequired[str]


class TokensOut(Out):
    user = fields.Nested(UserOut)
    token = fields.String()
    expires_at = Instant()
    refresh_token = fields.String()


def set_up(config: SignIn) -> dict[str, object]:
    """What the routes need, for `app.extensions`. An issuer's keys are fetched when the first person signs in."""
    names = (GOOGLE, GOOGLE.removeprefix("https://")) if config.issuer == GOOGLE else (config.issuer,)
    return {"sign_in": config, "issuer": Issuer(names, config.client_ids, IssuerKeys(config.keys_url))}


def _tokens(made: Made) -> tuple[object, int]:
    """The pair of a receipt, made anew: the same receipt gives the same tokens."""
    user, keys = made["user"], auth.admission().verifier.keys
    claims: dict[str, Any] = {
        "sub": str(user["id"]),
        "role": user["role"],
        "scope": "read write",
        "aud": "study" if user["role"] == "user" else list(tokens.AUDIENCES),
        "iat": made["issued_at"],
        "exp": made["expires_at"],
        "jti": made["token_id"],
        "sid": made["sign_in"],
    }
    body = {
        "user": rows.one("users", user, users.shown),
        "token": tokens.signed(keys, made["kid"], claims),
        "expires_at": made["expires_at"],
        "refresh_token": tokens.refresh_token(keys, made["kid"], made["salt"]),
    }
    return TokensOut.of(body), 200


def _signed_out(_: None) -> tuple[object, int]:
    return None, 204


@blp.route("/google", methods=["POST"])
@allow(ANYONE)
@keyed(_tokens)
@raises(TokenInvalid, TokenExpired, Forbidden, NotFound, Damaged, IssuerAway)
@blp.arguments(SignInIn)
@blp.response(200, TokensOut)
def sign_in_with_google(body: SignInBody) -> Response:
    """Sign in with an ID token of Google; who comes for the first time becomes a user"""
    issuer: Issuer = current_app.extensions["issuer"]
    if not issuer.client_ids:
        raise NotFound("nobody can sign in here: GOOGLE_CLIENT_IDS is not set")
    agent = "".join(c for c in request.headers.get("User-Agent", "")[:300] if c.isprintable())
    claim = Claim(body["credential"], body.get("nonce"), body.get("ref"), agent or None, secrets.token_hex(16))
    once = requests.once_with(body["credential"])
    return _answer(sign_in.by_id_token(issuer, claim, _pair(), requests.visitor(), once))


@blp.route("/refresh", methods=["POST"])
@allow(ANYONE)
@keyed(_tokens)
@raises(TokenInvalid, TokenExpired, Damaged)
@blp.arguments(RefreshIn)
@blp.response(200, TokensOut)
def refresh_tokens(body: dict[str, str]) -> Response:
    """A new pair of tokens for a refresh token, which counts once: one that comes back ends its sign-in"""
    token = body["refresh_token"]
    return _answer(refreshes.refresh(_digest(token), _pair(), requests.visitor(), requests.once_with(token)))


@blp.route("/logout", methods=["POST"])
@allow(*LEARNERS)
@keyed(_signed_out)
@blp.arguments(NoBody, required=False)
@blp.response(204)
def sign_out(_: dict[str, object]) -> Response:
    """End the sign-in of the token, with its refresh token; one that an operator has minted ends alone"""
    token = auth.token()
    seconds = max(1, token.expires_at - int(time.time())) + 60
    going = refreshes.Going(auth.user_id(), token.sign_in, token.id, seconds)
    # The same key with another token would end another sign-in.
    receipt = refreshes.out(going, requests.actor(), requests.once(token.id))
    if token.sign_in is None:
        auth.admission().revoked.add("token", token.id, seconds)
    else:
        auth.admission().revoked.add("sign_in", token.sign_in, seconds)
    return requests.answer(receipt)


def _pair() -> Pair:
    """A pair that nobody has yet."""
    keys, config = auth.admission().verifier.keys, _config()
    kid, salt = next(iter(keys)), secrets.token_hex(32)
    return Pair(
        kid=kid,
        salt=salt,
        token_id=secrets.token_hex(16),
        issued_at=int(time.time()),
        access_s=config.access_s,
        refresh_s=config.refresh_s,
        digest=_digest(tokens.refresh_token(keys, kid, salt)),
    )


def _answer(receipt: Receipt) -> Response:
    response = requests.answer(receipt)
    response.headers["Cache-Control"] = "no-store"
    return response


def _config() -> SignIn:
    config: SignIn = current_app.extensions["sign_in"]
    return config


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
