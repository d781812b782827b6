"""The learners of the exam day are good clients: they repeat what may be repeated; any other failure is an error."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import orjson
import pytest

from tests.benchmarks.exam_bank import Key
from tests.benchmarks.learners import RESULT, SAVE, START, SUBMIT, Learner, Tally
from tests.benchmarks.line import Line, Lost
from tests.servers import HOST

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[int]:
    """The port of a server that handles connections so. All have been closed when the test goes on."""
    handled = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        done = asyncio.Event()
        handled.append(done)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await handler(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        done.set()

    server = await asyncio.start_server(handle, HOST, 0)
    yield server.sockets[0].getsockname()[1]
    for done in handled:
        await done.wait()
    server.close()
    await server.wait_closed()


class Scripted:
    """A service that answers as the test says, one answer a request; None closes the connection without one."""

    def __init__(self, *answers: tuple[int, object] | None) -> None:
        self.requests: list[bytes] = []
        self._answers = [*answers]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self._answers:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", head)
            self.requests.append(head + await reader.readexactly(int(length[1]) if length else 0))
            answer = self._answers.pop(0)
            if answer is None:
                return
            status, document = answer
            body = orjson.dumps(document)
            again = "Retry-After: 0.01\r\n" if status == 503 else ""
            writer.write(f"HTTP/1.1 {status} X\r\n{again}Content-Length: {len(body)}\r\n\r\n".encode() + body[:3])
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.write(body[3:])  # an answer may come in pieces


BANK = {7: Key(frozenset("a"), frozenset("b"), several=False)}
BEGUN = {"id": 3, "questions": [{"id": 7, "answers": [{"id": "b"}, {"id": "a"}]}]}


def sit(*answers: tuple[int, object] | None) -> tuple[Learner, Tally, list[bytes]]:
    """A learner with one question at a service that answers so."""
    scripted, tally = Scripted(*answers), Tally()

    async def run() -> Learner:
        async with listening(scripted.serve) as port:
            learner = Learner(1, "token", port, BANK, tally)  # this one is right, and changes nothing
            await learner.sit(1)
            return learner

    return asyncio.run(run()), tally, scripted.requests


def saved(sequence: int) -> dict[str, object]:
    return {"selectedAnswer": "a", "sequence": sequence}


def test_a_learner_repeats_what_failed_with_the_same_key_and_sequence() -> None:
    learner, tally, requests = sit(
        (503, {}), (201, BEGUN), None, (503, {}), (200, saved(1)), None, (200, {"score": 1}), (200, {"questions": []})
    )
    assert dict(tally.errors) == {}
    assert dict(tally.retries) == {START: 1, SAVE: 2, SUBMIT: 1}
    assert {name: len(times) for name, times in tally.seconds.items()} == {START: 1, SAVE: 1, SUBMIT: 1, RESULT: 1}
    assert requests[0] == requests[1]
    assert b"\r\nIdempotency-Key: start-1\r\n" in requests[0]
    assert requests[2] == requests[3] == requests[4]
    assert requests[2].startswith(b"PUT /api/tests/3/answers/7 HTTP/1.1\r\n")
    assert orjson.loads(requests[2].partition(b"\r\n\r\n")[2])["sequence"] == 1
    assert requests[5] == requests[6]
    assert b"\r\nIdempotency-Key: submit-1\r\n" in requests[5]
    assert (learner.attempt, learner.given, learner.result) == (3, [7], {"questions": []})
    assert learner.line.opened == 3


@pytest.mark.parametrize(
    ("answers", "operation", "problem"),
    [
        ([(200, BEGUN)], START, "200 "),
        ([(409, {"code": "CONFLICT"})], START, '409 {"code":"CONFLICT"}'),
        (
            [(201, BEGUN | {"questions": [{"id": 7, "answers": [{"id": "a"}]}]})],
            START,
            "question 7 came with other options",
        ),
        ([(201, BEGUN), (500, {})], SAVE, "500 {}"),
        ([(201, BEGUN), (200, saved(2))], SAVE, "was acknowledged as"),
        ([(201, BEGUN), (200, saved(1) | {"selectedAnswer": "b"})], SAVE, "was acknowledged as"),
        ([(201, BEGUN), (200, saved(1)), (409, {})], SUBMIT, "409 {}"),
    ],
)
def test_any_other_answer_is_an_error_that_ends_the_test(
    answers: list[tuple[int, object]], operation: str, problem: str
) -> None:
    learner, tally, requests = sit(*answers)
    assert list(tally.errors) == [operation]
    assert problem in tally.errors[operation][0]
    assert len(requests) == len(answers)
    assert learner.result is None


def test_a_connection_without_an_answer_is_lost_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.benchmarks.line.ANSWER_S", 0.05)

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()  # until the learner closes the connection

    async def run() -> str:
        async with listening(silent) as port:
            try:
                await Line(HOST, port).ask(b"GET / HTTP/1.1\r\n\r\n")
            except Lost as lost:
                return str(lost)
        return "answered"

    assert asyncio.run(run()) == "TimeoutError: "


def test_a_connection_that_was_closed_while_nobody_asked_is_opened_again() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async def run() -> tuple[list[bytes], int]:
        async with listening(once) as port:
            line, bodies = Line(HOST, port), []
            for _ in range(2):
                bodies.append((await line.ask(b"GET / HTTP/1.1\r\n\r\n")).body)
                await asyncio.sleep(0.1)
        return bodies, line.opened

    assert asyncio.run(run()) == ([b"ok", b"ok"], 2)
