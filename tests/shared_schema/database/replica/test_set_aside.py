"""A damaged replica is renamed with all its files, so that somebody can look at it, and its note goes first."""

import os

from shared_schema.database.replica import keep
from shared_schema.database.replica.notes import Note, write_note
from tests.shared_schema.database.conftest import ENVIRONMENT

PARTS = ["", "-client_wal_index", "-info", "-shm", "-wal"]


def test_every_file_of_the_replica_is_renamed_and_the_note_is_gone(tmp_path):
    path = str(tmp_path / "r.db")
    for content in ("old", "new"):
        for part in PARTS:
            with open(path + part, "w") as file:
                file.write(content + part)
        write_note(path, Note(0.0, "1-a", 1))
        keep.set_aside(path)
        assert sorted(os.listdir(tmp_path)) == [f"r.db.damaged{part}" for part in PARTS]
        assert [(tmp_path / f"r.db.damaged{part}").read_text() for part in PARTS] == [content + part for part in PARTS]


def test_files_that_are_not_there_are_not_missed(tmp_path):
    (tmp_path / "r.db-wal").write_text("log")
    keep.set_aside(str(tmp_path / "r.db"))
    assert os.listdir(tmp_path) == ["r.db.damaged-wal"]


def test_replicator_without_a_path_says_which_variable_is_missing(monkeypatch, python):
    monkeypatch.setitem(ENVIRONMENT, "TURSO_DATABASE_URL", "http://127.0.0.1:9")
    monkeypatch.delitem(ENVIRONMENT, "TURSO_REPLICA_PATH", raising=False)
    code = """
from shared_schema import environment
from shared_schema.database.replica import keep
try:
    keep.main()
except environment.ConfigurationError as error:
    print(error)
"""
    assert "TURSO_REPLICA_PATH" in python(code).communicate(timeout=180)[0]
