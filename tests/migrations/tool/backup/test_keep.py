"""`backup --keep N` deletes the older backups of the same database, and nothing else."""

import json

import pytest

from migrations.tool import exits
from migrations.tool.backup import make

pytestmark = pytest.mark.only("file", "server")


@pytest.fixture
def directory(tmp_path, source):
    """Three old backups of this database, and much that looks like one."""
    here = tmp_path / "backups"
    here.mkdir()
    for day in (1, 2, 3):
        (here / f"{source}-2026010{day}T000000.000000Z.sql.gz").write_text("old")
    for name in (
        f"{source}-2-20260101T000000.000000Z.sql.gz",
        f"x{source}-20260101T000000.000000Z.sql.gz",
        f"{source}-20260101T000000.000000Z.sql.gz.copy",
        f"{source}-20260101.sql.gz",
        f"{source}-before-the-sale.sql.gz",
        f"{source.replace('-', '.')}.20260101T000000.000000Z.sql.gz",
    ):
        (here / name).write_text("another")
    (here / f"{source}-20250101T000000.000000Z.sql.gz").mkdir()
    return here


def names(directory):
    return {path.name for path in directory.iterdir()}


def test_the_newest_stay_and_the_older_ones_are_named(database, directory, tool, source):
    before = names(directory)
    code, out, err = tool("backup", "--backups", directory, "--keep", "2")
    first, *deleted = out.splitlines()
    (new,) = names(directory) - before
    assert (code, err) == (exits.OK, "")
    assert first.startswith(f"{directory}/{new}: ")
    old = [f"{source}-2026010{day}T000000.000000Z.sql.gz" for day in (1, 2)]
    assert deleted == [f"deleted {directory}/{name}" for name in old]
    assert names(directory) == before - set(old) | {new}


def test_programs_read_what_was_deleted(database, directory, tool, source):
    code, out, _ = tool("backup", "--backups", directory, "--keep", "1", "--json")
    old = [f"{directory}/{source}-2026010{day}T000000.000000Z.sql.gz" for day in (1, 2, 3)]
    assert (code, json.loads(out)["deleted"]) == (exits.OK, old)


def test_the_new_one_stays_though_others_have_a_later_time_in_their_name(database, directory, tool, source):
    """The clock was wrong when they were made."""
    for year in (2998, 2999):
        (directory / f"{source}-{year}0101T000000.000000Z.sql.gz").write_text("of the future")
    code, out, _ = tool("backup", "--backups", directory, "--keep", "2", "--json")
    document = json.loads(out)
    assert (code, len(document["deleted"])) == (exits.OK, 4)
    assert document["file"].rpartition("/")[2] in names(directory)
    assert f"{source}-29990101T000000.000000Z.sql.gz" in names(directory)


def test_without_it_and_with_more_than_there_are_nothing_is_deleted(database, directory, tool):
    before = names(directory)
    assert len(tool("backup", "--backups", directory)[1].splitlines()) == 1
    assert len(tool("backup", "--backups", directory, "--keep", "9")[1].splitlines()) == 1
    assert before < names(directory)


def test_nothing_is_deleted_when_the_new_backup_cannot_be_proven(database, directory, tool, monkeypatch):
    before = names(directory)
    monkeypatch.setattr(make.manifest, "differences", lambda *_: ["it is another"])
    assert tool("backup", "--backups", directory, "--keep", "1")[0] == exits.NOTHING_DONE
    assert names(directory) == before


def test_what_makes_no_sense_is_refused(database, directory, tool):
    before = names(directory)
    code, out, err = tool("backup", "--backups", directory, "--keep", "0")
    assert (code, out) == (exits.USAGE, "")
    assert "0 is not in the range x>=1" in err
    code, out, err = tool("backup", directory / "mine.sql.gz", "--keep", "1")
    assert (code, out) == (exits.USAGE, "")
    assert "--keep is for backups that the tool names: leave out FILE" in err
    assert names(directory) == before
