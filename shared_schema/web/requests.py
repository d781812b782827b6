"""What a view tells the rules about its request: who acts, for the audit log, and the client's Idempotency-Key."""

import hashlib

from flask import Response, g, jsonify, request

from shared_schema.audit import Actor
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import invalid
from shared_schema.web import auth

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"


def actor() -> Actor:
    """The caller and the request, for the audit log."""
    return _actor(auth.caller().subject, auth.caller().role)


def visitor() -> Actor:
    """The same for a request that needs no token."""
    return _actor("anyone", "anyone")


def _actor(subject: str, role: str) -> Actor:
    where = (g.request_id, request.method, request.path, request.remote_addr)
    return Actor(subject, *where, role=role, user_agent=request.user_agent.string or None)


def once() -> Once:
    """The client's Idempotency-Key, with the caller and a digest of the whole request."""
    return _once(f"{auth.caller().role}:{auth.caller().subject}")


def once_with(secret: str) -> Once:
    """The same for a request that needs no token: keys belong to whoever has this secret, which is not stored."""
    return _once(f"anyone:{hashlib.sha256(secret.encode()).hexdigest()}")


def _once(subject: str) -> Once:
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return Once(subject)
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise invalid(KEY_HEADER, "1 to 255 printable characters")
    request_text = f"{request.method} {request.full_path}\n".encode() + request.get_data()
    return Once(subject, key, hashlib.sha256(request_text).hexdigest())


def answer(receipt: Receipt, body: object, status: int = 201) -> Response:
    """The response to a write. A header marks it if an earlier request with the same key did the work."""
    response = jsonify(body)
    response.status_code = status
    if receipt.replayed:
        response.headers[REPLAYED_HEADER] = "true"
    return response
