"""The migration tool: `python -m migrations COMMAND`."""

import re
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from migrations import (
    backfill,
    console,
    deployments,
    draft,
    lease,
    preflight,
    rehearsal,
    state,
    streams,
    structure,
    upgrade,
)
from migrations import check as drift
from migrations import lint as linter
from migrations import plan as planned
from migrations import push as pushing
from migrations.backup import make
from migrations.backup import restore as restoring
from migrations.console import FOUND, LATER, OK, Answer, Progress
from migrations.target import Target
from shared_schema import environment
from shared_schema.database import Database

_STREAM = click.Choice(list(streams.NEEDS))
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_backups = click.option(
    "--backups", type=click.Path(file_okay=False, path_type=Path), help="Where backups go: $PINGTOPASS_VAR/backups."
)


@click.group(epilog=console.CODES)
def main() -> None:
    """Migrations per service against one database, the one TURSO_DATABASE_URL names."""


@main.command()
@console.options()
def status(meant: Target) -> Answer:
    """Say what is applied and what is not. Exit code 1 when something is pending."""
    db = meant.open(patience=False)
    preflight.reachable(db)
    pending = streams.pending(db, streams.NEEDS)
    unfinished = backfill.unfinished(db)
    live = deployments.live(db)
    said = [each for stream in streams.NEEDS for each in deployments.sentences(live, stream)]
    lines = [f"{s}: " + (f"pending {', '.join(names)}" if names else "up to date") for s, names in pending.items()]
    lines += [f"{each.stream}/{each.name}: backfill unfinished after {each.rows} rows" for each in unfinished]
    lines += [f"live: {each}" for each in said]
    holder = lease.holder(db)
    values = {
        "pending": pending,
        "unfinishedBackfills": [asdict(each) for each in unfinished],
        "live": [asdict(each) for each in live],
        "lease": holder,
    }
    return Answer(lines + ([holder] if holder else []), values, FOUND if any(pending.values()) or unfinished else OK)


@main.command()
@click.argument("stream", type=_STREAM, required=False)
@click.option("--to", help="The last migration of STREAM to run.")
@console.options()
def plan(meant: Target, stream: str | None, to: str | None) -> Answer:
    """Show the SQL that `up` would run. Nothing is changed."""
    db = _open(meant)
    rehearsed = rehearsal.rehearse(db, upgrade.pending(db, stream, to))
    found = linter.findings(rehearsed, structure.sizes(db), meant.on_server)
    values = [
        {"migration": str(each.written), "phase": each.written.phase, "statements": [step.sql for step in each.steps]}
        for each in rehearsed
    ]
    lines = planned.lines(rehearsed, found) or ["nothing to do"]
    return Answer(lines, {"migrations": values, "findings": [asdict(each) for each in found]})


@main.command()
@click.argument("stream", type=_STREAM, required=False)
@click.option("--to", help="The last migration of STREAM to run.")
@_backups
@click.option("--no-backup", is_flag=True, help="Trust in another backup.")
@console.options(changes=True)
def up(meant: Target, stream: str | None, to: str | None, backups: Path | None, no_backup: bool) -> Answer:
    """Bring STREAM and what it needs up to date; all streams without a name."""
    progress = Progress()
    report = upgrade.up(
        _open(meant),
        stream,
        to=to,
        backups=None if no_backup else _place(backups),
        source=meant.source,
        progress=progress,
    )
    progress.end()
    return _reported(report)


@main.command()
@click.argument("stream", type=_STREAM)
@_backups
@console.options(changes=True)
def down(meant: Target, stream: str, backups: Path | None) -> Answer:
    """Roll back the last migration of STREAM."""
    progress = Progress()
    report = upgrade.down(_open(meant), stream, backups=_place(backups), source=meant.source, progress=progress)
    progress.end()
    return _reported(report)


