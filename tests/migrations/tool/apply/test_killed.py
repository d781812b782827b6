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
SERVERS = 4
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


def report(process):
    output, complaint = process.communicate(timeout=500)
    assert process.returncode == 0, complaint.decode()[-2000:]
    return json.loads(output.splitlines()[-1])


# For each command: the start of a statement, and what a kill after it leaves. The renewal of the lease is the last
# statement before the commit; when the lease is given back everything is done.
HIT = {
    "up": {
        "INSERT INTO migration_lease": {"before"},
        "DROP TABLE parent": {"before"},
        "INSERT INTO migration_backfills": {"before"},
        'UPDATE "parent" SET upper': {"between"},
        "UPDATE migration_backfills SET finished_at": {"between"},
        "CREATE INDEX child_of": {"between"},
        "DELETE FROM migration_lease": {"after"},
    },
    "down": {
        "ALTER TABLE child DROP COLUMN born": {"before"},
        'DELETE FROM "migrations_story"': {"before"},
        "UPDATE migration_lease SET expires_at": {"before"},
        "DELETE FROM migration_lease": {"after"},
    },
    "restore": {
        'DROP TABLE "parent"': {"before"},
        'INSERT INTO "child"': {"before"},
        "UPDATE migration_lease SET expires_at": {"before"},
        "DELETE FROM migration_lease": {"after"},
    },
}


def left_after(kills, statement):
    return {kill["left"] for kill in kills if kill["statement"].startswith(statement)}


def assert_every_kill_hit(what, reports):
    """One kill after each write, from the first to the last, and each left what its place in the work leaves."""
    kills = sorted((kill for result in reports for kill in result["kills"]), key=lambda kill: kill["writes"])
    assert [kill["writes"] for kill in kills] == list(range(1, len(kills) + 1))
    assert {statement: left_after(kills, statement) for statement in HIT[what]} == HIT[what]
    assert kills[-1]["statement"].startswith("DELETE FROM migration_lease")


@pytest.mark.parametrize("what", HIT)
def test_killed_after_every_write_on_a_file(what, story):
    here = story("here")
    result = report(killing(f"file:{here}/killed.db", "", here, what))
    assert result["wrong"] == []
    assert_every_kill_hit(what, [result])


@pytest.mark.parametrize("what", ["up", "restore"])
def test_killed_after_every_write_on_a_server(what, story):
    """Four servers at once: each waits most of the time for the dead one's transaction to be given up."""
    servers.needed()
    with ExitStack() as running:
        places = [story(f"server{n}") for n in range(SERVERS)]
        started = [running.enter_context(servers.Sqld(place / "sqld")) for place in places]
        processes = [
            killing(server.url, server.token, place, what, n + 1, SERVERS)
            for n, (server, place) in enumerate(zip(started, places, strict=True))
        ]
        results = [report(process) for process in processes]
    assert [result["wrong"] for result in results] == [[]] * SERVERS
    assert_every_kill_hit(what, results)
