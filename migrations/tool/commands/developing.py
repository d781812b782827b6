"""Commands for whoever writes a migration."""

import re
from dataclasses import asdict
from pathlib import Path

import click

from migrations.tool import exits, history, plan, rehearsal
from migrations.tool import lint as linter
from migrations.tool.commands.arguments import (
    NO_RENAME,
    RENAME,
    STREAM,
    answers,
    backups_in,
    backups_option,
    open_patiently,
)
from migrations.tool.commands.console import Answer, Progress, options
from migrations.tool.commands.target import Target
from migrations.tool.develop import draft
from migrations.tool.develop import push as pushing
from shared_schema.releases import streams


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
@options(database=False)
def lint() -> Answer:
    """Check every migration as it is written; needs no database. Exit code 1 for what nobody has allowed."""
    findings = linter.findings(rehearsal.rehearse(None, rehearsal.everything()))
    strays = [str(fault) for stream in streams.NEEDS for fault in history.of(stream, ())]
    lines = [f"{finding.migration}: {line}" for finding in findings for line in plan.finding_lines(finding)]
    values = {"findings": [asdict(finding) for finding in findings], "strays": strays}
    is_red = strays or linter.errors(findings)
    return Answer([*lines, *strays] or ["nothing found"], values, exits.FOUND if is_red else exits.OK)


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
