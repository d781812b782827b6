"""Interactive transactions on a server: whole or not at all, also where the server gives one up."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.releases import streams
from tests.faults.conftest import SHORT, Connect, Sqld, bodies, note
from tests.faults.hosts import QUICK
from tests.migrations import unchecked
from tests.servers import ROOT, Proxy

HELD_S = 5.6
FAMILY = (
    "CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT)",
    "CREATE TABLE children (parent INTEGER NOT NULL REFERENCES parents ON DELETE CASCADE)",
    "INSERT INTO parents VALUES (1, 'a'), (2, 'b')",
    "INSERT INTO children VALUES (1), (1), (2)",
)
REBUILD = (
    "CREATE TABLE new_parents (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "INSERT INTO new_parents SELECT id, name FROM parents",
    "DROP TABLE parents",
    "ALTER TABLE new_parents RENAME TO parents",
)


@pytest.fixture
def database(connect: Connect, server: Sqld) -> LibsqlDatabase:
    return connect(server)


def add(database: LibsqlDatabase, body: str) -> None:
    database.execute_sql("INSERT INTO notes (body) VALUES (?)", (body,))


def test_whole_or_not_at_all(database: LibsqlDatabase) -> None:
    with database.atomic():
        add(database, "a")
        assert bodies(database) == ["a"]
        add(database, "b")
    with pytest.raises(KeyError), database.atomic():
        add(database, "c")
        raise KeyError
    assert bodies(database) == ["a", "b"]


def test_savepoints(database: LibsqlDatabase) -> None:
    with database.atomic():
        add(database, "kept")
        with pytest.raises(KeyError), database.atomic():
            add(database, "dropped")
            raise KeyError
        with pytest.raises(peewee.IntegrityError), database.atomic():
            add(database, "kept")
        with database.atomic():
            add(database, "kept too")
        database.batch([note("by a batch")])
        with pytest.raises(peewee.IntegrityError):
            database.batch([note("undone"), note("kept")])
    assert bodies(database) == ["kept", "kept too", "by a batch"]


def test_an_empty_transaction_costs_no_request(connect: Connect, proxy: Proxy) -> None:
    database = connect(proxy)
    with database.atomic():
        pass
    with pytest.raises(KeyError), database.atomic():
        raise KeyError
    database.close()
    assert proxy.requests == 0
    with database.atomic():
        add(database, "one")
    assert proxy.requests == 2  # BEGIN with the first statement, COMMIT


def test_what_it_began_with_fails_and_it_goes_on(database: LibsqlDatabase) -> None:
    database.batch([note("there")])
    with database.atomic():
        with pytest.raises(peewee.IntegrityError):
            add(database, "there")
        add(database, "new")
    assert bodies(database) == ["there", "new"]


def _give_up(database: LibsqlDatabase, other: LibsqlDatabase) -> threading.Thread:
    """Hold the transaction until the server has taken the lock away for another writer."""
    writer = threading.Thread(target=lambda: (other.batch([note("the other's")]), other.close()))
    writer.start()
    time.sleep(HELD_S)
    return writer


def test_a_transaction_that_the_server_gave_up_did_nothing(
    database: LibsqlDatabase, connect: Connect, server: Sqld
) -> None:
    """And what the code says next inside it, is not done either: it would stand alone."""
    with pytest.raises(peewee.OperationalError) as caught, database.atomic():
        add(database, "first")
        writer = _give_up(database, connect(server))
        with pytest.raises(peewee.OperationalError) as raised:
            add(database, "second")
        assert isinstance(raised.value.orig, errors.StreamExpired)
        assert raised.value.orig.code in ("TRANSACTION_TIMEOUT", "STREAM_EXPIRED")
        with pytest.raises(peewee.OperationalError), database.atomic():
            add(database, "in a savepoint")
        with pytest.raises(peewee.OperationalError):
            database.batch([note("in a batch")])
        add(database, "third")
    writer.join()
    assert isinstance(caught.value.orig, errors.StreamExpired)
    assert bodies(database) == ["the other's"]
    with database.atomic():
        add(database, "on again")
    assert bodies(database) == ["the other's", "on again"]


def test_a_commit_that_comes_too_late_says_so(database: LibsqlDatabase, connect: Connect, server: Sqld) -> None:
    with pytest.raises(peewee.OperationalError) as caught, database.atomic():
        add(database, "first")
        writer = _give_up(database, connect(server))
    writer.join()
    assert isinstance(caught.value.orig, errors.StreamExpired)
    assert bodies(database) == ["the other's"]
    database.batch([note("on again")])


def test_a_transaction_forgotten_by_a_restarted_server_did_nothing(database: LibsqlDatabase, server: Sqld) -> None:
    with pytest.raises(peewee.OperationalError) as caught, database.atomic():
        add(database, "first")
        server.kill()
        server.start()
        add(database, "second")
    assert isinstance(caught.value.orig, errors.StreamExpired | errors.Unreachable)
    assert bodies(database) == []
    with database.atomic():
        add(database, "on again")
    assert bodies(database) == ["on again"]


def test_a_commit_whose_answer_is_lost_is_unknown(connect: Connect, server: Sqld, proxy: Proxy) -> None:
    database = connect(proxy)
    with pytest.raises(peewee.OperationalError) as caught, database.atomic():
        add(database, "done")
        proxy.cut_after_request()
    assert isinstance(caught.value.orig, errors.OutcomeUnknown)
    assert bodies(connect(server)) == ["done"]
    with pytest.raises(peewee.OperationalError) as caught, database.atomic():
        add(database, "not done")
        proxy.cut_after_request()
        add(database, "not done either")
    assert isinstance(caught.value.orig, errors.Unreachable)
    assert bodies(connect(server)) == ["done"]


def test_foreign_keys_stay_off_for_a_transaction(database: LibsqlDatabase) -> None:
    database.execute_sql("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
    database.execute_sql(
        "CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parents ON DELETE CASCADE)"
    )
    database.batch([Statement("INSERT INTO parents VALUES (1)"), Statement("INSERT INTO children VALUES (1, 1)")])
    database.execute_sql("PRAGMA foreign_keys = off")
    with database.atomic():
        database.execute_sql("DELETE FROM parents")
    assert database.execute_sql("SELECT count(*) FROM children").fetchone() == (1,)
    database.execute_sql("PRAGMA foreign_keys = on")
    with pytest.raises(peewee.IntegrityError), database.atomic():
        database.execute_sql("INSERT INTO children VALUES (2, 99)")
    with pytest.raises(peewee.IntegrityError):
        database.batch([Statement("INSERT INTO children VALUES (2, 99)")])


def test_a_rebuild_keeps_the_children(
    database: LibsqlDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A DROP TABLE with foreign keys on would delete them without a word."""
    monkeypatch.setattr(streams, "directory", lambda stream: tmp_path / stream)
    monkeypatch.setattr(streams, "NEEDS", {"story": ()})
    (tmp_path / "story").mkdir()
    for number, code in ((1, FAMILY), (2, REBUILD)):
        lines = [f"    migrator.sql({sql!r})" for sql in code]
        text = "\n".join(["def migrate(migrator, database, *, fake=False):", *lines, ""])
        (tmp_path / "story" / f"00{number}_chapter.py").write_text(text)
    assert unchecked.up(database) == ["story/001_chapter", "story/002_chapter"]
    assert database.execute_sql("SELECT parent FROM children ORDER BY 1").fetchall() == [(1,), (1,), (2,)]
    assert "NOT NULL" in database.execute_sql("SELECT sql FROM sqlite_master WHERE name = 'parents'").fetchone()[0]
    assert database.execute_sql("PRAGMA foreign_key_check").fetchall() == []
    assert unchecked.up(database) == []


