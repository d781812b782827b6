"""The addresses of a host by a deadline. The system's own look-up has none, and can take minutes."""

import os
import socket
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

Address = tuple[Any, ...]  # as getaddrinfo gives it: family, kind, protocol, canonical name, address

_lock = threading.Lock()
_asked: dict[tuple[int, str, int], "Future[list[Address]]"] = {}  # by process, too: a fork takes no threads along


def addresses(host: str, port: int, deadline: float) -> list[Address]:
    """The addresses of a host, by this moment of the monotonic clock. Raises TimeoutError, and OSError for no host.

    The look-up runs in a thread of its own, which nobody waits for when the time is over. Threads that ask for the same
    host meanwhile wait for the same one, so there is never more than one for a host.
    """
    with suppress(socket.gaierror):  # an address by number needs no look-up
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    key = (os.getpid(), host, port)
    with _lock:
        answer = _asked.get(key)
        if answer is None:
            answer = _asked[key] = Future()
            threading.Thread(target=_look_up, args=(key, answer), daemon=True).start()
    return answer.result(max(deadline - time.monotonic(), 0.0))


def _look_up(key: tuple[int, str, int], answer: "Future[list[Address]]") -> None:
    _, host, port = key
    try:
        answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except Exception as error:  # for those who wait
        answer.set_exception(error)
    finally:
        with _lock:
            _asked.pop(key, None)
