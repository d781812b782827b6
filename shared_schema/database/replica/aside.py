"""Where a damaged replica goes, so that somebody can look at it: one copy at most, and none on a disk that is short."""

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path

from shared_schema.database.replica import notes

PARTS = ("", "-wal", "-shm", "-client_wal_index", "-info")
_LEAST_FREE = 16_000_000  # bytes
_log = logging.getLogger(__name__)


def set_aside(path: str) -> None:
    """Rename a damaged replica and the files beside it to `<path>.damaged…`. An earlier copy is removed."""
    notes.note_path(path).unlink(missing_ok=True)  # first: without a note the file is not read
    _remove(f"{path}.damaged")
    for part in PARTS:
        with suppress(FileNotFoundError):
            os.replace(path + part, f"{path}.damaged{part}")
    _log.warning("replica set aside as %s.damaged", path)
    make_room(path)


def make_room(path: str) -> None:
    """Remove the copy of a damaged replica if the disk has not as much room again: the next pull needs it."""
    copy = f"{path}.damaged"
    size = sum(os.path.getsize(copy + part) for part in PARTS if os.path.exists(copy + part))
    if size and shutil.disk_usage(Path(path).parent).free < max(size, _LEAST_FREE):
        _remove(copy)
        _log.warning("%s removed: the disk is short of room", copy)


def _remove(copy: str) -> None:
    for part in PARTS:
        Path(copy + part).unlink(missing_ok=True)
