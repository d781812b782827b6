"""How many requests come through: per user or service, and per address for those without a valid token.

Our own code and not flask-limiter: that costs 340 µs of CPU a request, a bare Flask request 120, ours less than 50; and
with several workers on a host only a database or another server would make it exact.

A request counts once: for its caller if its token is valid, whatever comes of it, else for its address. So neighbours
behind one address do not lock each other out, and whoever guesses tokens gets 429 in place of 401.
"""

import functools
import ipaddress
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, current_app, g, request

from shared_schema.environment import ConfigurationError
from shared_schema.web import auth, errors
from shared_schema.web.counts import Counts

DEFAULT = "address=600/60,user=1200/60,sign-in=20/60"
EXEMPT = frozenset({"health.healthz", "health.readyz"})
_RATE = re.compile(r"([a-z-]+)=([1-9][0-9]{0,8})/([1-9][0-9]{0,4})")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `quota` requests in a window of `window_s` seconds, which begins with the first."""

    name: str
    quota: int
    window_s: int


Rates = Mapping[str, Rate]


def from_env() -> Rates:
    """`$RATE_LIMITS` as `name=quota/seconds` with commas; a name that is left out has its default. `off`: none."""
    text = os.environ.get("RATE_LIMITS") or DEFAULT
    return {} if text == "off" else _read(DEFAULT) | _read(text)


def _read(text: str) -> dict[str, Rate]:
    rates: dict[str, Rate] = {}
    for part in text.split(","):
        match = _RATE.fullmatch(part.strip())
        if match is None or match[1] not in ("address", "user", "sign-in") or match[1] in rates:
            raise ConfigurationError(f"RATE_LIMITS must be off or like {DEFAULT}, not {text!r}")
        rates[match[1]] = Rate(match[1], int(match[2]), int(match[3]))
    return rates


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands in its rate: how many more may come, and in how many seconds the window ends."""

    rate: Rate
    remaining: int
    reset_s: int

    @property
    def is_over(self) -> bool:
        return self.remaining < 0


def follow(app: Flask, rates: Rates, file: Path) -> None:
    """Count each request once, after the guard has looked at its token, and refuse it above its limit."""
    if not rates:
        return
    counts = Counts(file, max(rate.window_s for rate in rates.values()))

    @app.before_request
    def admit() -> Response | None:
        if request.endpoint in EXEMPT:
            return None
        g.standing = _count(counts, rates)
        return _refusal(g.standing)

    @app.after_request
    def tell(response: Response) -> Response:
        if request.endpoint in EXEMPT or request.method == "OPTIONS":
            return response
        if "standing" not in g:  # the guard has refused it
            g.standing = _count(counts, rates)
            response = _refusal(g.standing) or response
        return _with_headers(response, g.standing)


def _count(counts: Counts, rates: Rates) -> Standing | None:
    """Count the request; None if the counts cannot be kept, and everything is let through."""
    rate, key = _whose(rates)
    count = counts.count(key, rate.window_s)
    if count is None:
        return None
    return Standing(rate, rate.quota - count.used, max(1, math.ceil(count.left_s)))


def _whose(rates: Rates) -> tuple[Rate, str]:
    """The rate that this request counts for, and the key of its count."""
    if caller := auth.verified():
        kind = "service" if caller.role == "service" else "user"
        return rates["user"], f"{kind}:{caller.subject}"
    # What anybody may call under /api/auth/ are the ways to get a token.
    path = request.url_rule.rule if request.url_rule else ""
    open_to_anyone = request.endpoint and auth.ANYONE in auth.allowed(current_app, request.endpoint)
    name = "sign-in" if path.startswith("/api/auth/") and open_to_anyone else "address"
    return rates[name], f"{name}:{network(request.remote_addr or '')}"


@functools.lru_cache(maxsize=4096)
def network(address: str) -> str:
    """An IPv4 address, or the /64 that an IPv6 address is in: a provider gives a customer no less."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # a Unix socket has none
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.IPv6Network((parsed, 64), strict=False))
    return str(parsed)


def _refusal(standing: Standing | None) -> Response | None:
    if standing is None or not standing.is_over:
        return None
    rate = standing.rate
    detail = f"at most {rate.quota} requests in {rate.window_s} seconds; try again in {standing.reset_s}"
    response = errors.document(429, "RATE_LIMIT_EXCEEDED", detail)
    response.headers["Retry-After"] = str(standing.reset_s)
    return response


def _with_headers(response: Response, standing: Standing | None) -> Response:
    """Structured fields, as in draft-ietf-httpapi-ratelimit-headers-11."""
    if standing is not None:
        rate = standing.rate
        response.headers["RateLimit-Policy"] = f'"{rate.name}";q={rate.quota};w={rate.window_s}'
        response.headers["RateLimit"] = f'"{rate.name}";r={max(0, standing.remaining)};t={standing.reset_s}'
    return response
