"""Commands that change a database."""

from dataclasses import asdict
from pathlib import Path

import click

from migrations import adopt as adopting
from migrations import lease, upgrade
from migrations import push as pushing
from migrations.backup import make
from migrations.backup import restore as restoring
from migrations.commands.arguments import FILE, STREAM, backups_option, existing, opened, place
from migrations.commands.console import FOUND, LATER, NOTHING_DONE, OK, Answer, Progress, options
from migrations.commands.target import Target


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


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done, and which rows block.")
@click.option("--mend", multiple=True, type=click.Choice(list(adopting.MENDS)), help="A rule for rows that block.")
@backups_option
@options(changes=True)
def adopt(meant: Target, dry_run: bool, mend: tuple[str, ...], backups: Path | None) -> Answer:
    """Bring a database that older software made to the first tables of every stream, in place; then run `up`."""
    db, progress = existing(meant), Progress()
    if dry_run:
        found = adopting.examine(db, mend)
        return Answer(found.lines(), found.json(), FOUND if found.blocked else OK)
    with lease.held(db):
        made = make.proven(db, place(backups) / make.name(meant.source), meant.source, progress)
        try:
            done = adopting.adopt(db, mend, progress)
        except adopting.RowsBlock as blocked:
            progress.end()
            return Answer([*blocked.report.lines(), str(blocked)], blocked.report.json(), NOTHING_DONE)
    progress.end()
    return Answer([f"backup {made.path}", *done.lines()], {"backup": made.path, **done.json()})


def _reported(report: upgrade.Report) -> Answer:
    lines = [f"backup {report.backup}"] if report.backup else []
    lines += [each.migration for each in report.done]
    lines += [f"{name}: {rows} rows filled" for name, rows in report.backfilled.items()]
    values = asdict(report)
    return Answer(lines + report.waiting or ["nothing to do"], values, LATER if report.waiting else OK)
