"""What a view tells the rules about its request: who acts, for the audit log, and the client's Idempotency-Key."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, g, jsonify, request

from shared_schema.audit import Actor
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import invalid
from shared_schema.web import auth, canonical, keyed

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


def once(about: str = "") -> Once:
    """The client's Idempotency-Key, with the caller and a digest of the whole request.

    `about` is what the request is about beside what it says.
    """
    return _once(_subject(), about)


def once_with(secret: str) -> Once:
    """The same for a request that needs no token: keys belong to whoever has this secret, which is not stored."""
    return _once(f"{_service()}:anyone:{hashlib.sha256(secret.encode()).hexdigest()}")


def once_of(key: str) -> Once:
    """An earlier request of the caller, to ask what became of it."""
    return Once(_subject(), _checked("key", key))


def _service() -> str:
    return auth.admission().verifier.audience


def _subject() -> str:
    return f"{_service()}:{auth.caller().role}:{auth.caller().subject}"


def _once(subject: str, about: str = "") -> Once:
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return Once(subject)
    digests = canonical.digest(request, about), canonical.digest_before(request)
    return Once(subject, _checked(KEY_HEADER, key), digests[0], request.endpoint, digests[1])


def _checked(name: str, key: str) -> str:
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise invalid(name, "1 to 255 printable characters")
    return key


def answer(receipt: Receipt) -> Response:
    """The response to a write, as its view shows the receipt. A header marks it if an earlier request did the work."""
    endpoint = str(request.endpoint)
    shown = keyed.shown_by(current_app, endpoint)
    if shown is None:
        raise LookupError(f"{endpoint} is not keyed")
    if receipt.replayed:
        check_may_be_told(endpoint, receipt.document)
    body, status = shown(receipt.document)
    response = Response(status=status) if body is None else jsonify(body)
    response.status_code = status
    if receipt.replayed:
        response.headers[REPLAYED_HEADER] = "true"
    return response


def check_may_be_told(endpoint: str, document: object) -> None:
    """Raise where the service must not give an earlier answer again now. A service says so in `withhold`."""
    withhold: Callable[[str, Any], None] | None = current_app.extensions.get("withhold")
    if withhold is not None:
        withhold(endpoint, document)
