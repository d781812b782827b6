"""The note beside a replica file says how fresh the file is; a note that cannot be believed counts as none."""

import os
import threading
import time

import pytest

from shared_schema.database.replica import notes as module
from shared_schema.database.replica.notes import Note, Notes, note_path, read_note, write_note


@pytest.fixture
def path(tmp_path):
    """A file, empty: notes look at its inode alone."""
    (tmp_path / "r.db").write_bytes(b"")
    return str(tmp_path / "r.db")


def test_note_is_read_as_it_was_written(path):
    assert read_note(path) is None
    note = Note(1_700_000_000.125, "77-abc", 2**40)
    write_note(path, note)
    assert read_note(path) == note
    assert sorted(os.listdir(os.path.dirname(path))) == ["r.db", "r.db.note"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"7", b'{"fresh_at": 1}', b'{"fresh": 1}', b"\xff"])
def test_note_that_cannot_be_understood_counts_as_none(path, content):
    note_path(path).write_bytes(content)
    assert read_note(path) is None


def test_note_is_never_seen_half_written(path):
    write_note(path, Note(0.0, "x" * 50_000, 0))
    ended, seen = threading.Event(), set()

    def read():
        while not ended.is_set():
            note = read_note(path)
            seen.add(None if note is None else len(note.generation))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(200):
        write_note(path, Note(0.0, "x" * (50_000 + n % 2), 0))
    ended.set()
    reader.join()
    assert seen <= {50_000, 50_001}
    assert seen


@pytest.mark.parametrize("distance_s", [-100, 100])
def test_age_is_the_distance_in_time_also_of_a_note_from_the_future(distance_s):
    assert Note(time.time() + distance_s, "1-a", 0).age_s == pytest.approx(100, abs=5)


def test_note_belongs_to_the_file_it_was_written_for(path):
    note = Note(0.0, f"{os.stat(path).st_ino}-a", 0)
    assert note.is_of(path)
    os.rename(path, f"{path}.old")
    assert not note.is_of(path)
    with open(path, "wb"):
        assert not note.is_of(path)
    assert not Note(0.0, f"{os.stat(path).st_ino}0-a", 0).is_of(path)


def test_latest_note_is_read_again_after_a_moment_and_not_before(path, monkeypatch):
    notes, generation = Notes(path), f"{os.stat(path).st_ino}-a"
    write_note(path, Note(1.0, generation, 1))
    first = notes.latest()
    monkeypatch.setattr(module, "_NOTE_READ_S", 3600.0)
    write_note(path, Note(2.0, generation, 2))
    assert notes.latest() == first == Note(1.0, generation, 1)
    monkeypatch.setattr(module, "_NOTE_READ_S", 0.0)
    assert notes.latest() == Note(2.0, generation, 2)


def test_latest_note_is_none_when_its_file_was_unlinked_or_replaced(path, monkeypatch):
    monkeypatch.setattr(module, "_NOTE_READ_S", -1.0)
    notes, note = Notes(path), Note(1.0, f"{os.stat(path).st_ino}-a", 1)
    write_note(path, note)
    assert notes.latest() == note
    os.rename(path, f"{path}.old")
    assert notes.latest() is None
    with open(path, "wb"):
        assert notes.latest() is None
    os.rename(f"{path}.old", path)
    assert notes.latest() == note


def test_note_is_kept_for_less_than_a_tenth_of_a_second():
    assert 0 < module._NOTE_READ_S < 0.1
