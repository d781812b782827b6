"""A damaged replica is renamed with all its files, so that somebody can look at it, and its note goes first."""

import os

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
