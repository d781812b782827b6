"""Clients that keep their connections, in a process of their own, so that their CPU is not the service's."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tests.benchmarks.line import Answer, Line
from tests.servers import HOST, ROOT


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients saw: seconds for all requests, of one in the middle and of the 95th of a hundred, an answer."""

    seconds: float
    p50_s: float
    p95_s: float
    answer: str


class Unexpected(Exception):
    """A request was answered with another status than it should be."""


class Clients:
    """The process of the clients. They send to whatever port they are told."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.benchmarks.hot.load"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.communicate()

    def send(self, port: int, requests: Sequence[bytes], connections: int, status: int) -> Load:
        """Send each request once. Unexpected if one is answered with another status."""
        texts = [request.decode() for request in requests]
        told = {"port": port, "requests": texts, "connections": connections, "status": status}
        to_clients, from_clients = self._process.stdin, self._process.stdout
        assert to_clients
        assert from_clients
        to_clients.write(json.dumps(told) + "\n")
        to_clients.flush()
        seen = json.loads(from_clients.readline())
        if "wrong" in seen:
            raise Unexpected(seen["wrong"])
        return Load(**seen)


async def _send(lines: Sequence[Line], requests: Sequence[bytes], status: int) -> dict[str, Any]:
    left, times, answers = iter(requests), [], []

    async def client(line: Line, left: Iterator[bytes]) -> None:
        for request in left:
            began = time.perf_counter()
            answer = await line.ask(request)
            times.append(time.perf_counter() - began)
            if answer.status != status or not answers:
                answers.append(answer)

    began = time.perf_counter()
    await asyncio.gather(*(client(line, left) for line in lines))
    seconds = time.perf_counter() - began
    if wrong := [answer for answer in answers if answer.status != status]:
        return {"wrong": f"{requests[0].split(b' HTTP')[0].decode()} answered {_told(wrong[0])}"}
    p95_s = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    return {"seconds": seconds, "p50_s": statistics.median(times), "p95_s": p95_s, "answer": answers[0].body.decode()}


def _told(answer: Answer) -> str:
    return f"{answer.status}: {answer.body[:500].decode(errors='replace')}"


async def main() -> None:
    """Read what to send, a line of JSON each time, and answer with what was seen, until the end of the input."""
    loop = asyncio.get_running_loop()
    kept: dict[int, list[Line]] = {}  # by port
    while text := await loop.run_in_executor(None, sys.stdin.readline):
        told = json.loads(text)
        lines = kept.setdefault(told["port"], [])
        lines += [Line(HOST, told["port"]) for _ in range(told["connections"] - len(lines))]
        requests = [request.encode() for request in told["requests"]]
        seen = await _send(lines[: told["connections"]], requests, told["status"])
        sys.stdout.write(json.dumps(seen) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
