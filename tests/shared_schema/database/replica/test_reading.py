"""When a replica file answers, and when the primary does."""

import os
import time
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.replica.notes import Note, write_note
from shared_schema.database.replica.reading import Replica
from tests.shared_schema.database.replica.conftest import MAX_AGE_S, PLACE, TICK, made


def test_fresh_file_answers_and_the_primary_is_not_asked(note, read, primary):
    assert read() == "replica"
    assert primary.limits == []


def test_file_without_a_note_is_not_read(path, read, primary):
    assert read() == "primary"
    assert primary.limits == [None]


def test_old_file_is_not_read_while_the_primary_answers(note, read, primary, clock):
    note(age_s=MAX_AGE_S - 50)
    assert read() == "replica"
    note(age_s=MAX_AGE_S + 50)
    assert [read(), read()] == ["primary", "primary"]
    assert primary.limits == [1.0, 1.0]  # in a second: the file can answer if the primary does not
    assert not clock.stale.get()


def test_file_that_lacks_what_this_reader_has_written_is_not_read(note, read, primary, clock):
    clock.wanted.set(TICK)
    assert read() == "replica"
    clock.wanted.set(TICK + 1)
    assert [read(), read()] == ["primary", "primary"]
    assert primary.limits == [1.0, 1.0]


def test_file_behind_its_own_note_is_being_pulled_anew_and_not_read(note, read, primary):
    note(tick=TICK + 1)
    assert read() == "primary"
    assert primary.limits == [None]


def test_file_whose_clock_has_no_row_counts_as_tick_zero(note, path, read):
    database = LibsqlDatabase(f"file:{path}")
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


def test_age_is_that_of_the_note(path, note, clock):
    file = LibsqlDatabase(f"file:{path}", read_only=True)
    reader = Replica(path, file, file.fetch, MAX_AGE_S, clock)
    note(age_s=100)
    assert reader.age_s() == pytest.approx(100, abs=5)
    os.unlink(f"{path}.note")
    assert reader.age_s() is None


def test_read_during_which_the_file_becomes_fresh_is_as_old_as_it_was_before(path, note, primary, clock):
    """A slow reader has a snapshot of the old state when the keeper notes the new one."""
    file = LibsqlDatabase(f"file:{path}", read_only=True)

    def slow(queries):
        results = file.fetch(queries)
        note(age_s=0)
        return results

    note(age_s=MAX_AGE_S + 50)
    assert Replica(path, file, slow, MAX_AGE_S, clock).fetch([PLACE], primary)[0].value(str) == "primary"
    assert primary.limits == [1.0]
    file.close()
