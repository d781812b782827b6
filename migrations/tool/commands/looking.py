"""Commands that only read a database."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from migrations.tool import drift, exits, history, lease, script
from migrations.tool.apply import backfill, foresight, start
from migrations.tool.apply.foresight import Foresight
from migrations.tool.commands.arguments import STREAM, backups_in, open_to_read
from migrations.tool.commands.console import Answer, options
from migrations.tool.commands.target import Target
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
@options()
def check(target: Target) -> Answer:
    """Compare models, migrations and the database. Exit code 1 when they differ."""
    differences = drift.models() + drift.database(open_to_read(target))
    lines = [f"{entry.kind}: {entry.where}: {entry.message}" for entry in differences]
    values = {"drift": [asdict(entry) for entry in differences]}
    return Answer(lines or ["no drift"], values, exits.FOUND if drift.errors(differences) else exits.OK)
