"""Strong ETags: a digest of the body, and 304 to who has it already."""

import hashlib
from typing import Any

import flask
from flask import Response, jsonify


def tagged(body: Any, request: flask.Request) -> Response:
    """The body with its ETag, or 304. Caches must ask each time: the catalog changes when its admin says so."""
    response = jsonify(body)
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
