"""A replica file and its primary: two real files with different rows, and a reader that chooses between them."""

import os
import time

import peewee
import pytest

from shared_schema.database import Database, Statement, consistency, errors, replica
from shared_schema.database.replica import Note, Replica, write_note

PLACE = Statement("SELECT name FROM place")
MAX_AGE_S = 1000.0
TICK = 7


def made(path, name, tick):
    database = Database(f"file:{path}")
    database.batch(
        [
            Statement("CREATE TABLE place (name TEXT)"),
            Statement("INSERT INTO place VALUES (?)", (name,)),
            Statement("CREATE TABLE consistency_clock (id INTEGER PRIMARY KEY, tick INTEGER NOT NULL)"),
            Statement("INSERT INTO consistency_clock VALUES (1, ?)", (tick,)),
        ]
    )
    database.close()
    return str(path)


class Primary:
    """A database that answers, or fails with an error of a server. `meanwhile` runs in each call, before the end.

    `limits` are the seconds that the calls were given.
    """

    def __init__(self, path):
        self.database = Database(f"file:{path}")
        self.error = None
        self.meanwhile = lambda: None
        self.limits = []

    def __call__(self, seconds):
        self.limits.append(seconds)
        self.meanwhile()
        if self.error:
            raise self.error
        return self.database.fetch([PLACE])


@pytest.fixture(autouse=True)
def new_reader():
    consistency.wanted.set(0)
    consistency.stale.set(False)


@pytest.fixture
def primary(tmp_path):
    own = Primary(made(tmp_path / "primary.db", "primary", TICK))
    yield own
    own.database.close()


@pytest.fixture
def path(tmp_path):
    return made(tmp_path / "replica.db", "replica", TICK)


@pytest.fixture
def note(path, monkeypatch):
    """`note(age_s, tick)`: write the note of the file, which is read at once."""
    monkeypatch.setattr(replica, "_NOTE_READ_S", -1.0)

    def write(age_s=0.0, tick=TICK, generation="a"):
        write_note(path, Note(time.time() - age_s, f"{os.stat(path).st_ino}-{generation}", tick))

    write()
    return write


@pytest.fixture
def read(path, primary):
    """`read()`: where a reader's answer comes from."""
    file = Database(f"file:{path}", read_only=True)
    reader = Replica(path, file, file.fetch, MAX_AGE_S)
    yield lambda: reader.fetch([PLACE], primary)[0].value(str)
    file.close()


def unreachable():
    error = peewee.OperationalError("the server did not answer")
    error.orig = errors.Unreachable("the server did not answer")
    return error
