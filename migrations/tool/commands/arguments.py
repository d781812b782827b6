"""Arguments and options that several commands take, and the ways in which they open a database."""

import sys
from functools import partial
from pathlib import Path

import click

from migrations.tool.apply import preflight
from migrations.tool.commands.target import Target
from migrations.tool.develop import ask
from shared_schema import environment, startup
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams

STREAM = click.Choice(list(streams.NEEDS))
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
backups_option = click.option(
    "--backups", type=click.Path(file_okay=False, path_type=Path), help="Where backups go: $PINGTOPASS_VAR/backups."
)
RENAME = click.option(
    "--rename", multiple=True, metavar="OLD:NEW", help="A renamed table, or column: --rename exams.title:name."
)
NO_RENAME = click.option("--no-rename", is_flag=True, help="What is gone and what is new have nothing in common.")


def answers(rename: tuple[str, ...], no_rename: bool) -> ask.Answers:
    """What the options say; on a terminal a person is asked for the rest."""
    at_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    return ask.Answers(rename, no_rename, partial(click.confirm, err=True) if at_terminal else None)


def open_patiently(target: Target, *, damaged: bool = False) -> LibsqlDatabase:
    """A database whose calls may take long. A server is asked a short question first, so that one that does not answer
    is reported soon. Raises ConfigurationError where there can be no database; a `damaged` file is one all the same.
    """
    if target.settings.path:
        startup.check_file(target.settings.path, f"TURSO_DATABASE_URL{target.suffix}", database=not damaged)
    else:
        startup.ask(target.settings, target.suffix)
        preflight.reachable(target.open(patience=False))
    return target.open()


def open_to_read(target: Target) -> LibsqlDatabase:
    """For commands that change nothing: where there is no file yet, none is made, and an empty database is read."""
    exists = target.on_server or Path(str(target.settings.path)).exists()
    return open_patiently(target) if exists else LibsqlDatabase("file::memory:")


def existing(target: Target) -> LibsqlDatabase:
    """A database that is there already. Raises preflight.Refused."""
    if not target.on_server and not Path(str(target.settings.path)).exists():
        raise preflight.Refused(f"there is no database at {target.settings.path}")
    return open_patiently(target)


def backups_in(directory: Path | None) -> Path:
    """The directory of --backups, or the one where backups go without it."""
    return directory or environment.var() / "backups"
