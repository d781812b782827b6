"""The package `shared_schema.database` by itself: copied without the application, it passes its own tests on files."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT

FIXTURES = """
import pytest
from shared_schema.database import LibsqlDatabase

def pytest_configure(config):
    config.addinivalue_line("markers", "only(*modes): the test runs in these modes alone")

def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if not (mark := item.get_closest_marker("only")) or "file" in mark.args]

@pytest.fixture
def database(tmp_path):
    alone = LibsqlDatabase(f"file:{tmp_path}/alone.db")
    yield alone
    alone.close()
"""
# What needs a server, kills processes or waits for deadlines is left to the run with the application.
ELSEWHERE = (
    "fork",
    "full_disk",
    "hrana",
    "replica",
    "sigkill",
    "threads_and_processes",
    "waiting",
    "peewee_tools",
    "usage",
)


def test_it_passes_its_tests_without_the_application(tmp_path: Path) -> None:
    bare = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shared_schema" / "database", tmp_path / "shared_schema" / "database", ignore=bare)
    shutil.copytree(
        ROOT / "tests" / "shared_schema" / "database", tmp_path / "tests" / "shared_schema" / "database", ignore=bare
    )
    shutil.copytree(ROOT / "tests" / "servers", tmp_path / "tests" / "servers", ignore=bare)
    (tmp_path / "conftest.py").write_text(FIXTURES)
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "-k",
        " and ".join(f"not {word}" for word in ELSEWHERE),
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/shared_schema", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed
    assert int(passed[1]) > 300
