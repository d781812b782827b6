"""People who use a service without a pause, some over connections that are kept, some over a new one each time."""

import http.client
import select
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from tests.servers import HOST

_EVERY_S = 0.08
_KEPT, _NEW = 2, 2
_PATIENCE_S = 60


@dataclass
class Visitors:
    """Four clients that send some 50 requests a second together, each its next when the last one was answered.

    `failed` has what was no 200, and `answers` the begin and the end of each request that was one.
    """

    port: int
    path: str = "/api/exams"
    headers: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    answers: list[tuple[float, float]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._over = threading.Event()
        kinds = [True] * _KEPT + [False] * _NEW
        self._threads = [threading.Thread(target=self._visit, args=[keep]) for keep in kinds]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Send no further request, and wait for the answers of those that were sent."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def longest_gap_s(self, since: float) -> float:
        """The longest time after `since` without any answer."""
        ends = sorted(end for _, end in self.answers if end >= since)
        return max((after - before for before, after in zip([since, *ends], ends, strict=False)), default=0.0)

    def longest_wait_s(self, since: float) -> float:
        """The longest time that a request which ended after `since` took."""
        return max((end - begin for begin, end in self.answers if end >= since), default=0.0)

    def _visit(self, keep: bool) -> None:
        connection = self._connect()
        while not self._over.is_set():
            begin = time.monotonic()
            if keep and _was_closed(connection):
                connection = self._connect()
            connection = self._ask(connection, begin) if keep else self._ask(self._connect(), begin)
            if not keep:
                connection.close()
            self._over.wait(max(0.0, begin + _EVERY_S - time.monotonic()))
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, begin: float) -> http.client.HTTPConnection:
        """Send one request; the connection for the next."""
        try:
            connection.request("GET", self.path, headers=self.headers)
            answer: Any = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.failed.append(repr(error))
            with suppress(OSError):
                connection.close()
            return self._connect()
        if answer.status == 200:
            self.answers.append((begin, time.monotonic()))
        else:
            self.failed.append(str(answer.status))
        return connection

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(HOST, self.port, timeout=_PATIENCE_S)


def _was_closed(connection: http.client.HTTPConnection) -> bool:
    """Whether the server has ended an idle connection, as clients look before they send on it."""
    return connection.sock is not None and bool(select.select([connection.sock], [], [], 0)[0])
