"""Looks for damage inside a replica file, which its size and its inode do not show."""

import time

from shared_schema.database import errors, local
from shared_schema.database.replica import notes
from shared_schema.database.settings import read_only_uri

_SHARE = 20  # a check that takes a second of the processor is repeated after 20 seconds


def damage(place: str) -> str | None:
    """What `PRAGMA quick_check` finds wrong in the file at a path or URI; None if it is whole.

    It reads every page once: about 1.2 s of the processor for a gigabyte. Raises DatabaseError if it could not be done.
    """
    try:
        connection = local.connect(place, 1.0)
        try:
            rows = connection.execute("PRAGMA quick_check(1)").rows
        finally:
            connection.close()
    except errors.Damaged as error:
        return str(error)
    return None if rows == [("ok",)] else str(rows[0][0])


class Checks:
    """Checks a replica every `every_s` seconds, and more rarely if that would take over a twentieth of a processor."""

    def __init__(self, path: str, every_s: float) -> None:
        self._path = path
        self._every_s = every_s
        self._next_at = time.monotonic() + every_s

    def due_damage(self) -> str | None:
        """The damage, if a check is due and finds some. A file that is being pulled anew is not checked."""
        if time.monotonic() < self._next_at:
            return None
        began = time.process_time()
        try:
            note = notes.read_note(self._path)
            return damage(read_only_uri(self._path)) if note and note.is_of(self._path) else None
        except errors.DatabaseError:  # say, too many open files: it says nothing of the file
            return None
        finally:
            took = time.process_time() - began
            self._next_at = time.monotonic() + max(self._every_s, _SHARE * took)
