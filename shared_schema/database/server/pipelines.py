"""Pipelines of Hrana over HTTP: one request to a server and its answer, by a deadline."""

import os
import ssl
import time
from collections.abc import Sequence

import orjson
import urllib3

from shared_schema.database import errors, patience, usage, waiting
from shared_schema.database.server import connections, outcomes
from shared_schema.database.server.hrana import Json


class Pipelines:
    """Sends pipelines to one server, on HTTP connections that threads share. A child after a fork opens its own."""

    def __init__(self, url: str, token: str | None, connect_s: float, read_s: float) -> None:
        self._url = url
        self._path = f"{urllib3.util.parse_url(url).path or ''}/v3/pipeline"
        self._connect_s, self._read_s = connect_s, read_s
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._pool: urllib3.HTTPConnectionPool | None = None
        self._owner = 0

    def send(self, requests: Sequence[Json], baton: str | None, deadline: float) -> tuple[list[Json], str | None]:
        """The results of one pipeline, sent once, and the next baton of its stream, if that stays open.

        Raises what `outcomes` has for an answer without results, and for none.
        """
        status, data = self._post(orjson.dumps({"baton": baton, "requests": requests}), deadline)
        results = _results(data) if status == 200 else None
        if results is None or len(results[0]) < len(requests):
            raise outcomes.of_status(self._url, status, data)
        return results

    def _post(self, body: bytes, deadline: float) -> tuple[int, bytes]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise outcomes.NotApplied("no time left")
        limit = urllib3.Timeout(connect=min(self._connect_s, left), read=min(patience.left(self._read_s), left))
        connections.end_by(deadline)
        usage.current.get().round_trips += 1
        for watch in usage.watchers:
            watch(1)
        try:
            waiting.this_thread.begins()
            response = self._connections().urlopen(
                "POST", self._path, body, self._request_headers(), retries=False, timeout=limit
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise outcomes.NotApplied(type(error).__name__) from None
        except urllib3.exceptions.SSLError as error:
            if isinstance(error.args[0], ssl.SSLCertVerificationError):
                raise errors.AccessDenied(f"{self._url}: {error}", "TLS") from None
            raise outcomes.Unknown(str(error)) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise outcomes.Unknown(type(error).__name__) from None
        finally:
            for watch in usage.watchers:
                watch(-1)
        return response.status, response.data

    def _request_headers(self) -> dict[str, str]:
        parent = usage.traceparent.get()
        return self._headers | {"traceparent": parent} if parent else self._headers

    def _connections(self) -> urllib3.HTTPConnectionPool:
        if self._pool is None or self._owner != os.getpid():
            self._pool, self._owner = connections.pool(self._url), os.getpid()
        return self._pool


def _results(data: bytes) -> tuple[list[Json], str | None] | None:
    """The results and the baton in an answer; None if it is not Hrana."""
    try:
        answer = orjson.loads(data)
        results, baton = answer["results"], answer["baton"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return (results, baton) if isinstance(results, list) else None
