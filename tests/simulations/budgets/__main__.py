"""`python -m tests.simulations.budgets`: does any order of holds, calls, kills and lost answers overdraw a budget?"""

import tempfile
import time
from pathlib import Path

import click

from tests.simulations.budgets.run import simulate
from tests.simulations.budgets.state import KINDS, State


@click.command()
@click.option("--operations", default=1_000_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--workers", default=4, show_default=True, help="processes at once")
@click.option("--every", default=50_000, show_default=True, help="compare with the model after so many operations")
@click.pass_context
def main(context: click.Context, operations: int, seed: int, workers: int, every: int) -> None:
    """Random operations on a real file, against an independent model. Exit code 1 where they do not agree."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        state = State(Path(directory), seed)
        model, crew = simulate(state, operations, workers, every, click.echo)
    click.echo(f"{state.total()} operations, seed {seed}, {workers} processes, {time.monotonic() - began:.0f} s")
    click.echo(", ".join(f"{kind} {sum(state.done[kind])}" for kind in KINDS))
    click.echo(f"{crew.kills} kills, {model.answered} answers compared with the rows")
    click.echo(", ".join(f"{kind} rows {count}" for kind, count in model.rows.items()))
    click.echo(f"{len(model.balances)} balances, {len(model.alerts)} alerts, {len(model.violations)} violations")
    for violation in model.violations[:20]:
        click.echo(violation)
    context.exit(1 if model.violations else 0)


if __name__ == "__main__":
    main()
