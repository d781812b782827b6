"""What a deployed service bears, in four measurements. `make bench-load`; ARGS="--only learners --seconds 30".

learners: learners study at once, with time to think. ingest: tweets a second. memory: whether that of a worker grows.
start: how long `make run` takes. The exit code is 1 where a target is missed.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.hot import figures, runner, world
from tests.benchmarks.hot.load import Unexpected
from tests.benchmarks.hot.world import World
from tests.benchmarks.load import ingest, learners, memory, start
from tests.benchmarks.load.result import Result, table
from tests.benchmarks.load.student import Books

NAMES = (learners.NAME, ingest.NAME, memory.NAME, start.NAME)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    results = []
    for name in NAMES:
        if name in (options.only or NAMES):
            with tempfile.TemporaryDirectory() as directory:
                try:
                    results.append(_measure(name, Path(directory), options))
                except Unexpected as answer:
                    results.append(Result(name, {}, [str(answer)]))
    sys.stdout.write("".join(f"{line}\n" for line in table(results)))
    figures.write(results, options.json)
    sys.exit(any(result.missed for result in results))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=NAMES, help="only this measurement; repeatable")
    parser.add_argument("--learners", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=120, help="for which they study (default: 120)")
    parser.add_argument("--think", type=float, nargs=2, default=(2, 8), metavar=("FROM", "TO"), help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batches", type=int, default=400, help="of 100 tweets each (default: 400)")
    parser.add_argument("--requests", type=int, default=1_000_000, help="under which memory is watched")
    parser.add_argument("--tries", type=int, default=3, help="starts of `make run` (default: 3)")
    parser.add_argument("--json", type=Path, default=Path("var/bench/load.json"))
    parser.add_argument("--kept", type=Path, default=Path("var/bench"), help="where the made databases are")
    return parser.parse_args(arguments)


def _measure(name: str, directory: Path, options: argparse.Namespace) -> Result:
    if name == learners.NAME:
        thinks_s = (options.think[0], options.think[1])
        plan = learners.Plan(options.learners, options.seconds, thinks_s, options.seed)
        return learners.measure(directory, plan, Books())
    if name == start.NAME:
        return start.measure(directory, options.tries)
    ready, people = _ready(directory, options.kept)
    if name == ingest.NAME:
        return ingest.measure(directory, ready, people, options.batches)
    return memory.measure(directory, ready, people, options.requests, options.seed)


def _ready(directory: Path, kept: Path) -> tuple[Path, World]:
    """A made database of the small size, with what is asked for."""
    file = Path(shutil.copy(runner.made("S", kept), directory / "ready.db"))
    return file, world.prepared(file)


if __name__ == "__main__":
    main()
