"""Read your writes over HTTP: a write answers with a token, a read that brings it sees that write.

In a header for programs, in a short-lived cookie for browsers. Without a replica there is nothing to wait for, and the
token is harmless.
"""

from flask import Flask, Response, request

from shared_schema.database import consistency

HEADER = "X-Consistency-Token"
COOKIE = "consistency"
COOKIE_S = 60


def follow(app: Flask) -> None:
    """Take the caller's token before each request, give one after each write."""

    @app.before_request
    def begin() -> None:
        consistency.wanted.set(max(_tick(request.headers.get(HEADER)), _tick(request.cookies.get(COOKIE))))
        consistency.written.set(0)
        consistency.stale.set(False)

    @app.after_request
    def end(response: Response) -> Response:
        if tick := consistency.written.get():
            response.headers[HEADER] = str(tick)
            response.set_cookie(COOKIE, str(tick), max_age=COOKIE_S, httponly=True, samesite="Lax")
        if consistency.stale.get():
            response.headers["Warning"] = '110 - "Response is Stale"'
        return response


def _tick(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0
