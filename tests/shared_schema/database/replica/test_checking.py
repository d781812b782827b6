"""A check reads all pages of a replica, and takes a bounded share of a processor."""

import os

import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.replica import checking
from shared_schema.database.replica.notes import note_path
from shared_schema.database.settings import read_only_uri

PAGE = 4096


@pytest.fixture
def filled(path):
    """The file with some hundred pages, all of them in the file itself and none in its log."""
    database = LibsqlDatabase(f"file:{path}")
    database.batch([Statement("INSERT INTO place VALUES (?)", (f"{n:0900}",)) for n in range(1000)])
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    assert os.path.getsize(path) > 200 * PAGE
    return path


def overwrite(path, at, data):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


def test_whole_file_has_no_damage(filled):
    assert checking.damage(filled) is None
    assert checking.damage(read_only_uri(filled)) is None


@pytest.mark.parametrize("page", [0, 100, 200])
@pytest.mark.parametrize("data", [bytes(PAGE), b"\xff" * PAGE], ids=["zeros", "ones"])
def test_page_that_was_overwritten_is_damage(filled, page, data):
    overwrite(filled, page * PAGE, data)
    assert checking.damage(read_only_uri(filled))


def test_half_of_the_file_zeroed_is_damage(filled):
    overwrite(filled, os.path.getsize(filled) // 2, bytes(os.path.getsize(filled) - os.path.getsize(filled) // 2))
    assert checking.damage(read_only_uri(filled))


def test_file_that_cannot_be_opened_is_not_called_damaged(tmp_path):
    with pytest.raises(errors.DatabaseError):
        checking.damage(read_only_uri(str(tmp_path / "missing.db")))


def test_place_of_a_file_with_any_name_is_that_file(tmp_path, path):
    os.rename(path, tmp_path / "a?b%c#.db")
    assert checking.damage(read_only_uri(str(tmp_path / "a?b%c#.db"))) is None


def test_check_that_is_due_finds_damage_and_the_next_comes_after_its_time(filled, note, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(checking.time, "monotonic", lambda: now[0])
    note(generation="b")
    checks = checking.Checks(filled, 2.0)
    overwrite(filled, 100 * PAGE, bytes(PAGE))
    now[0] = 101.9
    assert checks.due_damage() is None
    now[0] = 102.0
    assert checks.due_damage()
    assert checks.due_damage() is None
    now[0] = 104.0
    assert checks.due_damage()


def test_check_that_takes_long_is_repeated_after_twenty_times_as_long(filled, note, monkeypatch):
    now, used = [100.0], iter([1.0, 1.5, 2.0, 2.5])
    monkeypatch.setattr(checking.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(checking.time, "process_time", lambda: next(used))
    note(generation="b")
    checks = checking.Checks(filled, 2.0)
    now[0] = 102.0
    assert checks.due_damage() is None
    overwrite(filled, 100 * PAGE, bytes(PAGE))
    now[0] = 111.9
    assert checks.due_damage() is None
    now[0] = 112.0
    assert checks.due_damage()


def test_file_without_a_note_is_being_pulled_and_not_checked(filled, note):
    overwrite(filled, 100 * PAGE, bytes(PAGE))
    checks = checking.Checks(filled, -1.0)
    note(generation="b")
    assert checks.due_damage()
    note_path(filled).unlink()
    assert checks.due_damage() is None
