"""Ways to ruin a replica. Each takes the path of the file, and that of a whole replica of another primary."""

import os
import shutil
import sqlite3
from pathlib import Path

from tests.faults.conftest import NOTES

PAGE = 4096
PARTS = ("", "-wal", "-shm", "-client_wal_index")


def truncated(path: str, _: Path) -> None:
    os.truncate(path, os.path.getsize(path) // 2)


def emptied(path: str, _: Path) -> None:
    os.truncate(path, 0)


def gone(path: str, _: Path) -> None:
    Path(path).unlink()


def junk(path: str, _: Path) -> None:
    Path(f"{path}.junk").write_bytes(os.urandom(300_000))
    os.replace(f"{path}.junk", path)


def junk_in_place(path: str, _: Path) -> None:
    with open(path, "r+b") as file:
        file.write(os.urandom(100_000))


def foreign(path: str, _: Path) -> None:
    """A plain database that knows our tables, and even a clock that is ahead."""
    foreign = sqlite3.connect(f"{path}.foreign")
    foreign.executescript(f"{NOTES}; CREATE TABLE consistency_clock (id INTEGER PRIMARY KEY, tick INTEGER)")
    foreign.execute("INSERT INTO notes (body) VALUES ('foreign')")
    foreign.execute("INSERT INTO consistency_clock VALUES (1, 1000000)")
    foreign.commit()
    foreign.close()
    os.replace(f"{path}.foreign", path)


def another_primarys(path: str, other: Path) -> None:
    for part in PARTS:
        if os.path.exists(f"{other}{part}"):
            shutil.copy(f"{other}{part}", f"{path}{part}.other")
            os.replace(f"{path}{part}.other", f"{path}{part}")


def without_metadata(path: str, _: Path) -> None:
    Path(f"{path}-client_wal_index").unlink()


def with_junk_for_metadata(path: str, _: Path) -> None:
    Path(f"{path}-client_wal_index").write_bytes(b"junk" * 20)


def without_log(path: str, _: Path) -> None:
    Path(f"{path}-wal").unlink()


def without_index(path: str, _: Path) -> None:
    Path(f"{path}-shm").unlink()


def half_zeroed(path: str, _: Path) -> None:
    """The size stays."""
    half = os.path.getsize(path) // 2
    with open(path, "r+b") as file:
        file.seek(half)
        file.write(bytes(os.path.getsize(path) - half))


def page_overwritten(path: str, _: Path) -> None:
    """One in the middle. The size stays."""
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // PAGE // 2 * PAGE)
        file.write(b"\xff" * PAGE)


# Found while everything runs; the second list is found by the driver when it starts, and until then hurts nobody.
LIVE = [
    truncated,
    emptied,
    gone,
    junk,
    junk_in_place,
    foreign,
    another_primarys,
    without_log,
    without_index,
    half_zeroed,
    page_overwritten,
]
AT_START = [without_metadata, with_junk_for_metadata]
ALL = [*LIVE, *AT_START]
