"""`python -m tests.benchmarks.hot.plans`: write the plans of the hot operations anew, after a change that was meant.

`--statistics var/bench/l.db` first writes the statistics anew, from a database of size L: `make bench-data SIZE=L`.
"""

import argparse
import tempfile
import time
from pathlib import Path

from tests.benchmarks import scale
from tests.benchmarks.hot import world
from tests.benchmarks.hot.plans import lines, recording, statistics


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--statistics", type=Path, metavar="FILE", help="a database of size L; it stays as it is")
    options = parser.parse_args()
    if options.statistics:
        statistics.FILE.write_text("\n".join(statistics.of(options.statistics)) + "\n")
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "s.db")
        scale.make(scale.SIZES["S"], file, int(time.time()))
        write(lines.FILE, file)


def write(to: Path, small: Path) -> None:
    """Write the plans, recorded beside `small`, a database of size S which is changed."""
    recorded = recording.record(small, world.prepared(small), small.parent)
    to.write_text("\n".join(lines.of(recorded)) + "\n")


if __name__ == "__main__":
    main()
