"""A damaged replica is renamed with all its files, so that somebody can look at it, and its note goes first."""

import os
from types import SimpleNamespace

from shared_schema.database.replica import aside
from shared_schema.database.replica.notes import Note, write_note

PARTS = ["", "-client_wal_index", "-info", "-shm", "-wal"]


def test_every_file_of_the_replica_is_renamed_and_the_note_is_gone(tmp_path):
    path = str(tmp_path / "r.db")
    for content in ("old", "new"):
        for part in PARTS:
            with open(path + part, "w") as file:
                file.write(content + part)
        write_note(path, Note(0.0, "1-a", 1))
        aside.set_aside(path)
        assert sorted(os.listdir(tmp_path)) == [f"r.db.damaged{part}" for part in PARTS]
        assert [(tmp_path / f"r.db.damaged{part}").read_text() for part in PARTS] == [content + part for part in PARTS]


def test_files_that_are_not_there_are_not_missed(tmp_path):
    (tmp_path / "r.db-wal").write_text("log")
    aside.set_aside(str(tmp_path / "r.db"))
    assert os.listdir(tmp_path) == ["r.db.damaged-wal"]


def test_one_copy_is_kept_and_it_is_of_one_file(tmp_path):
    """An older log beside a newer file would be a copy of nothing."""
    path = str(tmp_path / "r.db")
    for part in PARTS:
        (tmp_path / f"r.db{part}").write_text("old")
    aside.set_aside(path)
    (tmp_path / "r.db").write_text("new")
    aside.set_aside(path)
    assert os.listdir(tmp_path) == ["r.db.damaged"]
    assert (tmp_path / "r.db.damaged").read_text() == "new"


def test_copy_is_removed_when_the_disk_has_not_its_size_again(tmp_path, monkeypatch):
    path = str(tmp_path / "r.db")
    with open(f"{path}.damaged", "wb") as file:
        file.truncate(30_000_000)
    (tmp_path / "r.db.damaged-wal").write_bytes(b"w" * 1_000_000)
    (tmp_path / "r.db").write_text("whole")
    free = {"bytes": 31_000_000}
    monkeypatch.setattr(aside.shutil, "disk_usage", lambda _: SimpleNamespace(free=free["bytes"]))
    aside.make_room(path)
    assert sorted(os.listdir(tmp_path)) == ["r.db", "r.db.damaged", "r.db.damaged-wal"]
    free["bytes"] -= 1
    aside.make_room(path)
    assert os.listdir(tmp_path) == ["r.db"]


def test_replica_set_aside_on_a_full_disk_is_removed_at_once(tmp_path, monkeypatch):
    (tmp_path / "r.db").write_text("x")
    monkeypatch.setattr(aside.shutil, "disk_usage", lambda _: SimpleNamespace(free=15_999_999))
    aside.set_aside(str(tmp_path / "r.db"))
    assert os.listdir(tmp_path) == []
