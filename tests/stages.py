"""Where the HTTP tests play: a file, a server, a server with a local replica. Each test finds the same four users."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import peewee

from migrations.tool import lease
from migrations.tool.apply import backfill, upgrade
from migrations.tool.backup import restore
from migrations.tool.schema import references
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.replica.notes import read_note
from shared_schema.database.settings import Limits, Settings
from shared_schema.environment import CLOCK
from shared_schema.tables.users import User
from tests import damage
from tests.faults.hosts import children, state, wait_until
from tests.servers import Sqld

MODES = ("file", "server", "replica")
PEOPLE = (
    {"id": 1, "email": "alice@example.com", "name": "Alice", "role": "user", "timezone": "Europe/Berlin"},
    {"id": 2, "email": "bob@example.com", "name": "Bob", "role": "user", "timezone": "UTC"},
    {"id": 3, "email": "mo@example.com", "name": "Mo", "role": "moderator", "timezone": "UTC"},
    {"id": 4, "email": "ada@example.com", "name": "Ada", "role": "admin", "timezone": "UTC"},
)
# What hangs below users and exams goes with them. The clock goes on: replicas have seen it.
_ROOTS = (
    "send_attempts",
    "timeline_spans",
    "engagement_opportunities",
    "tweet_metrics_days",
    "tweets",
    "twitter_accounts",
    "ai_repricings",
    "ai_generation_log",
    "growth_metrics",
)
_BUDGETS = (
    "ai_hold_resolutions", "ai_open_holds", "ai_holds", "ai_budget_periods", "ai_budget_alerts", "ai_budgets"
)  # fmt: skip
_LOGS = ("audit_seals", "audit_log")
_KEYS = ("receipts", "idempotency_keys", "forgotten_keys")
_GROWTH = (
    "opportunity_counts",
    "opportunity_quarters",
    "opportunity_days",
    "send_slots",
    "ai_cost_slots",
    "ai_generation_questions",
)
_VOICES = ("voice_profile_versions", "voice_profiles")
_CLEARED = (*_ROOTS, *_BUDGETS, *_GROWTH, *_VOICES, "users", "exams", *_LOGS, *_KEYS, "deployments", "revocations")
_IDS_ANEW = "DELETE FROM sqlite_sequence WHERE name = 'audit_log'"
_SCHEMA = """
    SELECT type, name, sql FROM sqlite_master m WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE 'libsql_%'
        AND NOT EXISTS (SELECT 1 FROM pragma_table_list s WHERE s.name = m.name AND s.type = 'shadow')
    ORDER BY name
"""


def migrated(path: Path) -> None:
    """Make a database file with every table and the four users."""
    database = LibsqlDatabase(f"file:{path}")
    upgrade.up(database)
    populate(database)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def populate(database: LibsqlDatabase) -> None:
    with database.bind_ctx([User]):
        database.batch([User.insert_many(PEOPLE)])


def copied(template: Path, path: Path) -> Settings:
    """A file of this test's own."""
    shutil.copy(template, path)
    return Settings(f"file:{path}")


def _dropping(objects: Sequence[tuple[str, str]]) -> list[Statement]:
    """Steps that drop objects, by kind and name, in one transaction: rows first, so that no table misses another's."""
    names = {kind: [name for one, name in objects if one == kind] for kind in ("trigger", "view", "index", "table")}
    return [
        Statement("PRAGMA defer_foreign_keys = on"),
        *(Statement(f'DROP {kind} "{name}"') for kind in ("trigger", "view") for name in names[kind]),
        *(Statement(f'DELETE FROM "{name}"') for name in names["table"]),
        *(Statement(f'DROP TABLE "{name}"') for name in names["table"]),
        *(Statement(f'DROP INDEX IF EXISTS "{name}"') for name in names["index"]),
    ]


