"""A learner who studies: she asks for questions, thinks, answers one with an Idempotency-Key, and sees her progress."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.benchmarks.exam_bank import EXAM, Bank, Chosen
from tests.benchmarks.hot.calls import Request, raw
from tests.benchmarks.learners import Failed, Tally
from tests.benchmarks.line import Line, Lost
from tests.servers import HOST

QUESTIONS, ANSWER, PROGRESS = KINDS = ("questions", "answer", "progress")
_AT_ONCE = 10  # questions that are asked for, of which she answers some
_ANSWERS = 3


@dataclass(frozen=True, slots=True)
class Answered:
    """What a learner has chosen, and whether the service said that it is right."""

    user: int
    question: int
    chosen: Chosen
    is_right: bool


@dataclass
class Books:
    """What the service has acknowledged, by the id of the answer, and answers that were sent and never acknowledged."""

    acknowledged: dict[int, Answered] = field(default_factory=dict)
    unanswered: list[Answered] = field(default_factory=list)


class Student:
    """One learner, with a connection of her own. A request whose connection breaks is sent once more, at once."""

    def __init__(
        self, number: int, port: int, bank: Bank, thinks_s: tuple[float, float], seed: int, tally: Tally, books: Books
    ) -> None:
        self.line = Line(HOST, port)
        self._number, self._bank, self._thinks_s, self._tally, self._books = number, bank, thinks_s, tally, books
        self._dice = random.Random(f"{seed} {number}")
        self._sent = 0

    async def study(self, seconds: float) -> None:
        """Begin within the time of a thought, and go on for so long. After an unexpected answer she begins anew."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        await asyncio.sleep(self._dice.uniform(0, min(self._thinks_s[1], seconds / 2)))
        while loop.time() < until:
            try:
                await self._round(until)
            except Failed:
                await self._think(until)
        self.line.close()

    async def _round(self, until: float) -> None:
        path = f"/api/study/questions?examId={EXAM}&limit={_AT_ONCE}"
        listed = (await self._send(QUESTIONS, Request("GET", path, self._me)))["questions"]
        if len({question["id"] for question in listed} & self._bank.keys()) != _AT_ONCE:
            self._fail(QUESTIONS, f"other questions than {_AT_ONCE} of the exam: {listed}"[:300])
        for question in self._dice.sample(listed, _ANSWERS):
            if not await self._think(until):
                return
            await self._answer(question["id"])
        if await self._think(until):
            await self._send(PROGRESS, Request("GET", f"/api/progress/exams/{EXAM}", self._me))
            await self._think(until)

    @property
    def _me(self) -> tuple[str, str]:
        return str(self._number), "user"

    async def _think(self, until: float) -> bool:
        """Whether there is time left afterwards."""
        left = until - asyncio.get_running_loop().time()
        thought = self._dice.uniform(*self._thinks_s)
        await asyncio.sleep(max(0, min(left, thought)))
        return thought < left

    async def _answer(self, question: int) -> None:
        key = self._bank[question]
        chosen = self._dice.choice([key.right, frozenset({self._dice.choice(sorted(key.wrong))})])
        given = Answered(self._number, question, chosen, chosen == key.right)
        selected = sorted(chosen) if key.several else min(chosen)
        body = {"questionId": question, "selectedAnswer": selected, "timeSpentSeconds": 5}
        self._sent += 1
        self._books.unanswered.append(given)
        request = Request("POST", "/api/study/answer", self._me, body, f"{self._number}-{self._sent}")
        result = (await self._send(ANSWER, request))["result"]
        self._books.unanswered.remove(given)
        if result["isCorrect"] != given.is_right or result["answerId"] in self._books.acknowledged:
            self._fail(ANSWER, f"{given} was acknowledged as {result}"[:300])
        self._books.acknowledged[result["answerId"]] = given

    async def _send(self, kind: str, request: Request) -> Any:
        """The document of an answer 200; Failed, with a note in the tally, for any other."""
        loop = asyncio.get_running_loop()
        began, content = loop.time(), raw("study", request)
        try:
            answer = await self.line.ask(content)
        except Lost:  # the service closes a connection on which nothing comes, perhaps just now
            self._tally.retries[kind] += 1
            try:
                answer = await self.line.ask(content)
            except Lost as lost:
                return self._fail(kind, str(lost))
        if answer.status != 200:
            self._fail(kind, f"{answer.status} {answer.body[:300].decode(errors='replace')}")
        self._tally.seconds[kind].append(loop.time() - began)
        return orjson.loads(answer.body)

    def _fail(self, kind: str, problem: str) -> None:
        self._tally.errors[kind].append(problem)
        raise Failed(problem)
