"""Every failure becomes one problem document (RFC 9457, application/problem+json)."""

from urllib.parse import quote

import peewee
import structlog
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from shared_schema.database import errors
from shared_schema.problems import (
    BudgetExceeded,
    Conflict,
    Damaged,
    Forbidden,
    Forgotten,
    Invalid,
    IssuerAway,
    NeverHappened,
    NotFound,
    PlanLimitReached,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    TimeOver,
    TokenExpired,
    TokenInvalid,
    Unauthenticated,
    Vanished,
)
from shared_schema.web import messages

_log = structlog.get_logger()
PROBLEMS: dict[type[Problem], tuple[int, str]] = {
    NotFound: (404, "NOT_FOUND"),
    NeverHappened: (404, "NEVER_HAPPENED"),
    Forgotten: (410, "FORGOTTEN"),
    Conflict: (409, "CONFLICT"),
    Vanished: (409, "CONFLICT"),
    TimeOver: (409, "TIME_OVER"),
    BudgetExceeded: (409, "BUDGET_EXCEEDED"),
    Damaged: (409, "CONFLICT"),
    PreconditionFailed: (412, "PRECONDITION_FAILED"),
    Invalid: (422, "VALIDATION_FAILED"),
    PreconditionRequired: (428, "PRECONDITION_REQUIRED"),
    Unauthenticated: (401, "AUTH_REQUIRED"),
    TokenExpired: (401, "TOKEN_EXPIRED"),
    TokenInvalid: (401, "TOKEN_INVALID"),
    Forbidden: (403, "PERMISSION_DENIED"),
    PlanLimitReached: (429, "PLAN_LIMIT_REACHED"),
    IssuerAway: (503, "ISSUER_UNAVAILABLE"),
}
# For what the server answers before the app has seen the request, by status.
SERVERS = {
    400: "BAD_REQUEST",
    408: "REQUEST_TIMEOUT",
    414: "URI_TOO_LONG",
    417: "EXPECTATION_FAILED",
    431: "HEADERS_TOO_LARGE",
    500: "INTERNAL_ERROR",
    501: "NOT_IMPLEMENTED",
    503: "OVERLOADED",
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
    "NEVER_HAPPENED": "No request with this key was carried out",
    "FORGOTTEN": "Too long ago to tell",
    "CONFLICT": "In conflict with what is there",
    "TIME_OVER": "The time is over",
    "BUDGET_EXCEEDED": "The budget has not that much left",
    "METHOD_NOT_ALLOWED": "Not a method of this resource",
    "PRECONDITION_FAILED": "Changed since it was read",
    "PRECONDITION_REQUIRED": "If-Match is needed",
    "PAYLOAD_TOO_LARGE": "The body is too large",
    "UNSUPPORTED_MEDIA_TYPE": "Not a content type of this resource",
    "RATE_LIMIT_EXCEEDED": "Too many requests",
    "PLAN_LIMIT_REACHED": "The plan has no more",
    "DATABASE_UNAVAILABLE": "The database cannot be reached",
    "ISSUER_UNAVAILABLE": "The issuer of sign-ins cannot be reached",
    "INTERNAL_ERROR": "Something went wrong here",
    "BAD_REQUEST": "Not an HTTP request",
    "REQUEST_TIMEOUT": "The request took too long to arrive",
    "URI_TOO_LONG": "The address is too long",
    "EXPECTATION_FAILED": "Not an expectation of this server",
    "HEADERS_TOO_LARGE": "The headers are too large",
    "NOT_IMPLEMENTED": "Not a coding of this server",
    "OVERLOADED": "Too much is waiting here",
}


