"""Headers in the OpenAPI document."""

from typing import Any

_TEXT = {"type": "string"}
_SECONDS = {"type": "integer", "minimum": 0}

# Of answers: the schema, whether it always comes, and what it says.
ANSWERED: dict[str, dict[str, Any]] = {
    name: {"schema": schema, "required": always, "description": text}
    for name, schema, always, text in (
        ("X-Request-ID", _TEXT, True, "The id under which the log has the request"),
        ("X-Consistency-Token", _TEXT, False, "Send it with a read that has to see this write"),
        ("Idempotency-Replayed", {"type": "string", "const": "true"}, False, "An earlier request did this"),
        ("ETag", _TEXT, True, "Send it as If-None-Match: 304 while nothing has changed; or with a change as If-Match"),
        ("Retry-After", _SECONDS, True, "The seconds after which to try again"),
        ("WWW-Authenticate", _TEXT, True, "How to sign in: Bearer"),
        ("RateLimit-Policy", _TEXT, False, 'The limit that counted this request, as "name";q=requests;w=seconds'),
        ("RateLimit", _TEXT, False, 'What is left of it, as "name";r=requests;t=seconds until it starts anew'),
    )
}
EVERYWHERE = ("X-Request-ID", "RateLimit-Policy", "RateLimit")
# Of requests.
SENT: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        "description": "The same key with the same request is answered from the first; with another, 409.",
    },
    "If-None-Match": {"schema": _TEXT, "description": "The ETag of the body that the client has"},
    "If-Match": {
        "schema": _TEXT,
        "required": True,
        "description": "The ETag of what is to be changed: 412 if somebody else has changed it since",
    },
    "X-Consistency-Token": {
        "schema": _TEXT,
        "description": "The token of a write that this read has to see",
    },
}


def components() -> dict[str, Any]:
    """The parts of the document that operations refer to."""
    sent = {name: {"in": "header", "name": name, **header} for name, header in SENT.items()}
    return {"headers": dict(ANSWERED), "parameters": sent}  # copies: each service leaves out what it does not use


def answered(names: list[str]) -> dict[str, Any]:
    """References to headers of an answer."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def sent(name: str) -> dict[str, str]:
    """A reference to a header of a request."""
    return {"$ref": f"#/components/parameters/{name}"}
