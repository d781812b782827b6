"""Browsers on other origins (CORS): which may call us, and their preflights, which come without a token.

Our own code and not flask-cors, because that names the same methods for every route, leaves `Vary: Origin` out where an
origin is foreign or missing, and cannot answer before the token is looked at.

No cookie crosses origins, since no answer allows credentials: a browser there sends its consistency token in the
header, as programs do. The answer to a foreign origin is as ever; its page cannot read it.
"""

import os
import re
from collections.abc import Iterable

from flask import Flask, Response, current_app, request

from shared_schema.environment import ConfigurationError

PREFLIGHT_S = 7200  # the longest that Chromium keeps an answer to a preflight
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
ALLOWED = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "traceparent",
    "tracestate",
    "X-Consistency-Token",
    "X-Request-ID",
)
EXPOSED = (
    "Allow",
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Server-Timing",
    "traceparent",
    "Warning",
    "WWW-Authenticate",
    "X-Consistency-Token",
    "X-Request-ID",
)

_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:]+\])(?::([1-9][0-9]{0,4}|\*))?")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_USUAL_PORT = {"http": "80", "https": "443"}


def from_env() -> tuple[str, ...]:
    """`$CORS_ORIGINS`, with commas, each as browsers send it; `http://localhost:*` is any port of this machine."""
    parts = (part.strip() for part in os.environ.get("CORS_ORIGINS", "").split(","))
    return tuple(_origin(part) for part in parts if part)


def _origin(text: str) -> str:
    match = _ORIGIN.fullmatch(text.lower())
    if match is None:
        reason = "is not an origin, scheme://host[:port] without a path or a star"
        raise ConfigurationError(f"CORS_ORIGINS: {text!r} {reason}")
    scheme, host, port = match.groups()
    if port == "*" and host not in _LOOPBACK:
        raise ConfigurationError(f"CORS_ORIGINS: {text!r} names any port; only {', '.join(_LOOPBACK)} may")
    if port and port != "*" and int(port) > 65535:
        raise ConfigurationError(f"CORS_ORIGINS: {text!r} has no such port")
    return f"{scheme}://{host}" + (f":{port}" if port and port != _USUAL_PORT[scheme] else "")


def follow(app: Flask, origins: Iterable[str]) -> None:
    """Answer OPTIONS before anything looks at a token, and let the pages of these origins read every answer."""
    allowed = re.compile("|".join(re.escape(origin).replace(r":\*", "(:[0-9]+)?") for origin in origins) or "(?!)")
    app.extensions["origins"] = allowed

    @app.before_request
    def options() -> Response | None:
        if request.method != "OPTIONS":
            return None
        preflight = "Origin" in request.headers and "Access-Control-Request-Method" in request.headers
        if request.url_rule is None and not preflight:
            return None  # no such route; Flask answers 404
        response = current_app.make_default_options_response()
        response.status_code = 204
        if preflight:
            _tell_preflight(response, allowed)
        return response

    @app.after_request
    def admit(response: Response) -> Response:
        vary = response.headers.get("Vary")
        response.headers["Vary"] = f"{vary}, Origin" if vary else "Origin"
        response.headers.update(readable(app, request.headers.get("Origin")))
        return response


def readable(app: Flask, origin: str | None) -> dict[str, str]:
    """The headers by which a page of this origin may read an answer; none if it is not one of ours."""
    if not origin or not app.extensions["origins"].fullmatch(origin):
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": ", ".join(EXPOSED)}


def _tell_preflight(response: Response, allowed: re.Pattern[str]) -> None:
    """What the real request may have. Where there is no route every method may come, so that its 404 can be read."""
    response.headers["Vary"] = "Access-Control-Request-Method, Access-Control-Request-Headers"
    if allowed.fullmatch(request.headers["Origin"]):
        methods = response.allow or METHODS
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(methods))
        response.headers["Access-Control-Allow-Headers"] = ", ".join(ALLOWED)
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_S)
