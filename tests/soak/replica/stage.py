"""A primary with a writer, a host with a replica on a small disk, and processes that read it."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import peewee

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Limits, Settings
from tests import servers
from tests.faults.hosts import Host
from tests.servers import ROOT
from tests.soak import disks
from tests.soak.replica.rows import FILLED, TABLES, WRITE, Acks

READERS = 3
_UP_S = 5.0  # after which a primary that has started again is there for everybody
_WRITE_PAUSE_S = 0.05


class Sqld(servers.Sqld):
    """Checkpoints all the time."""

    def _options(self) -> list[str]:
        return [*super()._options(), "--checkpoint-interval-s", "3"]


class Stage:
    """`outages` are the times, from and to, in which the primary may not be asked."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.server = Sqld(directory / "primary")
        self.acks = Acks(directory / "acks")
        self.outages: list[tuple[float, float]] = []
        self.small_disk = False
        self._ended = threading.Event()

    @contextmanager
    def running(self) -> Iterator[list[dict[str, Any]]]:
        """Everything runs. The list has what the readers have seen, after the end."""
        seen: list[dict[str, Any]] = []
        with ExitStack() as stack, self.server:
            self._fill()
            self.small_disk = stack.enter_context(disks.small(self.directory / "disk", 64))
            place = (
                self.directory / "disk" / "r.db",
                self.server.url,
                self.server.token,
                {"TURSO_SYNC_SECONDS": "0.2"},
            )
            self.machine = stack.enter_context(Host(*place))
            writer = threading.Thread(target=self._write)
            writer.start()
            readers = [self._reader() for _ in range(READERS)]
            try:
                yield seen
            finally:
                self._ended.set()
                writer.join()
                seen += [json.loads(reader.communicate()[0]) for reader in readers]

    def database(self) -> LibsqlDatabase:
        limits = Limits(1.0, 7.0, 8.0)
        return LibsqlDatabase(Settings(self.server.url, self.server.token, limits=limits, clock="consistency_clock"))

    @contextmanager
    def outage(self) -> Iterator[None]:
        """The primary is away, at most from now until some time after this block."""
        began = time.time() - 5.0  # a call that had begun before
        try:
            yield
        finally:
            self.outages.append((began, time.time() + _UP_S))

    def _fill(self) -> None:
        database = self.database()
        for statement in TABLES:
            database.execute_sql(statement)
        for _ in range(FILLED // 500):
            database.batch(WRITE * 500)
        self.acks.append(FILLED, database.clock.written.get())
        database.close()

    def _write(self) -> None:
        database = self.database()
        while not self._ended.is_set():
            try:
                *_, counted = database.batch(WRITE)
                self.acks.append(counted.value(int), database.clock.written.get())
            except peewee.PeeweeException:
                time.sleep(_WRITE_PAUSE_S)
            database.clock.begin()
            time.sleep(_WRITE_PAUSE_S)
        database.close()

    def change_schema(self, sql: str) -> None:
        database = self.database()
        database.batch([Statement(sql)])
        database.close()

    def _reader(self) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.soak.replica.reader"]
        reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        stdin = cast(Any, reader.stdin)
        acks = str(self.directory / "acks")
        stdin.write(json.dumps([self.server.url, self.server.token, self.machine.replica, acks]) + "\n")
        stdin.flush()
        return reader
