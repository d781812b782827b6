"""Keep this host's replica: `python -m shared_schema.database.replicate`, beside the workers that read the file.

Two processes. The inner one pulls, through the driver, whose sync can hang for ever with the interpreter's lock held;
it says a word after each round. The outer one listens, and replaces it when it falls silent, when it dies, or when it
reports a file that is no replica: that is set aside and pulled again. Of several on one host, one works.
"""

import fcntl
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, cast

import structlog

from shared_schema import environment, logs
from shared_schema.database import replica
from shared_schema.database.pull import DAMAGED

_RESTART_S = (0.2, 5.0)
_SETTLED_S = 60.0
_PARTS = ("", "-wal", "-shm", "-client_wal_index", "-info")
_log = structlog.get_logger()


def main() -> None:
    """Watch over one puller until our parent is gone."""
    logs.configure(sys.stderr)
    settings, parent = environment.database(), os.getppid()
    if settings.replica is None:
        raise environment.ConfigurationError("TURSO_REPLICA_PATH says which file to keep")
    Path(settings.replica).parent.mkdir(parents=True, exist_ok=True)
    with open(f"{settings.replica}.lock", "w") as lock:
        if _our_turn(lock, parent):
            _watch(settings.replica, parent, lock)


def _our_turn(lock: IO[str], parent: int) -> bool:
    """Wait until no other replicator of this host works on the file; False if our parent goes first."""
    while os.getppid() == parent:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.5)
    return False


def _watch(path: str, parent: int, lock: IO[str]) -> None:
    silent_s = environment.seconds("TURSO_WATCHDOG_SECONDS", 30)
    pause = _RESTART_S[0]
    while os.getppid() == parent:
        began = time.monotonic()
        code = _one_puller(parent, silent_s, lock)
        if code == DAMAGED:
            set_aside(path)
        _log.warning("replica puller ended", code=code)
        pause = _RESTART_S[0] if time.monotonic() - began > _SETTLED_S else min(pause * 2, _RESTART_S[1])
        time.sleep(pause)


def _one_puller(parent: int, silent_s: float, lock: IO[str]) -> int:
    """Run a puller to its end, which comes from us if it is silent for too long or we are left alone.

    It has the lock, too: nobody else works on the file before both of us are gone.
    """
    command = [sys.executable, "-m", "shared_schema.database.pull"]
    puller = subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=[lock.fileno()])  # noqa: S603 - our own
    with puller, cast(IO[bytes], puller.stdout) as words:
        heard = time.monotonic()
        while os.getppid() == parent and time.monotonic() - heard < silent_s:
            ready, _, _ = select.select([words], [], [], 0.25)
            if ready and not os.read(words.fileno(), 4096):
                break
            heard = time.monotonic() if ready else heard
        if puller.poll() is None:
            puller.kill()
        return puller.wait()


def set_aside(path: str) -> None:
    """Move a file that is no good replica out of the way, with all that belongs to it. One such is kept."""
    replica.note_path(path).unlink(missing_ok=True)  # first: from here on nobody reads the file
    for part in _PARTS:
        if os.path.exists(path + part):
            os.replace(path + part, f"{path}.damaged{part}")
    _log.warning("replica set aside", path=f"{path}.damaged")


if __name__ == "__main__":
    main()
