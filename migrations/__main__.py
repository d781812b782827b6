"""The migration tool: `python -m migrations COMMAND`."""

import importlib
from collections.abc import Iterator
from types import ModuleType

import click

from migrations.tool.commands import changing, console, looking


@click.group(epilog=console.CODES)
def main() -> None:
    """Migrations per service against one database, the one TURSO_DATABASE_URL names. See migrations/README.md."""


def _modules() -> Iterator[ModuleType]:
    """The modules whose commands there are. migrations/adoption may have been deleted."""
    yield from (looking, changing)
    try:
        yield importlib.import_module("migrations.adoption.command")
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("migrations.adoption"):
            raise


for module in _modules():
    for value in vars(module).copy().values():
        if isinstance(value, click.Command):
            main.add_command(value)

if __name__ == "__main__":
    main()
