"""Put a backup back in one transaction: afterwards the database is the old one or the new one, and nothing between."""

import fcntl
import os
import time
from pathlib import Path

import peewee

from migrations.tool import exits, lease
from migrations.tool.backup import dump, file, manifest
from migrations.tool.backup.manifest import Manifest
from migrations.tool.progress import Progress, silent
from migrations.tool.schema import references, sqltext
from shared_schema.database import Database, Statement, Verbatim

# Statements that the file has for other readers; we run them ourselves.
_FRAME = frozenset({"PRAGMA foreign_keys=OFF", "BEGIN", "COMMIT"})
_PARTS = ("", "-wal", "-shm")
# Where every process that has a database open holds a lock (SHARED_FIRST, SHARED_SIZE of SQLite's os.h).
_LOCKED_FROM, _LOCKED_BYTES = 0x40000002, 510


class NotRestored(exits.Stopped):
    """The backup was not put back; the database is as it was."""


def restore(db: Database, path: Path, progress: Progress = silent) -> Manifest:
    """Replace everything in the database by what the backup holds. Raises file.Corrupt, lease.Held or NotRestored; then
    nothing has changed.

    A damaged database file is set aside as `<file>.damaged-<time>` and made anew, if no other process has it open.
    """
    wanted = file.read_manifest(path)
    if _damaged(db):
        _make_anew(db, path, wanted, progress)
        return wanted
    if not db.on_server:
        db.execute_sql("PRAGMA temp_store = file")  # or the sorting for the indexes takes the memory for all of it
    with lease.held(db) as ours, references.foreign_keys_off(db), db.atomic():
        tick = _tick(db)
        drop_everything(db)
        fill(db, path, wanted, progress)
        _compare(db, wanted, progress)
        _move_on(db, tick)
        db.batch([ours.guard, ours.renewal])
    return wanted


def fill(db: Database, path: Path, wanted: Manifest, progress: Progress = silent) -> None:
    """Run the statements of a backup, whose manifest is `wanted`, on an empty database."""
    done = 0
    for sql in file.statements(path):
        if sql not in _FRAME:
            db.execute_sql(Verbatim(sql))
            done += sql.count(dump.BETWEEN) + 1 if sql.startswith("INSERT") else 0
            progress("restore", min(done, wanted.rows), wanted.rows)


def fresh(path: Path) -> Database:
    """An empty database for this process alone. It would not survive a crash, and so it is fast."""
    db = Database(f"file:{path}")
    for pragma in ("journal_mode = off", "synchronous = off", "foreign_keys = off", "temp_store = file"):
        db.execute_sql(f"PRAGMA {pragma}")
    return db


def _compare(db: Database, wanted: Manifest, progress: Progress) -> None:
    wrong = manifest.differences(db, wanted, progress)
    if wrong:
        raise NotRestored(f"what was put back is not what the file says: {'; '.join(wrong)}")


def _tick(db: Database) -> int:
    """The clock that readers of replicas compare with their own."""
    if not db.table_exists("consistency_clock"):
        return 0
    (clock,) = db.fetch([Statement("SELECT max(tick) AS tick FROM consistency_clock")])
    return clock.value_or_none(int) or 0


def _move_on(db: Database, tick: int) -> None:
    """Move the clock on: a restore is a write, and a reader must not see the same tick twice."""
    if tick and db.table_exists("consistency_clock"):
        later = "ON CONFLICT (id) DO UPDATE SET tick = max(tick, excluded.tick) + 1"
        db.execute_sql(f"INSERT INTO consistency_clock (id, tick) VALUES (1, ?) {later}", (tick + 1,))


def drop_everything(db: Database) -> None:
    """Leave an empty database. Tables come last: a trigger goes with its table, and could not be dropped after it."""
    for entry in reversed(manifest.objects(db)):
        if entry.kind != "index":
            db.execute_sql(f"DROP {entry.kind.upper()} {sqltext.quoted(entry.name)}")


def _damaged(db: Database) -> bool:
    """Whether the database is a file that cannot be read as one."""
    try:
        db.execute_sql("SELECT count(*) FROM sqlite_master").fetchall()
    except peewee.DatabaseError as error:
        if db.on_server or isinstance(error, peewee.OperationalError | peewee.InterfaceError):
            raise
        return True
    return False


def _make_anew(db: Database, path: Path, wanted: Manifest, progress: Progress) -> None:
    db.close()
    there = Path(str(db.settings.path))
    if _in_use(there):
        raise NotRestored(f"{there} is damaged and open in another process: stop the services, then restore again")
    new = there.with_name(f"{there.name}.restored")
    for part in _PARTS:
        Path(f"{new}{part}").unlink(missing_ok=True)
    built = fresh(new)
    try:
        fill(built, path, wanted, progress)
        _compare(built, wanted, progress)
    finally:
        built.close()
    _swap(new, there)


def _in_use(path: Path) -> bool:
    """Whether another process has the database open. The caller must not have it open: its own locks would be lost."""
    with path.open("r+b") as file_:
        try:
            fcntl.lockf(file_, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKED_BYTES, _LOCKED_FROM)
        except OSError:
            return True
    return False


def _swap(new: Path, there: Path) -> None:
    """Move the log first: the engine would take an old log beside the new file for the new file's own."""
    aside = f"{there}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    with new.open("rb") as data:
        os.fsync(data.fileno())
    for part in reversed(_PARTS[1:]):
        if Path(f"{there}{part}").exists():
            os.replace(f"{there}{part}", f"{aside}{part}")
    os.link(there, aside)
    os.replace(new, there)
