"""Lines on stderr while nothing else is said: a server that is away, a statement that takes long."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from migrations.tool.progress import Progress
from shared_schema.database import LibsqlDatabase

EVERY_S = 10.0

# A process of its own says the lines: while the driver works on a file, no thread of the tool can run. It is told what
# is at work by a line on its standard input, and ends with that.
_CLOCK = """
import os, select, sys, time
every, what, since = float(sys.argv[1]), "", time.monotonic()
said = since
while True:
    if select.select([0], [], [], max(0.0, said + every - time.monotonic()))[0]:
        news = os.read(0, 65536)
        if not news:
            break
        what, since = news.decode(errors="replace").strip().rpartition(chr(10))[2], time.monotonic()
        said = since
    else:
        said = time.monotonic()
        print(f"still at work for {said - since:.0f} s: {what}", file=sys.stderr, flush=True)
"""


class Away:
    """Says every ten seconds that a server is waited for. Called with the seconds so far and those it is given."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._next = EVERY_S

    def __call__(self, seconds: float, given: float) -> None:
        if seconds < self._next - EVERY_S:  # another call
            self._next = EVERY_S
        if seconds >= self._next:
            self._next = seconds + EVERY_S
            click.echo(f"waiting for {self._name}: for {seconds:.0f} s, giving up after {given:.0f} s", err=True)


@contextmanager
def told(db: LibsqlDatabase, limit: str, progress: Progress) -> Iterator[Progress]:
    """Inside, a statement that runs for long is said to be at work every ten seconds, with `limit` as what is known of
    its end. Gives the Progress to report to, which passes on to `progress`.
    """
    command = [sys.executable, "-ISc", _CLOCK, str(EVERY_S)]
    clock = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own code by this Python, without a shell

    def tell(what: str) -> None:
        if clock.stdin is not None:
            with suppress(BrokenPipeError, BlockingIOError):  # nobody shall wait for what is only said
                os.write(clock.stdin.fileno(), f"{what}{limit}\n".encode())

    def note(event: Any) -> None:  # peewee's QueryEvent, which its stubs leave out
        tell(f"the statement after {' '.join(event.sql.split())[:70]!r}")

    def passed_on(what: str, at: int, of: int) -> None:
        tell(f"{what}, {at} of {of}")
        progress(what, at, of)

    if clock.stdin is not None:
        os.set_blocking(clock.stdin.fileno(), False)
    db.query_hooks.append(note)
    tell("the first statement")
    try:
        yield passed_on
    finally:
        db.query_hooks.remove(note)
        if clock.stdin is not None:
            clock.stdin.close()
        clock.wait()
