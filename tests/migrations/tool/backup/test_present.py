"""What a restore keeps of the present, and what goes back with the rows that it speaks of."""

import pytest

from migrations.tool import lease
from migrations.tool.backup import aside, file, make, restore
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.releases import deployments
from shared_schema.releases.deployments import Process

pytestmark = pytest.mark.only("file", "server")

KNOWS = {"shared": {"001_first_tables": "expand"}}
BEFORE, NOW = (Process(f"a:{n}", "study", "a", f"1.{n}", KNOWS, 90) for n in (1, 2))
ROWS = "SELECT * FROM deployments ORDER BY instance"


@pytest.fixture
def later(database, path):
    """A backup in which one process serves; now another one does."""
    deployments.beat(database, BEFORE)
    make.write(database, path, "here")
    deployments.end(database, BEFORE)
    deployments.beat(database, NOW)
    return database


def rows(db, sql):
    return db.execute_sql(sql).fetchall()


def test_the_processes_that_serve_now_are_those_that_serve_after_it(later, path):
    present = rows(later, ROWS)
    restore.restore(later, path, while_live=True)
    assert rows(later, ROWS) == present
    assert [process.instance for process in deployments.live(later)] == ["a:2"]


def test_a_restore_that_fails_leaves_them(later, path, tmp_path):
    present = rows(later, ROWS)
    wanted = file.read_manifest(path)
    wanted.tables["users"] = wanted.tables["exams"]
    with file.writing(tmp_path / "forged.sql.gz") as out:
        for sql in file.statements(path):
            out.statement(sql)
        out.end(wanted)
    with pytest.raises(aside.NotRestored, match="users has 4 rows instead of 0, or other ones"):
        restore.restore(later, tmp_path / "forged.sql.gz", while_live=True)
    assert rows(later, ROWS) == present


def test_columns_that_the_restored_table_does_not_have_are_left_out(later, path):
    """The table has got a column since the backup, which its processes fill."""
    later.execute_sql("ALTER TABLE deployments ADD COLUMN zone TEXT")
    later.execute_sql("UPDATE deployments SET zone = 'eu'")
    restore.restore(later, path, while_live=True)
    assert rows(later, "SELECT instance, version, host, silence_s FROM deployments") == [("a:2", "1.2", "a", 90)]
    assert "zone" not in [row[1] for row in rows(later, "PRAGMA table_info(deployments)")]


def test_a_database_without_the_table_has_no_processes_after_it(later, path):
    later.execute_sql("DROP TABLE deployments")
    restore.restore(later, path)
    assert rows(later, ROWS) == []


def test_a_backup_without_the_table_is_restored_while_services_are_live(database, path):
    ((sql,),) = rows(database, "SELECT sql FROM sqlite_master WHERE name = 'deployments'")
    database.execute_sql("DROP TABLE deployments")
    make.write(database, path, "here")
    database.execute_sql(sql)
    deployments.beat(database, NOW)
    restore.restore(database, path, while_live=True)
    assert not database.table_exists("deployments")


def test_keys_of_requests_go_back_with_what_was_done_for_them(database, path):
    """A client repeats a request from after the backup: its row is gone, so it must be carried out again."""
    add = "INSERT INTO receipts (subject, key, digest, receipt) VALUES (?, ?, x'00', '{}')"
    database.batch([Statement(add, ("alice", "before"))])
    make.write(database, path, "here")
    database.batch([Statement(add, ("alice", "after"))])
    restore.restore(database, path)
    assert rows(database, "SELECT key FROM receipts") == [("before",)]


def test_the_lease_of_then_does_not_come_back(database, path):
    with lease.held(database):
        make.write(database, path, "here")
    restore.restore(database, path)
    assert lease.holder(database) is None
    assert lease.TABLE not in file.read_manifest(path).tables


def test_histories_go_back_with_the_schema(database, path):
    make.write(database, path, "here")
    history = rows(database, "SELECT name FROM migrations_study")
    database.execute_sql("INSERT INTO migrations_study (name) VALUES ('900_later')")
    restore.restore(database, path)
    assert rows(database, "SELECT name FROM migrations_study") == history


@pytest.mark.only("file")
def test_a_damaged_file_is_made_anew_with_the_processes_of_the_backup(later, path, settings):
    """Nothing can be read of it; the rows are too old to count soon."""
    later.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    later.close()
    with open(settings.path, "r+b") as data:
        data.write(b"U" * 4096)
    restored = restore.restore(LibsqlDatabase(settings), path)
    assert restored.damaged is not None
    assert restored.damaged.read_bytes().startswith(b"UUUU")
    assert rows(later, "SELECT instance FROM deployments") == [("a:1",)]
