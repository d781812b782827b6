"""Read your writes over HTTP: a write answers with a token, a read that brings it sees that write.

The token is a tick of the database's clock and the second of its making, signed: nobody can make the services wait
for a tick that never was. It travels in a header for programs and in a short-lived cookie for browsers. Without a
replica all reads see all writes, and the token changes nothing.
"""

import base64
import hmac
import time
from collections.abc import Mapping

from flask import Flask, Response, g, request

from shared_schema.tables import db

HEADER = "X-Consistency-Token"
COOKIE = "consistency"
COOKIE_S = 60
# No replica is read that is older than this (`TURSO_MAX_STALENESS_SECONDS` goes no further), so that an older token
# changes nothing, unless the database has been restored from a backup: then the clock may never reach its tick.
TOKEN_S = 3600
_PURPOSE = b"consistency token"


class Signer:
    """Makes and reads tokens. Both services have the same keys, and take each other's."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = [hmac.digest(secret.encode(), _PURPOSE, "sha256") for secret in keys.values()]

    def token(self, tick: int) -> str:
        """A token for a tick, signed with the first key."""
        text = f"{tick}.{int(time.time())}"
        return f"{text}.{_signature(self._keys[0], text)}"

    def tick(self, token: str | None) -> int:
        """The tick in a token of ours; 0, which every replica has reached, for anything else."""
        if not token or len(token) > 64 or not token.isascii():
            return 0
        text, _, signature = token.rpartition(".")
        if not any(hmac.compare_digest(_signature(key, text), signature) for key in self._keys):
            return 0
        tick, _, made_at = text.partition(".")
        return int(tick) if abs(time.time() - int(made_at)) <= TOKEN_S else 0


def _signature(key: bytes, text: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")[:15]).decode()


def follow(app: Flask, signer: Signer) -> None:
    """Before each request, forget the last one; after a write, answer with a token."""

    @app.before_request
    def begin() -> None:
        db.clock.begin()

    @app.after_request
    def end(response: Response) -> Response:
        # A refusal has written for the log at most, other reads have kept what they measured: nobody has to see that.
        view = app.view_functions.get(request.endpoint or "")
        is_write = request.method not in ("GET", "HEAD") or "may_write" in getattr(view, "_apidoc", {})
        if is_write and response.status_code < 400 and (tick := db.clock.written.get()):
            token = signer.token(tick)
            response.headers[HEADER] = token
            response.set_cookie(COOKIE, token, max_age=COOKIE_S, httponly=True, samesite="Lax")
        if db.clock.stale.get():
            response.headers["Warning"] = '110 - "Response is Stale"'
        return response


def heed(app: Flask, signer: Signer) -> None:
    """Let the reads of a known caller see what its tokens tell of. Call it after the guard is set up: for a stranger,
    and for the probes, nothing is waited for.
    """

    @app.before_request
    def want() -> None:
        if "caller" in g:
            brought = (request.headers.get(HEADER), request.cookies.get(COOKIE))
            db.clock.wanted.set(max(signer.tick(token) for token in brought))
