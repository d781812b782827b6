"""Strong ETags: a digest of the body. A client that has the same body already gets 304."""

import hashlib

import flask
from flask import Response, jsonify


def tagged(body: object, request: flask.Request) -> Response:
    """The body as JSON with its ETag, or 304 without it. Caches must ask each time: an admin may have changed it."""
    response = jsonify(body)
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    # If-Match is for changes; to a read with it, werkzeug would answer 412 with the whole body.
    response.make_conditional({**request.environ, "HTTP_IF_MATCH": ""})
    return response