class Primary:
    """A server with the migrated schema, and a replica of it that is kept by the real replicator."""

    def __init__(self, directory: Path) -> None:
        self.server = Sqld(directory / "primary")
        self.server.start()
        self._replica = str(directory / "replica.db")
        self._replicator: subprocess.Popen[bytes] | None = None
        self._resting: list[int] = []
        self._migrate()
        self._database = LibsqlDatabase(self.settings())
        self._schema = self._read_schema()
        self._making = self._read_making()
        self._books = self._read_books()

    def settings(self, *, replica: bool = False) -> Settings:
        limits = Limits(connect_s=2.0, read_s=20.0, total_s=30.0)
        path = self._replica if replica else None
        return Settings(self.server.url, self.server.token, path, limits, max_staleness_s=30.0, clock=CLOCK)

    def clear(self) -> None:
        """As after migration, with the four users. A test may have broken the schema, or left a lease."""
        self._database.execute_sql(f"DELETE FROM {lease.TABLE}")
        if not self._drop_what_is_left():
            self._rebuild()
        cleared = [Statement(f"DELETE FROM {table}") for table in (*_CLEARED, *self._books)]
        anew = [Statement(_IDS_ANEW), *(row for rows in self._books.values() for row in rows)]
        self._database.batch([*damage.without_triggers(cleared), *anew])
        populate(self._database)

    @property
    def tick(self) -> int:
        """The clock after the last `clear` of this thread."""
        return self._database.clock.written.get()

    def _read_schema(self) -> list[tuple[str, str, str | None]]:
        """Every object with its SQL, whose white space depends on who made it: a migration, or `clear`."""
        objects = self._database.execute_sql(_SCHEMA).fetchall()
        return [(kind, name, sql and " ".join(sql.split())) for kind, name, sql in objects]

    def _read_making(self) -> list[Statement]:
        """What makes the tables that the migrations built, much faster than they do.

        The lease's table is not among it: nobody drops that.
        """
        objects = [entry for entry in self._database.execute_sql(_SCHEMA).fetchall() if entry[1] != lease.TABLE]
        made = [
            sql
            for wanted in ("table", "index", "view", "trigger")
            for kind, _, sql in objects
            if kind == wanted and sql
        ]
        return [Statement(sql) for sql in made]

    def _read_books(self) -> dict[str, list[Statement]]:
        """What writes the rows of the tables of the migration tool, which know what has been migrated."""
        names = [name for kind, name, _ in self._schema if kind == "table" and name.startswith("migrations_")]
        return {name: self._read_rows(name) for name in (*names, backfill.TABLE)}

    def _read_rows(self, table: str) -> list[Statement]:
        """What writes the rows of a table again."""
        return [
            Statement(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", tuple(row))
            for row in self._database.execute_sql(f"SELECT * FROM {table}").fetchall()
        ]

    def _drop_what_is_left(self) -> bool:
        """Drop what tests have made beside the tables of the migrations; False where those are not as they were."""
        present = self._read_schema()
        left = [(kind, name) for kind, name, sql in present if (kind, name, sql) not in self._schema]
        with suppress(peewee.DatabaseError):  # shadows of virtual tables
            if left:
                self._database.batch(_dropping(left))
            return len(present) - len(left) == len(self._schema)
        return False

    def _rebuild(self) -> None:
        # A clock that begins anew would not reach for long what the readers of this process have seen.
        clock = Statement("INSERT INTO consistency_clock (id, tick) VALUES (1, ?)", (time.time_ns() // 1000,))
        present = [(kind, name) for kind, name, _ in self._read_schema() if name != lease.TABLE]
        try:
            self._database.batch([*_dropping(present), *self._making, clock])
        except peewee.DatabaseError:  # a test has left what cannot be dropped as it is
            operators = self._without_clock()
            with references.foreign_keys_off(operators), operators.atomic():
                restore.drop_everything(operators)
            operators.close()
            self._database.batch([*self._making, clock])

    def _migrate(self) -> None:
        """Bring up an empty server. The clock that our batches move on comes with the first migration."""
        database = self._without_clock()
        upgrade.up(database)
        database.close()

    def _without_clock(self) -> LibsqlDatabase:
        """The database as operators open it, who make and drop the clock's table, too."""
        return LibsqlDatabase(replace(self.settings(), clock=None))

    def catch_up(self) -> None:
        """Wait until the replica has everything that is on the primary now."""
        if self._replicator is None:
            self._replicator = self._start()
        self._wake()
        now, deadline = time.time(), time.monotonic() + 60
        while (note := read_note(self._replica)) is None or note.fresh_at < now:
            assert time.monotonic() < deadline, "the replica does not catch up"
            time.sleep(0.001)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let the replica stay as it is now."""
        self.catch_up()
        self.rest()
        assert len(self._resting) == 2, "a replicator and its puller"
        try:
            yield
        finally:
            self._wake()

    def rest(self) -> None:
        """Stop the processes that keep the replica, up to the next `catch_up`: they would pull all the time."""
        if self._replicator is not None and not self._resting:
            self._resting = [self._replicator.pid, *children(self._replicator.pid)]
            for pid in self._resting:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            wait_until(lambda: all(state(pid) in ("T", "Z", "") for pid in self._resting))

    def _wake(self) -> None:
        while self._resting:
            with suppress(ProcessLookupError):  # a puller that ended just then
                os.kill(self._resting.pop(), signal.SIGCONT)

    def _start(self) -> "subprocess.Popen[bytes]":
        pace = {"TURSO_SYNC_SECONDS": "0.02", "TURSO_WATCHDOG_SECONDS": "3600"}  # `rest` is no reason to restart it
        env = environment_of(self.settings(replica=True)) | pace
        return subprocess.Popen([sys.executable, "-m", "shared_schema.replicate"], env=env)

    def stop(self) -> None:
        if self._replicator is not None:
            self._wake()
            self._replicator.terminate()
            self._replicator.wait()
        self.server.stop()


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of another process that is to use the same database."""
    place = {
        "TURSO_DATABASE_URL": settings.url,
        "TURSO_AUTH_TOKEN": settings.token or "",
        "TURSO_REPLICA_PATH": settings.replica or "",
    }
    return os.environ | place


@contextmanager
def primary(directory: Path) -> Iterator[Primary]:
    running = Primary(directory)
    try:
        yield running
    finally:
        running.stop()
