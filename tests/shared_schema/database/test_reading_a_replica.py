"""When a replica file answers, and when the primary does. Both are real files here, with different rows in them."""

import os
import time
from pathlib import Path

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


def test_fresh_file_answers_and_the_primary_is_not_asked(note, read, primary):
    assert read() == "replica"
    assert primary.limits == []


def test_file_without_a_note_is_not_read(path, read, primary):
    assert read() == "primary"
    assert primary.limits == [None]


def test_old_file_is_not_read_while_the_primary_answers(note, read, primary):
    note(age_s=MAX_AGE_S - 50)
    assert read() == "replica"
    note(age_s=MAX_AGE_S + 50)
    assert [read(), read()] == ["primary", "primary"]
    assert primary.limits == [1.0, 1.0]  # in a second: the file can answer if the primary does not
    assert not consistency.stale.get()


def test_file_that_lacks_what_this_reader_has_written_is_not_read(note, read, primary):
    consistency.wanted.set(TICK)
    assert read() == "replica"
    consistency.wanted.set(TICK + 1)
    assert [read(), read()] == ["primary", "primary"]
    assert primary.limits == [1.0, 1.0]


def test_file_behind_its_own_note_is_being_pulled_anew_and_not_read(note, read, primary):
    note(tick=TICK + 1)
    assert read() == "primary"
    assert primary.limits == [None]


def test_file_whose_clock_has_no_row_counts_as_tick_zero(note, path, read):
    database = Database(f"file:{path}")
    database.batch([Statement("DELETE FROM consistency_clock")])
    database.close()
    note(tick=0)
    assert read() == "replica"
    note(tick=1)
    assert read() == "primary"


def test_file_that_was_replaced_is_not_read_under_the_old_note(note, path, read, tmp_path):
    assert read() == "replica"
    other = made(tmp_path / "other.db", "other", TICK)
    os.replace(other, path)
    note(generation="b")
    assert read() == "other"


def test_note_of_another_file_is_not_believed(path, read, primary, note):
    write_note(path, Note(time.time(), "1-a", TICK))
    assert read() == "primary"
    assert primary.limits == [None]


def test_file_that_cannot_be_read_is_left_alone_until_it_can(note, path, read, primary):
    note(generation="b")
    whole = Path(path).read_bytes()
    with open(path, "r+b") as file:
        file.write(b"junk" * 1000)
    assert read() == "primary"
    assert primary.limits == [None]
    with open(path, "r+b") as file:
        file.write(whole)
    assert read() == "replica"


def test_old_file_is_read_while_the_primary_is_away_and_called_stale(note, read, primary):
    note(age_s=MAX_AGE_S + 50)
    primary.error = unreachable()
    assert read() == "replica"
    assert consistency.stale.get()


def test_primary_that_is_away_is_tried_by_one_reader_a_second(note, read, primary, monkeypatch):
    monkeypatch.setattr(replica, "_PRIMARY_AWAY_S", 3600.0)
    note(age_s=MAX_AGE_S + 50)
    primary.error = unreachable()
    assert [read() for _ in range(5)] == ["replica"] * 5
    assert primary.limits == [1.0]
    monkeypatch.undo()
    assert replica._PRIMARY_AWAY_S == 1.0


def test_others_read_the_file_while_one_reader_tries_a_primary_that_is_away(note, read, primary, monkeypatch):
    monkeypatch.setattr(replica, "_PRIMARY_AWAY_S", 0.0)
    note(age_s=MAX_AGE_S + 50)
    primary.error = unreachable()
    assert read() == "replica"
    monkeypatch.setattr(replica, "_PRIMARY_AWAY_S", 3600.0)
    primary.meanwhile = lambda: answers.append(read())
    answers = []
    assert read() == "replica"
    assert answers == ["replica"]
    assert len(primary.limits) == 2


def test_second_without_a_try_begins_when_the_primary_has_failed_again(note, read, primary, monkeypatch):
    monkeypatch.setattr(replica, "_PRIMARY_AWAY_S", 0.0)
    note(age_s=MAX_AGE_S + 50)
    primary.error = unreachable()
    primary.meanwhile = lambda: monkeypatch.setattr(replica, "_PRIMARY_AWAY_S", 3600.0)
    assert [read(), read()] == ["replica", "replica"]
    assert len(primary.limits) == 1


def test_primary_that_came_back_is_asked_by_everybody(note, read, primary, monkeypatch):
    monkeypatch.setattr(replica, "_PRIMARY_AWAY_S", 0.0)
    note(age_s=MAX_AGE_S + 50)
    primary.error = unreachable()
    assert read() == "replica"
    primary.error = None
    assert read() == "primary"
    monkeypatch.setattr(replica, "_PRIMARY_AWAY_S", 3600.0)
    assert [read(), read()] == ["primary", "primary"]
    assert len(primary.limits) == 4


def test_fresh_file_that_lacks_a_write_of_the_reader_asks_the_primary_though_it_is_away(
    note, read, primary, monkeypatch
):
    """Each such reader gives the primary its second: the file would deny a write that it has seen."""
    monkeypatch.setattr(replica, "_PRIMARY_AWAY_S", 3600.0)
    consistency.wanted.set(TICK + 1)
    primary.error = unreachable()
    assert [read(), read()] == ["replica", "replica"]
    assert primary.limits == [1.0, 1.0]
    assert consistency.stale.get()


@pytest.mark.parametrize("kind", [errors.AccessDenied, errors.NoSuchTable, errors.OutcomeUnknown])
def test_error_of_a_primary_that_answers_is_the_readers(note, read, primary, kind):
    note(age_s=MAX_AGE_S + 50)
    primary.error = peewee.OperationalError("no")
    primary.error.orig = kind("no")
    with pytest.raises(peewee.OperationalError):
        read()
    assert not consistency.stale.get()


def test_age_is_that_of_the_note(path, note):
    file = Database(f"file:{path}", read_only=True)
    reader = Replica(path, file, file.fetch, MAX_AGE_S)
    note(age_s=100)
    assert reader.age_s() == pytest.approx(100, abs=5)
    os.unlink(f"{path}.note")
    assert reader.age_s() is None
