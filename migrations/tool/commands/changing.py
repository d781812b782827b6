"""Commands that change a database."""

from dataclasses import asdict
from pathlib import Path

import click

from migrations.tool import exits
from migrations.tool.apply import upgrade
from migrations.tool.backup import restore as restoring
from migrations.tool.commands.arguments import FILE, STREAM, backups_option, existing, opened, place
from migrations.tool.commands.console import Answer, Progress, options
from migrations.tool.commands.target import Target
from migrations.tool.develop import push as pushing


@click.command()
@click.argument("stream", type=STREAM, required=False)
@click.option("--to", help="The last migration of STREAM to run.")
@backups_option
@click.option("--no-backup", is_flag=True, help="Trust in another backup.")
@options(changes=True)
def up(meant: Target, stream: str | None, to: str | None, backups: Path | None, no_backup: bool) -> Answer:
    """Bring STREAM and what it needs up to date; all streams without a name."""
    progress = Progress()
    report = upgrade.up(
        opened(meant),
        stream,
        to=to,
        backups=None if no_backup else place(backups),
        source=meant.source,
        progress=progress,
    )
    progress.end()
    return _reported(report)


@click.command()
@click.argument("stream", type=STREAM)
@backups_option
@options(changes=True)
def down(meant: Target, stream: str, backups: Path | None) -> Answer:
    """Roll back the last migration of STREAM."""
    progress = Progress()
    report = upgrade.down(existing(meant), stream, backups=place(backups), source=meant.source, progress=progress)
    progress.end()
    return _reported(report)


@click.command()
@click.argument("path", metavar="FILE", type=FILE)
@options(changes=True)
def restore(meant: Target, path: Path) -> Answer:
    """Replace everything in the database by what a backup holds. What was written since is lost."""
    progress = Progress()
    said = restoring.restore(opened(meant), path, progress)
    progress.end()
    return Answer([f"restored {said.source} of {said.made_at}: {said.rows} rows"], {"manifest": asdict(said)})


@click.command()
@options()
def push(meant: Target) -> Answer:
    """Bring a development database to the models without a migration; a file only."""
    steps = pushing.push(opened(meant))
    return Answer(steps or ["nothing to do"], {"statements": steps})


def _reported(report: upgrade.Report) -> Answer:
    lines = [f"backup {report.backup}"] if report.backup else []
    lines += [each.migration for each in report.done]
    lines += [f"{name}: {rows} rows filled" for name, rows in report.backfilled.items()]
    values = asdict(report)
    return Answer(lines + report.waiting or ["nothing to do"], values, exits.LATER if report.waiting else exits.OK)
