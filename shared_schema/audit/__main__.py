"""`python -m shared_schema.audit seal` and `verify`: the chain of the configured database."""

import click

from shared_schema import environment
from shared_schema.audit import seal, verify
from shared_schema.audit.seal import Head
from shared_schema.database import LibsqlDatabase


class HeadType(click.ParamType[Head]):
    """A head as `seal` prints it: the number of a seal, a colon, and its hash."""

    name = "head"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        number, _, digest = value.partition(":")
        if not (number.isascii() and number.isdecimal() and len(digest) == 64):
            self.fail(f"{value!r} is no head, such as 17:{'0' * 8}…", param, ctx)
        return Head(sequence=int(number), hash=digest)


@click.group()
def main() -> None:
    """The audit log of $TURSO_DATABASE_URL: seal its entries into a chain, and verify the chain."""


@main.command("seal")
def seal_all() -> None:
    """Seal every entry that has no seal yet. Prints the head, which is worth keeping somewhere else."""
    sealed = seal.everything(LibsqlDatabase(environment.database()))
    click.echo(f"sealed {sealed.count}, head {_text(sealed.head)}")


@main.command("verify")
@click.option("--head", "heads", type=HeadType(), multiple=True, help="a head that was kept; may be repeated")
@click.pass_context
def verify_all(context: click.Context, heads: tuple[Head, ...]) -> None:
    """Compare every entry with its seal. Exit code 1, and the first wrong entry, where one is not as it was written."""
    try:
        done = verify.walk(LibsqlDatabase(environment.database()), heads)
    except verify.Broken as error:
        click.echo(str(error))
        context.exit(1)
    waiting = done.entries - done.head["sequence"]
    click.echo(
        f"{done.entries} entries, {waiting} not sealed yet, {done.emptied} parts erased, head {_text(done.head)}"
    )


def _text(head: Head) -> str:
    return f"{head['sequence']}:{head['hash']}"


if __name__ == "__main__":
    main()
