"""ETags: of a body, for reads that need not be repeated, and of a state, for changes that must not undo others."""

import hashlib
from collections.abc import Callable

import flask
from flask import Response, jsonify

from shared_schema.problems import PreconditionFailed, PreconditionRequired


def tagged(body: object, request: flask.Request) -> Response:
    """The body as JSON with its ETag, or 304 without it. Caches must ask each time: an admin may have changed it."""
    response = jsonify(body)
    response.set_etag(_digest(response.get_data()))
    response.headers["Cache-Control"] = "private, no-cache"
    # If-Match is for changes; to a read with it, werkzeug would answer 412 with the whole body.
    response.make_conditional({**request.environ, "HTTP_IF_MATCH": ""})
    return response


def stated(body: object, state: str) -> Response:
    """The body as JSON with the ETag of a state: a text that has all that people change, and no counter.

    It is no tag of the body, so no read is answered 304 by it. A view that gives it is `api.versioned`.
    """
    response = jsonify(body)
    response.set_etag(_digest(state.encode()))
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def expected() -> Callable[[str], None]:
    """What the rules call with the state that they have read, before they change anything.

    PreconditionRequired without an If-Match, PreconditionFailed where it names other states. `*` is any state.
    """
    sent, tags = flask.request.headers.get("If-Match", "").strip(), flask.request.if_match

    def check(state: str) -> None:
        if not sent:
            raise PreconditionRequired("send the ETag of what you have read as If-Match")
        if not tags.contains(_digest(state.encode())):  # which is true of a star, and never of a weak tag
            raise PreconditionFailed

    return check


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
