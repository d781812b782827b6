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


@pytest.mark.parametrize("age_s", [0.0, MAX_AGE_S + 50], ids=["fresh", "old"])
def test_file_that_lacks_a_write_of_the_reader_is_not_read_though_the_primary_is_away(
    note, read, primary, monkeypatch, clock, age_s
):
    """It would deny a write that this reader has seen. Each such reader gives the primary its second."""
    monkeypatch.setattr(reading, "_PRIMARY_AWAY_S", 3600.0)
    note(age_s=age_s)
    clock.wanted.set(TICK + 1)
    primary.error = unreachable()
    for _ in range(2):
        with pytest.raises(peewee.OperationalError) as raised:
            read()
        assert isinstance(errors.cause(raised.value), errors.Unreachable)
    assert primary.limits == [1.0, 1.0]
    assert not clock.stale.get()
    primary.error = None
    assert read() == "primary"


def test_those_whose_writes_an_old_file_has_read_it_while_another_lacks_one(note, read, primary, monkeypatch, clock):
    monkeypatch.setattr(reading, "_PRIMARY_AWAY_S", 3600.0)
    note(age_s=MAX_AGE_S + 50)
    primary.error = unreachable()
    clock.wanted.set(TICK + 1)
    with pytest.raises(peewee.OperationalError):
        read()
    clock.wanted.set(TICK)
    assert read() == "replica"
    assert clock.stale.get()
    assert primary.limits == [1.0]


@pytest.mark.parametrize("kind", [errors.AccessDenied, errors.NoSuchTable, errors.OutcomeUnknown])
def test_error_of_a_primary_that_answers_is_the_readers(note, read, primary, kind, clock):
    note(age_s=MAX_AGE_S + 50)
    primary.error = peewee.OperationalError("no")
    primary.error.orig = kind("no")
    with pytest.raises(peewee.OperationalError):
        read()
    assert not clock.stale.get()
