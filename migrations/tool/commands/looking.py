"""Commands that read a database, and write files at most."""

import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from migrations.tool import drift, exits, history, lease, rehearsal, script
from migrations.tool import lint as linter
from migrations.tool import plan as planned
from migrations.tool.apply import backfill, foresight, start
from migrations.tool.apply.foresight import Foresight
from migrations.tool.backup import build, make, space, virtual
from migrations.tool.commands.arguments import (
    FILE,
    NO_RENAME,
    RENAME,
    STREAM,
    answers,
    backups_in,
    backups_option,
    existing,
    open_to_read,
)
from migrations.tool.commands.console import Answer, Progress, options
from migrations.tool.commands.target import Target
from migrations.tool.develop import draft
from migrations.tool.schema import damage, structure
from shared_schema.releases import deployments, streams
from shared_schema.releases.deployments import Deployment


@click.command()
@options()
def status(target: Target) -> Answer:
    """Say what is applied and what is not. Exit code 1 when something is pending, or wrong with a history."""
    db = open_to_read(target)
    pending, unfinished = streams.pending(db, streams.NEEDS), backfill.unfinished(db)
    live, holder = deployments.live(db), lease.holder(db)
    wrong, refused = history.read(db, list(streams.NEEDS)), start.unadopted(db)
    values = {
        "pending": pending,
        "history": [asdict(fault) for fault in wrong],
        "refused": refused,
        "unfinishedBackfills": [asdict(todo) for todo in unfinished],
        "live": [asdict(process) for process in live],
        "lease": holder,
    }
    lines = [f"{s}: " + (f"pending {', '.join(names)}" if names else "up to date") for s, names in pending.items()]
    lines += [f"{todo.stream}/{todo.name}: backfill unfinished after {todo.rows} rows" for todo in unfinished]
    lines += [str(fault) for fault in wrong if fault.kind != "swapped"]
    lines += [f"live: {sentence}" for sentence in _services(live)]
    lines += [holder] if holder else []
    lines += refused
    is_red = any(pending.values()) or unfinished or refused or not all(fault.is_note for fault in wrong)
    return Answer(lines, values, exits.FOUND if is_red else exits.OK)


def _services(live: Sequence[Deployment]) -> list[str]:
    """A sentence for each service, host and code that is up."""
    sentences: list[str] = []
    for stream in streams.NEEDS:
        sentences += deployments.sentences([process for process in live if process.service == stream], stream)
    return sentences


@click.command()
@click.argument("stream", type=STREAM, required=False)
@click.option("--to", help="The last migration of STREAM to run.")
@click.option("--sql", "as_sql", is_flag=True, help="A script that does the same, for a person to run.")
@options()
def plan(target: Target, stream: str | None, to: str | None, as_sql: bool) -> Answer:
    """Show the SQL that `up` would run. Nothing is changed. The exit code is the one that `up` would end with now."""
    db = open_to_read(target)
    ahead = foresight.of(db, stream, to, backups_in(None))
    if as_sql:
        return _script(ahead)
    migrations = [
        {
            "migration": str(result.migration),
            "phase": result.migration.phase,
            "statements": [step.sql for step in result.steps],
        }
        for result in ahead.rehearsed
    ]
    values = {
        "migrations": migrations,
        "findings": [asdict(finding) for finding in ahead.findings],
        "unfinishedBackfills": list(ahead.unfinished),
        "notes": ahead.notes,
        "waiting": ahead.waiting,
        "refused": ahead.wrong,
    }
    return Answer(foresight.lines(ahead) or ["nothing to do"], values, ahead.code)


def _script(ahead: Foresight) -> Answer:
    """The script on stdout; why there is none, or what it leaves out, as comments in it."""
    refused = [f"-- refused: {line}" for line in ahead.wrong]
    text = [] if refused else script.lines(ahead.rehearsed[: ahead.runs], ahead.unfinished)
    text += refused + [f"-- {line}" for line in (*ahead.notes, *ahead.waiting)]
    values = {"script": "\n".join(text), "refused": ahead.wrong, "waiting": ahead.waiting, "notes": ahead.notes}
    return Answer(text or ["-- nothing to do"], values, ahead.code)


@click.command()
@click.argument("stream", type=STREAM)
@click.argument("name")
@RENAME
@NO_RENAME
@click.option("--drop", multiple=True, help="Drop this view, trigger or virtual table, which nobody declares.")
@click.option("--empty", is_flag=True, help="Write a migration that does nothing yet.")
@options(database=False)
def new(stream: str, name: str, rename: tuple[str, ...], no_rename: bool, drop: tuple[str, ...], empty: bool) -> Answer:
    """Write the next migration of STREAM from its models. Its first line is yours to reword: say why."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise click.BadParameter("use small letters, digits and _", param_hint="NAME")
    title = f"{name.replace('_', ' ').capitalize()}."
    if empty:
        path = draft.write_empty(stream, name, title)
        return Answer([str(path)], {"file": path, "undeclared": []})
    drafted = draft.of(stream, answers(rename, no_rename), drop)
    written = draft.write(stream, name, title, drafted)
    lines = [str(written) if written else "the models have nothing new"]
    lines += [
        f"{entry} is in no OBJECTS and stays: declare it there, or say --drop {entry}" for entry in drafted.undeclared
    ]
    return Answer(lines, {"file": written, "undeclared": drafted.undeclared})


@click.command()
@options()
def check(target: Target) -> Answer:
    """Compare models, migrations and the database. Exit code 1 when they differ."""
    differences = drift.models() + drift.database(open_to_read(target))
    lines = [f"{entry.kind}: {entry.where}: {entry.message}" for entry in differences]
    values = {"drift": [asdict(entry) for entry in differences]}
    return Answer(lines or ["no drift"], values, exits.FOUND if drift.errors(differences) else exits.OK)


@click.command()
@options(database=False)
def lint() -> Answer:
    """Check every migration as it is written; needs no database. Exit code 1 for what nobody has allowed."""
    findings = linter.findings(rehearsal.rehearse(None, rehearsal.everything()))
    strays = [str(fault) for stream in streams.NEEDS for fault in history.of(stream, ())]
    lines = [f"{finding.migration}: {line}" for finding in findings for line in planned.finding_lines(finding)]
    values = {"findings": [asdict(finding) for finding in findings], "strays": strays}
    is_red = strays or linter.errors(findings)
    return Answer([*lines, *strays] or ["nothing found"], values, exits.FOUND if is_red else exits.OK)


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
@click.option("--port", type=int, default=8080, show_default=True)
@options()
def studio(target: Target, port: int) -> Answer:
    """Look at the database in a browser, read-only; of a server, at a copy of this moment."""
    db = existing(target)
    if target.settings.path:
        return Answer(code=_serve(target.settings.path, port))
    with tempfile.TemporaryDirectory() as scratch:
        with space.watched(Path(scratch), "make room there, or choose another directory by TMPDIR"):
            made = make.write(db, Path(scratch) / "copy.sql.gz", target.source)
            copy = build.fresh(Path(scratch) / "copy.db")
            build.fill(copy, made.path, made.manifest)
        copy.close()
        return Answer(code=_serve(f"{scratch}/copy.db", port))


def _serve(path: str, port: int) -> int:
    """Show a database file in a browser until a signal stops us, and leave no process running."""
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
