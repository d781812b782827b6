"""The CPU of a few requests as they are deployed, and how many times that of a bare Flask view: a quick look.

`python -m tests.benchmarks.hot.cpu`, with --requests 3000 for a longer one, and names of operations to choose some.
"""

import argparse
import itertools
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.benchmarks import scale
from tests.benchmarks.hot import serving, world
from tests.benchmarks.hot.deployed import Stand
from tests.benchmarks.hot.load import Clients
from tests.benchmarks.hot.operations import OPERATIONS

USUAL = (
    "questions, new learner",
    "questions, heavy learner",
    "answer with a key",
    "opportunities pending",
    "generation with a key",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--size", choices=tuple(scale.SIZES), default="S")
    parser.add_argument("names", nargs="*", default=USUAL, help="beginnings of the names of operations; all: `.`")
    options = parser.parse_args()
    chosen = [one for one in OPERATIONS if any(name == "." or one.name.startswith(name) for name in options.names)]
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        file = Path(directory, "bench.db")
        scale.make(scale.SIZES[options.size], file, int(time.time()))
        people = world.prepared(file)
        settings = Settings(f"file:{file}")
        services = {
            name: stack.enter_context(serving.service(name, settings, Path(directory)))
            for name in sorted({one.service for one in chosen})
        }
        (answers := Path(directory, "answers")).mkdir()
        stand = Stand(
            services,
            LibsqlDatabase(settings),
            stack.enter_context(serving.floor(answers)),
            answers,
            stack.enter_context(Clients()),
        )
        sys.stdout.write(
            f"{'operation':<28}{'CPU µs':>8}{'bare µs':>9}{'ratio':>7}{'most':>6}{'req/s':>7}{'p50 ms':>8}\n"
        )
        for one in chosen:
            seen = stand.measure(one, people, itertools.count(), options.requests)
            sys.stdout.write(
                f"{one.name:<28}{seen.cpu_us:>8.0f}{seen.floor_us:>9.0f}{seen.ratio:>7.1f}{one.target.most or '':>6}"
                f"{seen.per_second:>7.0f}{seen.p50_ms:>8.2f}\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
