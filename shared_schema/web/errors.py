"""Every failure becomes one problem document (RFC 9457, application/problem+json)."""

from typing import Any
from urllib.parse import quote

import peewee
import structlog
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from shared_schema.database import errors
from shared_schema.problems import (
    Conflict,
    Damaged,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TokenExpired,
    TokenInvalid,
    Unauthenticated,
)
from shared_schema.web.schema import camel

_log = structlog.get_logger()
PROBLEMS: dict[type[Problem], tuple[int, str]] = {
    NotFound: (404, "NOT_FOUND"),
    Conflict: (409, "CONFLICT"),
    Damaged: (409, "CONFLICT"),
    Invalid: (422, "VALIDATION_FAILED"),
    Unauthenticated: (401, "AUTH_REQUIRED"),
    TokenExpired: (401, "TOKEN_EXPIRED"),
    TokenInvalid: (401, "TOKEN_INVALID"),
    Forbidden: (403, "PERMISSION_DENIED"),
}
# For what Flask, webargs and flask-smorest raise, by status.
CODES = {
    400: "VALIDATION_FAILED",
    401: "AUTH_REQUIRED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "VALIDATION_FAILED",
    429: "RATE_LIMIT_EXCEEDED",
    503: "DATABASE_UNAVAILABLE",
}
TITLES = {
    "VALIDATION_FAILED": "The request is not valid",
    "AUTH_REQUIRED": "A token is needed",
    "TOKEN_EXPIRED": "The token has expired",
    "TOKEN_INVALID": "The token does not count",
    "PERMISSION_DENIED": "Not allowed",
    "NOT_FOUND": "Not found",
    "CONFLICT": "In conflict with what is there",
    "METHOD_NOT_ALLOWED": "Not a method of this resource",
    "PAYLOAD_TOO_LARGE": "The body is too large",
    "UNSUPPORTED_MEDIA_TYPE": "Not a content type of this resource",
    "RATE_LIMIT_EXCEEDED": "Too many requests",
    "DATABASE_UNAVAILABLE": "The database cannot be reached",
    "INTERNAL_ERROR": "Something went wrong here",
}


_AWAY = {
    errors.Busy: "the database is busy",
    errors.Unreachable: "the database cannot be reached",
    errors.OutcomeUnknown: "the database was lost after the request was sent; whether it was done is not known",
    errors.StreamExpired: "the database gave up the transaction",
    errors.AccessDenied: "the database does not let this service in",
}


def register(app: Flask) -> None:
    """Let the app answer every failure with a problem document."""
    app.register_error_handler(Problem, _on_problem)
    app.register_error_handler(peewee.OperationalError, _on_database)
    app.register_error_handler(peewee.DataError, _on_data)
    app.register_error_handler(peewee.IntegrityError, _on_integrity)
    app.register_error_handler(Exception, _on_bug)


def document(status: int, code: str, detail: str | None, **extra: object) -> Response:
    """A problem+json response."""
    body = {
        "type": "about:blank",
        "title": TITLES[code],
        "status": status,
        "instance": quote(request.path),
        "code": code,
        "requestId": g.get("request_id"),
    }
    if detail:
        body["detail"] = detail
    response = Response(current_app.json.dumps(body | extra), status, mimetype="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        response.headers["Retry-After"] = "1"
    return response


def on_http(error: HTTPException) -> Response:
    """The problem document for an error of Flask, webargs or flask-smorest."""
    status = error.code or 500
    if status == 400:  # the wire contract has one status, 422, for every wrong body
        status = 422
    data = getattr(error, "data", None) or {}
    extra = {"errors": _flat(data["messages"])} if "messages" in data else {}
    code = CODES.get(status, "INTERNAL_ERROR")
    detail = None if extra or status >= 500 else error.description
    response = document(status, code, detail, **extra)
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _flat(messages: object) -> dict[str, list[str]]:
    """Messages by field, from those of webargs, which are first by place (`json`, `query`)."""
    if not isinstance(messages, dict):
        return {"body": _listed(messages)}
    merged: dict[str, Any] = {}
    for place, fields in messages.items():
        merged |= fields if isinstance(fields, dict) else {place: fields}
    # Messages under _schema, or directly under the place, are about the whole body.
    return {"body" if name in ("_schema", "json") else str(name): _listed(texts) for name, texts in merged.items()}


def _listed(messages: object, path: str = "") -> list[str]:
    """The messages of one field as a list; those of fields inside it begin with their path."""
    if isinstance(messages, dict):
        return [text for key, inner in messages.items() for text in _listed(inner, f"{path}{key}: ")]
    return [f"{path}{text}" for text in (messages if isinstance(messages, list) else [messages])]


def _on_problem(error: Problem) -> Response:
    status, code = PROBLEMS[type(error)]
    if isinstance(error, Damaged):
        place = {"table": error.table, "id": error.id, "column": error.column}
        _log.error("a row that cannot be used was asked for", **place, problem=error.problem)
    if not isinstance(error, Invalid) or not error.fields:
        return document(status, code, error.detail, **error.extra)
    messages = {wire_path(name): texts for name, texts in error.fields.items()}
    detail = f"{next(iter(messages))}: {error.detail}" if len(messages) == 1 else error.detail
    return document(status, code, detail, **error.extra, errors=messages)


def wire_path(name: str) -> str:
    """The name of a field on the wire: `exam_id` is `examId`, `3.exam_id` (of the fourth item) `3.examId`."""
    return ".".join(camel(part) for part in name.split("."))


def by_path(messages: object, path: str = "") -> dict[str, list[str]]:
    """marshmallow's tree of messages as one flat mapping: {"data.3.id": [...]}."""
    if not isinstance(messages, dict):
        return {path or "body": messages if isinstance(messages, list) else [str(messages)]}
    flat: dict[str, list[str]] = {}
    for key, inner in messages.items():
        flat |= by_path(inner, path if key == "_schema" else f"{path}.{key}".lstrip("."))
    return flat


def _on_database(error: peewee.OperationalError) -> Response:
    """503 if the database is busy or away, which a client may retry; 500 for a bug in our SQL."""
    cause = errors.cause(error)
    detail = next((text for kind, text in _AWAY.items() if isinstance(cause, kind)), None)
    if detail is None:
        return _on_bug(error)
    _log.warning("database unavailable", error=str(error), kind=type(cause).__name__)
    return document(503, "DATABASE_UNAVAILABLE", detail)


def _on_data(error: peewee.DataError) -> Response:
    return document(422, "VALIDATION_FAILED", str(error.args[-1]))


def _on_integrity(error: peewee.IntegrityError) -> Response:
    _log.warning("constraint refused", error=str(error))
    return document(409, "CONFLICT", "a rule of the database refuses this")


def _on_bug(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return on_http(error)
    _log.exception("unhandled", exc_info=error)
    return document(500, "INTERNAL_ERROR", None)
