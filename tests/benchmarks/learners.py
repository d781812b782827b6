"""Learners who sit a test, as good clients: one asyncio process, in which each has a connection of her own.

Each begins at a random moment of the first second. She saves an answer to every question, with time to think between
them, changes one perhaps, submits, and looks at the result. 503 and broken connections are repeated with the same
Idempotency-Key or the same sequence, and counted; any other answer than the expected is an error and ends her test.
"""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.benchmarks.exam_bank import EXAM, Bank, Chosen
from tests.benchmarks.line import Line, Lost
from tests.servers import HOST

START, SAVE, SUBMIT, RESULT = OPERATIONS = ("start", "save", "submit", "result")
_EXPECTED = {START: 201, SAVE: 200, SUBMIT: 200, RESULT: 200}
_PATIENCE_S = 600.0  # so long is one request repeated
_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0
_CHANGES_ONE = 0.25  # of the learners


class Failed(Exception):
    """The learner got an answer that she cannot go on with."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A choice that the service has acknowledged."""

    chosen: Chosen
    sequence: int


@dataclass
class Tally:
    """By operation: the seconds from the first try to the answer, the errors, the repeated requests."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    retries: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Learner:
    """One learner. What the service has acknowledged is in `attempt`, `given`, `saved` and `result`;
    `unanswered` are saves that were sent."""

    def __init__(self, number: int, token: str, port: int, bank: Bank, tally: Tally) -> None:
        self.number = number
        self.attempt: int | None = None
        self.given: list[int] = []
        self.saved: dict[int, Saved] = {}
        self.unanswered: dict[int, Saved] = {}
        self.submitted: dict[str, Any] | None = None
        self.result: dict[str, Any] | None = None
        self.line = Line(HOST, port)
        self._bank, self._tally, self._dice = bank, tally, random.Random(number)
        self._skill = self._dice.uniform(0.4, 0.95)
        self._head = f"HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self._sequence = 0

    async def sit(self, seconds: float) -> None:
        """Begin now or within a second, and be done about `seconds` later."""
        loop = asyncio.get_running_loop()
        done_at = loop.time() + seconds * self._dice.uniform(0.8, 0.95)
        try:
            await asyncio.sleep(self._dice.uniform(0, 1))
            await self._start()
            questions = [*self.given]
            if self._dice.random() < _CHANGES_ONE:
                questions.append(self._dice.choice(questions))
            for moment in self._moments(loop.time(), done_at, len(questions)):
                await asyncio.sleep(moment - loop.time())
                await self._save(questions.pop(0))
            await self._end()
        except Failed:
            pass
        finally:
            self.line.close()

    def _moments(self, now: float, until: float, number: int) -> list[float]:
        """When she has thought enough: so many moments up to `until`; where that is near, she takes some time."""
        thoughts = [self._dice.uniform(0.5, 1.5) for _ in range(number)]
        pace = max(until - now, number * 0.05) / sum(thoughts)
        return [now + pace * sum(thoughts[: place + 1]) for place in range(number)]

    async def _start(self) -> None:
        test = await self._send(START, "POST", "/api/tests", {"examId": EXAM}, key=f"start-{self.number}")
        for question in test["questions"]:
            key = self._bank[question["id"]]
            if {option["id"] for option in question["answers"]} != key.right | key.wrong:
                self._fail(START, f"question {question['id']} came with other options")
        self.attempt, self.given = test["id"], [question["id"] for question in test["questions"]]

    async def _save(self, question: int) -> None:
        chosen, key = self._choice(question), self._bank[question]
        self._sequence += 1
        saved = Saved(chosen, self._sequence)
        body = {
            "selectedAnswer": sorted(chosen) if key.several else min(chosen),
            "timeSpentSeconds": self._sequence,
            "sequence": saved.sequence,
        }
        self.unanswered[question] = saved
        answer = await self._send(SAVE, "PUT", f"/api/tests/{self.attempt}/answers/{question}", body)
        self.saved[question] = self.unanswered.pop(question)
        if choice(answer["selectedAnswer"]) != chosen or answer["sequence"] != saved.sequence:
            self._fail(SAVE, f"{body} was acknowledged as {answer}")

    def _choice(self, question: int) -> Chosen:
        """The right options or a wrong one, as she is skilled; another choice than before."""
        key = self._bank[question]
        right, wrong = key.right, frozenset({self._dice.choice(sorted(key.wrong))})
        first, second = (right, wrong) if self._dice.random() < self._skill else (wrong, right)
        before = self.saved.get(question)
        return second if before and before.chosen == first else first

    async def _end(self) -> None:
        submit = f"/api/tests/{self.attempt}/submit"
        self.submitted = await self._send(SUBMIT, "POST", submit, key=f"submit-{self.number}")
        self.result = await self._send(RESULT, "GET", f"/api/tests/{self.attempt}/result")

    async def _send(self, operation: str, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """The document of the expected answer; Failed, with a note in the tally, for any other."""
        content = b"" if body is None else orjson.dumps(body)
        once = f"Idempotency-Key: {key}\r\n" if key else ""
        request = f"{method} {path} {self._head}{once}Content-Length: {len(content)}\r\n\r\n".encode() + content
        loop = asyncio.get_running_loop()
        began, pause, trouble = loop.time(), _PAUSE_S, ""
        while loop.time() - began < _PATIENCE_S:
            try:
                answer = await self.line.ask(request)
            except Lost as lost:
                trouble, wait = str(lost), pause
            else:
                if answer.status == _EXPECTED[operation]:
                    self._tally.seconds[operation].append(loop.time() - began)
                    return orjson.loads(answer.body)
                if answer.status != 503:
                    self._fail(operation, f"{answer.status} {answer.body[:300].decode()}")
                trouble, wait = answer.body[:300].decode(), answer.retry_after_s or pause
            self._tally.retries[operation] += 1
            # Or all who were refused together come together. What she chooses does not hang on it.
            await asyncio.sleep(wait * random.uniform(1, 1.5))
            pause = min(pause * 2, _LONGEST_PAUSE_S)
        return self._fail(operation, f"nothing but {trouble}")

    def _fail(self, operation: str, problem: str) -> None:
        self._tally.errors[operation].append(problem)
        raise Failed(problem)


def choice(selected: str | list[str] | None) -> Chosen:
    """A choice on the wire or in a row as a set of options."""
    return frozenset([selected] if isinstance(selected, str) else selected or [])


async def sit(learners: list[Learner], seconds: float) -> None:
    """All of them at once."""
    await asyncio.gather(*(learner.sit(seconds) for learner in learners))
