"""The lock: one row in the database itself, with its holder and the moment it ends.

Whoever holds it renews it; who died lets it run out, or leaves it to the next one of the same machine at once. Every
transaction of a migration begins by looking whether the row is still its own, so one who lost it cannot go on.
"""

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import peewee

from migrations.tool import exits
from shared_schema.database import Database, Guard, Statement, errors, require

TABLE = "migration_lease"
LASTS_S = 60
_RENEW_S = 15.0

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
_LOOK = f"SELECT holder, token, expires_at - unixepoch() AS seconds FROM {TABLE} WHERE expires_at > unixepoch()"


class Held(exits.Stopped):
    """Somebody else migrates this database."""

    exit_code = exits.LATER


class Lost(exits.Stopped):
    """The lease ran out or was taken over. What was not committed is rolled back."""


@dataclass(frozen=True, slots=True)
class Lease:
    """`renew` is the statement that makes it last longer, `guard` stops a batch that has lost it."""

    holder: str
    token: str

    @property
    def renewal(self) -> Statement:
        return Statement(_RENEW, (LASTS_S, self.token))

    @property
    def guard(self) -> Guard:
        ours = f"EXISTS (SELECT 1 FROM {TABLE} WHERE token = ?)"
        return require(ours, (self.token,), otherwise=Lost("another operator has taken over"))


@contextmanager
def held(db: Database) -> Iterator[Lease]:
    """Take the lease, keep it, give it back. Raises Held, with the holder's name and how long it may still take."""
    lease = _take(db)
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(db, lease, done), daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        done.set()
        keeper.join()
        _give_back(db, lease)


def holder(db: Database) -> str | None:
    """Who migrates this database now, in words."""
    row = _look(db)
    return None if row is None else _said(row)


def _take(db: Database) -> Lease:
    db.execute_sql(_CREATE)
    lease = Lease(f"{socket.gethostname()}/{os.getpid()}", secrets.token_hex(16))
    there = _look(db)
    dead = there["token"] if there is not None and _is_dead(there["holder"]) else ""
    wanted = {"holder": lease.holder, "token": lease.token, "lasts": LASTS_S, "dead": dead}
    # Once more after a lost answer finds the row as our own: the look behind it says whose it is.
    db.batch([Statement(_TAKE, wanted)], idempotent=True)
    there = _look(db)
    if there is None or there["token"] != lease.token:
        raise Held(_said(there) if there else "the lease ran out at once: is the database's clock right?")
    return lease


def _keep(db: Database, lease: Lease, done: threading.Event) -> None:
    """Renew now and then. A failure is no reason to stop: the transactions look for themselves."""
    while not done.wait(_RENEW_S):
        try:
            db.batch([lease.renewal], idempotent=True)
        except peewee.PeeweeException:
            continue
    db.close()


def _give_back(db: Database, lease: Lease) -> None:
    try:
        db.batch([Statement(f"DELETE FROM {TABLE} WHERE token = ?", (lease.token,))], idempotent=True)
    except peewee.PeeweeException:  # it runs out by itself, and what happened before matters more
        return


def _look(db: Database) -> dict[str, str] | None:
    try:
        (found,) = db.fetch([Statement(_LOOK)], fresh=True)
    except peewee.OperationalError as error:
        if not errors.is_missing_table(error):
            raise
        return None
    row: dict[str, str] | None = found.first(dict)
    return row


def _said(row: dict[str, str]) -> str:
    return f"{row['holder']} is migrating this database; its lease ends in {row['seconds']} s unless it goes on"


def _is_dead(name: str) -> bool:
    """Whether the holder was a process of this machine that is no more."""
    host, _, pid = name.rpartition("/")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it lives, and is somebody else's
        pass
    return False
