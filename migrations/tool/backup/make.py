"""Make a backup, and prove it by building the database anew from the file."""

import datetime as dt
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from migrations.tool.backup import dump, file, manifest, restore
from migrations.tool.backup.manifest import Manifest
from migrations.tool.progress import Progress, silent
from migrations.tool.schema import damage, sqltext, structure
from shared_schema.database import Database


@dataclass(frozen=True, slots=True)
class Backup:
    path: Path
    manifest: Manifest
    bytes: int


def proven(db: Database, path: Path, source: str, progress: Progress = silent) -> Backup:
    """Write a backup and prove it. A backup that cannot be proven is deleted, and the error raised."""
    backup = write(db, path, source, progress)
    try:
        prove(path, progress)
    except BaseException:
        path.unlink()
        raise
    return backup


def write(db: Database, path: Path, source: str, progress: Progress = silent) -> Backup:
    """Write a backup of one moment of the database. `source` is a name for people."""
    with dump.snapshot(db), file.writing(path) as out:
        made = _write(db, out, source, progress)
        out.end(made)
    return Backup(path, made, path.stat().st_size)


def prove(path: Path, progress: Progress = silent) -> Manifest:
    """Build a database from the file and compare it with the file's manifest. Raises file.Corrupt."""
    wanted = file.read_manifest(path)
    with tempfile.TemporaryDirectory(prefix="prove-", dir=path.parent) as scratch:
        db = restore.fresh(Path(scratch) / "scratch.db")
        try:
            restore.fill(db, path, wanted, progress)
            wrong = manifest.differences(db, wanted, progress)
            wrong += damage.in_pages(db)
        finally:
            db.close()
    if wrong:
        raise file.Corrupt(f"{path} does not give back the database: {'; '.join(wrong)}")
    return wanted


def name(source: str) -> str:
    """A file name that sorts by time."""
    return f"{source}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S.%f}Z.sql.gz"


def _write(db: Database, out: file.Writer, source: str, progress: Progress) -> Manifest:
    objects = manifest.objects(db)
    tables = [entry for entry in objects if entry.kind == "table"]
    total = sum(structure.sizes(db, [table.name for table in tables]).values())
    for sql in ("PRAGMA foreign_keys=OFF", "BEGIN", *(table.sql for table in tables)):
        out.statement(sql)
    contents: dict[str, dump.Content] = {}
    for table in tables:
        done = sum(content.rows for content in contents.values())
        contents[table.name] = _write_rows(db, out, table.name, partial(_tell, progress, done, total))
    ids = manifest.sequences(db)
    for sql in [*_sequences(ids), *(entry.sql for entry in objects if entry.kind != "table"), "COMMIT"]:
        out.statement(sql)
    ((engine,),) = db.execute_sql("SELECT sqlite_version()").fetchall()
    made_at = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    schema = [entry.sql for entry in objects]
    return Manifest(made_at, source, engine, manifest.heads(db), schema, contents, ids, manifest.orphans(db))


def _write_rows(db: Database, out: file.Writer, table: str, progress: Callable[[int], None]) -> dump.Content:
    names = ", ".join(map(sqltext.quoted, dump.stored_columns(db, table)))
    tally = dump.Tally()
    for page in dump.pages(db, table):
        out.statement(f"INSERT INTO {sqltext.quoted(table)} ({names}) VALUES\n{page.text}")
        tally.add(page)
        progress(tally.rows)
    return tally.content


def _tell(progress: Progress, before: int, total: int, rows: int) -> None:
    progress("backup", before + rows, total)


def _sequences(ids: dict[str, int]) -> list[str]:
    if not ids:
        return []
    rows = ", ".join(f"({_text(name)}, {last})" for name, last in ids.items())
    return ["DELETE FROM sqlite_sequence", f"INSERT INTO sqlite_sequence (name, seq) VALUES {rows}"]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
