"""Commands that run migrations."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from migrations.tool import exits
from migrations.tool.apply import report, upgrade
from migrations.tool.apply.report import Report
from migrations.tool.commands import signals, waiting
from migrations.tool.commands.arguments import STREAM, backups_in, backups_option, existing, open_patiently
from migrations.tool.commands.console import Answer, options
from migrations.tool.commands.console import Progress as Bar
from migrations.tool.commands.target import Target
from migrations.tool.progress import Progress
from shared_schema.database import LibsqlDatabase


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
def _shown(target: Target, opened: Callable[[Target], LibsqlDatabase]) -> Iterator[tuple[LibsqlDatabase, Progress]]:
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


def _reported(done: Report) -> Answer:
    """What `up` and `down` answer. The exit code says whether something had to wait."""
    lines = [f"backup {done.backup}"] if done.backup else []
    lines += [*report.lines(done), *done.notes, *done.waiting]
    return Answer(lines or ["nothing to do"], asdict(done), exits.LATER if done.waiting else exits.OK)