def test_the_migration_tool_brings_a_server_up_to_date(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Sqld(tmp_path_factory.mktemp("empty")) as empty:
        place = {"TURSO_DATABASE_URL": empty.url, "TURSO_AUTH_TOKEN": empty.token}
        outputs = []
        for _ in range(2):
            command = [sys.executable, "-m", "migrations", "up", "--yes"]
            run = subprocess.run(command, cwd=ROOT, env=os.environ | QUICK | place, capture_output=True, text=True)
            assert run.returncode == 0, run.stderr
            outputs.append(run.stdout)
    assert "study/001_first_tables" in outputs[0]
    assert "001_first_tables" not in outputs[1]


def test_a_transaction_that_cannot_begin_does_nothing_and_leaves_no_stream(server: Sqld, connect: Connect) -> None:
    """A stream that is not closed holds one of the server's 128 slots for ten seconds."""
    database = connect(server, limits=SHORT)
    for _ in range(200):
        database.execute_sql("BEGIN SOMETHING")
        with pytest.raises(peewee.OperationalError, match="syntax error"):
            database.execute_sql("INSERT INTO notes (body) VALUES ('first')")
        with pytest.raises(peewee.OperationalError, match="given up the transaction"):
            database.execute_sql("INSERT INTO notes (body) VALUES ('second')")
        database.execute_sql("ROLLBACK")
    assert bodies(database) == []
