"""Runs a module of Peewee's tests on peewee's SqliteDatabase and on ours, each time in a new process and directory."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.sqld import Sqld

CHILD = Path(__file__).with_name("child.py")
_NO_TESTS = ("__init__", "__main__", "base", "base_models", "sqlite_helpers", "postgres_helpers")
_OTHER_DATABASES = ("apsw_ext", "cockroachdb", "cysqlite_ext", "mysql_ext", "postgres", "sqlcipher_ext")
_ASYNC = ("pwasyncio", "pwasyncio_stress")  # has a database class of its own
_SERVERS = 6  # as many databases as a module has open at once
_LONGEST_S = 600


def modules(tree: Path) -> list[str]:
    """Those that have tests for SQLite."""
    others = {*_NO_TESTS, *_OTHER_DATABASES, *_ASYNC}
    return sorted(path.stem for path in (tree / "tests").glob("*.py") if path.stem not in others)


def module(tree: Path, name: str, mode: str) -> dict[str, str]:
    """The tests that pass on peewee's SqliteDatabase: "" where one passes on ours, else its error there."""
    reference, ours = _outcomes(tree, name), _outcomes(tree, name, mode)
    return {test: ours.get(test, "did not run") for test, error in reference.items() if not error}


def _outcomes(tree: Path, name: str, *mode: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as directory, _servers(Path(directory), *mode) as urls:
        work = Path(directory, "work")
        work.mkdir()
        output = Path(directory, "outcomes.json")
        log = Path(directory, "log")
        with log.open("w") as stream:
            subprocess.run(
                [sys.executable, str(CHILD), str(tree.resolve()), name, str(output), *mode, *urls],
                cwd=work,
                env=os.environ | {"RUST_LOG": "off"},
                stdout=stream,
                stderr=subprocess.STDOUT,
                timeout=_LONGEST_S,
            )
        if mode and (kept := os.environ.get("PEEWEE_TESTS_LOG")):
            Path(kept).write_text(log.read_text())
        return json.loads(output.read_text()) if output.exists() else {}


@contextmanager
def _servers(directory: Path, mode: str = "") -> Iterator[list[str]]:
    with ExitStack() as running:
        count = _SERVERS if mode == "server" else 0
        servers = [running.enter_context(Sqld(directory / f"server{n}", auth=False)) for n in range(count)]
        yield [server.url for server in servers]
