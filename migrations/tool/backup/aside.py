"""A database file that cannot be read: it is set aside, and made anew from a backup."""

import fcntl
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

import peewee

from migrations.tool import exits
from migrations.tool.backup import build, leftovers, manifest
from migrations.tool.backup.manifest import Manifest
from migrations.tool.progress import Progress
from shared_schema.database import LibsqlDatabase

_LOGS = ("-shm", "-wal")
# Where every process that has a database open holds a lock (SHARED_FIRST, SHARED_SIZE of SQLite's os.h).
_LOCKED_FROM, _LOCKED_BYTES = 0x40000002, 510


class NotRestored(exits.Stopped):
    """The backup was not put back; the database is as it was."""


def is_damaged(db: LibsqlDatabase) -> bool:
    """Whether the database is a file that cannot be read as one."""
    try:
        db.execute_sql("SELECT count(*) FROM sqlite_master").fetchall()
    except peewee.DatabaseError as error:
        if db.on_server or isinstance(error, peewee.OperationalError | peewee.InterfaceError):
            raise
        return True
    return False


def make_anew(db: LibsqlDatabase, path: Path, wanted: Manifest, progress: Progress) -> Path:
    """Set the file aside and build it anew. Returns where the old one is. Raises NotRestored or leftovers.AtWork."""
    db.close()
    there = Path(str(db.settings.path))
    if _in_use(there):
        raise NotRestored(f"{there} is damaged and open in another process: stop the services, then restore again")
    with leftovers.beside(there) as new:
        built = build.fresh(new)
        try:
            build.fill(built, path, wanted, progress)
            compare(built, wanted, progress)
        finally:
            built.close()
        return _swap(new, there)


def compare(db: LibsqlDatabase, wanted: Manifest, progress: Progress) -> None:
    """Raises NotRestored if the database is not what the manifest says."""
    wrong = manifest.differences(db, wanted, progress)
    if wrong:
        raise NotRestored(f"what was put back is not what the file says: {'; '.join(wrong)}")


def _in_use(path: Path) -> bool:
    """Whether another process has the database open. The caller must not have it open: its own locks would be lost."""
    with path.open("r+b") as file_:
        try:
            fcntl.lockf(file_, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKED_BYTES, _LOCKED_FROM)
        except OSError:
            return True
    return False


def _swap(new: Path, there: Path) -> Path:
    """Give the new file the mode and owner of the old one, so that the services can open it, and then its name.

    The log moves first: the engine would take an old log beside the new file for the new file's own.
    """
    aside = Path(f"{there}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    shutil.copymode(there, new)
    with suppress(PermissionError):  # only root can give a file to another user
        shutil.chown(new, there.stat().st_uid, there.stat().st_gid)
    with new.open("rb") as data:
        os.fsync(data.fileno())
    for part in _LOGS:
        if Path(f"{there}{part}").exists():
            os.replace(f"{there}{part}", f"{aside}{part}")
    os.link(there, aside)
    os.replace(new, there)
    return aside
