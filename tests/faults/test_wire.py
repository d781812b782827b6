"""Values over the wire are exact, errors typed; threads, forks and the server's own replicas make no difference."""

import math
import os
import threading
from pathlib import Path
from typing import Any

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_schema.database import Database, Statement, require_changes
from shared_schema.database.server import Limits
from shared_schema.database.settings import Settings
from tests.faults.conftest import Connect, bodies, note
from tests.faults.hosts import Host, wait_until
from tests.servers import Proxy, Sqld

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.binary(),
)
PATIENT = Limits(2.0, 20.0, 30.0)


def test_what_goes_in_comes_back(server: Sqld, connect: Connect) -> None:
    db = connect(server)
    db.execute_sql("CREATE TABLE anything (id INTEGER PRIMARY KEY, value ANY) STRICT")

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(VALUES, min_size=1, max_size=20))
    def survive(values: list[Any]) -> None:
        insert = [Statement("INSERT INTO anything (id, value) VALUES (?, ?)", (n, v)) for n, v in enumerate(values)]
        read = Statement("SELECT value FROM anything ORDER BY id")
        *_, found = db.batch([Statement("DELETE FROM anything"), *insert, read])
        back = [row["value"] for row in found.rows]
        assert back == values
        assert [type(value) for value in back] == [type(value) for value in values]

    survive()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "a\0b", "\ud800", 2**63, -(2**63) - 1])
def test_what_cannot_be_held_is_refused_before_it_is_sent(proxy: Proxy, connect: Connect, value: Any) -> None:
    db = connect(proxy)
    proxy.reset()
    with pytest.raises(peewee.DataError):
        db.batch([Statement("INSERT INTO notes (body) VALUES (?)", (value,))])
    assert proxy.requests == 0


@pytest.mark.parametrize(
    ("sql", "kind", "code"),
    [
        ("INSERT INTO notes (body) VALUES ('twice'), ('twice')", peewee.IntegrityError, "SQLITE_CONSTRAINT"),
        ("INSERT INTO notes (body) VALUES (NULL)", peewee.IntegrityError, "SQLITE_CONSTRAINT"),
        ("INSERT INTO users (email, name, role) VALUES ('a', 'b', 'king')", peewee.IntegrityError, "SQLITE_CONSTRAINT"),
        ("INSERT INTO objectives (exam_id, code, name) VALUES (9, 'c', 'n')", peewee.IntegrityError, None),
        ("SELEC", peewee.OperationalError, "SQL_PARSE_ERROR"),
        ("SELECT * FROM nowhere", peewee.OperationalError, None),
        ("SELECT 1; SELECT 2", peewee.ProgrammingError, None),
    ],
)
def test_errors_are_typed_and_keep_the_servers_code(
    server: Sqld, connect: Connect, sql: str, kind: type[peewee.PeeweeException], code: str | None
) -> None:
    db = connect(server)
    with pytest.raises(kind) as caught:
        db.batch([note("first"), Statement(sql)])
    assert code in (None, caught.value.orig.code)  # type: ignore[attr-defined]
    with pytest.raises(kind):
        db.execute_sql(sql)
    assert bodies(db) == []


def test_a_guard_stops_a_batch_in_its_one_request(proxy: Proxy, connect: Connect) -> None:
    db = connect(proxy)
    proxy.reset()
    with pytest.raises(KeyError):
        db.batch([note("no"), require_changes(2, otherwise=KeyError()), note("never")])
    assert proxy.requests == 1
    assert bodies(db) == []


def count(db: Database, times: int) -> None:
    for _ in range(times):
        db.batch([Statement("UPDATE notes SET body = CAST(body AS INTEGER) + 1")])


def test_threads_of_two_processes_lose_no_step(server: Sqld, connect: Connect, tmp_path: Path) -> None:
    """And a database that was used before the fork works on both sides of it."""
    db = connect(server, limits=PATIENT)
    db.batch([note("0")])
    child = os.fork()
    threads = [threading.Thread(target=count, args=(db, 10)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert bodies(db) == ["160"]


def test_threads_of_two_processes_read_one_replica(server: Sqld, connect: Connect, host: Any) -> None:
    machine: Host = host()
    db = connect(server, limits=PATIENT, replica=machine.replica)
    db.batch([note("0")])
    machine.caught_up()
    assert bodies(db) == ["0"]
    child = os.fork()
    wrong: list[Any] = []

    def read() -> None:
        for _ in range(100):
            if bodies(db) != ["0"]:
                wrong.append(1)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if child == 0:
        os._exit(len(wrong))
    assert os.waitpid(child, 0)[1] == 0
    assert wrong == []


def test_behind_a_read_replica_of_the_server_writes_are_passed_on(
    server: Sqld, connect: Connect, tmp_path: Path
) -> None:
    with Sqld(tmp_path / "near", primary=server) as near:
        db = Database(Settings(near.url, server.token, limits=PATIENT, clock=True))
        wait_until(lambda: "notes" in db.get_tables(), 20)
        db.batch([note("by way of the near one")])
        assert bodies(connect(server)) == ["by way of the near one"]
        wait_until(lambda: bodies(db) == ["by way of the near one"], 20)
        with pytest.raises(peewee.IntegrityError):
            db.batch([note("by way of the near one")])
        with db.atomic():
            db.execute_sql("UPDATE notes SET body = 'in a transaction'")
        assert bodies(connect(server)) == ["in a transaction"]


def test_a_local_replica_can_be_pulled_from_a_replica_server(server: Sqld, connect: Connect, tmp_path: Path) -> None:
    with Sqld(tmp_path / "near", primary=server) as near:
        connect(server).batch([note("far")])
        wait_until(lambda: "notes" in Database(Settings(near.url, server.token)).get_tables(), 20)
        with Host(tmp_path / "local" / "r.db", server.url, server.token, {}) as machine:
            db = Database(Settings(near.url, server.token, machine.replica, PATIENT, 5.0, clock=True))
            assert bodies(db) == ["far"]
            db.batch([note("near")])
            assert bodies(db) == ["far", "near"]
