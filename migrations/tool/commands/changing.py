"""Commands that change a database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from migrations.tool import exits
from migrations.tool.apply import report, upgrade
from migrations.tool.apply.report import Report
from migrations.tool.backup import restore as restoring
from migrations.tool.commands import signals, waiting
from migrations.tool.commands.arguments import (
    FILE,
    NO_RENAME,
    RENAME,
    STREAM,
    answers,
    backups_in,
    backups_option,
    existing,
    open_patiently,
)
from migrations.tool.commands.console import Answer, options
from migrations.tool.commands.console import Progress as Bar
from migrations.tool.commands.target import Target
from migrations.tool.develop import push as pushing
from migrations.tool.progress import Progress
from shared_schema.database import Database


@click.command()
@click.argument("stream", type=STREAM, required=False)
@click.option("--to", help="The last migration of STREAM to run.")
@backups_option
@click.option("--no-backup", is_flag=True, help="Trust in another backup.")
@options(changes=True)
def up(target: Target, stream: str | None, to: str | None, backups: Path | None, no_backup: bool) -> Answer:
    """Bring STREAM and what it needs up to date; all streams without a name."""
    directory = None if no_backup else backups_in(backups)
    with _shown(target, open_patiently) as (db, progress):
        done = upgrade.up(db, stream, to=to, backups=directory, source=target.source, progress=progress)
    return _reported(done)


@click.command()
@click.argument("stream", type=STREAM)
@click.option("--to", help="The last migration of STREAM that stays.")
@backups_option
@options(changes=True)
def down(target: Target, stream: str, to: str | None, backups: Path | None) -> Answer:
    """Roll back the last migration of STREAM, or all that were applied after the one that --to names."""
    with _shown(target, existing) as (db, progress):
        done = upgrade.down(db, stream, to=to, backups=backups_in(backups), source=target.source, progress=progress)
    return _reported(done)


@contextmanager
def _shown(target: Target, opened: Callable[[Target], Database]) -> Iterator[tuple[Database, Progress]]:
    """The database, and what shows how far the work is; a line now and then where it takes long. A signal becomes an
    error, which says what was done.
    """
    bar = Bar()
    try:
        with signals.as_errors():
            db = opened(target)
            with waiting.told(db, target.limit, bar) as progress:
                yield db, progress
    finally:
        bar.end()


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
    progress = Bar()
    done = restoring.restore(
        open_patiently(target),
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


@click.command()
@RENAME
@NO_RENAME
@click.option("--drop", multiple=True, metavar="TABLE.COLUMN", help="This may be lost.")
@backups_option
@options()
def push(
    target: Target, rename: tuple[str, ...], no_rename: bool, drop: tuple[str, ...], backups: Path | None
) -> Answer:
    """Bring a development database to the models without a migration; a file only."""
    progress = Bar()
    pushed = pushing.push(
        open_patiently(target),
        backups_in(backups),
        target.source,
        answers=answers(rename, no_rename),
        drop=drop,
        progress=progress,
    )
    progress.end()
    lines = [f"backup {pushed.backup}"] if pushed.backup else []
    return Answer([*lines, *pushed.statements] or ["nothing to do"], asdict(pushed))


def _reported(done: Report) -> Answer:
    """What `up` and `down` answer. The exit code says whether something had to wait."""
    lines = [f"backup {done.backup}"] if done.backup else []
    lines += [*report.lines(done), *done.notes, *done.waiting]
    return Answer(lines or ["nothing to do"], asdict(done), exits.LATER if done.waiting else exits.OK)
