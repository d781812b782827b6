"""The room that `up` and `restore` need on each disk is counted before they begin, and it is enough."""

from pathlib import Path

import pytest

from migrations.tool.apply import preflight, upgrade
from migrations.tool.backup import make, restore, space
from shared_schema.database import LibsqlDatabase


@pytest.mark.only("file")
def test_a_restore_counts_the_room_that_it_needs_before_it_begins(database, path, tmp_path, monkeypatch):
    """For the backup of the present and its proof, and on the disk of the database for the log and the file."""
    made = make.write(database, path, "here")
    monkeypatch.setattr(space, "_free", lambda _: 0)
    with pytest.raises(preflight.Refused) as raised:
        restore.restore(database, path, backups=tmp_path / "backups")
    needed = (2 * space.size(database) + 2 * made.manifest.bytes) // 1_000_000
    here = Path(database.settings.path).parent
    assert str(raised.value).splitlines() == [
        f"{place} has 0 MB free and needs {needed} MB" for place in (tmp_path / "backups", here)
    ]


@pytest.mark.only("server")
def test_a_restore_on_a_server_counts_the_disk_of_the_backups_alone(database, path, tmp_path, monkeypatch):
    make.write(database, path, "here")
    monkeypatch.setattr(space, "_free", lambda _: 0)
    with pytest.raises(preflight.Refused) as raised:
        restore.restore(database, path, backups=tmp_path / "backups")
    needed = 2 * space.size(database) // 1_000_000
    assert str(raised.value) == f"{tmp_path}/backups has 0 MB free and needs {needed} MB"


@pytest.mark.only("file")
def test_up_counts_the_backup_its_proof_and_a_rebuild_of_every_table(database, story, tmp_path, monkeypatch):
    story("migrator.sql('CREATE TABLE parent (id INTEGER PRIMARY KEY)')", "migrator.sql('DROP TABLE parent')")
    database.execute_sql("CREATE TABLE large AS SELECT zeroblob(3000000) AS data")
    monkeypatch.setattr(space, "_free", lambda _: 0)
    with pytest.raises(preflight.Refused) as raised:
        upgrade.up(database, backups=tmp_path / "backups")
    needed = 4 * space.size(database) // 1_000_000
    here = Path(database.settings.path).parent
    assert str(raised.value).splitlines() == [
        f"{place} has 0 MB free and needs {needed} MB" for place in (tmp_path / "backups", here)
    ]


@pytest.mark.only("file")
def test_a_restore_needs_no_more_room_than_was_counted(database, path, tmp_path):
    database.execute_sql("CREATE TABLE texts (id INTEGER PRIMARY KEY, a TEXT, b TEXT)")
    database.execute_sql("CREATE INDEX texts_b ON texts (b, a)")
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    database.execute_sql(f"{numbers} INSERT INTO texts SELECT i, hex(randomblob(30)), hex(randomblob(30)) FROM n")
    made = make.proven(database, path, "here")
    proof = max(2 * space.size(database), made.bytes)
    empty = LibsqlDatabase(f"file:{tmp_path}/new/empty.db")
    restore.restore(empty, path)
    taken = sum(file.stat().st_size for file in (tmp_path / "new").iterdir())
    assert made.manifest.bytes < taken <= 2 * made.manifest.bytes + 100_000
    assert made.bytes + made.manifest.bytes <= proof
    empty.close()
