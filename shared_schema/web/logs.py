"""One line in the log for every request, and its figures. All lines that a request causes carry its ids.

A request for its health or its figures is not logged, unless it fails or has failed: probes come every second.
"""

import random
import re
import time

import structlog
from flask import Flask, Response, g, request

from shared_schema import logs
from shared_schema.database import usage
from shared_schema.database.usage import Use
from shared_schema.metrics import series
from shared_schema.web import progress, slow_queries, tracing
from shared_schema.web.config import Observing

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_FAILING_AGAIN_S = 60.0
_log = structlog.get_logger()
_Line = dict[str, object]


def follow(app: Flask, observing: Observing) -> None:
    """Give every request an id and a place in a trace, count what it uses, and log its end."""
    probes = _Probes()

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if re.fullmatch(r"[\w.-]{1,64}", given, re.ASCII) else f"{random.getrandbits(128):032x}"
        g.started = time.perf_counter()
        g.span = span = tracing.begin(request.headers.get(tracing.HEADER))
        g.use = Use(slow_s=observing.slow_query_s)
        usage.current.set(g.use)
        usage.traceparent.set(span.header)
        logs.ids.set({"request_id": g.request_id, "trace_id": span.trace_id, "span_id": span.span_id})
        series.request_began()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        response.headers[tracing.HEADER] = g.span.header
        if response.mimetype == progress.TYPE:
            return response  # the work has only begun; its last line comes here as a response of its own
        seconds = time.perf_counter() - g.started
        route = str(request.url_rule) if request.url_rule else None
        series.answered(request.method, route, response.status_code, g.get("problem_code"), seconds)
        series.used(g.use)
        slow_queries.log(g.use)
        if observing.server_timing:
            response.headers["Server-Timing"] = _timing(g.use, seconds)
        if route not in PROBES or probes.is_news(route, response.status_code):
            _log.info("request", **_line(response, route, seconds))
        return response

    @app.teardown_request
    def forget(_: BaseException | None) -> None:
        if "use" in g:
            series.request_ended()
        usage.current.set(Use())
        usage.traceparent.set("")
        logs.ids.set({})


def _line(response: Response, route: str | None, seconds: float) -> _Line:
    """What the log says of a request: nothing that was sent but the method, and of the caller the id and the role."""
    use: Use = g.use
    line: _Line = {
        "method": request.method if request.method.isalpha() else None,
        "route": route,
        "status": response.status_code,
        "ms": _ms(seconds),
        "bytes": response.calculate_content_length(),
        "statements": use.statements,
        "rows_read": use.rows_read,
        "round_trips": use.round_trips,
        "db_ms": _ms(use.seconds),
    }
    if g.span.parent_id:
        line["parent_id"] = g.span.parent_id
    if "problem_code" in g:
        line["code"] = g.problem_code
    if (caller := g.get("caller")) is not None:
        line |= {"role": caller.role, "subject": _subject(caller.subject)}
    return line


def _subject(subject: str) -> str | None:
    """The id of a user or the name of a service; None for anything that could be more, an e-mail address for one."""
    return subject if re.fullmatch(r"[\w.-]{1,64}", subject, re.ASCII) else None


def _timing(use: Use, seconds: float) -> str:
    """The value of Server-Timing: time in the database and outside it, in milliseconds."""
    app_s = max(seconds - use.seconds, 0.0)
    return f'db;dur={_ms(use.seconds)};desc="{use.statements} statements", app;dur={_ms(app_s)}'


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


class _Probes:
    """The last status of each probe's route, so that a change is logged, and a lasting failure now and then."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[bool, float]] = {}

    def is_news(self, route: str, status: int) -> bool:
        """Whether this answer is worth a line. A refused caller, say, of /metrics, is a failure, too."""
        now, good = time.monotonic(), status < 400
        was_good, logged_at = self._last.get(route, (True, -_FAILING_AGAIN_S))
        news = good != was_good or (not good and now - logged_at >= _FAILING_AGAIN_S)
        if news:
            self._last[route] = (good, now)
        return news
