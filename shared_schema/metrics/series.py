"""Every series that a service counts, and the few calls that count. No label has more values than it has routes,
statuses or codes, and none comes from a client unbounded.

Adding one is a few tenths of a microsecond, so the hot path of a request calls each series once.
"""

import time
from functools import lru_cache
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values

from shared_schema.database import usage
from shared_schema.database.usage import Use
from shared_schema.metrics import seats

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "none"  # of a request whose path no route has
_KINDS_OF_CALLS = 50  # of AI calls, by purpose and model, which are words of the client; the rest is "other"

_folder = seats.directory()
if _folder is not None:
    _seat = seats.take(_folder)
    values.ValueClass = values.MultiProcessValue(lambda: _seat)  # type: ignore[no-untyped-call]  # prometheus_client has no types here

REGISTRY = CollectorRegistry()


def _counter(name: str, text: str, *labels: str) -> Counter:
    return Counter(f"pingtopass_{name}", text, labels, registry=REGISTRY)


def _gauge(name: str, text: str, across: Literal["livesum", "livemin", "livemax"]) -> Gauge:
    """`across` says how the values of the workers that live become one."""
    return Gauge(f"pingtopass_{name}", text, multiprocess_mode=across, registry=REGISTRY)


_REQUESTS = _counter("http_requests", "Requests answered.", "method", "route", "status")
_DURATION = Histogram(
    "pingtopass_http_request_seconds", "Time to answer.", ["method", "route"], buckets=_SECONDS, registry=REGISTRY
)
_PROBLEMS = _counter("http_problems", "Problem documents answered.", "code")
_IN_FLIGHT = _gauge("http_requests_in_flight", "Requests at work.", "livesum")
_STATEMENTS = _counter("database_statements", "Statements run.")
_ROWS_READ = _counter("database_rows_read", "Rows read by a server, or returned from a file.")
_ROWS_WRITTEN = _counter("database_rows_written", "Rows written.")
_ROUND_TRIPS = _counter("database_round_trips", "Requests sent to the database server.")
_RETRIES = _counter("database_retries", "Calls to the database server that were tried again.")
_UNKNOWN = _counter("database_unknown_outcomes", "Writes whose answer was lost: done or not.")
_WAITS = _counter("database_consistency_waits", "Times that a copy was behind what its reader had seen.")
_DATABASE = _counter("database_seconds", "Time spent in the database and on the way to it.")
_SLOW = _counter("database_slow_statements", "Statements beyond SLOW_QUERY_MS.")
_CALLS = _gauge("database_calls_in_flight", "Requests to the database server.", "livesum")
_BEAT_AT = _gauge(
    "heartbeat_last_success_timestamp_seconds",
    "When the worker that is silent for longest last noted in the database that it lives.",
    "livemin",
)
_BEATS_FAIL = _gauge("heartbeats_failing", "Workers whose last heartbeat failed.", "livesum")
_SEAL_LAG = _gauge("audit_seal_lag_seconds", "Age of the oldest audit entry without a seal.", "livemax")
_CHAIN_CHANGED = _counter("audit_chain_changes", "Heads of the audit log's chain that a worker knew and that are gone.")
_AI_COST = _counter("ai_cost_usd", "US dollars of AI calls recorded.", "purpose", "model")
_AI_CALLS = _counter("ai_calls", "AI calls recorded.", "purpose", "model", "priced")

usage.watchers.append(_CALLS.inc)


def request_began() -> None:
    _IN_FLIGHT.inc()


def request_ended() -> None:
    """Also for a request that raised."""
    _IN_FLIGHT.dec()


def answered(method: str, route: str | None, status: int, code: str | None, seconds: float) -> None:
    """Count an answer. `route` is the rule, not the path; `code` is that of a problem document."""
    requests, duration = _of(method if method in _METHODS else "OTHER", route or NO_ROUTE, status)
    requests.inc()
    duration.observe(seconds)
    if code is not None:
        _PROBLEMS.labels(code).inc()


@lru_cache(maxsize=4096)
def _of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return _REQUESTS.labels(method, route, status), _DURATION.labels(method, route)


def used(use: Use) -> None:
    """Count what a piece of work has asked of the database."""
    if use.statements:
        _STATEMENTS.inc(use.statements)
        _ROWS_READ.inc(use.rows_read)
        _DATABASE.inc(use.seconds)
    if use.rows_written:
        _ROWS_WRITTEN.inc(use.rows_written)
    if use.round_trips:
        _ROUND_TRIPS.inc(use.round_trips)
    if use.retries:
        _RETRIES.inc(use.retries)
    if use.unknown_outcomes:
        _UNKNOWN.inc(use.unknown_outcomes)
    if use.waits:
        _WAITS.inc(use.waits)
    if use.slow:
        _SLOW.inc(len(use.slow))


def beat(*, ok: bool) -> None:
    """Note how this worker's heartbeat went."""
    _BEATS_FAIL.set(0 if ok else 1)
    if ok:
        _BEAT_AT.set(time.time())


def seal_lag(seconds: float) -> None:
    """Note how old the oldest audit entry without a seal is."""
    _SEAL_LAG.set(seconds)


def chain_changed() -> None:
    """Count that the audit log's chain is not the one that this worker has seen."""
    _CHAIN_CHANGED.inc()


def ai_call(purpose: str, model: str, usd: float | None) -> None:
    """Count an AI call that has been recorded, with its price if that is known."""
    kind = _kind(purpose, model)
    _AI_CALLS.labels(*kind, "no" if usd is None else "yes").inc()
    if usd is not None:
        _AI_COST.labels(*kind).inc(usd)


_kinds: set[tuple[str, str]] = set()


def _kind(purpose: str, model: str) -> tuple[str, str]:
    """The labels of a call: its own, if this process has not met too many kinds already."""
    kind = (purpose[:64], model[:64])
    if kind not in _kinds and len(_kinds) >= _KINDS_OF_CALLS:
        return "other", "other"
    _kinds.add(kind)
    return kind
