"""Which roles may call which view. A view without `allow` is closed to everybody."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from shared_schema.problems import Forbidden, TokenInvalid, Unauthenticated
from shared_schema.web import tokens
from shared_schema.web.revoked import Revocations
from shared_schema.web.standing import Standings

View = TypeVar("View", bound=Callable[..., Any])

ANYONE = "anyone"
LEARNERS = ("user", "moderator", "admin")
MODERATORS = ("moderator", "admin")
ADMINS = ("admin",)
SERVICES = ("service",)
SERVICES_AND_ADMINS = ("service", "admin")
EVERYBODY = (*LEARNERS, *SERVICES)


def allow(*roles: str) -> Callable[[View], View]:
    """A decorator that names the roles which may call a view. It stands directly under `route`."""

    def mark(view: View) -> View:
        view.allowed = frozenset(roles)  # type: ignore[attr-defined]  # functions take any attribute; `allowed` reads it
        return view

    return mark


def allowed(app: Flask, endpoint: str) -> frozenset[str]:
    """The roles that may call an endpoint. Empty if the view names none."""
    roles: frozenset[str] = getattr(app.view_functions[endpoint], "allowed", frozenset())
    return roles


def open_to_anyone(app: Flask, *endpoints: str) -> None:
    """Let everybody call these endpoints, whose views come from a library and cannot be decorated."""
    for endpoint in endpoints:
        app.view_functions[endpoint] = allow(ANYONE)(functools.partial(app.view_functions[endpoint]))


@dataclass(frozen=True, slots=True)
class Admission:
    """What a process knows of tokens: those it has verified, those that were revoked, and whose owner still counts."""

    verifier: tokens.Verifier
    revoked: Revocations
    standings: Standings

    def token(self, text: str) -> tokens.Token:
        """The token, if it counts now. Raises TokenExpired or TokenInvalid."""
        token = self.verifier.read(text)
        if self.revoked.has(token.id, token.sign_in):
            raise TokenInvalid("the token was revoked")
        if token.caller.role != "service":
            self.standings.check(token)
        return token

    def forget(self) -> None:
        """Begin anew, as in a new process."""
        self.revoked.forget()
        self.standings.forget_all()


def guard(app: Flask, audience: str, keys: dict[str, str]) -> None:
    """Before each view, check the token of the request, its role and its scope."""
    standings = Standings()
    admission = Admission(tokens.Verifier(keys, audience), Revocations(standings.forget), standings)
    app.extensions |= {"admission": admission, "revocations": admission.revoked}

    @app.before_request
    def check() -> None:
        if request.endpoint is None:  # no such route; Flask answers 404
            return
        roles = allowed(current_app, request.endpoint)
        if ANYONE in roles:
            return
        g.token = token = admission.token(_bearer())
        g.caller = caller = token.caller
        if caller.role not in roles:
            raise Forbidden(f"a {caller.role} may not do this")
        if ("read" if request.method in ("GET", "HEAD", "OPTIONS") else "write") not in caller.scope:
            raise Forbidden("the token's scope does not cover this")


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("send Authorization: Bearer <token>")
    return token.strip()


def admission_of(app: Flask) -> Admission:
    """What the process of this app knows of tokens."""
    known: Admission = app.extensions["admission"]
    return known


def admission() -> Admission:
    """The same for the app of this request."""
    return admission_of(current_app)


def caller() -> tokens.Caller:
    """The caller by their token. Only in a view that `allow` guards."""
    verified: tokens.Caller = g.caller
    return verified


def token() -> tokens.Token:
    """The token itself. Only in a view that `allow` guards."""
    verified: tokens.Token = g.token
    return verified


def verified() -> tokens.Caller | None:
    """The caller, or None where the request has no valid token."""
    known: tokens.Caller | None = g.get("caller")
    return known


def user_id() -> int:
    """The id of the calling user. Only in a view for the roles of people: their subjects are ids."""
    return int(caller().subject)
