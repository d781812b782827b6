"""What each worker knows of revocations: read every two seconds by a thread, so that no request waits for it.

While the database is away the last list counts: a token that is revoked meanwhile counts on until the database is back
or the token expires. Before a worker has read a first list, it lets nobody in.
"""

import threading
import time
from collections.abc import Callable

import peewee
import structlog

from shared_schema import environment, revocations
from shared_schema.revocations import Kind, Revoked
from shared_schema.tables import db

_GOODBYE_S = 2.0
_log = structlog.get_logger()


class Revocations:
    """The list, and the thread that keeps it from `start` to `stop`. Without the thread, call `read`.

    `changed(user_id)` is called when what is remembered of a user is old.
    """

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._every_s = environment.seconds("REVOCATION_SECONDS", 2)
        self._reading = threading.Lock()
        self._changing = threading.Lock()  # never held while the database is asked
        self._ended: dict[tuple[Kind, str], int] = {}  # with the time after which it no longer matters
        self._last: tuple[int, str] | None = None
        self._loaded = False
        self._trouble: str | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read_until_stopped, name="revocations", daemon=True)

    def start(self) -> None:
        """Call it after the fork, once."""
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(_GOODBYE_S)

    def has(self, token_id: str, sign_in: str | None) -> bool:
        """Whether the token has ended. Raises peewee's errors where no list could be read yet."""
        if not self._loaded:
            self.read()
        return ("token", token_id) in self._ended or (sign_in is not None and ("sign_in", sign_in) in self._ended)

    def add(self, kind: Kind, key: str, seconds: int) -> None:
        """What this process has written itself counts at once."""
        with self._changing:
            self._ended = {**self._ended, (kind, key): int(time.time()) + seconds}

    def read(self) -> None:
        """Read what is new."""
        with self._reading:
            last = self._last
            rows = self._since(0 if last is None else last[0])
            if last is not None and (not rows or (rows[0]["id"], rows[0]["key"]) != last):
                rows = self._since(0)  # a restored database: its ids may be lower than those read before
            self._take([row for row in rows if (row["id"], row["key"]) != last])
            self._last = (rows[-1]["id"], rows[-1]["key"]) if rows else None
            self._loaded = True

    def forget(self) -> None:
        """Begin anew, as in a new process."""
        with self._reading, self._changing:
            self._ended, self._last, self._loaded = {}, None, False

    def _since(self, last: int) -> list[Revoked]:
        return db.fetch([revocations.since(last)])[0].all(Revoked)

    def _take(self, rows: list[Revoked]) -> None:
        for row in rows:
            if row["kind"] == "user":
                self._changed(row["key"])
        now = time.time()
        added = {(row["kind"], row["key"]): row["expires_at"] for row in rows if row["kind"] != "user"}
        with self._changing:
            self._ended = {what: until for what, until in (self._ended | added).items() if until > now}

    def _read_until_stopped(self) -> None:
        while not self._over.is_set():
            trouble = None
            try:
                with db.connection_context():  # a new connection: a restore may have replaced the file
                    self.read()
            except peewee.PeeweeException as error:
                trouble = str(error)
            self._log_change(trouble)
            self._over.wait(self._every_s)

    def _log_change(self, trouble: str | None) -> None:
        """Log that reading begins to fail, or that it works again; not each time."""
        if trouble is not None and self._trouble is None:
            _log.warning("revocations cannot be read: the last list counts", error=trouble)
        if trouble is None and self._trouble is not None:
            _log.info("revocations are read again")
        self._trouble = trouble
