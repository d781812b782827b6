"""The HTTP side of a libSQL server: a pooled client whose every call ends by its deadline."""

import os
import random
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import urllib3

from shared_schema.database import errors, hrana
from shared_schema.database.cursor import Answer
from shared_schema.database.hrana import Json

_PAUSE_S = (0.005, 0.05)
_CHUNK = 65_536
_POOL = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, to wait for the next byte of an answer, and for a call with all its retries."""

    connect_s: float = 2.0
    read_s: float = 5.0
    total_s: float = 10.0


class NotSent(Exception):
    """The server has not seen the request, so nothing can have happened."""


class Lost(Exception):
    """The request was sent and its answer did not come back whole."""


class Server:
    """One server. Threads share it; a process made by a fork makes itself new connections."""

    def __init__(self, url: str, token: str | None, limits: Limits) -> None:
        self.url = url
        self.limits = limits
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._pool: urllib3.HTTPConnectionPool | None = None
        self._owner = 0

    def __repr__(self) -> str:
        return f"<Server {self.url}>"

    def deadline(self, seconds: float | None = None) -> float:
        """The moment, by the monotonic clock, by which a call beginning now must end."""
        return time.monotonic() + min(self.limits.total_s, seconds or self.limits.total_s)

    def batch(self, begin: str, statements: Sequence[Json], *, idempotent: bool, deadline: float) -> list[Answer]:
        """Run statements as one transaction in one request.

        Raises hrana.FailedStep where a step failed and nothing was applied, OutcomeUnknown where the answer was lost
        and the batch may not be repeated. Another writer at BEGIN is waited out until the deadline.
        """
        body = [hrana.batch(begin, statements), hrana.CLOSE]

        def attempt() -> list[Answer]:
            results, _ = self.call(body, repeatable=idempotent, deadline=deadline)
            return hrana.batch_answers(hrana.response(results[0]))

        return patiently(attempt, _busy_at_begin, deadline)

    def execute(self, statement: Json, *, repeatable: bool, deadline: float) -> Answer:
        """Run one statement on its own."""
        body = [{"type": "execute", "stmt": statement}, hrana.CLOSE]

        def attempt() -> Answer:
            results, _ = self.call(body, repeatable=repeatable, deadline=deadline)
            return hrana.answer(hrana.response(results[0]))

        return patiently(attempt, lambda error: isinstance(error, errors.Busy), deadline)

    def call(
        self, requests: Sequence[Json], *, repeatable: bool, deadline: float, baton: str | None = None
    ) -> tuple[list[Json], str | None]:
        """One pipeline: its results and the baton of its stream, if that stays open."""
        body = orjson.dumps({"baton": baton, "requests": requests})
        while True:
            try:
                return self._once(body, deadline)
            except NotSent as error:
                if _too_late(deadline):
                    raise errors.Unreachable(f"{self.url} cannot be reached: {error}") from None
            except Lost as error:
                if not repeatable:
                    raise errors.OutcomeUnknown(f"{self.url} was lost after the request was sent: {error}") from None
                if _too_late(deadline):
                    raise errors.Unreachable(f"{self.url} does not answer: {error}") from None
            _pause(deadline)

    def _once(self, body: bytes, deadline: float) -> tuple[list[Json], str | None]:
        status, data = self._post(body, deadline)
        if status == 200:
            try:
                answer = orjson.loads(data)
                return answer["results"], answer["baton"]
            except (orjson.JSONDecodeError, KeyError, TypeError):
                raise Lost("its answer is not Hrana") from None
        if status in (401, 403):
            raise errors.AccessDenied(f"{self.url} refuses the token", str(status))
        if status == 400:
            raise errors.StreamExpired(_text(data), "400")
        # 429 and 503 come from before the request is looked at: no connection slot, no server behind the balancer.
        raise (NotSent if status in (429, 503) else Lost)(f"HTTP {status} {_text(data)}")

    def _post(self, body: bytes, deadline: float) -> tuple[int, bytes]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise NotSent("no time left")
        limit = urllib3.Timeout(connect=min(self.limits.connect_s, left), read=min(self.limits.read_s, left))
        try:
            response = self._connections().urlopen(
                "POST", "/v3/pipeline", body, self._headers, retries=False, timeout=limit, preload_content=False
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except urllib3.exceptions.SSLError as error:
            raise errors.AccessDenied(f"{self.url}: {error}", "TLS") from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Lost(type(error).__name__) from None
        try:
            return response.status, self._read(response, deadline)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            response.close()
            raise Lost(type(error).__name__) from None
        finally:
            response.release_conn()

    def _read(self, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        """The whole body, by the deadline even if it comes a byte at a time."""
        parts = []
        while part := response.read1(_CHUNK):
            parts.append(part)
            if _too_late(deadline):
                raise urllib3.exceptions.ReadTimeoutError(self._connections(), self.url, "the answer took too long")
        return b"".join(parts)

    def _connections(self) -> urllib3.HTTPConnectionPool:
        if self._pool is None or self._owner != os.getpid():
            self._pool, self._owner = self._new_pool(), os.getpid()
        return self._pool

    def _new_pool(self) -> urllib3.HTTPConnectionPool:
        parts = urllib3.util.parse_url(self.url)
        host = parts.host or ""
        if parts.scheme == "http":
            return urllib3.HTTPConnectionPool(host, parts.port or 80, maxsize=_POOL)
        # The system's certificates, or those SSL_CERT_FILE names; a server that has none of theirs is not talked to.
        context = ssl.create_default_context()
        return urllib3.HTTPSConnectionPool(host, parts.port or 443, maxsize=_POOL, ssl_context=context)


def patiently(attempt: Callable[[], Any], worth_it: Callable[[Exception], bool], deadline: float) -> Any:
    """Try until it works, fails for another reason, or the deadline passes."""
    while True:
        try:
            return attempt()
        except Exception as error:
            if not worth_it(error) or _too_late(deadline):
                raise
        _pause(deadline)


def _busy_at_begin(error: Exception) -> bool:
    return isinstance(error, hrana.FailedStep) and error.step == -1 and isinstance(error.error, errors.Busy)


def _too_late(deadline: float) -> bool:
    return time.monotonic() >= deadline


def _pause(deadline: float) -> None:
    time.sleep(max(0.0, min(random.uniform(*_PAUSE_S), deadline - time.monotonic())))


def _text(data: bytes) -> str:
    return data[:200].decode("utf-8", "replace")
