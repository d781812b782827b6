"""`keep(settings)` copies the changes of a server into the replica file of this host, again and again. It needs a
process of its own; the workers only read the file.

There are two processes. The inner one (`pull`) syncs through the driver, whose sync can hang for ever with the GIL
held; it writes a line after each round. The outer one reads these lines, and starts a new inner process when none come
or when it ends. A file that is no replica of the server, or is damaged, is set aside first. One replicator works per
host and file.
"""

import fcntl
import logging
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import orjson

from shared_schema.database import private
from shared_schema.database.replica import aside, notes
from shared_schema.database.replica.checking import Checks
from shared_schema.database.replica.pull import DAMAGED, Order
from shared_schema.database.settings import Settings

_RESTART_S = (0.2, 5.0)
_LOOK_S = 0.25
_ROOM_S = 5.0
_log = logging.getLogger(__name__)


def keep(settings: Settings, *, sync_s: float = 0.2, silent_s: float = 30.0, check_s: float = 2.0) -> None:
    """Keep the replica of these settings, and return when the parent of this process has ended.

    `sync_s` is the pause between two syncs. A sync that is silent for `silent_s` is killed and started again. All pages
    of the file are checked every `check_s`, or more rarely if a check takes long (`checking.Checks`).
    """
    if settings.replica is None:
        raise ValueError("the settings name no replica")
    path, parent = settings.replica, os.getppid()
    private.directory(Path(path).parent)
    with os.fdopen(os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, private.FILE), "w") as lock:
        if _our_turn(lock, parent):
            order = Order(settings.url, settings.token, path, settings.clock, sync_s)
            _watch(_Inner(order, lock, silent_s, lambda: os.getppid() == parent), Checks(path, check_s))


def _our_turn(lock: IO[str], parent: int) -> bool:
    """Wait until no other replicator of this host works on the file. False if our parent ends first."""
    while os.getppid() == parent:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.5)
    return False


@dataclass(frozen=True)
class _Inner:
    """What an inner process is started with, and for how long it runs."""

    order: Order
    lock: IO[str]  # inherited, so no other replicator works on the file before both processes have ended
    silent_s: float
    is_wanted: Callable[[], bool]

    def start(self) -> "subprocess.Popen[bytes]":
        """The process. It reads the settings from its stdin: the token is neither in its arguments nor, if our own
        environment has it, in the environment.
        """
        token = self.order.token
        return subprocess.Popen(
            [sys.executable, "-m", "shared_schema.database.replica.pull"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[self.lock.fileno()],
            env={name: value for name, value in os.environ.items() if not token or token not in value},
            umask=private.UMASK,
        )


def _watch(inner: _Inner, checks: Checks) -> None:
    """Run one puller after the other. After one that has made the file whole the next begins at once; else the pauses
    grow.
    """
    pause_s, path = _RESTART_S[0], inner.order.path
    while inner.is_wanted():
        began = time.time()
        aside.make_room(path)
        code = _one_puller(inner, checks)
        note = notes.read_note(path)
        if code == DAMAGED:
            aside.set_aside(path)
        _log.warning("replica puller ended with exit code %s", code)
        has_worked = note is not None and note.fresh_at >= began
        pause_s = _RESTART_S[0] if has_worked else min(pause_s * 2, _RESTART_S[1])
        time.sleep(pause_s)


def _one_puller(inner: _Inner, checks: Checks) -> int:
    """Run a puller to its end, and return its exit code.

    It is killed when it is silent, when our parent ends, or when a check finds damage; then the code is DAMAGED.
    """
    with inner.start() as puller:
        with suppress(BrokenPipeError), cast(IO[bytes], puller.stdin) as stdin:
            stdin.write(orjson.dumps(inner.order))
        damage = _follow(inner, checks, cast(IO[bytes], puller.stdout))
        if puller.poll() is None:
            puller.kill()
        code = puller.wait()
    if damage is not None:
        _log.warning("replica damaged: %s", damage)
        return DAMAGED
    return code


def _follow(inner: _Inner, checks: Checks, stdout: IO[bytes]) -> str | None:
    """Read the lines of a puller, and log what is in them, until it has to end. The damage that a check has found."""
    lines = _Lines(stdout)
    last_sign = room_at = time.monotonic()
    while inner.is_wanted() and time.monotonic() - last_sign < inner.silent_s:
        if lines.wait():
            last_sign = time.monotonic()
        if lines.ended:
            return None
        if (damage := checks.due_damage()) is not None:
            return damage
        if time.monotonic() - room_at > _ROOM_S:
            aside.make_room(inner.order.path)
            room_at = time.monotonic()
    return None


class _Lines:
    """What an inner process writes: an empty line after each round, and lines for the log."""

    def __init__(self, stdout: IO[Any]) -> None:
        self._stdout = stdout
        self._rest = b""
        self.ended = False

    def wait(self) -> bool:
        """Wait a moment for lines, and log those with a text. False if none came."""
        ready, _, _ = select.select([self._stdout], [], [], _LOOK_S)
        if not ready:
            return False
        data = os.read(self._stdout.fileno(), 65536)
        self.ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line:
                _log.warning("%s", line.decode(errors="replace"))
        return True
