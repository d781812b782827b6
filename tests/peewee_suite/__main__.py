"""Peewee's own tests on our database class, beside Python's sqlite3. `make peewee-tests TREE=DIR [MODE=file|server]`.

TREE is a checkout of Peewee's repository, of which only `tests/` is read. A test counts if it passes on peewee's
SqliteDatabase. Printed are, by module, how many do, and how many of those pass on ours; then the names of the others,
with their errors. The exit code is 1 if one of them is not in the list of shared_schema/database/README.md.
"""

import argparse
import sys
from pathlib import Path

from tests.peewee_suite import known, run


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path, help="a checkout of Peewee's repository")
    parser.add_argument("--mode", choices=("file", "server"), default="file")
    parser.add_argument("--modules", default="", help="which, by comma; all otherwise")
    arguments = parser.parse_args()
    modules = [name for name in arguments.modules.split(",") if name] or run.modules(arguments.tree)
    expected, passed, here, strangers = known.failures(arguments.mode), 0, 0, []
    say(f"{'module':20} {'sqlite3':>8} {arguments.mode:>8}")
    for module in modules:
        outcomes = run.module(arguments.tree, module, arguments.mode)
        if not outcomes:
            continue
        failed = {name: error for name, error in outcomes.items() if error}
        say(f"{module:20} {len(outcomes):8} {len(outcomes) - len(failed):8}")
        for name, error in failed.items():
            say(f"    {name}: {error[:150]}")
        passed, here = passed + len(outcomes), here + len(outcomes) - len(failed)
        strangers += [name for name in failed if name not in expected]
    say(f"{'all':20} {passed:8} {here:8}")
    for name in strangers:
        say(f"not in the list of known failures: {name}")
    return 1 if strangers else 0


if __name__ == "__main__":
    sys.exit(main())
