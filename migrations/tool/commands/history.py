"""The command `history`: what a database has had of a stream, and repairs of what it believes."""

import datetime as dt
from dataclasses import asdict
from typing import get_args

import click

from migrations.tool import history as histories
from migrations.tool.apply import repair
from migrations.tool.commands.arguments import STREAM, existing, open_to_read
from migrations.tool.commands.console import Answer, options
from migrations.tool.commands.target import Target
from shared_schema.releases import streams


@click.group()
def history() -> None:
    """Read a stream's history, or repair it."""


@history.command()
@click.argument("stream", type=STREAM)
@options()
def show(target: Target, stream: str) -> Answer:
    """List the migrations of STREAM that the database has had, and the repairs of its history with their reasons."""
    db = open_to_read(target)
    applied, repairs = streams.history(db, stream), repair.read(db, stream)
    lines = [f"{_moment(entry.migrated_at)} {entry.name} ({entry.phase})" for entry in applied]
    lines += [_sentence(entry) for entry in repairs]
    values = {"applied": [asdict(entry) for entry in applied], "repairs": [asdict(entry) for entry in repairs]}
    return Answer(lines or [f"nothing of {stream} has been applied"], values)


@history.command()
@click.argument("stream", type=STREAM)
@click.argument("name")
@click.argument("state", type=click.Choice(get_args(repair.Mark)))
@click.option("--was", help="The name under which a renamed migration was applied.")
@click.option("--reason", required=True, help="Why; it is kept in the database.")
@options(changes=True)
def mark(target: Target, stream: str, name: str, state: repair.Mark, was: str | None, reason: str) -> Answer:
    """Say what became of migration NAME of STREAM, where the history does not know. No other table is changed.

    applied: the database has what it does. pending: it has not, and `up` will run it. edited: its file as it is now is
    what was applied. renamed: it was applied under the name --was.
    """
    if not reason.strip():
        raise click.BadParameter("say why", param_hint="--reason")
    db = existing(target)
    repair.mark(db, stream, name, state, reason, was)
    left = histories.read(db, [stream])
    lines = [f"{stream}/{name} is marked {state}; `check` tells whether the database agrees", *map(str, left)]
    return Answer(lines, {"stream": stream, "name": name, "mark": state, "history": [asdict(fault) for fault in left]})


def _moment(seconds: int) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _sentence(entry: repair.Repair) -> str:
    was = f", applied as {entry.was}" if entry.was else ""
    return f"{_moment(entry.repaired_at)} {entry.name} marked {entry.mark}{was} by {entry.operator}: {entry.reason}"
