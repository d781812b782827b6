"""`python -m tests.simulations.replies --runs 10000 --seed 1`. Exit code 1 where the promise is not kept."""

import argparse
import os
import sys

os.environ["RUST_LOG"] = "off"

from tests.simulations.replies import simulate


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulations.replies", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    outcome = simulate(asked.runs, asked.seed)
    sys.stdout.write("\n".join(outcome.lines()) + "\n")
    return int(bool(outcome.wrong) or outcome.by_a_person > 0.01 * outcome.in_doubt)


if __name__ == "__main__":
    sys.exit(main())
