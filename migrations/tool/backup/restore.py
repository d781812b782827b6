"""Put a backup back in one transaction: afterwards the database is the old one or the new one, and nothing between."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import peewee

from migrations.tool import exits, lease
from migrations.tool.apply import preflight
from migrations.tool.backup import aside, build, file, make, manifest, present, space, virtual
from migrations.tool.backup.manifest import Manifest
from migrations.tool.lease import Lease
from migrations.tool.progress import Progress, silent
from migrations.tool.schema import references, sqltext, structure
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import deployments
from shared_schema.releases.deployments import Deployment


class AnotherSource(exits.Stopped):
    """The file is a backup of another database. Nothing was changed."""


class InUse(exits.Stopped):
    """Services are live. Nothing was changed."""

    exit_code = exits.LATER


class NoBackup(exits.Stopped):
    """The present database could not be backed up, and so it was not replaced."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back; the backup of what was there before, if one was made; where a damaged file was set aside."""

    manifest: Manifest
    backup: Path | None = None
    damaged: Path | None = None


def restore(
    db: LibsqlDatabase,
    path: Path,
    *,
    expected: str | None = None,
    backups: Path | None = None,
    source: str = "database",
    while_live: bool = False,
    progress: Progress = silent,
) -> Restored:
    """Replace everything in the database by what the backup holds, but what `present` keeps.

    `expected` is the source that the backup must have, None for any; `backups` a directory for a backup of the present
    database, which is named after `source`, None for none. Services may be live only with `while_live`.

    Raises file.Corrupt, AnotherSource, InUse, lease.Held, preflight.Refused, NoBackup, space.Full or aside.NotRestored;
    then nothing has changed. A damaged database file is set aside as `<file>.damaged-<time>` and made anew, if no other
    process has it open.
    """
    wanted = file.read_manifest(path)
    if expected not in (None, wanted.source):
        raise AnotherSource(
            f"{path} is a backup of {wanted.source}, not of {expected}: say --source {wanted.source} if it is meant"
        )
    with space.watched(space.place(db.settings), "nothing was changed; make room there, and restore again"):
        if aside.is_damaged(db):
            return Restored(wanted, damaged=aside.make_anew(db, path, wanted, progress))
        _check_live(db, while_live)
        with lease.held(db) as ours:
            since = deployments.now(db)
            saved = _back_up(db, wanted, backups, source, progress)
            _replace(db, path, wanted, ours, None if while_live else since, progress)
    return Restored(wanted, saved)


def drop_everything(db: LibsqlDatabase) -> None:
    """Leave an empty database. Tables come last: a trigger goes with its table, and could not be dropped after it.

    Where a virtual table could not be opened, its shadow tables stay behind it.
    """
    objects, shadows = manifest.objects(db), structure.shadow_tables(db)
    for kind in ("trigger", "view"):
        for entry in manifest.of_kind(objects, kind):
            db.execute_sql(f"DROP {kind.upper()} {sqltext.quoted(entry.name)}")
    virtual.drop(db, manifest.of_kind(objects, "virtual"))
    for entry in manifest.of_kind(objects, "table"):
        db.execute_sql(f"DROP TABLE {sqltext.quoted(entry.name)}")
    for name in shadows:
        db.execute_sql(f"DROP TABLE IF EXISTS {sqltext.quoted(name)}")


def _check_live(db: LibsqlDatabase, while_live: bool, since: int | None = None) -> None:
    if not while_live and (live := deployments.live(db, since=since)):
        raise InUse(
            "\n".join(
                [*_sentences(live), "stop these services, or say --while-live: what they write meanwhile is lost"]
            )
        )


def _sentences(live: Sequence[Deployment]) -> list[str]:
    services = sorted({process.service for process in live})
    return [
        sentence
        for service in services
        for sentence in deployments.sentences([process for process in live if process.service == service], service)
    ]


def _back_up(
    db: LibsqlDatabase, wanted: Manifest, backups: Path | None, source: str, progress: Progress
) -> Path | None:
    """The backup of the present, None without `backups` and for an empty database."""
    needed = None if preflight.empty(db) else backups
    if lacking := space.lacking(space.of_backup(db, needed) + space.of_rewriting(db, wanted.bytes)):
        raise preflight.Refused("\n".join(lacking))
    if needed is None:
        return None
    try:
        return make.proven(db, needed / make.name(source), source, progress).path
    except (virtual.Unsupported, file.Corrupt, peewee.DatabaseError) as error:
        raise NoBackup(
            f"{error}\nThe present database could not be backed up, so nothing was restored;"
            " with --no-backup it is replaced all the same"
        ) from error


def _replace(
    db: LibsqlDatabase, path: Path, wanted: Manifest, ours: Lease, since: int | None, progress: Progress
) -> None:
    """`since` is when we began to look for live services, None if they do not matter."""
    if not db.on_server:
        db.execute_sql("PRAGMA temp_store = file")  # or the sorting for the indexes takes the memory for all of it
    with references.foreign_keys_off(db), db.atomic():
        _check_live(db, since is None, since)
        now = present.read(db)
        drop_everything(db)
        build.fill(db, path, wanted, progress)
        aside.compare(db, wanted, progress)
        present.put_back(db, now)
        db.batch([ours.guard, ours.renewal])
