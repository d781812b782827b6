"""Arguments and options that several commands take."""

from pathlib import Path

import click

from migrations.tool.apply import preflight
from migrations.tool.commands.target import Target
from shared_schema import environment
from shared_schema.database import Database
from shared_schema.releases import streams

STREAM = click.Choice(list(streams.NEEDS))
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
backups_option = click.option(
    "--backups", type=click.Path(file_okay=False, path_type=Path), help="Where backups go: $PINGTOPASS_VAR/backups."
)


def opened(meant: Target) -> Database:
    """With patience, once a quick question has been answered: a server that is away is known soon."""
    if meant.on_server:
        preflight.reachable(meant.open(patience=False))
    return meant.open()


def looked_at(meant: Target) -> Database:
    """To look only: where there is no file yet, none is made, and what is found is an empty database."""
    there = meant.on_server or Path(str(meant.settings.path)).exists()
    return opened(meant) if there else Database("file::memory:")


def existing(meant: Target) -> Database:
    """One that is there already. Raises preflight.Refused."""
    if not meant.on_server and not Path(str(meant.settings.path)).exists():
        raise preflight.Refused(f"there is no database at {meant.settings.path}")
    return opened(meant)


def place(backups: Path | None) -> Path:
    return backups or environment.var() / "backups"
