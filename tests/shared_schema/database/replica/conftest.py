"""A replica file and its primary: two real files with different rows, and a reader that chooses between them."""

import os
import time

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.consistency import Clock
from shared_schema.database.replica import notes
from shared_schema.database.replica.notes import Note, write_note
from shared_schema.database.replica.reading import Replica

PLACE = Statement("SELECT name FROM place")
MAX_AGE_S = 1000.0
TICK = 7


def made(path, name, tick):
    database = LibsqlDatabase(f"file:{path}")
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
        self.database = LibsqlDatabase(f"file:{path}")
        self.error = None
        self.meanwhile = lambda: None
        self.limits = []

    def __call__(self, seconds):
        self.limits.append(seconds)
        self.meanwhile()
        if self.error:
            raise self.error
        return self.database.fetch([PLACE])


@pytest.fixture
def clock():
    return Clock("consistency_clock")


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
    monkeypatch.setattr(notes, "_NOTE_READ_S", -1.0)

    def write(age_s=0.0, tick=TICK, generation="a"):
        write_note(path, Note(time.time() - age_s, f"{os.stat(path).st_ino}-{generation}", tick))

    write()
    return write


@pytest.fixture
def read(path, primary, clock):
    """`read()`: where a reader's answer comes from."""
    file = LibsqlDatabase(f"file:{path}", read_only=True)
    reader = Replica(path, file, file.fetch, MAX_AGE_S, clock)
    yield lambda: reader.fetch([PLACE], primary)[0].value(str)
    file.close()


def unreachable():
    error = peewee.OperationalError("the server did not answer")
    error.orig = errors.Unreachable("the server did not answer")
    return error