@main.command()
@click.argument("stream", type=_STREAM)
@click.argument("name")
@console.options(database=False)
def new(stream: str, name: str) -> Answer:
    """Write the next migration of STREAM from its models. Its first line is yours to reword: say why."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise click.BadParameter("use small letters, digits and _", param_hint="NAME")
    path = draft.write(stream, name, f"{name.replace('_', ' ').capitalize()}.")
    return Answer([str(path) if path else "the models have nothing new"], {"file": path})


@main.command()
@console.options()
def check(meant: Target) -> Answer:
    """Compare models, migrations and the database. Exit code 1 when they differ."""
    found = drift.models() + drift.database(_open(meant))
    lines = [f"{each.kind}: {each.where}: {each.message}" for each in found]
    values = {"drift": [asdict(each) for each in found]}
    return Answer(lines or ["no drift"], values, FOUND if drift.errors(found) else OK)


@main.command()
@console.options(database=False)
def lint() -> Answer:
    """Check every migration as it is written; needs no database. Exit code 1 for what nobody has allowed."""
    found = linter.findings(rehearsal.rehearse(None, rehearsal.everything()))
    lines = [f"{each.migration}: {line}" for each in found for line in planned.finding(each)]
    values = {"findings": [asdict(each) for each in found]}
    return Answer(lines or ["nothing found"], values, FOUND if linter.errors(found) else OK)


@main.command()
@click.argument("path", metavar="[FILE]", type=click.Path(dir_okay=False, path_type=Path), required=False)
@_backups
@console.options()
def backup(meant: Target, path: Path | None, backups: Path | None) -> Answer:
    """Write a backup and prove it: it is restored into a scratch database and compared."""
    db = _open(meant)
    progress = Progress()
    made = make.proven(db, path or _place(backups) / make.name(meant.source), meant.source, progress)
    progress.end()
    rows = {name: each.rows for name, each in made.manifest.tables.items()}
    line = f"{made.path}: {len(rows)} tables, {made.manifest.rows} rows, {made.bytes} bytes"
    return Answer([line], {"file": made.path, "bytes": made.bytes, "rows": rows})


@main.command()
@click.argument("path", metavar="FILE", type=_FILE)
@console.options(changes=True)
def restore(meant: Target, path: Path) -> Answer:
    """Replace everything in the database by what a backup holds. What was written since is lost."""
    progress = Progress()
    said = restoring.restore(_open(meant), path, progress)
    progress.end()
    return Answer([f"restored {said.source} of {said.made_at}: {said.rows} rows"], {"manifest": asdict(said)})


@main.command()
@click.argument("path", metavar="[FILE]", type=_FILE, required=False)
@console.options()
def verify(meant: Target, path: Path | None) -> Answer:
    """Prove a backup; without FILE, check that the database is whole. Exit code 1 when it is not."""
    if path is not None:
        progress = Progress()
        said = make.prove(path, progress)
        progress.end()
        return Answer([f"{path} gives back {said.source} of {said.made_at}: {said.rows} rows"], asdict(said))
    found = state.broken(_open(meant))
    return Answer(found or ["whole"], {"broken": found}, FOUND if found else OK)


@main.command()
@console.options()
def push(meant: Target) -> Answer:
    """Bring a development database to the models without a migration; a file only."""
    steps = pushing.push(_open(meant))
    return Answer(steps or ["nothing to do"], {"statements": steps})


@main.command()
@click.option("--port", type=int, default=8080, show_default=True)
@console.options()
def studio(meant: Target, port: int) -> Answer:
    """Look at the database in a browser, read-only; of a server, at a copy of this moment."""
    if meant.settings.path:
        return Answer(code=_look_at(meant.settings.path, port))
    with tempfile.TemporaryDirectory() as scratch:
        made = make.write(_open(meant), Path(scratch) / "copy.sql.gz", meant.source)
        copy = restoring.fresh(Path(scratch) / "copy.db")
        restoring.fill(copy, made.path, made.manifest)
        copy.close()
        return Answer(code=_look_at(f"{scratch}/copy.db", port))


def _look_at(path: str, port: int) -> int:
    program = Path(sys.executable).with_name("sqlite_web")
    if not program.exists():
        raise FileNotFoundError("sqlite_web is not installed: it comes with `make .venv/test`")
    return subprocess.run([program, "-r", "-x", "-p", str(port), path], check=False).returncode  # noqa: S603


def _open(meant: Target) -> Database:
    """With patience, once a quick question has been answered: a server that is away is known soon."""
    if meant.on_server:
        preflight.reachable(meant.open(patience=False))
    return meant.open()


def _place(backups: Path | None) -> Path:
    return backups or environment.var() / "backups"


def _reported(report: upgrade.Report) -> Answer:
    lines = [f"backup {report.backup}"] if report.backup else []
    lines += [each.migration for each in report.done]
    lines += [f"{name}: {rows} rows filled" for name, rows in report.backfilled.items()]
    values = asdict(report)
    return Answer(lines + report.waiting or ["nothing to do"], values, LATER if report.waiting else OK)


if __name__ == "__main__":
    main()
