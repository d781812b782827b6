"""`python -m study_service.rebuild`: count anew what is counted from facts; `--check` only compares."""

import click

from shared_schema import environment, startup
from shared_schema.database import Database
from shared_schema.releases import current
from shared_schema.tables import db
from study_service import rebuild
from study_service.rebuild.part import Part

_NAMES = [part.name for part in rebuild.PARTS]


@click.command()
@click.option("--check", is_flag=True, help="change nothing; print what differs, and exit with 1 if anything does")
@click.option("--part", "names", multiple=True, type=click.Choice(_NAMES), help="only this; may be repeated")
@click.pass_context
def main(context: click.Context, check: bool, names: tuple[str, ...]) -> None:
    """Count the counters of $TURSO_DATABASE_URL anew, from the answers and the questions."""
    with startup.sentences():
        settings = environment.database()
        startup.check_database(settings)
        db.initialize(Database(settings))  # type: ignore[attr-defined]  # the proxy's method is not in the stubs
        current.check(db, "study")
    parts = [part for part in rebuild.PARTS if not names or part.name in names]
    if check:
        context.exit(_compare(parts))
    for part, changed in rebuild.mend(parts):
        click.echo(f"{part.name}: {changed} rows changed")


def _compare(parts: list[Part]) -> int:
    count = 0
    for difference in rebuild.check(parts):
        click.echo(str(difference))
        count += 1
    click.echo(f"{count} rows differ" if count else f"{', '.join(part.name for part in parts)}: all agree")
    return 1 if count else 0


if __name__ == "__main__":
    main()
