"""What the server itself answers, without the app: one problem document, and the connection is closed."""

import re
import uuid
from collections.abc import Iterable, Mapping

import orjson
from gunicorn.http import errors as gunicorn_errors
from gunicorn.util import http_date

from shared_schema.web import errors

# By the parser's exceptions; a subclass stands before its base.
_OF_THE_PARSER: tuple[tuple[type[Exception], int, str], ...] = (
    (gunicorn_errors.LimitRequestLine, 414, "the request line is too long"),
    (gunicorn_errors.LimitRequestHeaders, 431, "the headers are too many or too large"),
    (gunicorn_errors.UnsupportedTransferCoding, 501, "send the body as it is, or in chunks"),
    (gunicorn_errors.ExpectationFailed, 417, "100-continue is the only expectation that is known"),
    (gunicorn_errors.ObsoleteFolding, 400, "a header goes over more than one line"),
    (gunicorn_errors.InvalidHeaderName, 400, "the name of a header is malformed"),
    (gunicorn_errors.InvalidHeader, 400, "a header is malformed, contradicts another, or is there twice"),
    (gunicorn_errors.InvalidHTTPVersion, 400, "HTTP/1.0 and HTTP/1.1 are spoken here"),
    (gunicorn_errors.ParseException, 400, "the request line is malformed"),
    (gunicorn_errors.NoMoreData, 400, "the request line is malformed"),
)
PARSER_ERRORS = (gunicorn_errors.ParseException, gunicorn_errors.NoMoreData)
_PHRASES = {
    400: "Bad Request",
    408: "Request Timeout",
    414: "URI Too Long",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


class Refused(Exception):
    """The request gets this answer from the server. The detail never quotes it: headers hold secrets."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.status, self.detail = status, detail


def of(error: Exception) -> Refused:
    """The refusal for an error of gunicorn's parser."""
    status, detail = next((status, detail) for kind, status, detail in _OF_THE_PARSER if isinstance(error, kind))
    return Refused(status, detail)


def request_id(headers: Iterable[tuple[str, str]]) -> str:
    """The client's id of the request if it is short and plain, as in the log of the app; else a new one."""
    given = next((value for name, value in headers if name == "X-REQUEST-ID"), "")
    return given if re.fullmatch(r"[\w.-]{1,64}", given, re.ASCII) else uuid.uuid4().hex


def answer(refused: Refused, *, method: str, path: str, request_id: str, headers: Mapping[str, str]) -> bytes:
    """The whole response, with these headers beside its own."""
    body = orjson.dumps(
        errors.members(refused.status, errors.SERVERS[refused.status], refused.detail, path, request_id)
    )
    head = [
        f"HTTP/1.1 {refused.status} {_PHRASES[refused.status]}",
        f"Date: {http_date()}",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"X-Request-ID: {request_id}",
        "Vary: Origin",
        *(f"{name}: {value}" for name, value in headers.items()),
        *(["Retry-After: 1"] if refused.status == 503 else []),
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + (b"" if method == "HEAD" else body)
