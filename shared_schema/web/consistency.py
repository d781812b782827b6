"""Read your writes over HTTP: a write answers with a token, a read that brings it sees that write.

The token is a tick of the database's clock. It travels in a header for programs and in a short-lived cookie for
browsers. Without a replica all reads see all writes, and the token changes nothing.
"""

from flask import Flask, Response, request

from shared_schema.database import consistency

HEADER = "X-Consistency-Token"
COOKIE = "consistency"
COOKIE_S = 60


def follow(app: Flask) -> None:
    """Before each request, read the client's token; after a write, answer with a new one."""

    @app.before_request
    def begin() -> None:
        consistency.wanted.set(max(_tick(request.headers.get(HEADER)), _tick(request.cookies.get(COOKIE))))
        consistency.written.set(0)
        consistency.stale.set(False)

    @app.after_request
    def end(response: Response) -> Response:
        # A refusal has written for the log at most, which no read of the client has to see.
        if response.status_code < 400 and (tick := consistency.written.get()):
            response.headers[HEADER] = str(tick)
            response.set_cookie(COOKIE, str(tick), max_age=COOKIE_S, httponly=True, samesite="Lax")
        if consistency.stale.get():
            response.headers["Warning"] = '110 - "Response is Stale"'
        return response


def _tick(text: str | None) -> int:
    """The tick in a token; 0, which every replica has reached, for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0
