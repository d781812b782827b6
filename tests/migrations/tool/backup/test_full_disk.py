"""A full disk says so: which disk, what to do, exit code 4, and nothing half-written is left."""

import tempfile
from contextlib import contextmanager

import pytest

from migrations.tool import exits
from migrations.tool.apply import failure, upgrade
from migrations.tool.backup import build, make, restore, space
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.releases import streams
from tests import servers
from tests.servers.small import Small

LARGE = "CREATE TABLE large AS SELECT zeroblob(3000000) AS data"
GROW = "migrator.sql('CREATE TABLE large AS SELECT zeroblob(3000000) AS data')"
_SORTED = f"or that of {tempfile.gettempdir()}, where the engine sorts"


@pytest.fixture(params=["file", "server"])
def place(request, story, tmp_path):
    """`place.db`, a database with a migration applied, and `place.fill_up()`, after which it cannot grow."""
    story("migrator.sql('CREATE TABLE parent (id INTEGER PRIMARY KEY)')", "migrator.sql('DROP TABLE parent')")
    place = OnFile(tmp_path) if request.param == "file" else OnServer(tmp_path)
    upgrade.up(place.db)
    place.db.execute_sql("INSERT INTO parent VALUES (1)")
    yield place
    place.close()


class OnFile:
    def __init__(self, tmp_path):
        self.db = LibsqlDatabase(f"file:{tmp_path}/db/full.db")
        self.full = f"the disk of {tmp_path}/db is full, {_SORTED}"

    def fill_up(self):
        self.db.execute_sql("PRAGMA max_page_count = 1")  # no fewer than there are

    def close(self):
        self.db.close()


class OnServer:
    def __init__(self, tmp_path):
        servers.needed()
        self.server = Small(tmp_path / "sqld")
        self.server.start()
        self.db = LibsqlDatabase(Settings(self.server.url, self.server.token))
        self.full = f"the disk of the server {self.server.url.removeprefix('http://')} is full"

    def fill_up(self):
        self.server.fill_up()

    def close(self):
        self.db.close()
        self.server.stop()


def test_a_migration_that_fills_the_disk_is_rolled_back_and_says_so(place, story):
    story(GROW, "migrator.sql('DROP TABLE large')")
    place.fill_up()
    with pytest.raises(failure.Failed) as raised:
        upgrade.up(place.db)
    assert str(raised.value) == (
        f"story/002_chapter failed: {place.full}\n"
        "It was rolled back: schema and histories are as before, every table has the rows it had."
    )
    assert raised.value.exit_code == exits.NOTHING_DONE
    assert streams.applied(place.db, "story") == ["001_chapter"]


def test_a_restore_that_fills_the_disk_is_rolled_back_and_says_so(place, path, tmp_path):
    large = LibsqlDatabase(f"file:{tmp_path}/large.db")
    large.execute_sql(LARGE)
    make.write(large, path, "here")
    large.close()
    place.fill_up()
    with pytest.raises(space.Full) as raised:
        restore.restore(place.db, path, backups=tmp_path / "backups")
    assert str(raised.value) == f"{place.full}: nothing was changed; make room there, and restore again"
    assert raised.value.exit_code == exits.NOTHING_DONE
    assert place.db.execute_sql("SELECT id FROM parent").fetchall() == [(1,)]
    assert not place.db.table_exists("large")


@pytest.mark.only("file", "server")
def test_a_backup_that_fills_the_disk_is_not_left_half_written(database, tool, tmp_path):
    """The system itself refuses to write: the file of the backup leads to /dev/full."""
    backups = tmp_path / "backups"
    backups.mkdir()
    (backups / "one.sql.gz.partial").symlink_to("/dev/full")
    assert tool("backup", backups / "one.sql.gz") == (
        exits.NOTHING_DONE,
        "",
        f"the disk of {backups} is full: make room there, or choose another place for backups\n",
    )
    assert list(backups.iterdir()) == []


@pytest.mark.only("file", "server")
def test_a_proof_that_fills_the_disk_is_not_taken_for_a_bad_backup(database, tool, tmp_path, monkeypatch):
    real = build.fresh

    def small(path):
        db = real(path)
        db.execute_sql("PRAGMA max_page_count = 20")
        return db

    monkeypatch.setattr(build, "fresh", small)
    message = (
        f"the disk of {tmp_path}/backups is full, {_SORTED}:"
        " make room there; a proof builds the database beside the backup\n"
    )
    assert tool("backup", "--backups", tmp_path / "backups") == (exits.NOTHING_DONE, "", message)
    assert list((tmp_path / "backups").iterdir()) == []
    make.write(database, tmp_path / "backups" / "one.sql.gz", "here")
    assert tool("verify", tmp_path / "backups" / "one.sql.gz") == (exits.NOTHING_DONE, "", message)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["one.sql.gz"]


def test_any_other_command_names_the_disk_too(place, tool_on, monkeypatch):
    """As when a backfill fills it: the engine's error comes from the middle of the command."""
    place.fill_up()
    monkeypatch.setattr(upgrade, "up", lambda *_, **__: place.db.execute_sql(LARGE))
    assert tool_on(place.db.settings, "up", "--yes") == (exits.NOTHING_DONE, "", f"{place.full}: make room there\n")


@pytest.mark.only("server")
def test_a_copy_for_the_browser_that_fills_the_disk_says_so(database, tool, tmp_path, monkeypatch):
    @contextmanager
    def full():
        (tmp_path / "copy.sql.gz").symlink_to("/dev/full")
        yield str(tmp_path)

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    message = f"the disk of {tmp_path} is full: make room there, or choose another directory by TMPDIR\n"
    assert tool("studio") == (exits.NOTHING_DONE, "", message)
