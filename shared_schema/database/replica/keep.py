"""Keep this host's replica: `python -m shared_schema.database.replica.keep`, beside the workers that read the file.

There are two processes. The inner one (`pull`) syncs through the driver, whose sync can hang for ever with the GIL
held; it writes a byte after each round. The outer one reads these bytes, and starts a new inner process when none come
or when it ends. A file that is no replica of the server is set aside first. One replicator works per host and file.
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

from shared_schema import environment, logs, startup
from shared_schema.database import private
from shared_schema.database.replica import notes
from shared_schema.database.replica.pull import DAMAGED

_RESTART_S = (0.2, 5.0)
_SETTLED_S = 60.0
_PARTS = ("", "-wal", "-shm", "-client_wal_index", "-info")
_log = structlog.get_logger()


def main() -> None:
    """Keep one puller running until our parent ends."""
    logs.configure(sys.stderr, environment.log_level())
    os.umask(private.UMASK)  # the driver makes the files of the replica, in the process that inherits this
    settings, parent = environment.database(), os.getppid()
    if settings.replica is None:
        raise environment.ConfigurationError("TURSO_REPLICA_PATH says which file to keep")
    startup.check_replicator(settings)
    private.directory(Path(settings.replica).parent)
    with open(f"{settings.replica}.lock", "w") as lock:
        if _our_turn(lock, parent):
            _watch(settings.replica, parent, lock)


def _our_turn(lock: IO[str], parent: int) -> bool:
    """Wait until no other replicator of this host works on the file. False if our parent ends first."""
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
    """Run a puller and return its exit code.

    It is killed after `silent_s` seconds without a byte, or when our parent ends. It inherits the lock,
    so no other replicator works on the file before both processes have ended.
    """
    command = [sys.executable, "-m", "shared_schema.database.replica.pull"]
    puller = subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=[lock.fileno()])  # noqa: S603 - our own module by this Python, without a shell
    with puller, cast(IO[bytes], puller.stdout) as signs:
        last_sign = time.monotonic()
        while os.getppid() == parent and time.monotonic() - last_sign < silent_s:
            ready, _, _ = select.select([signs], [], [], 0.25)
            if ready and not os.read(signs.fileno(), 4096):
                break
            last_sign = time.monotonic() if ready else last_sign
        if puller.poll() is None:
            puller.kill()
        return puller.wait()


def set_aside(path: str) -> None:
    """Rename a damaged replica and the files beside it to `<path>.damaged`; an earlier one is overwritten."""
    notes.note_path(path).unlink(missing_ok=True)  # first: without a note the file is not read
    for part in _PARTS:
        if os.path.exists(path + part):
            os.replace(path + part, f"{path}.damaged{part}")
    _log.warning("replica set aside", path=f"{path}.damaged")


if __name__ == "__main__":
    with startup.sentences():
        main()