_LONGEST_PATH = 500  # of a path that is shown in a problem
_AWAY = {
    errors.Busy: "the database is busy",
    errors.Unreachable: "the database cannot be reached",
    errors.OutcomeUnknown: "the database was lost after the request was sent; whether it was done is not known",
    errors.GuardAfterLoss: "the database was lost after the request was sent; whether it was done is not known",
    errors.Refused: "the database, or a gateway before it, takes no such request",
    errors.StreamExpired: "the database gave up the transaction",
    errors.Full: "the database has no room left; nothing was done",
    errors.AccessDenied: "the database does not let this service in",
}


def register(app: Flask) -> None:
    """Let the app answer every failure with a problem document."""
    app.register_error_handler(Problem, _on_problem)
    app.register_error_handler(PlanLimitReached, _on_plan_limit)
    app.register_error_handler(peewee.OperationalError, _on_database)
    app.register_error_handler(peewee.DataError, _on_data)
    app.register_error_handler(peewee.IntegrityError, _on_integrity)
    app.register_error_handler(Exception, _on_bug)


def document(status: int, code: str, detail: str | None, **extra: object) -> Response:
    """A problem+json response."""
    body = members(status, code, detail, request.path, g.get("request_id"))
    g.problem_code = code
    if isinstance(wrong := extra.get("errors"), dict):
        extra["errors"], left_out = messages.capped(wrong)
        extra |= {"moreErrors": left_out} if left_out else {}
    response = Response(current_app.json.dumps(body | extra), status, mimetype="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        response.headers["Retry-After"] = "1"
    return response


def members(status: int, code: str, detail: str | None, path: str, request_id: str | None) -> dict[str, object]:
    """The members of a problem document. `path` is decoded."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": TITLES[code],
        "status": status,
        "instance": quote(path[:_LONGEST_PATH]),
        "code": code,
        "requestId": request_id,
    }
    return body | {"detail": messages.cut(detail)} if detail else body


def on_http(error: HTTPException) -> Response:
    """The problem document for an error of Flask, webargs or flask-smorest."""
    status = error.code or 500
    if status == 400:  # the wire contract has one status, 422, for every wrong body
        status = 422
    data = getattr(error, "data", None) or {}
    extra = {"errors": messages.flat(data["messages"])} if "messages" in data else {}
    code = CODES.get(status, "INTERNAL_ERROR")
    detail = None if extra or status >= 500 else error.description
    response = document(status, code, detail, **extra)
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def part(error: Problem) -> dict[str, object]:
    """A problem with one item of a request, as it stands inside a larger answer."""
    status, code, detail, extra = _told(error)
    return {"title": TITLES[code], "status": status, "code": code, "detail": messages.cut(detail), **extra}


def _on_problem(error: Problem) -> Response:
    status, code, detail, extra = _told(error)
    return document(status, code, detail, **extra)


def _told(error: Problem) -> tuple[int, str, str, dict[str, object]]:
    """The status, the code, the detail and the further members of a problem."""
    status, code = PROBLEMS[type(error)]
    extra = {messages.wire_path(name): value for name, value in error.extra.items()}
    if isinstance(error, Damaged):
        place = {"table": error.table, "id": error.id, "column": error.column}
        _log.error("a row that cannot be used was asked for", **place, problem=error.problem)
    if not isinstance(error, Invalid) or not error.fields:
        return status, code, error.detail, extra
    wrong = {messages.wire_path(name): texts for name, texts in error.fields.items()}
    detail = f"{next(iter(wrong))}: {error.detail}" if len(wrong) == 1 else error.detail
    return status, code, detail, {**extra, "errors": wrong}


def _on_plan_limit(error: PlanLimitReached) -> Response:
    response = _on_problem(error)
    response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _on_database(error: peewee.OperationalError) -> Response:
    """503 if the database is busy or away, which a client may retry; 500 for a bug in our SQL."""
    cause = errors.cause(error)
    detail = next((text for kind, text in _AWAY.items() if isinstance(cause, kind)), None)
    if detail is None:
        return _on_bug(error)
    if (heartbeat := current_app.extensions.get("heartbeat")) is not None:
        heartbeat.note(error)
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
