"""The lock of a file that somebody works on: also where names change hands between two looks, or there are no locks."""

import errno
import fcntl
import os

import pytest

from migrations.tool.backup import file, leftovers, make


@pytest.mark.only("file")
def test_where_files_cannot_be_locked_nothing_is_removed_and_backups_are_made(database, path, monkeypatch):
    """As on a file server without locks: who is at work there cannot be told."""
    path.parent.mkdir()
    (path.parent / "old.sql.gz.partial").write_text("of whom?")

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    make.proven(database, path, "here")
    assert {entry.name for entry in path.parent.iterdir()} == {"one.sql.gz", "old.sql.gz.partial"}


def test_a_file_of_the_same_name_that_another_has_made_meanwhile_stays(tmp_path):
    """Ours has got its final name, and the next process begins at once."""
    path = tmp_path / "one.partial"
    with leftovers.claimed(path):
        path.rename(tmp_path / "one")
        path.write_text("another's")
    assert path.read_text() == "another's"


def test_a_file_that_is_removed_between_the_look_and_the_lock_is_made_again(tmp_path, monkeypatch):
    """Whoever cleans up had its lock for a moment, and removed it."""
    path, real, removed = tmp_path / "one.partial", fcntl.flock, []

    def late(descriptor, how):
        if not removed:
            removed.append(path.unlink())
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with leftovers.claimed(path):
        assert path.exists()
        with pytest.raises(leftovers.AtWork), leftovers.claimed(path):
            pass
    assert not path.exists()


def test_rename_is_on_the_disk_before_it_counts(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    with file.writing(tmp_path / "one.partial"):
        pass
    file.rename(tmp_path / "one.partial", tmp_path / "one")
    assert synced == [str(tmp_path / "one.partial"), str(tmp_path)]
