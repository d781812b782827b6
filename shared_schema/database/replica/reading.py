"""A local replica as its readers see it: a plain database file, and a note of how fresh it is.

One process per host writes the file (`keep`); all others only read it. The note is written after each sync after
which the file provably had everything, so in an outage of the primary the note grows old.
"""

import time
from collections.abc import Callable, Sequence

import peewee

from shared_schema.database import errors
from shared_schema.database.batch import Query, Result
from shared_schema.database.consistency import Clock
from shared_schema.database.replica.handles import Handle, Handles
from shared_schema.database.replica.notes import Note, Notes

_PRIMARY_AWAY_S = 1.0
_PATIENCE_S = 1.0  # for the primary, where the file can answer too


class Replica:
    """The local file that answers in place of the server while it is at most `max_age_s` seconds old.

    `file` is the database opened on `path` to read only, and `read_file` runs queries on one snapshot of it.
    """

    def __init__(
        self,
        path: str,
        file: peewee.Database,
        read_file: Callable[[Sequence[Query]], list[Result]],
        max_age_s: float,
        clock: Clock,
    ) -> None:
        self.file = file
        self._read_file = read_file
        self._path = path
        self._notes = Notes(path)
        self._max_age_s = max_age_s
        self._clock = clock
        self._handles = Handles()
        self._away = False  # whether the primary did not answer when it was last asked
        self._look_again_at = 0.0

    def age_s(self) -> float | None:
        """The greatest possible age of the file's content, in seconds; None before the first sync."""
        note = self._notes.latest()
        return None if note is None else note.age_s

    def fetch(self, queries: Sequence[Query], primary: Callable[[float | None], list[Result]]) -> list[Result]:
        """Read from the file if it is fresh and has every write that this reader has seen, else from the primary. While
        the primary is away, an old file that has these writes is read all the same, and `clock.stale` is set; where
        the file lacks one, `Unreachable` is raised.

        `primary` runs the queries there, within the seconds it is given (None: its own limits).
        """
        note = self._notes.latest()
        from_file = None if note is None else self._read(queries, note)
        if note is None or from_file is None:
            return primary(None)
        tick, results = from_file
        has_all = tick >= self._clock.wanted.get()
        if note.age_s <= self._max_age_s and has_all:  # the note from before the read: a later one is of a newer state
            return results
        if not has_all or not self._away or time.monotonic() >= self._look_again_at:
            # While the primary is away, one reader at a time tries it, so that the others do not wait.
            self._look_again_at = time.monotonic() + _PRIMARY_AWAY_S
            try:
                fresh = primary(_PATIENCE_S)
                self._away = False
                return fresh
            except peewee.OperationalError as error:
                if not isinstance(errors.cause(error), errors.Unreachable):
                    raise
                self._away = True
                self._look_again_at = time.monotonic() + _PRIMARY_AWAY_S
                if not has_all:
                    raise
        self._clock.stale.set(True)
        return results

    def _read(self, queries: Sequence[Query], note: Note) -> tuple[int, list[Result]] | None:
        """The file's tick and the results, from one snapshot; None if the file cannot be read."""
        with self._handles.mine() as handle:
            try:
                if (self.file.is_closed() or handle.generation != note.generation) and not self._open(handle, note):
                    return None
                clock, *results = self._read_file([self._clock.read, *queries])
            except (peewee.DatabaseError, errors.Error):
                handle.close()
                return None
        tick = clock.value_or_none(int) or 0
        return None if tick < note.tick else (tick, results)

    def _open(self, handle: Handle, note: Note) -> bool:
        """Open the file for this thread, whose connection was closed or is to a file that was replaced. False if the
        file is not that of the note.
        """
        self.file.close()
        handle.opened(self.file.connection(), note.generation)
        self._handles.keep(handle)
        if not note.is_of(self._path):
            handle.close()
        return bool(handle.generation)
