"""What became of a request to a server, in one table: it was not applied, nobody knows, or it is refused for good.

| what came back | what it proves | what is done |
|---|---|---|
| no connection: refused, timed out, the name not found | not applied: `NotApplied` | tried again |
| a body that says the server had no room (`_NO_ROOM`) | not applied: `NotApplied` | tried again |
| the lock is missed at BEGIN | not applied: `errors.Busy` | tried again |
| the stream of a baton has expired | not applied: `errors.StreamExpired` | tried again, if at rest |
| the connection breaks, or is silent, after the request | unknown: `Unknown` | tried again, if repeatable |
| HTTP 200 that is no Hrana; 408, 425, 429 or 5xx of a gateway | unknown: `Unknown` | tried again, if repeatable |
| HTTP 401, 403, a certificate that does not verify | refused: `errors.AccessDenied` | raised |
| an error of the server as JSON | refused: by its code and text | raised |
| any other status: 404, 413, a redirect | refused: `errors.Refused` | raised |
| Hrana that says OK, with a value that cannot be read | applied: `errors.Applied` | raised |

A gateway may answer 429 or 503 after the server has carried out what it was sent, so a status alone proves nothing.
Source of the server's texts: libsql-server/src/error.rs of libSQL; they are the same from 0.24.1 to 0.24.32.
"""

import orjson

from shared_schema.database import errors
from shared_schema.database.server import replies

# The server had no room for the request, and has run nothing of it.
_NO_ROOM = frozenset(
    {
        "Server can't handle additional transactions",
        "Too many concurrent requests",
        "Timed out while opening database connection",
        "Failed to connect to primary",
        "Namespace store has shutdown",
    }
)
_DENIED = (401, 403)
_MAY_HAVE_RUN = frozenset({200, 408, 425, 429, 500, 502, 503, 504})


class NotApplied(Exception):
    """The server has not run the request, so nothing can have happened."""


class Unknown(Exception):
    """The request was sent, and no answer says what became of it."""


def of_status(url: str, status: int, body: bytes) -> Exception:
    """The exception for an answer that brings no results."""
    text, typed = _read(body)
    if status in _DENIED:
        return errors.AccessDenied(f"{url} refuses the token", str(status))
    if text in _NO_ROOM:
        return NotApplied(f"HTTP {status} {text}")
    if typed is not None and status != 200:
        return typed
    what = f"HTTP {status} {text}" if status != 200 else "its answer is not Hrana"
    if status in _MAY_HAVE_RUN or status > 504:
        return Unknown(what)
    if isinstance(expired := errors.from_text(text), errors.StreamExpired):
        return expired
    return errors.Refused(f"{url} answers {what}", str(status))


def _read(body: bytes) -> tuple[str, errors.DatabaseError | None]:
    """The text of an answer, and the error that it tells in Hrana's form or in that of the server's own API."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    if isinstance(answer, dict) and isinstance(message := answer.get("message"), str):
        return message, replies.error_of(answer)
    if isinstance(answer, dict) and isinstance(message := answer.get("error"), str):
        return message, None
    return body[:200].decode("utf-8", "replace"), None
