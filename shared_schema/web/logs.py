"""Structured logs: one JSON line per event, each with the request's id. Never a token, never a body."""

import logging
import re
import sys
import time
import uuid

import structlog
from flask import Flask, Response, g, request

_log = structlog.get_logger()


def configure() -> None:
    """JSON lines on standard output, for our own logger and for the standard library's."""
    steps: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(processors=steps, cache_logger_on_first_use=True)
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING, force=True)


def follow(app: Flask) -> None:
    """Give every request an id (the client's, if it is a sensible one) and log its end."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if re.fullmatch(r"[\w.-]{1,64}", given, re.ASCII) else uuid.uuid4().hex
        g.started = time.perf_counter()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        _log.info(
            "request",
            method=request.method,
            route=str(request.url_rule) if request.url_rule else None,
            status=response.status_code,
            ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 2),
        )
        return response

    @app.teardown_request
    def forget(_: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()
