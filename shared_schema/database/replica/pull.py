"""The inner process of `replicate`: it pulls the replica, checks that it has everything, and writes the note."""

import ctypes
import os
import signal
import sys
import time
import uuid
from typing import Any

import structlog

from shared_schema import environment, logs
from shared_schema.database import binding, errors, local
from shared_schema.database.consistency import Clock
from shared_schema.database.replica import notes
from shared_schema.database.replica.notes import Note
from shared_schema.database.server import hrana
from shared_schema.database.server.calls import Server
from shared_schema.database.settings import Limits, Settings

DAMAGED = 3
_BEHIND_ROUNDS = 50
_PR_SET_PDEATHSIG = 1
_log = structlog.get_logger()


class Damaged(Exception):
    """The file is no replica of this server: it must be pulled anew."""


def main() -> int:
    """Pull until killed. Exit code DAMAGED: the file must be set aside."""
    logs.configure(sys.stderr, environment.log_level())
    settings = environment.database()
    parent = os.getppid()
    if sys.platform == "linux":  # die with the parent: in a sync that hangs we could not notice that it is gone
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        Puller(settings, settings.replica or "").run(environment.seconds("TURSO_SYNC_SECONDS", 0.2), parent)
    except Damaged as error:
        _log.warning("replica damaged", error=str(error))
        return DAMAGED
    return 0


class Puller:
    """One replica and its primary."""

    def __init__(self, settings: Settings, path: str) -> None:
        self._path = path
        self._clock = Clock(settings.clock)
        self._server = Server(settings.base_url, settings.token, Limits(1.0, 2.0, 3.0))
        self._check()
        self._driver = self._connect(settings)
        self._inode = os.stat(path).st_ino
        self._size = 0
        self._behind = 0

    def run(self, pause_s: float, parent: int) -> None:
        while os.getppid() == parent:
            self._round()
            try:
                os.write(1, b".")  # a sign of life for `replicate`
            except BrokenPipeError:  # `replicate` has ended
                return
            time.sleep(pause_s)

    def _round(self) -> None:
        before = time.time()
        try:
            newest = self._tick_of_primary()
            local.call(self._driver.sync)
        except errors.Damaged as error:
            raise Damaged(str(error)) from None
        except errors.DatabaseError as error:
            _log.warning("replica not synced", error=str(error))
            return
        tick = self._tick_of_file()
        if tick > newest and tick > self._tick_of_primary():
            raise Damaged("it has writes that its primary does not have")
        if tick >= newest:
            self._behind = 0
            notes.write_note(self._path, Note(before, self._generation(), tick))
            return
        self._behind += 1
        if self._behind > _BEHIND_ROUNDS:
            raise Damaged("it does not catch up")

    def _connect(self, settings: Settings) -> Any:
        try:
            return local.replica(self._path, settings.base_url, settings.token)
        except errors.Damaged as error:
            raise Damaged(str(error)) from None

    def _check(self) -> None:
        """Check a file that an earlier process left, by reading all of it once. Raises Damaged."""
        if not os.path.exists(self._path):
            return
        try:
            connection = local.connect(self._path, 5.0)
            rows = connection.execute("PRAGMA quick_check").rows
            connection.close()
        except errors.DatabaseError as error:
            raise Damaged(str(error)) from None
        if rows != [("ok",)]:
            raise Damaged(str(rows[0][0]))

    def _tick_of_primary(self) -> int:
        statement = hrana.statement(*binding.plain(self._clock.read.sql, ()))
        rows = self._server.execute(statement, repeatable=True, deadline=self._server.deadline()).rows
        return int(rows[0][0]) if rows else 0

    def _tick_of_file(self) -> int:
        """The tick in the file, read as the workers read it. A replica only grows, so one that shrank was cut."""
        try:
            file = os.stat(self._path)
        except FileNotFoundError:
            raise Damaged(f"{self._path} is gone") from None
        if file.st_ino != self._inode:
            raise Damaged(f"{self._path} was replaced")
        if file.st_size < self._size:
            raise Damaged(f"{self._path} shrank from {self._size} to {file.st_size} bytes")
        self._size = file.st_size
        connection = local.connect(f"file:{self._path}?mode=ro", 1.0)
        try:
            rows = connection.execute(self._clock.read.sql).rows
        except errors.Busy:
            return -1
        except errors.NoSuchTable:
            return 0
        except errors.DatabaseError as error:
            raise Damaged(str(error)) from None
        finally:
            connection.close()
        return int(rows[0][0]) if rows else 0

    def _generation(self) -> str:
        """A name for this very file: its inode, and a random part, since a later file may get the same inode."""
        inode = f"{self._inode}-"
        known = notes.read_note(self._path)
        return known.generation if known and known.generation.startswith(inode) else inode + uuid.uuid4().hex


if __name__ == "__main__":
    sys.exit(main())
