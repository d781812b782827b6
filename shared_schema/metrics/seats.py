"""Each worker process has a seat: the files in which its figures are kept, so that any worker can add up all of them.

A seat is held by a lock on a file, which the system takes back when the process ends, however it ends. The next worker
takes the lowest free seat and counts on from what its predecessor has left. So no figure is lost with a worker, and
however many workers come and go, there are no more files than there were workers at once.
"""

import fcntl
import itertools
import os
from pathlib import Path

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"  # the client library reads this variable, too

_held: list[int] = []  # descriptors of our locks, open until the process ends


def directory() -> Path | None:
    """The folder of this service's figures, which gunicorn's master makes at its start; None outside gunicorn."""
    path = os.environ.get(DIRECTORY)
    return Path(path) if path else None


def take(folder: Path) -> str:
    """Take the lowest free seat for this process, for ever."""
    for number in itertools.count():
        lock = _lock(folder, number)
        if lock is not None:
            _held.append(lock)
            _forget_gauges(folder, number)
            return str(number)
    raise AssertionError("unreachable")


def clear_up(folder: Path) -> None:
    """Remove the gauges of workers that have ended and have no successor yet: what a dead worker had in hand."""
    for path in folder.glob("*.lock"):
        number = int(path.stem)
        lock = _lock(folder, number)
        if lock is not None:
            _forget_gauges(folder, number)
            os.close(lock)


def _lock(folder: Path, number: int) -> int | None:
    """A descriptor that holds the lock of a seat, or None if another process holds it."""
    descriptor = os.open(folder / f"{number}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _forget_gauges(folder: Path, number: int) -> None:
    for path in folder.glob(f"gauge_*_{number}.db"):
        path.unlink(missing_ok=True)
