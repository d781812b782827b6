"""Make a backup, and prove it by building the database anew from the file."""

import datetime as dt
import re
from dataclasses import dataclass, replace
from pathlib import Path

from migrations.tool.backup import build, dump, file, leftovers, manifest, space, virtual
from migrations.tool.backup.manifest import Manifest
from migrations.tool.progress import Progress, silent
from migrations.tool.schema import damage, sqltext, structure
from migrations.tool.schema.structure import Object
from shared_schema.database import LibsqlDatabase, private

_TIME = r"\d{8}T\d{6}\.\d{6}Z"


@dataclass(frozen=True, slots=True)
class Backup:
    path: Path
    manifest: Manifest
    bytes: int


def proven(db: LibsqlDatabase, path: Path, source: str, progress: Progress = silent) -> Backup:
    """Write a backup and prove it; until then its name ends in `.partial`. One that cannot be proven is deleted, and
    the error raised. What killed processes have left in the directory is removed first.

    Raises virtual.Unsupported, file.Corrupt, space.Full, or leftovers.AtWork if another process writes the same file.
    """
    unproven = leftovers.partial(path)
    with space.watched(path.parent, "make room there, or choose another place for backups"):
        private.directory(path.parent)
        leftovers.clean(path.parent)
        if db.settings.path:
            leftovers.clean_beside(Path(db.settings.path))
        with leftovers.claimed(unproven):
            backup = write(db, unproven, source, progress)
            prove(unproven, progress)
            file.rename(unproven, path)
    return replace(backup, path=path)


def write(db: LibsqlDatabase, path: Path, source: str, progress: Progress = silent) -> Backup:
    """Write a backup of one moment of the database. `source` is a name for people."""
    with dump.snapshot(db), file.writing(path) as out:
        made = _write(db, out, source, progress)
        out.end(made)
    return Backup(path, made, path.stat().st_size)


def prove(path: Path, progress: Progress = silent) -> Manifest:
    """Build a database from the file and compare it with the file's manifest. Raises file.Corrupt or space.Full."""
    wanted = file.read_manifest(path)
    with space.watched(path.parent, "make room there; a proof builds the database beside the backup"):
        wrong = _proof(path, wanted, progress)
    if wrong:
        raise file.Corrupt(f"{path} does not give back the database: {'; '.join(wrong)}")
    return wanted


def name(source: str) -> str:
    """A file name that sorts by time."""
    return f"{source}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S.%f}Z.sql.gz"


def prune(newest: Path, source: str, keep: int) -> list[Path]:
    """Delete the backups of this source in the directory of its newest one, all but `keep`, and return them.

    Other files stay, and so does a backup that has got another name than `name` gives. The newest stays in any case:
    the clock may have been wrong when the others were made.
    """
    ours = re.compile(rf"{re.escape(source)}-{_TIME}\.sql\.gz")
    others = [path for path in newest.parent.iterdir() if path != newest and ours.fullmatch(path.name)]
    backups = sorted(path for path in others if path.is_file())
    old = backups[: max(0, len(backups) + 1 - keep)]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def _proof(path: Path, wanted: Manifest, progress: Progress) -> list[str]:
    """Sentences on how the database that the file gives back differs from its manifest."""
    with leftovers.scratch(path.parent) as scratch:
        db = build.fresh(scratch / "scratch.db")
        try:
            build.fill(db, path, wanted, progress)
            wrong = manifest.differences(db, wanted, progress)
            # A shadow table has the bytes that the original had, and what is wrong with them was wrong there.
            return wrong + [sentence for sentence in damage.in_pages(db) if not virtual.of_shadows(sentence)]
        finally:
            db.close()


def _write(db: LibsqlDatabase, out: file.Writer, source: str, progress: Progress) -> Manifest:
    objects = manifest.objects(db)
    virtual.check(db, objects)
    of_modules, of_vectors = structure.shadow_tables(db), virtual.shadows_of_vectors(objects)
    tables = [entry.name for entry in objects if entry.kind == "table"]
    counted = _Counted(progress, sum(structure.sizes(db, [*tables, *of_modules, *of_vectors]).values()))
    for sql in ("PRAGMA foreign_keys=OFF", "BEGIN", *_texts(objects, "table")):
        out.statement(sql)
    contents = {name: _write_rows(db, out, name, counted) for name in tables}
    for sql in _texts(objects, "virtual"):
        out.statement(sql)
    shadows = {name: _write_shadow(db, out, name, counted) for name in of_modules}
    ids = manifest.sequences(db)
    plain = [entry for entry in objects if not virtual.of_vectors(entry)]
    for sql in [*_sequences(ids), *_texts(plain, "index", "view", "trigger"), "COMMIT"]:
        out.statement(sql)
    # Other shells than libSQL's stop here, and have everything else.
    for shadow, index in of_vectors.items():
        out.statement(index.sql)
        shadows[shadow] = _write_shadow(db, out, shadow, counted)
    ((engine,),) = db.execute_sql("SELECT sqlite_version()").fetchall()
    made_at = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    schema = [entry.sql for entry in objects]
    heads, orphans, size = manifest.heads(db), manifest.orphans(db), space.size(db)
    return Manifest(made_at, source, engine, heads, schema, contents, ids, orphans, shadows, size)


def _texts(objects: list[Object], *kinds: str) -> list[str]:
    return [entry.sql for entry in objects if entry.kind in kinds]


class _Counted:
    """Reports the rows of all tables together as one progress."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, rows: int) -> None:
        self._done += rows
        self._progress("backup", self._done, self._total)


def _write_shadow(db: LibsqlDatabase, out: file.Writer, table: str, counted: "_Counted") -> dump.Content:
    """The rows of a shadow table, in the place of those that the engine has put there when it made the table."""
    out.statement(f"DELETE FROM {sqltext.quoted(table)}")
    return _write_rows(db, out, table, counted)


def _write_rows(db: LibsqlDatabase, out: file.Writer, table: str, counted: "_Counted") -> dump.Content:
    columns = dump.layout_of(db, table).whole
    tally = dump.Tally()
    for page in dump.pages(db, table, columns):
        out.statement(f"INSERT INTO {sqltext.quoted(table)} ({', '.join(columns)}) VALUES\n{page.text}")
        tally.add(page)
        counted.add(page.rows)
    return tally.content


def _sequences(ids: dict[str, int]) -> list[str]:
    if not ids:
        return []
    rows = ", ".join(f"({_text(name)}, {last})" for name, last in ids.items())
    return ["DELETE FROM sqlite_sequence", f"INSERT INTO sqlite_sequence (name, seq) VALUES {rows}"]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
