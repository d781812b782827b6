"""`python -m tests.benchmarks.scale S [FILE]`: make a database for benchmarks, and say how long it took."""

import argparse
import sys
import time
from pathlib import Path

from tests.benchmarks.scale.making import make
from tests.benchmarks.scale.sizes import SIZES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--now", type=int, default=int(time.time()), help="the present moment in it, epoch seconds")
    options = parser.parse_args()
    file = options.file or Path("var/bench", f"{options.size.lower()}.db")
    file.parent.mkdir(parents=True, exist_ok=True)
    for name in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
        name.unlink(missing_ok=True)
    began, cpu = time.monotonic(), time.process_time()
    make(SIZES[options.size], file, options.now)
    took, cpu, size = time.monotonic() - began, time.process_time() - cpu, file.stat().st_size / 1e6
    sys.stdout.write(f"{file}: {size:.0f} MB in {took:.0f} s, {cpu:.0f} s of a processor\n")


if __name__ == "__main__":
    main()
