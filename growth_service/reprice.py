"""`python -m growth_service.reprice`: the ledger's calls by today's price book, written beside what was booked."""

import datetime as dt
from collections import Counter, defaultdict

import click

from growth_service import prices
from growth_service.ledger import repricing
from growth_service.ledger.repricing import Difference
from shared_schema import opening
from shared_schema.fields import NANO


@click.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="only calls from this day on, in UTC")
@click.option("--model", help="only calls of this model")
@click.option("--dry-run", is_flag=True, help="write nothing; print what differs")
def main(since: dt.datetime | None, model: str | None, dry_run: bool) -> None:
    """Price the calls in the ledger of $TURSO_DATABASE_URL anew, each at its own time. What was booked stays."""
    opening.configured("growth")
    first = 0 if since is None else int(since.replace(tzinfo=dt.UTC).timestamp())
    tallies: dict[str, Counter[str]] = defaultdict(Counter)
    for page in repricing.run(first, model, dry=dry_run):
        for difference in page:
            tallies[difference["model"]].update(_tally(difference))
    for name, tally in sorted(tallies.items()):
        click.echo(f"{name}: {tally['calls']} calls, {_told(tally, 'known')} before, {_told(tally, 'anew')} now")
    count = sum(tally["calls"] for tally in tallies.values())
    done = "nothing was written" if dry_run else "written beside what was booked"
    click.echo(f"{count} calls differ by {prices.BOOK}; {done}")


def _tally(difference: Difference) -> dict[str, int]:
    """One call, its two figures, and which of them are unknown."""
    tally = {"calls": 1}
    for name in ("known", "anew"):
        amount = difference["known_nanousd"] if name == "known" else difference["nanousd"]
        tally |= {f"{name} unknown": 1} if amount is None else {name: amount}
    return tally


def _told(tally: Counter[str], name: str) -> str:
    unknown = tally[f"{name} unknown"]
    return f"${tally[name] / NANO:.9f}" + (f" and {unknown} unknown" if unknown else "")


if __name__ == "__main__":
    main()
