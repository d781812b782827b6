"""The command line of `rebuild`, the same for both services."""

from collections.abc import Sequence

import click

from shared_schema import opening, rebuild
from shared_schema.rebuild.part import Part


def command(service: str, parts: Sequence[Part]) -> click.Command:
    """The command of a service, `study` or `growth`, whose parts these are."""
    names = click.Choice([part.name for part in parts])

    @click.command(help=f"Count anew what the tables of {service} in $TURSO_DATABASE_URL have counted.")
    @click.option("--check", is_flag=True, help="change nothing; print what differs, and exit with 1 if anything does")
    @click.option("--part", "chosen", multiple=True, type=names, help="only this; may be repeated")
    @click.pass_context
    def main(context: click.Context, check: bool, chosen: tuple[str, ...]) -> None:
        opening.configured(service)
        wanted = [part for part in parts if not chosen or part.name in chosen]
        if check:
            context.exit(_compare(wanted))
        for part, changed in rebuild.mend(wanted, f"{service}_service.rebuild"):
            click.echo(f"{part.name}: {changed} rows changed")

    return main


def _compare(parts: Sequence[Part]) -> int:
    count = 0
    for difference in rebuild.check(parts):
        click.echo(str(difference))
        count += 1
    click.echo(f"{count} rows differ" if count else f"{', '.join(part.name for part in parts)}: all agree")
    return 1 if count else 0
