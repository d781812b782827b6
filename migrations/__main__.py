"""The migration tool: `python -m migrations COMMAND`."""

import click

from migrations.commands import changing, console, looking


@click.group(epilog=console.CODES)
def main() -> None:
    """Migrations per service against one database, the one TURSO_DATABASE_URL names. See deploy/migrations.md."""


for module in (looking, changing):
    for each in vars(module).copy().values():
        if isinstance(each, click.Command):
            main.add_command(each)

if __name__ == "__main__":
    main()
