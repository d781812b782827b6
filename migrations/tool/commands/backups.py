"""Commands that save a database, look whether it is whole, and put it back."""

from dataclasses import asdict
from pathlib import Path

import click

from migrations.tool import exits
from migrations.tool.backup import make, virtual
from migrations.tool.backup import restore as restoring
from migrations.tool.commands.arguments import FILE, backups_in, backups_option, existing, open_patiently
from migrations.tool.commands.console import Answer, Progress, options
from migrations.tool.commands.target import Target
from migrations.tool.schema import damage, structure


@click.command()
@click.argument("path", metavar="[FILE]", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option(
    "--keep", type=click.IntRange(min=1), metavar="N", help="Afterwards delete all but the newest N of this database."
)
@backups_option
@options()
def backup(target: Target, path: Path | None, keep: int | None, backups: Path | None) -> Answer:
    """Write a backup and prove it: it is restored into a scratch database and compared."""
    if path and keep:
        raise click.UsageError("--keep is for backups that the tool names: leave out FILE")
    db = existing(target)
    progress = Progress()
    made = make.proven(db, path or backups_in(backups) / make.name(target.source), target.source, progress)
    progress.end()
    deleted = make.prune(made.path, target.source, keep) if keep else []
    rows = {name: content.rows for name, content in made.manifest.tables.items()}
    line = f"{made.path}: {len(rows)} tables, {made.manifest.rows} rows, {made.bytes} bytes"
    values = {"file": made.path, "bytes": made.bytes, "rows": rows, "deleted": deleted}
    return Answer([line, *(f"deleted {old}" for old in deleted)], values)


@click.command()
@click.argument("path", metavar="[FILE]", type=FILE, required=False)
@options()
def verify(target: Target, path: Path | None) -> Answer:
    """Prove a backup; without FILE, check that the database is whole. Exit code 1 when it is not."""
    if path is not None:
        progress = Progress()
        manifest = make.prove(path, progress)
        progress.end()
        line = f"{path} gives back {manifest.source} of {manifest.made_at}: {manifest.rows} rows"
        return Answer([line], asdict(manifest))
    db = existing(target)
    # The engine cannot check the pages where it cannot open a virtual table.
    closed = virtual.unreadable(db, structure.objects(db))
    broken = [f"the virtual table {name} cannot be opened: {why}" for name, why in closed.items()]
    broken = broken or damage.everything(db)
    return Answer(broken or ["whole"], {"broken": broken}, exits.FOUND if broken else exits.OK)


@click.command()
@click.argument("path", metavar="FILE", type=FILE)
@backups_option
@click.option("--no-backup", is_flag=True, help="Without a backup of what is there now.")
@click.option("--source", metavar="NAME", help="The database that FILE is a backup of, if it is not this one.")
@click.option("--while-live", is_flag=True, help="Although services are live: what they write meanwhile is lost.")
@options(changes=True, files=True)
def restore(
    target: Target, path: Path, backups: Path | None, no_backup: bool, source: str | None, while_live: bool
) -> Answer:
    """Replace everything in the database by what a backup holds. What was written since is lost.

    The present database is backed up first. The services must not be live.
    """
    progress = Progress()
    done = restoring.restore(
        open_patiently(target, damaged=True),
        path,
        expected=source or target.source,
        backups=None if no_backup else backups_in(backups),
        source=target.source,
        while_live=while_live,
        progress=progress,
    )
    progress.end()
    lines = [f"backup {done.backup}"] if done.backup else []
    lines += [f"the damaged file is {done.damaged}"] if done.damaged else []
    lines.append(f"restored {done.manifest.source} of {done.manifest.made_at}: {done.manifest.rows} rows")
    return Answer(lines, asdict(done))
