"""Clients that send a request until it is acknowledged, and look whether what they wrote is shown to them."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import urllib3

from shared_schema.web.consistency import HEADER
from tests.faults.hosts import Service

PATIENCE_S = 60.0  # for what is not acknowledged when the soak is over
_AGAIN_S = 0.25
_AWAY = 503


@dataclass
class Met:
    """What all clients together have met. `over` is set when they are to begin nothing new.

    `seconds` are those from the first sending of each acknowledged request to its answer, and `answered` those of every
    single answer. `again` says why requests were sent again. `reads` has the statuses of reads that brought a token.
    `stale` and `odd` are sentences: reads that lacked what was acknowledged before, and answers that nobody expects.
    """

    over: threading.Event = field(default_factory=threading.Event)
    seconds: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    ended_at: float = float("inf")

    def end(self) -> None:
        self.ended_at = time.monotonic()
        self.over.set()

    @property
    def gives_up(self) -> bool:
        return time.monotonic() > self.ended_at + PATIENCE_S


class Client:
    """Somebody at one of the services, who knows the consistency token of her last write."""

    def __init__(self, service: Service, who: int | str, role: str, met: Met) -> None:
        self._service, self._met = service, met
        self._caller = {"user": who, "role": role}
        self._token = ""

    def write(self, path: str, body: Any, expected: int, *, key: str = "") -> Any:
        """The document of the acknowledgement; None where there was none up to the end."""
        began = time.monotonic()
        while not self._met.gives_up:
            token = self._token if random.random() < 0.5 else ""
            answer = self._send("POST", path, body=body, key=key, token=token)
            if isinstance(answer, str) or answer.status == _AWAY:
                self._met.again.append(answer if isinstance(answer, str) else str(answer.status))
                time.sleep(_AGAIN_S)
                continue
            if answer.status != expected:
                self._note_odd("POST", path, answer)
                return None
            self._met.seconds.append(time.monotonic() - began)
            self._token = answer.headers.get(HEADER, "")
            if not self._token:
                self._met.odd.append(f"POST {path}: {answer.status} without a consistency token")
            return answer.json()
        return None

    def read_back(self, path: str, shows: Callable[[Any], bool]) -> None:
        """Read once with the token. A 503 is an answer as well; one without what was acknowledged is not."""
        answer = self._send("GET", path, token=self._token)
        self._met.reads.append(answer if isinstance(answer, str) else str(answer.status))
        if isinstance(answer, str) or answer.status == _AWAY:
            return
        if answer.status not in (200, 404):
            self._note_odd("GET", path, answer)
        elif answer.status == 404 or not shows(answer.json()):
            warned = " with a warning" if "Warning" in answer.headers else ""
            self._met.stale.append(f"GET {path}: {answer.status}{warned} {answer.data[:300]!r}")

    def _send(self, method: str, path: str, **options: Any) -> Any:
        """The response, or the name of the error where none came."""
        began = time.monotonic()
        try:
            answer = self._service.call(method, path, **self._caller, **options)
        except urllib3.exceptions.HTTPError as error:
            return type(error).__name__
        self._met.answered.append(time.monotonic() - began)
        return answer

    def _note_odd(self, method: str, path: str, answer: Any) -> None:
        self._met.odd.append(f"{method} {path}: {answer.status} {answer.data[:300]!r}")
