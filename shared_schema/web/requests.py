"""What a view hands to the rules about the request itself: the actor for the audit log, the client's key."""

import hashlib
from typing import Any

from flask import Response, g, jsonify, request

from shared_schema.audit import Actor
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import invalid
from shared_schema.web import auth

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"


def actor() -> Actor:
    """Who acts, for the audit log."""
    return Actor(auth.caller().subject, g.request_id, request.method, request.path, request.remote_addr)


def once() -> Once:
    """The client's Idempotency-Key bound to who sent it and to what was sent."""
    subject = f"{auth.caller().role}:{auth.caller().subject}"
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return Once(subject)
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise invalid(KEY_HEADER, "1 to 255 printable characters")
    said = f"{request.method} {request.full_path}\n".encode() + request.get_data()
    return Once(subject, key, hashlib.sha256(said).hexdigest())


def answer(receipt: Receipt, body: Any, status: int = 201) -> Response:
    """The response to a write, marked if it is a replay."""
    response = jsonify(body)
    response.status_code = status
    if receipt.replayed:
        response.headers[REPLAYED_HEADER] = "true"
    return response
