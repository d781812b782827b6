"""The inner process of `keep`: it pulls the replica, checks that it has everything, and writes the note.

It reads an `Order` as JSON from its stdin, and writes lines to its stdout: an empty one after each round, and what is
to be logged.
"""

import ctypes
import logging
import os
import shutil
import signal
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from shared_schema.database import binding, errors, local
from shared_schema.database.consistency import Clock
from shared_schema.database.replica import checking, notes
from shared_schema.database.replica.notes import Note
from shared_schema.database.server import hrana
from shared_schema.database.server.calls import Server
from shared_schema.database.settings import Limits, Settings, read_only_uri

DAMAGED = 3
_BEHIND_ROUNDS = 50
_FAILED_SYNCS = 3
_LEAST_FREE = 1_000_000  # bytes; a sync that fails on a disk with less says nothing of the file
_PR_SET_PDEATHSIG = 1
_log = logging.getLogger(__name__)


class Damaged(Exception):
    """The file is no replica of this server: it must be pulled anew."""


@dataclass(frozen=True)
class Order:
    """What to pull: from which server, to which file, with how many seconds between two syncs."""

    url: str
    token: str | None = field(repr=False)
    path: str
    clock: str | None
    sync_s: float


def main() -> int:
    """Pull until killed. Exit code DAMAGED: the file must be set aside."""
    order, parent = Order(**orjson.loads(sys.stdin.buffer.read())), os.getppid()
    signs = os.dup(1)
    os.dup2(2, 1)  # the driver may print to its stdout
    logging.getLogger().addHandler(_Handler(signs))
    if sys.platform == "linux":  # die with the parent: in a sync that hangs we could not notice that it is gone
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        Puller(order).run(signs, parent)
    except Damaged as error:
        _log.warning("replica damaged: %s", error)
        return DAMAGED
    except errors.DatabaseError as error:
        _log.warning("replica cannot be opened to sync: %s", error)
        return 1
    except BrokenPipeError:  # `keep` has ended
        pass
    return 0


class _Handler(logging.Handler):
    """A line for each record."""

    def __init__(self, signs: int) -> None:
        super().__init__()
        self._signs = signs

    def emit(self, record: logging.LogRecord) -> None:
        os.write(self._signs, " ".join(self.format(record).split()).encode() + b"\n")


class Puller:
    """One replica and its primary."""

    def __init__(self, order: Order) -> None:
        self._path = order.path
        self._pause_s = order.sync_s
        self._clock = Clock(order.clock)
        base_url = Settings(order.url).base_url
        self._server = Server(base_url, order.token, Limits(1.0, 2.0, 3.0))
        self._check()
        self._driver = self._connect(base_url, order.token)
        file = os.stat(order.path)
        self._inode, self._size = file.st_ino, file.st_size
        self._beside: dict[str, int] = {}
        self._behind = 0
        self._failed = 0

    def run(self, signs: int, parent: int) -> None:
        while os.getppid() == parent:
            try:
                self._round()
            except (errors.DatabaseError, OSError) as error:  # of the primary, the way to it, or a full disk
                self._failed = 0
                _log.warning("replica not synced: %s", error)
            os.write(signs, b"\n")  # a sign of life for `keep`
            time.sleep(self._pause_s)

    def _round(self) -> None:
        """Raises Damaged, or a DatabaseError of the primary."""
        before = time.time()
        self._look()
        newest = self._tick_of_primary()
        self._look_beside()
        try:
            local.call(self._driver.sync)
        except errors.DatabaseError as error:
            self._sync_failed(error)
            return
        self._failed = 0
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

    def _sync_failed(self, error: errors.DatabaseError) -> None:
        """Raises Damaged if the file is at fault: the disk has room, and the primary answers time and again."""
        if isinstance(error, errors.Damaged):
            raise Damaged(str(error)) from None
        if isinstance(error, errors.Unreachable):
            raise error
        _log.warning("replica not synced: %s", error)
        self._look()
        if isinstance(error, errors.Full) or shutil.disk_usage(Path(self._path).parent).free < _LEAST_FREE:
            return
        self._tick_of_primary()
        self._failed += 1
        if self._failed >= _FAILED_SYNCS:
            raise Damaged(f"it cannot be synced, though the primary answers: {error}") from None

    def _connect(self, base_url: str, token: str | None) -> Any:
        try:
            return local.replica(self._path, base_url, token)
        except errors.Damaged as error:
            raise Damaged(str(error)) from None

    def _check(self) -> None:
        """Check a file that an earlier process left. Raises Damaged."""
        if not os.path.exists(self._path):
            return
        try:
            damage = checking.damage(self._path)
        except errors.DatabaseError as error:
            damage = str(error)
        if damage is not None:
            raise Damaged(damage)

    def _look(self) -> None:
        """Look at the file from outside. A replica only grows, so one that shrank was cut. Raises Damaged."""
        try:
            file = os.stat(self._path)
        except FileNotFoundError:
            raise Damaged(f"{self._path} is gone") from None
        if file.st_ino != self._inode:
            raise Damaged(f"{self._path} was replaced")
        if file.st_size < self._size:
            raise Damaged(f"{self._path} shrank from {self._size} to {file.st_size} bytes")
        self._size = file.st_size

    def _look_beside(self) -> None:
        """Raises Damaged if the log or its index was unlinked or replaced: this process and the readers that come would
        use different ones. The file itself may be whole, so the primary has to be there for a new one.
        """
        for part in ("-wal", "-shm"):
            try:
                inode = os.stat(self._path + part).st_ino
            except FileNotFoundError:
                inode = 0
            if self._beside.get(part, inode) != inode:
                raise Damaged(f"{self._path}{part} {'was replaced' if inode else 'is gone'}")
            if inode:
                self._beside[part] = inode

    def _tick_of_primary(self) -> int:
        statement = hrana.statement(*binding.plain(self._clock.read.sql, ()))
        rows = self._server.execute(statement, repeatable=True, deadline=self._server.deadline()).rows
        return int(rows[0][0]) if rows else 0

    def _tick_of_file(self) -> int:
        """The tick in the file, read as the workers read it."""
        self._look()
        connection = local.connect(read_only_uri(self._path), 1.0)
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
