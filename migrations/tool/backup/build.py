"""A database built from a backup."""

from pathlib import Path

from migrations.tool.backup import dump, file
from migrations.tool.backup.manifest import Manifest
from migrations.tool.progress import Progress, silent
from shared_schema.database import LibsqlDatabase, Verbatim

# Statements that the file has for other readers; we run them ourselves.
_FRAME = frozenset({"PRAGMA foreign_keys=OFF", "BEGIN", "COMMIT"})


def fill(db: LibsqlDatabase, path: Path, wanted: Manifest, progress: Progress = silent) -> None:
    """Run the statements of a backup, whose manifest is `wanted`, on an empty database."""
    done = 0
    for sql in file.statements(path):
        if sql not in _FRAME:
            db.execute_sql(Verbatim(sql))
            done += sql.count(dump.BETWEEN) + 1 if sql.startswith("INSERT") else 0
            progress("restore", min(done, wanted.rows), wanted.rows)


def fresh(path: Path) -> LibsqlDatabase:
    """An empty database for this process alone. It would not survive a crash, and so it is fast."""
    db = LibsqlDatabase(f"file:{path}")
    for pragma in ("journal_mode = off", "synchronous = off", "foreign_keys = off", "temp_store = file"):
        db.execute_sql(f"PRAGMA {pragma}")
    return db
