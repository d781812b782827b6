"""Commands that look, and write files at most."""

import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from migrations.tool import drift as drift
from migrations.tool import exits, lease, rehearsal
from migrations.tool import lint as linter
from migrations.tool import plan as planned
from migrations.tool.apply import backfill, upgrade
from migrations.tool.backup import make
from migrations.tool.backup import restore as restoring
from migrations.tool.commands.arguments import FILE, STREAM, backups_option, existing, looked_at, place
from migrations.tool.commands.console import Answer, Progress, options
from migrations.tool.commands.target import Target
from migrations.tool.develop import draft
from migrations.tool.schema import damage, structure
from shared_schema.releases import deployments, streams


@click.command()
@options()
def status(meant: Target) -> Answer:
    """Say what is applied and what is not. Exit code 1 when something is pending."""
    db = looked_at(meant)
    pending = streams.pending(db, streams.NEEDS)
    unfinished = backfill.unfinished(db)
    live = deployments.live(db)
    said = [
        each
        for stream in streams.NEEDS
        for each in deployments.sentences([one for one in live if one.service == stream], stream)
    ]
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
    return Answer(
        lines + ([holder] if holder else []), values, exits.FOUND if any(pending.values()) or unfinished else exits.OK
    )


@click.command()
@click.argument("stream", type=STREAM, required=False)
@click.option("--to", help="The last migration of STREAM to run.")
@options()
def plan(meant: Target, stream: str | None, to: str | None) -> Answer:
    """Show the SQL that `up` would run. Nothing is changed."""
    db = looked_at(meant)
    rehearsed = rehearsal.rehearse(db, upgrade.pending(db, stream, to))
    found = linter.findings(rehearsed, structure.sizes(db), meant.on_server)
    values = [
        {
            "migration": str(each.migration),
            "phase": each.migration.phase,
            "statements": [step.sql for step in each.steps],
        }
        for each in rehearsed
    ]
    lines = planned.lines(rehearsed, found) or ["nothing to do"]
    return Answer(lines, {"migrations": values, "findings": [asdict(each) for each in found]})


@click.command()
@click.argument("stream", type=STREAM)
@click.argument("name")
@options(database=False)
def new(stream: str, name: str) -> Answer:
    """Write the next migration of STREAM from its models. Its first line is yours to reword: say why."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise click.BadParameter("use small letters, digits and _", param_hint="NAME")
    path = draft.write(stream, name, f"{name.replace('_', ' ').capitalize()}.")
    return Answer([str(path) if path else "the models have nothing new"], {"file": path})


@click.command()
@options()
def check(meant: Target) -> Answer:
    """Compare models, migrations and the database. Exit code 1 when they differ."""
    found = drift.models() + drift.database(looked_at(meant))
    lines = [f"{each.kind}: {each.where}: {each.message}" for each in found]
    values = {"drift": [asdict(each) for each in found]}
    return Answer(lines or ["no drift"], values, exits.FOUND if drift.errors(found) else exits.OK)


@click.command()
@options(database=False)
def lint() -> Answer:
    """Check every migration as it is written; needs no database. Exit code 1 for what nobody has allowed."""
    found = linter.findings(rehearsal.rehearse(None, rehearsal.everything()))
    lines = [f"{each.migration}: {line}" for each in found for line in planned.finding_lines(each)]
    values = {"findings": [asdict(each) for each in found]}
    return Answer(lines or ["nothing found"], values, exits.FOUND if linter.errors(found) else exits.OK)


@click.command()
@click.argument("path", metavar="[FILE]", type=click.Path(dir_okay=False, path_type=Path), required=False)
@backups_option
@options()
def backup(meant: Target, path: Path | None, backups: Path | None) -> Answer:
    """Write a backup and prove it: it is restored into a scratch database and compared."""
    db = existing(meant)
    progress = Progress()
    made = make.proven(db, path or place(backups) / make.name(meant.source), meant.source, progress)
    progress.end()
    rows = {name: each.rows for name, each in made.manifest.tables.items()}
    line = f"{made.path}: {len(rows)} tables, {made.manifest.rows} rows, {made.bytes} bytes"
    return Answer([line], {"file": made.path, "bytes": made.bytes, "rows": rows})


@click.command()
@click.argument("path", metavar="[FILE]", type=FILE, required=False)
@options()
def verify(meant: Target, path: Path | None) -> Answer:
    """Prove a backup; without FILE, check that the database is whole. Exit code 1 when it is not."""
    if path is not None:
        progress = Progress()
        said = make.prove(path, progress)
        progress.end()
        return Answer([f"{path} gives back {said.source} of {said.made_at}: {said.rows} rows"], asdict(said))
    found = damage.everything(existing(meant))
    return Answer(found or ["whole"], {"broken": found}, exits.FOUND if found else exits.OK)


@click.command()
@click.option("--port", type=int, default=8080, show_default=True)
@options()
def studio(meant: Target, port: int) -> Answer:
    """Look at the database in a browser, read-only; of a server, at a copy of this moment."""
    db = existing(meant)
    if meant.settings.path:
        return Answer(code=_look_at(meant.settings.path, port))
    with tempfile.TemporaryDirectory() as scratch:
        made = make.write(db, Path(scratch) / "copy.sql.gz", meant.source)
        copy = restoring.fresh(Path(scratch) / "copy.db")
        restoring.fill(copy, made.path, made.manifest)
        copy.close()
        return Answer(code=_look_at(f"{scratch}/copy.db", port))


def _look_at(path: str, port: int) -> int:
    """Serve until we are stopped, and leave nothing running."""
    program = Path(sys.executable).with_name("sqlite_web")
    if not program.exists():
        raise FileNotFoundError("sqlite_web is not installed: it comes with `make .venv/test`")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    page = subprocess.Popen([program, "-r", "-x", "-p", str(port), path])  # noqa: S603 - our own
    try:
        return page.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        page.terminate()
        page.wait()
