"""The primary does not answer: an old replica file is read after all, and few readers wait to find that out."""

import peewee
import pytest

from shared_schema.database import errors
from shared_schema.database.replica import reading
from tests.shared_schema.database.replica.conftest import MAX_AGE_S, TICK, unreachable


def test_old_file_is_read_while_the_primary_is_away_and_called_stale(note, read, primary, clock):
    note(age_s=MAX_AGE_S + 50)
    primary.error = unreachable()
    assert read() == "replica"
    assert clock.stale.get()


def test_primary_that_is_away_is_tried_by_one_reader_a_second(note, read, primary, monkeypatch):
    monkeypatch.setattr(reading, "_PRIMARY_AWAY_S", 3600.0)
    note(age_s=MAX_AGE_S + 50)
    primary.error = unreachable()
    assert [read() for _ in range(5)] == ["replica"] * 5
    assert primary.limits == [1.0]
    monkeypatch.undo()
    assert reading._PRIMARY_AWAY_S == 1.0


def test_others_read_the_file_while_one_reader_tries_a_primary_that_is_away(note, read, primary, monkeypatch):
    monkeypatch.setattr(reading, "_PRIMARY_AWAY_S", 0.0)
    note(age_s=MAX_AGE_S + 50)
    primary.error = unreachable()
    assert read() == "replica"
    monkeypatch.setattr(reading, "_PRIMARY_AWAY_S", 3600.0)
    primary.meanwhile = lambda: answers.append(read())
    answers = []
    assert read() == "replica"
    assert answers == ["replica"]
    assert len(primary.limits) == 2


def test_second_without_a_try_begins_when_the_primary_has_failed_again(note, read, primary, monkeypatch):
    monkeypatch.setattr(reading, "_PRIMARY_AWAY_S", 0.0)
    note(age_s=MAX_AGE_S + 50)
    primary.error = unreachable()
    primary.meanwhile = lambda: monkeypatch.setattr(reading, "_PRIMARY_AWAY_S", 3600.0)
    assert [read(), read()] == ["replica", "replica"]
    assert len(primary.limits) == 1


def test_primary_that_came_back_is_asked_by_everybody(note, read, primary, monkeypatch):
    monkeypatch.setattr(reading, "_PRIMARY_AWAY_S", 0.0)
    note(age_s=MAX_AGE_S + 50)
    primary.error = unreachable()
    assert read() == "replica"
    primary.error = None
    assert read() == "primary"
    monkeypatch.setattr(reading, "_PRIMARY_AWAY_S", 3600.0)
    assert [read(), read()] == ["primary", "primary"]
    assert len(primary.limits) == 4


def test_fresh_file_that_lacks_a_write_of_the_reader_asks_the_primary_though_it_is_away(
    note, read, primary, monkeypatch, clock
):
    """Each such reader gives the primary its second: the file would deny a write that it has seen."""
    monkeypatch.setattr(reading, "_PRIMARY_AWAY_S", 3600.0)
    clock.wanted.set(TICK + 1)
    primary.error = unreachable()
    assert [read(), read()] == ["replica", "replica"]
    assert primary.limits == [1.0, 1.0]
    assert clock.stale.get()


@pytest.mark.parametrize("kind", [errors.AccessDenied, errors.NoSuchTable, errors.OutcomeUnknown])
def test_error_of_a_primary_that_answers_is_the_readers(note, read, primary, kind, clock):
    note(age_s=MAX_AGE_S + 50)
    primary.error = peewee.OperationalError("no")
    primary.error.orig = kind("no")
    with pytest.raises(peewee.OperationalError):
        read()
    assert not clock.stale.get()
