"""SIGKILL after every single statement: the next run finishes or returns, and no row is lost."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import servers

ROOT = Path(__file__).parents[4]
MIGRATIONS = {
    "001_first": """
def migrate(migrator, database, *, fake=False):
    migrator.sql("CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT) STRICT")
    migrator.sql(
        "CREATE TABLE child (id INTEGER PRIMARY KEY,"
        " of INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE) STRICT"
    )


def rollback(migrator, database, *, fake=False):
    migrator.sql("DROP TABLE child")
    migrator.sql("DROP TABLE parent")
""",
    "002_rebuilt": """
BACKFILLS = [{"table": "parent", "set": "upper = upper(name), times = times + 1"}]


def migrate(migrator, database, *, fake=False):
    migrator.sql(
        "CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT, upper TEXT,"
        " times INTEGER NOT NULL DEFAULT 0) STRICT"
    )
    migrator.sql("INSERT INTO new_parent (id, name) SELECT id, name FROM parent")
    migrator.sql("DROP TABLE parent")
    migrator.sql("ALTER TABLE new_parent RENAME TO parent")
    migrator.sql("CREATE INDEX parent_upper ON parent (upper)")


def rollback(migrator, database, *, fake=False):
    migrator.sql("DROP INDEX parent_upper")
    migrator.sql("ALTER TABLE parent DROP COLUMN upper")
    migrator.sql("ALTER TABLE parent DROP COLUMN times")
""",
    "003_index": """
def migrate(migrator, database, *, fake=False):
    migrator.sql("CREATE INDEX child_of ON child (of)")
    migrator.sql("ALTER TABLE child ADD COLUMN born INTEGER")


def rollback(migrator, database, *, fake=False):
    migrator.sql("ALTER TABLE child DROP COLUMN born")
    migrator.sql("DROP INDEX child_of")
""",
}


@pytest.fixture
def story(tmp_path):
    """`story("place")`: a directory with the migrations of a stream."""

    def write(place):
        directory = tmp_path / place / "story"
        directory.mkdir(parents=True)
        for name, text in MIGRATIONS.items():
            (directory / f"{name}.py").write_text(text)
        return tmp_path / place

    return write


def killing(url, token, directory, what, first=1, step=1):
    command = [
        sys.executable,
        "-m",
        "tests.migrations.tool.apply.killed",
        url,
        token,
        str(directory),
        what,
        str(first),
        str(step),
    ]
    environment = os.environ | {"RUST_LOG": "off", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def found(process):
    said, trouble = process.communicate(timeout=500)
    assert process.returncode == 0, trouble.decode()[-2000:]
    return json.loads(said.splitlines()[-1])


@pytest.mark.parametrize(("what", "at_least"), [("up", 30), ("down", 10), ("restore", 15)])
def test_killed_after_every_write_on_a_file(what, at_least, story):
    here = story("here")
    (result,) = [found(killing(f"file:{here}/killed.db", "", here, what))]
    assert result["wrong"] == []
    assert result["writes"] >= at_least


@pytest.mark.parametrize("what", ["up", "restore"])
def test_killed_after_every_write_on_a_server(what, story):
    """Four servers at once: each waits most of the time for the dead one's transaction to be given up."""
    servers.needed()
    with ExitStack() as running:
        places = [story(f"server{n}") for n in range(4)]
        each = [running.enter_context(servers.Sqld(place / "sqld")) for place in places]
        processes = [
            killing(server.url, server.token, place, what, n + 1, 4)
            for n, (server, place) in enumerate(zip(each, places, strict=True))
        ]
        results = [found(process) for process in processes]
    assert [result["wrong"] for result in results] == [[]] * 4
    assert min(result["writes"] for result in results) >= 10
