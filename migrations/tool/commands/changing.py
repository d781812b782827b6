"""Commands that change a database."""

from dataclasses import asdict
from pathlib import Path

import click

from migrations.tool import exits
from migrations.tool.apply import upgrade
from migrations.tool.backup import restore as restoring
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
from migrations.tool.commands.console import Answer, Progress, options
from migrations.tool.commands.target import Target
from migrations.tool.develop import push as pushing


@click.command()
@click.argument("stream", type=STREAM, required=False)
@click.option("--to", help="The last migration of STREAM to run.")
@backups_option
@click.option("--no-backup", is_flag=True, help="Trust in another backup.")
@options(changes=True)
def up(target: Target, stream: str | None, to: str | None, backups: Path | None, no_backup: bool) -> Answer:
    """Bring STREAM and what it needs up to date; all streams without a name."""
    progress = Progress()
    report = upgrade.up(
        open_patiently(target),
        stream,
        to=to,
        backups=None if no_backup else backups_in(backups),
        source=target.source,
        progress=progress,
    )
    progress.end()
    return _reported(report)


@click.command()
@click.argument("stream", type=STREAM)
@backups_option
@options(changes=True)
def down(target: Target, stream: str, backups: Path | None) -> Answer:
    """Roll back the last migration of STREAM."""
    progress = Progress()
    report = upgrade.down(
        existing(target), stream, backups=backups_in(backups), source=target.source, progress=progress
    )
    progress.end()
    return _reported(report)


@click.command()
@click.argument("path", metavar="FILE", type=FILE)
@options(changes=True)
def restore(target: Target, path: Path) -> Answer:
    """Replace everything in the database by what a backup holds. What was written since is lost."""
    progress = Progress()
    manifest = restoring.restore(open_patiently(target), path, progress)
    progress.end()
    line = f"restored {manifest.source} of {manifest.made_at}: {manifest.rows} rows"
    return Answer([line], {"manifest": asdict(manifest)})


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
    progress = Progress()
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


def _reported(report: upgrade.Report) -> Answer:
    """What `up` and `down` answer. The exit code says whether something had to wait."""
    lines = [f"backup {report.backup}"] if report.backup else []
    lines += [done.migration for done in report.done]
    lines += [f"{name}: {rows} rows filled" for name, rows in report.backfilled.items()]
    values = asdict(report)
    return Answer(lines + report.waiting or ["nothing to do"], values, exits.LATER if report.waiting else exits.OK)
