"""The bare driver running the statements of our operations, in a process of its own: its calls know no time limit."""

import itertools
import json
import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from shared_schema.database import LibsqlDatabase, binding
from shared_schema.database.sql import shape
from tests.benchmarks.operations import Apps, Operation
from tests.servers import ROOT

Statements = list[tuple[str, tuple[Any, ...]]]
LIMIT_S = 60.0
# The driver parses SQL before it sends it. Its parser knows no ORDER BY inside an aggregate, so that is taken out.
_ORDERED = re.compile(r"(json_group_array\(json_object\([^()]*\)) ORDER BY [^()]*")


def record(operation: Operation, apps: Apps, database: LibsqlDatabase, n: int) -> tuple[Statements, Statements]:
    """Run an operation and return its statements: the reads before its transaction, and its transaction."""
    prepared = operation.prepare(apps, n)
    with _recording(database) as statements:
        prepared()
    before = list(itertools.takewhile(lambda statement: shape(statement[0]).reads, statements))
    return before, statements[len(before) :]


@contextmanager
def _recording(database: LibsqlDatabase) -> Iterator[Statements]:
    statements: Statements = []

    def note(event: Any) -> None:
        sql, values = binding.for_driver(*binding.plain(event.sql, event.params or ()))
        statements.append((_ORDERED.sub(r"\1", sql), values))

    database.query_hooks.append(note)
    try:
        yield statements
    finally:
        database.query_hooks.remove(note)


class Driver:
    """A connection of the driver itself: to a server, or to a replica of its own where `replica` names its file."""

    def __init__(self, url: str, token: str, replica: str | None) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.driver"]
        environment = os.environ | {"RUST_LOG": "off"}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            self._send({"url": url, "token": token, "replica": replica})
        except BaseException:
            self.stop()
            raise

    def seconds(self, recorded: tuple[Statements, Statements]) -> float:
        """Run what was recorded, and return the seconds that it took. Raises TimeoutError after a minute."""
        return self._send(recorded)

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _send(self, request: Any) -> float:
        requests, answers = self._process.stdin, self._process.stdout
        assert requests
        assert answers
        requests.write(json.dumps(request) + "\n")
        requests.flush()
        if not select.select([answers], [], [], LIMIT_S)[0]:
            raise TimeoutError(f"the driver is silent for {LIMIT_S:.0f} s")
        line = answers.readline()
        assert line, "the driver's process has ended"
        return float(line)
