"""What the hot operations of both services cost, at two sizes and in three modes. `make bench`.

ARGS="--sizes S --modes file --only answer" measures a part. BASELINE=result.json compares with an earlier result, and
the exit code is 1 if anything has got worse by more than a quarter, and where an operation cannot be measured.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks import scale
from tests.benchmarks.hot import baseline, chart, figures, runner, table, targets
from tests.benchmarks.hot.figures import Row
from tests.benchmarks.hot.operations import OPERATIONS
from tests.benchmarks.hot.runner import Plan
from tests.benchmarks.hot.stage import MODES

MOST_REQUESTS = 4000


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    before = figures.read(options.baseline) if options.baseline else None
    chosen = [one for one in OPERATIONS if not options.only or any(text in one.name for text in options.only)]
    plan = Plan(options.sizes, options.modes, chosen, options.requests, options.kept)
    _say(table.NOTE, "", table.line(table.HEAD), table.line(table.RULE))
    rows, failed = [], []
    for one in runner.run(plan):
        (rows if isinstance(one, Row) else failed).append(one)
        _say(table.line(table.cells(one) if isinstance(one, Row) else [one.size, one.mode, one.operation, one.reason]))
    figures.write(rows, options.json)
    options.svg.write_text(chart.svg(rows))
    _say("", *table.growth(rows), "", "Targets that are missed:", *(targets.missed(rows) or ["none"]))
    worse = before is not None and _is_worse(rows, before)
    sys.exit(int(worse or bool(failed)))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=_names(tuple(scale.SIZES)), default=["S", "L"], help="S,M,L")
    parser.add_argument("--modes", type=_names(MODES), default=list(MODES), help=",".join(MODES))
    parser.add_argument(
        "--only", action="append", metavar="TEXT", help="operations with this in their name; repeatable"
    )
    parser.add_argument("--requests", type=_number, default=800, help="to each operation over HTTP (default: 800)")
    parser.add_argument("--json", type=Path, default=Path("var/bench/result.json"))
    parser.add_argument("--svg", type=Path, default=Path("var/bench/result.svg"))
    parser.add_argument("--baseline", type=Path, help="an earlier result to compare with")
    parser.add_argument("--kept", type=Path, default=Path("var/bench"), help="where the made databases are")
    return parser.parse_args(arguments)


def _names(known: Sequence[str]) -> Callable[[str], list[str]]:
    """A reader of names with commas between them."""

    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(known)}")
        return names

    return read


def _number(text: str) -> int:
    """A number of requests, for which there are enough learners."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_REQUESTS:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MOST_REQUESTS}")
    return int(text)


def _is_worse(rows: Sequence[Row], before: Sequence[Row]) -> bool:
    sentences = baseline.worse(rows, before)
    _say("", "Worse by more than a quarter:", *(sentences or ["nothing"]))
    return bool(sentences)


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
