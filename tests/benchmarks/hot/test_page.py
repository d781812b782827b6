"""The page about performance names what is there."""

import re

from tests.benchmarks import scale
from tests.servers import ROOT

PAGE = (ROOT / "tests" / "benchmarks" / "README.md").read_text()


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
