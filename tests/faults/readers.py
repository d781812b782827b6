"""What readers and writers of a replica do in the tests of several files."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import peewee

from shared_schema.database import LibsqlDatabase, Statement
from tests.faults.conftest import note

COUNT = Statement("SELECT count(*) AS n FROM notes")
STALE_S = 2.0  # of `connect`, unless a test says otherwise


def count(database: LibsqlDatabase) -> int:
    database.clock.wanted.set(0)  # as another reader, who does not know of our writes
    return int(database.fetch([COUNT])[0].one(dict)["n"])


@contextmanager
def writing(database: LibsqlDatabase) -> Iterator[list[float]]:
    """Another thread writes all the time, and again where it failed; the moments of its writes."""
    ended, wrote = threading.Event(), []

    def write() -> None:
        while not ended.is_set():
            try:
                database.batch([note(f"load {len(wrote)}")])
                wrote.append(time.time())
            except peewee.IntegrityError:  # the one before was done after all
                wrote.append(time.time())
            except peewee.OperationalError:
                time.sleep(0.02)
        database.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield wrote
    finally:
        ended.set()
        thread.join()


def timed_reads(database: LibsqlDatabase, seconds: float) -> list[float]:
    """How long each of many reads took, one every hundredth of a second."""
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        assert count(database) >= 1
        took.append(time.monotonic() - began)
        time.sleep(0.01)
    return took
