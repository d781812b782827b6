"""A question to something that may never answer, put so that whoever asks is told in time.

It is put by a thread of its own, one at a time. All who ask meanwhile wait for the same answer, up to a deadline that
begins with the question. So probes of a stuck database get an answer, and pile up neither threads nor connections.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Asked(Generic[Answer]):
    deadline: float
    ended: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None


class Prober(Generic[Answer]):
    """Puts one question again and again, at most one at a time, and waits `within_s` seconds for each answer."""

    def __init__(self, question: Callable[[], Answer], within_s: float) -> None:
        self._question = question
        self._within_s = within_s
        self._turn = threading.Lock()
        self._asked: _Asked[Answer] | None = None

    def answer(self) -> Answer | None:
        """The answer to a question that is put now, or to the one that is under way. None where none came in time."""
        with self._turn:
            asked = self._asked
            if asked is None or asked.ended.is_set():
                self._asked = asked = _Asked(time.monotonic() + self._within_s)
                threading.Thread(target=self._ask, args=(asked,), name="prober", daemon=True).start()
        asked.ended.wait(max(0.0, asked.deadline - time.monotonic()))
        return asked.answer

    def _ask(self, asked: _Asked[Answer]) -> None:
        try:
            asked.answer = self._question()
        finally:
            asked.ended.set()
