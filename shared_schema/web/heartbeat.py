"""Each worker keeps a row in the table of deployments up to date, from its start to its end, and seals the audit log.

The migration tool reads in that table which releases still serve. If the database is away or has no such table yet, the
worker serves all the same.
"""

import math
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable

import peewee
import structlog

from shared_schema import environment
from shared_schema.audit import seal
from shared_schema.audit.seal import Head, Sealed
from shared_schema.database import LibsqlDatabase, errors
from shared_schema.metrics import series
from shared_schema.releases import deployments, version
from shared_schema.releases.deployments import Process
from shared_schema.releases.streams import Known
from shared_schema.tables import db

_BEATS_MISSED = 3
_AGAIN_S = 3.0  # after a beat that failed: when an outage is over, the row must be there before anybody migrates
_GOODBYE_S = 2.0
_SEALED_AT_ONCE = 10  # batches for each beat; an import of thousands of questions is sealed over some minutes
_FULL_S = 30.0
_log = structlog.get_logger()


class Heartbeat:
    """A thread that writes the worker's row every few seconds, from `start` to `stop`. gunicorn's worker calls both."""

    def __init__(self, service: str, knows: Known) -> None:
        self._service, self._knows = service, knows
        self._every_s = environment.seconds("DEPLOYMENT_BEAT_SECONDS", 30)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat_until_stopped, name="heartbeat", daemon=True)
        self._trouble: str | None = None
        self._full_until = 0.0
        self._head: Head | None = None

    def start(self) -> None:
        """Call it after the fork, once."""
        self._thread.start()

    def stop(self) -> None:
        """Delete the row. If the database does not answer in time, the row stays and expires."""
        self._over.set()
        self._thread.join(_GOODBYE_S)

    def note(self, error: Exception) -> None:
        """Remember if a write of this worker, a beat or a client's, found no room."""
        if isinstance(errors.cause(error), errors.Full):
            self._full_until = time.monotonic() + _FULL_S

    @property
    def disk_is_full(self) -> bool:
        """Whether a write found no room within the last half minute. A beat alone would not tell: it needs none."""
        return time.monotonic() < self._full_until

    def _beat_until_stopped(self) -> None:
        process = self._process()
        while not self._over.is_set():
            self._write(deployments.beat, process)
            self._seal()
            self._over.wait(self._every_s if self._trouble is None else min(self._every_s, _AGAIN_S))
        self._write(deployments.end, process)

    def _write(self, change: Callable[[LibsqlDatabase, Process], None], process: Process) -> None:
        trouble = None
        try:
            with db.connection_context():  # a new connection: a restore may have replaced the file since the last beat
                change(db, process)
        except peewee.PeeweeException as error:
            trouble = str(error)
            self.note(error)
        self._log_change(trouble)
        self._trouble = trouble
        series.beat(ok=trouble is None)

    def _seal(self) -> None:
        """Seal what was logged since the last beat. The head goes to the log of the worker, out of reach for SQL."""
        if self._trouble is not None:  # the database is away, or may not be written
            return
        try:
            with db.connection_context():
                self._compare()
                sealed = _sealed()
                series.seal_lag(seal.lag_s(db))
        except peewee.PeeweeException as error:
            if not errors.is_missing_table(error):
                _log.warning("sealing the audit log fails", error=str(error))
            return
        self._head = sealed.head if sealed else self._head
        if sealed and sealed.count:
            _log.info("audit log sealed", **sealed.head)

    def _compare(self) -> None:
        """Tell if the head of the last beat is no longer in the chain: seals were changed or taken away since."""
        if self._head is None or seal.has(db, self._head):
            return
        series.chain_changed()
        _log.error("the audit log's chain has changed", **self._head)
        self._head = None

    def _log_change(self, trouble: str | None) -> None:
        """Log that beats begin to fail, or that they work again; not each beat."""
        if trouble == self._trouble:
            return
        if trouble is None:
            _log.info("heartbeat is back")
        else:
            _log.warning("heartbeat fails", error=trouble)

    def _process(self) -> Process:
        host, pid = socket.gethostname(), os.getpid()
        return Process(
            instance=f"{host}:{pid}:{secrets.token_hex(4)}",
            service=self._service,
            host=host,
            version=version.current(),
            knows=self._knows,
            silence_s=math.ceil(self._every_s * _BEATS_MISSED),
        )


def _sealed() -> Sealed | None:
    """Seal some batches of the audit log: how many entries, and the head. None where another worker is at it."""
    done = None
    for _ in range(_SEALED_AT_ONCE):
        try:
            sealed = seal.some(db)
        except seal.Overtaken:
            break
        done = Sealed(sealed.count + (done.count if done else 0), sealed.head)
        if sealed.count < seal.BATCH:
            break
    return done
