"""Runs one module of Peewee's tests, in a process of its own, and writes what became of each test as JSON.

child.py TREE MODULE OUTPUT [file | server URL …]

Without a mode the module runs on peewee's SqliteDatabase. The package `tests` is Peewee's here, not ours.
"""

import importlib
import json
import os
import sys
import traceback
import types
import unittest
from contextlib import nullcontext
from pathlib import Path
from typing import Any

OURS = Path(__file__).parents[2]


class Outcomes(unittest.TestResult):
    """What became of each test: "" if it passed, else the first line of its error. Skipped tests are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.of: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.of[_name(test)] = ""

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.of.pop(_name(test), None)

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self._failed(test, err)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self._failed(test, err)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._failed(test, err)

    def _failed(self, test: unittest.TestCase, err: Any) -> None:
        self.of[_name(test)] = traceback.format_exception_only(*err[:2])[-1].strip().splitlines()[0]
        traceback.print_exception(*err)


def _name(test: unittest.TestCase) -> str:
    return test.id().removeprefix("tests.")


def main(tree: str, module: str, output: str, mode: str = "", *servers: str) -> None:
    os.environ["PEEWEE_TEST_BACKEND"] = "sqlite"
    importing: Any = nullcontext()
    if mode:
        sys.path.append(str(OURS))
        import substitute  # type: ignore[import-not-found]  # beside this file

        importing = substitute.importing(servers)
    sys.path.insert(0, tree)
    package = types.ModuleType("tests")
    package.__path__ = [f"{tree}/tests"]  # without its __init__, which imports all of its modules
    sys.modules["tests"] = package
    with importing:
        suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(f"tests.{module}"))
    outcomes = Outcomes()
    suite.run(outcomes)
    Path(output).write_text(json.dumps(outcomes.of))


if __name__ == "__main__":
    main(*sys.argv[1:])
