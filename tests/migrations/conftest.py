"""The tool as a command on a file, and a made-up stream `story` of our own in a directory of our own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from migrations.tool.develop import draft
from migrations.tool.schema import definition, sqltext
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from tests.migrations import unchecked

ROOT = Path(__file__).parents[2]
FILE = """
def migrate(migrator, database, *, fake=False):
    {up}


def rollback(migrator, database, *, fake=False):
    {down}
"""


@pytest.fixture
def url(tmp_path):
    return f"file:{tmp_path}/migrated.db"


@pytest.fixture
def db(url):
    database = LibsqlDatabase(url)
    yield database
    database.close()


@pytest.fixture
def command(url, tmp_path):
    """`command("up", …)`: runs `python -m migrations up …` on the database; its exit code and output lines."""

    def run(*arguments):
        own = {"PYTHONPATH": str(ROOT), "TURSO_DATABASE_URL": url, "PINGTOPASS_VAR": str(tmp_path), "RUST_LOG": "off"}
        whole = [sys.executable, "-m", "migrations", *arguments]
        done = subprocess.run(
            whole, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout.splitlines()

    return run


@pytest.fixture
def story(tmp_path, monkeypatch):
    """`story("up code", "down code")` writes the next migration of the stream and returns its path."""
    directory = tmp_path / "story"
    directory.mkdir()
    monkeypatch.setattr(streams, "directory", lambda stream: tmp_path / stream)
    monkeypatch.setattr(streams, "NEEDS", {"story": ()})

    def write(up, down="pass"):
        path = directory / f"{len(streams.names('story')) + 1:03}_chapter.py"
        path.write_text(FILE.format(up=up, down=down))
        return path

    return write


@pytest.fixture
def models(story, monkeypatch):
    """`models(Parent, Child)`: what the stream's owner declares from now on."""
    return lambda *declared: monkeypatch.setitem(definition.OWNERS, "story", list(declared))


@pytest.fixture
def make(models, db):
    """`make(Model, …)`: declare these, write the migration, run it; the path, or None if there is nothing new."""

    def make(*declared):
        models(*declared)
        path = draft.write("story", "chapter", "Chapter.")
        unchecked.up(db)
        return path

    return make


@pytest.fixture
def beside(story, monkeypatch):
    """`beside("CREATE VIEW …", …)`: the objects that the stream's owner declares beside its models from now on."""
    return lambda *created: monkeypatch.setitem(definition.OBJECTS, "story", created)


@pytest.fixture
def whole(db):
    """Fails unless the migrated database has what is declared: tables, indexes and objects, text for text."""

    def compare():
        declared = definition.declared(["story"])
        assert definition.read(db, definition.tables(db)) == declared.tables
        assert texts(definition.objects(db)) == texts(declared.objects)

    def texts(objects):
        return {name: sqltext.normal(entry.sql) for name, entry in objects.items()}

    return compare
