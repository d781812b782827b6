"""The lock of the migration tool: one row in the database itself, with its holder and the moment at which it ends.

The holder renews it while it works. After the holder's death it ends by itself; a new process on the same machine can
take it at once. Every transaction of a migration begins by checking that the row is still its own: a process that has
lost the lease cannot commit.
"""

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypedDict

import peewee

from migrations.tool import exits
from shared_schema.database import Guard, LibsqlDatabase, Statement, errors, require

TABLE = "migration_lease"
LASTS_S = 60
_RENEW_S = 15.0
_SOON_S = 10.0

_CREATE = f"""
    CREATE TABLE IF NOT EXISTS {TABLE} (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        holder TEXT NOT NULL,
        token TEXT NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT
"""
_TAKE = f"""
    INSERT INTO {TABLE} (id, holder, token, expires_at) VALUES (1, :holder, :token, unixepoch() + :lasts)
    ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, token = excluded.token, expires_at = excluded.expires_at
    WHERE expires_at <= unixepoch() OR token = :dead
"""
_RENEW = f"UPDATE {TABLE} SET expires_at = unixepoch() + ? WHERE token = ?"
_READ = f"SELECT holder, token, expires_at - unixepoch() AS seconds FROM {TABLE} WHERE expires_at > unixepoch()"


class Held(exits.Stopped):
    """Another process migrates this database."""

    exit_code = exits.LATER


class Lost(exits.Stopped):
    """The lease has ended or was taken over. What was not committed is rolled back."""


class _Row(TypedDict):
    """The lease that holds now; `seconds` is how long."""

    holder: str
    token: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Lease:
    """`renewal` is the statement that makes the lease last longer, `guard` stops a batch that has lost it."""

    holder: str
    token: str

    @property
    def renewal(self) -> Statement:
        return Statement(_RENEW, (LASTS_S, self.token))

    @property
    def guard(self) -> Guard:
        is_ours = f"EXISTS (SELECT 1 FROM {TABLE} WHERE token = ?)"
        return require(is_ours, (self.token,), otherwise=lambda: Lost("another operator has taken over"))


@contextmanager
def held(db: LibsqlDatabase) -> Iterator[Lease]:
    """Take the lease, renew it, give it back at the end. Raises Held, with the holder and how long it lasts."""
    lease, soon = _take(db), _impatient(db)
    done = threading.Event()
    renewer = threading.Thread(target=_renew, args=(soon, lease, done), daemon=True)
    renewer.start()
    try:
        yield lease
    finally:
        done.set()
        renewer.join()
        _give_back(soon, lease)
        if soon is not db:
            soon.close()


def holder(db: LibsqlDatabase) -> str | None:
    """A sentence on who migrates this database now; None if nobody does."""
    row = _read(db)
    return None if row is None else _sentence(row)


def _take(db: LibsqlDatabase) -> Lease:
    db.execute_sql(_CREATE)
    lease = Lease(f"{socket.gethostname()}/{os.getpid()}", secrets.token_hex(16))
    row = _read(db)
    dead = row["token"] if row is not None and _is_dead(row["holder"]) else ""
    parameters = {"holder": lease.holder, "token": lease.token, "lasts": LASTS_S, "dead": dead}
    # Where the answer is lost, the statement is sent again and finds our own row. So the row is read afterwards.
    db.batch([Statement(_TAKE, parameters)], idempotent=True)
    row = _read(db)
    if row is None or row["token"] != lease.token:
        raise Held(_sentence(row) if row else "the lease ran out at once: is the database's clock right?")
    return lease


def _impatient(db: LibsqlDatabase) -> LibsqlDatabase:
    """The same database, with calls to a server that end soon: the lease ends by itself, and nobody shall wait for it
    at a server that does not answer.
    """
    limits = db.settings.limits
    if not db.on_server:
        return db
    soon = replace(limits, read_s=min(limits.read_s, _SOON_S), total_s=min(limits.total_s, _SOON_S), waiting=None)
    same = LibsqlDatabase(replace(db.settings, limits=soon))
    same.query_hooks = db.query_hooks
    return same


def _renew(db: LibsqlDatabase, lease: Lease, done: threading.Event) -> None:
    """Renew the lease until `done`. After a failure it goes on: each transaction checks the lease itself."""
    while not done.wait(_RENEW_S):
        try:
            db.batch([lease.renewal], idempotent=True)
        except peewee.PeeweeException:
            continue
    db.close()


def _give_back(db: LibsqlDatabase, lease: Lease) -> None:
    try:
        db.batch([Statement(f"DELETE FROM {TABLE} WHERE token = ?", (lease.token,))], idempotent=True)
    except peewee.PeeweeException:  # it ends by itself, and an error from before matters more than this one
        return


def _read(db: LibsqlDatabase) -> _Row | None:
    try:
        (result,) = db.fetch([Statement(_READ)], fresh=True)
    except peewee.OperationalError as error:
        if not errors.is_missing_table(error):
            raise
        return None
    return result.first(_Row)


def _sentence(row: _Row) -> str:
    return f"{row['holder']} is migrating this database; its lease ends in {row['seconds']} s unless it goes on"


def _is_dead(holder: str) -> bool:
    """Whether the holder, `host/process id`, was a process of this machine that has ended."""
    host, _, pid = holder.rpartition("/")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it lives, and belongs to another user
        pass
    return False
