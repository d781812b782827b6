"""The threads of a worker. One of them has the turn, and works on one request after the other.

Python runs one thread at a time, and hands over to another whenever one calls the system. With eight threads at work on
eight requests, each request is put aside and taken up again a dozen times, which costs up to half of its CPU once more.
So the others wait until the one with the turn is about to wait itself, for a server's answer or for a lock. Its request
goes on without the turn then, as any request does that takes long.
"""

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from shared_schema.database import waiting

LONG_S = 0.02
_NOBODY = 0


class Turns:
    """Threads to which `submit` gives work. It raises nothing: what fails in it is its own to tell."""

    def __init__(self, threads: int) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._turn = threading.Lock()
        self._change = threading.Lock()  # of the two below
        self._works_with_turn = _NOBODY  # the thread's identifier
        self._since = 0.0
        self._threads = threads
        for _ in range(threads):
            threading.Thread(target=self._serve, daemon=True).start()  # a worker that cannot start must end

    @property
    def has_waiting(self) -> bool:
        return not self._work.empty()

    def submit(self, work: Callable[[], None]) -> None:
        self._work.put(work)

    def shutdown(self, wait: bool = True) -> None:
        """Let the threads end after what was submitted. `wait` is there for gunicorn, which never waits here."""
        for _ in range(self._threads):
            self._work.put(None)

    def pass_on(self) -> None:
        """Give the turn to another thread if work waits, and the one that has it takes long. To be called often."""
        if self.has_waiting and time.monotonic() - self._since > LONG_S:
            self._end_turn(self._works_with_turn)

    def _serve(self) -> None:
        waiting.this_thread.begins = self._end_own_turn
        while True:
            self._turn.acquire()
            while True:
                work = self._work.get()
                if work is None:
                    self._turn.release()
                    return
                self._since, self._works_with_turn = time.monotonic(), threading.get_ident()
                work()
                if not self._keeps_turn():
                    break

    def _keeps_turn(self) -> bool:
        with self._change:
            keeps = self._works_with_turn == threading.get_ident()
            if keeps:
                self._works_with_turn = _NOBODY
        return keeps

    def _end_own_turn(self) -> None:
        self._end_turn(threading.get_ident())

    def _end_turn(self, thread: int) -> None:
        """This thread has the turn no more, if it had it."""
        with self._change:
            if thread == self._works_with_turn != _NOBODY:
                self._works_with_turn = _NOBODY
                self._turn.release()
