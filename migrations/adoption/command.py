"""The command `adopt`."""

from pathlib import Path

import click

from migrations.adoption import report, rules, run
from migrations.tool import exits, lease
from migrations.tool.backup import make
from migrations.tool.commands.arguments import backups_in, backups_option, existing
from migrations.tool.commands.console import Answer, Progress, options
from migrations.tool.commands.target import Target


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done, and which rows block.")
@click.option("--mend", multiple=True, type=click.Choice(list(rules.MENDS)), help="A rule for rows that block.")
@backups_option
@options(changes=True)
def adopt(target: Target, dry_run: bool, mend: tuple[str, ...], backups: Path | None) -> Answer:
    """Bring a database that older software made to the first tables of every stream, in place; then run `up`."""
    db, progress = existing(target), Progress()
    if dry_run:
        examined = run.examine(db, mend)
        return Answer(examined.lines(), examined.json(), exits.FOUND if examined.blocked else exits.OK)
    with lease.held(db):
        made = make.proven(db, backups_in(backups) / make.name(target.source), target.source, progress)
        try:
            done = run.adopt(db, mend, progress)
        except report.RowsBlock as blocked:
            progress.end()
            return Answer([*blocked.report.lines(), str(blocked)], blocked.report.json(), exits.NOTHING_DONE)
    progress.end()
    return Answer([f"backup {made.path}", *done.lines()], {"backup": made.path, **done.json()})
