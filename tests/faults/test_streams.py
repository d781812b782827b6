"""Interactive transactions on a server: one stream each, whole or not at all."""

import os
import subprocess
import sys
import threading
import time

import peewee
import pytest

from shared_schema.database import Database, Statement, errors
from shared_schema.database.server import Limits
from tests.faults.conftest import Connect, bodies, note
from tests.servers import ROOT, Proxy, Sqld

LONG = Limits(2.0, 20.0, 30.0)


def write(db: Database, body: str) -> None:
    db.execute_sql("INSERT INTO notes (body) VALUES (?)", (body,))


def test_a_transaction_commits_or_rolls_back_with_savepoints(server: Sqld, connect: Connect) -> None:
    db = connect(server)
    with db.atomic():
        write(db, "outer")
        with pytest.raises(peewee.IntegrityError), db.atomic():
            write(db, "inner")
            write(db, "outer")
    with pytest.raises(KeyError), db.atomic():
        write(db, "gone")
        raise KeyError
    assert bodies(db) == ["outer"]
    assert not db.in_transaction()


def test_an_empty_transaction_costs_nothing_and_a_full_one_a_request_each(proxy: Proxy, connect: Connect) -> None:
    db = connect(proxy)
    proxy.reset()
    with db.atomic():
        pass
    assert proxy.requests == 0
    with db.atomic():
        write(db, "one")
        write(db, "two")
    assert proxy.requests == 3  # BEGIN and the first, the second, COMMIT


def test_a_batch_within_a_transaction_joins_it(server: Sqld, connect: Connect) -> None:
    db = connect(server)
    with pytest.raises(KeyError), db.atomic():
        db.batch([note("joined")])
        raise KeyError
    assert bodies(db) == []


def test_a_transaction_that_holds_the_lock_too_long_is_lost_and_says_so(server: Sqld, connect: Connect) -> None:
    slow, other = connect(server, limits=LONG), connect(server, limits=LONG)

    def wait_for_the_lock() -> None:
        other.batch([note("impatient")])

    with pytest.raises(peewee.OperationalError) as caught, slow.atomic():
        write(slow, "lost")
        waiting = threading.Thread(target=wait_for_the_lock)
        waiting.start()
        time.sleep(5.5)
        write(slow, "too late")
    waiting.join()
    assert isinstance(caught.value.orig, errors.StreamExpired)  # type: ignore[attr-defined]
    assert bodies(slow) == ["impatient"]
    with slow.atomic():
        write(slow, "again")
    assert bodies(slow) == ["impatient", "again"]


def test_a_server_lost_in_a_transaction_has_applied_nothing(server: Sqld, proxy: Proxy, connect: Connect) -> None:
    db = connect(proxy)
    with pytest.raises(peewee.OperationalError) as caught, db.atomic():
        write(db, "first")
        proxy.cut_after_request()
        write(db, "second")
    assert isinstance(caught.value.orig, errors.Unreachable)  # type: ignore[attr-defined]
    assert bodies(db) == []


def test_a_lost_commit_is_unknown(server: Sqld, proxy: Proxy, connect: Connect) -> None:
    db = connect(proxy)
    with pytest.raises(peewee.OperationalError) as caught, db.atomic():
        write(db, "perhaps")
        proxy.cut_after_request()
    assert isinstance(caught.value.orig, errors.OutcomeUnknown)  # type: ignore[attr-defined]
    assert bodies(db) == ["perhaps"]


def test_foreign_keys_can_be_off_for_a_rebuild(server: Sqld, connect: Connect) -> None:
    db = connect(server)
    db.batch(
        [
            Statement("CREATE TABLE parents (id INTEGER PRIMARY KEY)"),
            Statement(
                "CREATE TABLE children (id INTEGER PRIMARY KEY, of INTEGER REFERENCES parents ON DELETE CASCADE)"
            ),
            Statement("INSERT INTO parents VALUES (1)"),
            Statement("INSERT INTO children VALUES (1, 1)"),
        ]
    )
    db.execute_sql("PRAGMA foreign_keys = off")
    with db.atomic():
        db.execute_sql("DELETE FROM parents")
        db.execute_sql("INSERT INTO parents VALUES (1)")
    db.execute_sql("PRAGMA foreign_keys = on")
    assert db.execute_sql("SELECT count(*) FROM children").fetchall() == [(1,)]
    with db.atomic():
        db.execute_sql("DELETE FROM parents")
    assert db.execute_sql("SELECT count(*) FROM children").fetchall() == [(0,)]


def test_migrations_run_against_a_server(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Sqld(tmp_path_factory.mktemp("empty") / "server") as empty:
        env = os.environ | {"TURSO_DATABASE_URL": empty.url, "TURSO_AUTH_TOKEN": empty.token}

        def migrations(command: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "migrations", command], env=env, cwd=ROOT, capture_output=True, text=True
            )

        assert migrations("status").returncode == 1
        assert "growth/001_first_tables" in migrations("up").stdout
        assert migrations("up").stdout == "nothing to do\n"
        assert migrations("status").returncode == 0
