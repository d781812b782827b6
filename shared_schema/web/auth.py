"""Which roles may call which view. A view without `allow` is closed to everybody."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from shared_schema.problems import Forbidden, TokenInvalid, Unauthenticated
from shared_schema.web import tokens

View = TypeVar("View", bound=Callable[..., Any])

ANYONE = "anyone"
LEARNERS = ("user", "moderator", "admin")
MODERATORS = ("moderator", "admin")
ADMINS = ("admin",)
SERVICES = ("service",)
SERVICES_AND_ADMINS = ("service", "admin")


def allow(*roles: str) -> Callable[[View], View]:
    """A decorator that names the roles which may call a view. It stands directly under `route`."""

    def mark(view: View) -> View:
        view.allowed = frozenset(roles)  # type: ignore[attr-defined]
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


def guard(app: Flask, audience: str, keys: dict[str, str]) -> None:
    """Before each view, check the token of the request, its role and its scope."""

    @app.before_request
    def check() -> None:
        if request.endpoint is None:  # no such route; Flask answers 404
            return
        roles = allowed(current_app, request.endpoint)
        if ANYONE in roles:
            return
        g.caller = caller = tokens.verify(keys, audience, _bearer())
        if caller.role not in roles:
            raise Forbidden(f"a {caller.role} may not do this")
        if ("read" if request.method in ("GET", "HEAD", "OPTIONS") else "write") not in caller.scope:
            raise Forbidden("the token's scope does not cover this")


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("send Authorization: Bearer <token>")
    return token.strip()


def caller() -> tokens.Caller:
    """The caller by their token. Only in a view that `allow` guards."""
    verified: tokens.Caller = g.caller
    return verified


def verified() -> tokens.Caller | None:
    """The caller, or None where the request has no valid token."""
    known: tokens.Caller | None = g.get("caller")
    return known


def user_id() -> int:
    """The id of the calling user. Raises TokenInvalid if the token's subject is no number."""
    subject = caller().subject
    if not subject.isdecimal() or len(subject) > 18:
        raise TokenInvalid("the token's subject is no user")
    return int(subject)
