"""Runs one module of Peewee's tests and writes what became of each test, in a process of its own.

child.py TREE MODULE OUTPUT [file|server URL…]

Without a mode the module runs on peewee's SqliteDatabase. The package `tests` is Peewee's here, not ours.
"""

import importlib
import json
import os
import sys
import traceback
import types
import unittest
from pathlib import Path

OURS = Path(__file__).parents[2]


class Outcomes(unittest.TestResult):
    """What became of each test: "" if it passed, else the last line of its error. Skipped tests are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.of: dict[str, str] = {}

    def startTest(self, test):
        super().startTest(test)
        self.of[name(test)] = ""

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.of.pop(name(test), None)

    def addError(self, test, err):
        super().addError(test, err)
        self._failed(test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failed(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._failed(test, err)

    def _failed(self, test, err):
        self.of[name(test)] = traceback.format_exception_only(*err[:2])[-1].strip().splitlines()[0]
        if os.environ.get("PEEWEE_SUITE_TRACES"):
            traceback.print_exception(*err)


def name(test) -> str:
    return test.id().removeprefix("tests.")


def main(tree: str, module: str, output: str, mode: str = "", *servers: str) -> None:
    sys.path[:0] = [tree]
    package = types.ModuleType("tests")
    package.__path__ = [f"{tree}/tests"]  # without its __init__, which imports all of them
    sys.modules["tests"] = package
    # What the module does with its databases before its first test, our class would refuse, and no test would run.
    finished_import = lambda: None
    if mode:
        sys.path.append(str(OURS))
        from substitute import substitute

        finished_import = substitute(servers)
    os.environ["PEEWEE_TEST_BACKEND"] = "sqlite"
    outcomes = Outcomes()
    try:
        suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(f"tests.{module}"))
    finally:
        finished_import()
    suite.run(outcomes)
    Path(output).write_text(json.dumps(outcomes.of))


if __name__ == "__main__":
    main(*sys.argv[1:])
