"""The migration tool: `python -m migrations up|status|new`."""

import re
import sys

import click

from migrations import draft, router, streams
from shared_schema import environment
from shared_schema.database import Database

_STREAM = click.Choice(list(streams.NEEDS))


@click.group()
def main() -> None:
    """Migrations per service against one database, the one TURSO_DATABASE_URL names."""


@main.command()
@click.argument("stream", type=_STREAM, required=False)
def up(stream: str | None) -> None:
    """Bring STREAM and what it needs up to date; all streams without a name."""
    done = router.up(Database(environment.database()), stream)
    click.echo("\n".join(done) if done else "nothing to do")


@main.command()
def status() -> None:
    """Say what is applied and what is not. Exit code 1 when something is pending."""
    missing = streams.pending(Database(environment.database()), streams.NEEDS)
    for stream, names in missing.items():
        click.echo(f"{stream}: " + (f"pending {', '.join(names)}" if names else "up to date"))
    sys.exit(1 if any(missing.values()) else 0)


@main.command()
@click.argument("stream", type=_STREAM)
@click.argument("name")
def new(stream: str, name: str) -> None:
    """Write the next migration of STREAM from its models. Its first line is yours to reword: say why."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise click.BadParameter("use small letters, digits and _", param_hint="NAME")
    path = draft.write(stream, name, f"{name.replace('_', ' ').capitalize()}.")
    click.echo(str(path) if path else "the models have nothing new")


if __name__ == "__main__":
    main()
