"""How large the body of a request may be, by route, and how it is read: whole, or not at all."""

import io
from collections.abc import Callable
from typing import IO, Any, TypeVar

import flask
from flask import Flask, current_app
from werkzeug.exceptions import BadRequest, ClientDisconnected, HTTPException, RequestEntityTooLarge
from werkzeug.routing import RoutingException
from werkzeug.utils import cached_property

View = TypeVar("View", bound=Callable[..., Any])

MAX_BODY = 1024 * 1024


def up_to(limit: int) -> Callable[[View], View]:
    """A decorator for a view whose requests may have a larger body than MAX_BODY. It stands under `allow`."""

    def mark(view: View) -> View:
        view.max_body = limit  # type: ignore[attr-defined]  # functions take any attribute; `_of` reads it
        return view

    return mark


def limit(app: Flask, method: str, path: str) -> int:
    """The largest body of a request to this path, which is decoded. The server asks it before it reads one."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(path, method)
    except (HTTPException, RoutingException):
        return MAX_BODY
    return _of(app, endpoint)


def _of(app: Flask, endpoint: str | None) -> int:
    view = app.view_functions.get(endpoint) if endpoint else None
    return max(MAX_BODY, getattr(view, "max_body", 0))


def limit_of(request: flask.Request) -> int:
    """The largest body of this request."""
    return _of(current_app, request.endpoint)


class Request(flask.Request):
    """Flask's request, whose body is whole under every server.

    Flask's own reads a chunked body up to the limit and takes the cut for the end, so that half a file of questions
    is a file of half the questions.
    """

    @cached_property
    def stream(self) -> IO[bytes]:
        """The whole body. Raises 413 for one that is too large, 400 for one that ends before its announced length."""
        limit, length, source = _of(current_app, self.endpoint), self.content_length, self.environ["wsgi.input"]
        if length is None:
            if "wsgi.input_terminated" in self.environ:
                return io.BytesIO(_read(source, limit + 1, limit))
            if "HTTP_TRANSFER_ENCODING" in self.environ:
                raise BadRequest("send the body with its Content-Length")
            return io.BytesIO()
        if length > limit:
            raise RequestEntityTooLarge
        body = _read(source, length, limit)
        if len(body) < length:
            raise ClientDisconnected
        return io.BytesIO(body)


def _read(source: IO[bytes], at_most: int, limit: int) -> bytes:
    """Up to so many bytes. A server may give a body in pieces of any size, and has given all when one is empty."""
    body = bytearray()
    while len(body) < at_most and (piece := source.read(at_most - len(body))):
        body += piece
    if len(body) > limit:
        raise RequestEntityTooLarge
    return bytes(body)
