"""What must be so before a restore replaces anything: a backup of the present, the right file, no live services."""

import json

import pytest

from migrations.tool import exits
from migrations.tool.backup import make, restore
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import deployments
from shared_schema.releases.deployments import Process

pytestmark = pytest.mark.only("file", "server")

LIVE = Process("a:1", "study", "a", "1.0", {"study": {"001_first_tables": "expand"}}, 90)
OTHER = Process("b:1", "growth", "b", "1.1", {}, 90)
NAMES = "SELECT name FROM users ORDER BY id"


def names(db):
    return [name for (name,) in db.execute_sql(NAMES).fetchall()]


@pytest.fixture
def backed_up(database, path):
    """A backup of the four users; now all have another name."""
    make.write(database, path, "here")
    database.execute_sql("UPDATE users SET name = 'Later'")
    return database


def test_the_present_is_backed_up_first_and_that_backup_leads_back(backed_up, path, tmp_path):
    done = restore.restore(backed_up, path, backups=tmp_path / "var", source="mine")
    assert names(backed_up) == ["Alice", "Bob", "Mo", "Ada"]
    assert make.prove(done.backup).source == "mine"
    assert (done.backup.parent, done.damaged) == (tmp_path / "var", None)
    restore.restore(backed_up, done.backup)
    assert names(backed_up) == ["Later"] * 4


def test_an_empty_database_needs_no_backup(backed_up, path, tmp_path):
    empty = LibsqlDatabase(f"file:{tmp_path}/empty.db")
    assert restore.restore(empty, path, backups=tmp_path / "var").backup is None
    assert names(empty) == ["Alice", "Bob", "Mo", "Ada"]
    assert not (tmp_path / "var").exists()
    empty.close()


def test_a_present_that_cannot_be_backed_up_is_not_replaced(backed_up, path, tmp_path):
    for sql in ("CREATE VIRTUAL TABLE harmed USING fts5 (text)", "DROP TABLE harmed_config"):
        backed_up.execute_sql(sql)
    fresh = LibsqlDatabase(backed_up.settings)
    with pytest.raises(restore.NoBackup) as raised:
        restore.restore(fresh, path, backups=tmp_path / "var")
    assert str(raised.value) == (
        "the virtual table harmed cannot be backed up, for this engine cannot open it"
        " (vtable constructor failed: harmed):"
        " drop it by the program that made it, and make it again there when the work is done\n"
        "The present database could not be backed up, so nothing was restored;"
        " with --no-backup it is replaced all the same"
    )
    assert (names(fresh), list((tmp_path / "var").iterdir())) == (["Later"] * 4, [])
    restore.restore(fresh, path)
    assert names(fresh) == ["Alice", "Bob", "Mo", "Ada"]
    fresh.close()


def test_command_restores_and_says_where_the_backup_of_the_present_is(backed_up, tool, source, path, tmp_path):
    make.write(backed_up, path, source)
    code, out, err = tool("restore", path, "--yes")
    (backup,) = (tmp_path / "var" / "backups").iterdir()
    first, second = out.splitlines()
    assert (code, err, first) == (exits.OK, "", f"backup {backup}")
    assert second.startswith(f"restored {source} of 20")
    assert backup.name.startswith(f"{source}-20")
    backed_up.execute_sql("DELETE FROM users")
    code, out, _ = tool("restore", path, "--yes", "--json", "--backups", tmp_path / "elsewhere")
    document = json.loads(out)
    (backup,) = (tmp_path / "elsewhere").iterdir()
    assert (code, document["backup"], document["damaged"]) == (exits.OK, str(backup), None)
    assert document["manifest"]["tables"]["users"]["rows"] == 4
    code, out, _ = tool("restore", path, "--yes", "--no-backup")
    assert (code, len(out.splitlines())) == (exits.OK, 1)
    assert len(list(path.parent.parent.rglob("*.gz"))) == 3


def test_a_backup_of_another_database_is_refused_unless_it_is_named(backed_up, tool, source, path):
    refusal = f"{path} is a backup of here, not of {{}}: say --source here if it is meant\n"
    assert tool("restore", path, "--yes") == (exits.NOTHING_DONE, "", refusal.format(source))
    assert tool("restore", path, "--yes", "--source", "there") == (exits.NOTHING_DONE, "", refusal.format("there"))
    assert names(backed_up) == ["Later"] * 4
    assert tool("restore", path, "--yes", "--source", "here")[0] == exits.OK
    assert names(backed_up) == ["Alice", "Bob", "Mo", "Ada"]


def test_live_services_are_named_and_nothing_is_done(backed_up, tool, path, tmp_path):
    deployments.beat(backed_up, LIVE)
    deployments.beat(backed_up, OTHER)
    backed_up.execute_sql("UPDATE deployments SET seen_at = unixepoch() + 60")  # seen 0 s ago, however long this takes
    assert tool("restore", path, "--yes", "--source", "here") == (
        exits.LATER,
        "",
        "growth 1.1 on host b, seen 0 s ago, knows nothing of growth\n"
        "study 1.0 on host a, seen 0 s ago, knows study up to 001_first_tables\n"
        "stop these services, or say --while-live: what they write meanwhile is lost\n",
    )
    assert (names(backed_up), (tmp_path / "var").exists()) == (["Later"] * 4, False)
    assert tool("restore", path, "--yes", "--source", "here", "--while-live")[0] == exits.OK
    assert names(backed_up) == ["Alice", "Bob", "Mo", "Ada"]


def test_a_service_that_starts_during_the_backup_stops_the_restore(backed_up, path, tmp_path):
    """It is looked for again in the transaction that replaces everything."""

    def start(what, done, of):
        if what == "comparing" and not deployments.live(backed_up):
            deployments.beat(backed_up, LIVE)

    with pytest.raises(restore.InUse, match=r"^study 1\.0 on host a, seen \d+ s ago"):
        restore.restore(backed_up, path, backups=tmp_path / "var", progress=start)
    assert (names(backed_up), len(deployments.live(backed_up))) == (["Later"] * 4, 1)


def test_it_asks_on_a_file_and_on_a_server(backed_up, tool, path, mode, settings):
    code, out, err = tool("restore", path)
    name = f"{settings.path} will be replaced" if mode == "file" else f"{settings.base_url[7:]} is a server"
    assert (code, out, err) == (exits.USAGE, "", f"{name}: say --yes to restore without being asked\n")
    assert names(backed_up) == ["Later"] * 4
