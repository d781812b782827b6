"""The statements of the hot operations and their plans, line by line: a change of them is made on purpose, and is seen
in a review.

`python -m tests.benchmarks.hot.plans` writes the lines anew.
"""

import difflib
import shutil
from pathlib import Path

from tests.benchmarks.hot.operations import OPERATIONS
from tests.benchmarks.hot.plans import __main__, lines
from tests.benchmarks.hot.plans.recording import Recorded

ANEW = "if this was meant, python -m tests.benchmarks.hot.plans writes plans.txt anew"


def test_the_plans_are_as_they_were(recorded: Recorded) -> None:
    before, now = lines.FILE.read_text().splitlines(), lines.of(recorded)
    assert now == before, "\n".join((ANEW, *difflib.unified_diff(before, now, "plans.txt", "now", lineterm="", n=8)))


def test_every_operation_has_statements(recorded: Recorded) -> None:
    assert list(recorded.operations) == [one.name for one in OPERATIONS]
    assert all(recorded.operations.values())


def test_the_command_writes_what_is_here(made: Path, tmp_path: Path) -> None:
    file = tmp_path / "plans.txt"
    __main__.write(file, Path(shutil.copy(made, tmp_path / "s.db")))
    assert file.read_text() == lines.FILE.read_text()
