"""The migration tool: `python -m migrations COMMAND`."""

import importlib
from collections.abc import Iterator
from types import ModuleType

import click

from migrations.tool.commands import backups, changing, console, developing, history, looking, studio


@click.group(epilog=console.CODES)
def main() -> None:
    """Migrations per service against one database, the one TURSO_DATABASE_URL names. See migrations/README.md."""


def _modules() -> Iterator[ModuleType]:
    """The modules whose commands there are. migrations/adoption may have been deleted."""
    yield from (looking, changing, backups, history, developing, studio)
    try:
        yield importlib.import_module("migrations.adoption.command")
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("migrations.adoption"):
            raise


def _commands(module: ModuleType) -> Iterator[click.Command]:
    """The commands of a module but those that belong to one of its groups."""
    commands = [value for value in vars(module).values() if isinstance(value, click.Command)]
    grouped = [member for group in commands if isinstance(group, click.Group) for member in group.commands.values()]
    return (command for command in commands if command not in grouped)


for module in _modules():
    for command in _commands(module):
        main.add_command(command)

if __name__ == "__main__":
    main()
