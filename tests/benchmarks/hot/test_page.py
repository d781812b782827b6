"""The page about performance names what is there."""

import re

from tests.benchmarks import scale
from tests.benchmarks.hot import page
from tests.benchmarks.hot.figures import Row
from tests.benchmarks.hot.operations import OPERATIONS
from tests.servers import ROOT

PAGE = page.PAGE.read_text()


def test_its_commands_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = set(re.findall(r"make (bench[a-z-]*)", PAGE))
    assert {"bench", "bench-data", "bench-exam-day"} <= commands
    assert {command for command in commands if f"\n{command}: " not in makefile} == set()


def test_its_sizes_are_those_of_the_databases() -> None:
    for name in ("S", "L"):
        size = scale.SIZES[name]
        counts = (size.exams, size.questions, size.learners, size.answers, size.tweets, size.opportunities, size.calls)
        assert f"| {name} | {' | '.join(f'{count:,}' for count in counts)} |" in PAGE


def row(size: str, mode: str, ratio: float) -> Row:
    of_file = 0.25 if mode == "file" else None
    return Row(size, mode, "answer", "study", 20, 67, 2, 1.5, of_file, 3.25, 8.5, 2000.0, 250.0, ratio, None, 300.0)


def test_its_tables_have_every_operation_and_stand_where_those_of_before_stood() -> None:
    rows = [row("S", "file", 7.96), row("L", "file", 8.1), row("S", "server", 9.0), row("L", "replica", 10.0)]
    made = page.with_tables(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n", rows, "Measured then.")
    lines = made.splitlines()
    assert (lines[:3], lines[-2:]) == (["before", page.BEGIN, "Measured then."], [page.END, "after"])
    assert [line for line in lines if line.startswith("| answer |")] == [
        "| answer | 7.0 | 8.0 | 8.1 | 9.0 |  |  | 10.0 |",
        "| answer | 20 |  | 67 |  | 1.50 | 1.50 | 6.0 | 6.0 |",
        "| answer | 3.2 / 8.5 | 3.2 / 8.5 | 3.2 / 8.5 |  |  | 3.2 / 8.5 |",
    ]
    for name in (one.name for one in OPERATIONS):
        assert made.count(f"| {name} |") == PAGE.count(f"| {name} |") == 3
    assert page.with_tables(made, rows, "Measured then.") == made
