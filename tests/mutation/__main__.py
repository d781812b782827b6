"""`python -m tests.mutation study_service/answers.py`: do the tests notice when a module is wrong?"""

import signal
import sys
import tempfile
import time
from pathlib import Path

import click

from tests.mutation import mutants, own, recording, report, trees
from tests.mutation.mutants import Mutant
from tests.mutation.recording import Recording
from tests.mutation.report import Outcome
from tests.mutation.trees import Tree


@click.command()
@click.argument("module")
@click.option("--sample", type=click.IntRange(1), help="Only so many mutants, the same ones each time.")
@click.option("--kind", type=click.Choice(mutants.KINDS), help="Only mistakes in Python, or only in SQL.")
def main(module: str, sample: int | None, kind: str | None) -> None:
    """Put small mistakes into MODULE, one at a time, and run its tests in a fresh process for each."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leaves the copy and the process behind otherwise
    code = (trees.ROOT / module).read_text()
    chosen = mutants.sample(mutants.of(code, [kind] if kind else mutants.KINDS), sample)
    with tempfile.TemporaryDirectory(prefix="mutation-") as directory, trees.copied(Path(directory, "tree")) as tree:
        click.echo(f"{module}: {len(chosen)} mutants", err=True)
        try:
            recorded = recording.of(tree, own.rooms(module), own.modes(module))
        except recording.TestsFail as failed:
            sys.exit(f"The tests fail without any mutant:\n{failed}")
        begin = time.monotonic()
        outcomes = []
        for mutant in chosen:
            outcomes.append(_outcome(tree, module, code, mutant, recorded))
            click.echo(report.line(len(outcomes), len(chosen), outcomes[-1]), err=True)
    click.echo(report.text(module, code, outcomes, time.monotonic() - begin))


def _outcome(tree: Tree, module: str, code: str, mutant: Mutant, recorded: Recording) -> Outcome:
    tests = own.choose(module, code, mutant.line, recorded.lines.get(module, {}), recorded.seconds)
    files = sorted({test.split("::")[0] for test in tests})
    expected = sum(recorded.seconds.get(test, 0.0) for test in tests)
    tree.put(module, mutant.code)
    try:
        end = tree.run(files=files, tests=tests, modes=own.modes(module), seconds=20 + 5 * expected)
    finally:
        tree.put(module, code)
    return Outcome(mutant, end, report.killer(tree.output()))


if __name__ == "__main__":
    main()
