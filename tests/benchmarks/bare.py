"""The bare driver saying the same statements, in a process of its own: its calls know no time limit."""

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

from shared_schema.database import Database, binding
from shared_schema.database.sql import shape
from tests.benchmarks.operations import Apps, Operation
from tests.servers import ROOT

Said = list[tuple[str, tuple[Any, ...]]]
LIMIT_S = 60.0
# It parses SQL itself before it sends it, and its parser knows no ORDER BY inside an aggregate. It is spared that.
_ORDERED = re.compile(r"(json_group_array\(json_object\([^()]*\)) ORDER BY [^()]*")


def record(operation: Operation, apps: Apps, database: Database, n: int) -> tuple[Said, Said]:
    """Run an operation and return what it said: the reads before its transaction, and its transaction."""
    prepared = operation.prepare(apps, n)
    with _heard(database) as said:
        prepared()
    before = list(itertools.takewhile(lambda each: shape(each[0]).reads, said))
    return before, said[len(before) :]


@contextmanager
def _heard(database: Database) -> Iterator[Said]:
    said: Said = []

    def note(event: Any) -> None:
        sql, values = binding.for_driver(*binding.plain(event.sql, event.params or ()))
        said.append((_ORDERED.sub(r"\1", sql), values))

    database.query_hooks.append(note)
    try:
        yield said
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
            self._ask({"url": url, "token": token, "replica": replica})
        except BaseException:
            self.stop()
            raise

    def seconds(self, recorded: tuple[Said, Said]) -> float:
        """Say what was recorded; how long that took. TimeoutError after a minute."""
        return self._ask(recorded)

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _ask(self, question: Any) -> float:
        said, heard = self._process.stdin, self._process.stdout
        assert said
        assert heard
        said.write(json.dumps(question) + "\n")
        said.flush()
        if not select.select([heard], [], [], LIMIT_S)[0]:
            raise TimeoutError(f"the driver is silent for {LIMIT_S:.0f} s")
        line = heard.readline()
        assert line, "the driver's process has ended"
        return float(line)
