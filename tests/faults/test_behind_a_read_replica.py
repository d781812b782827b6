"""A read replica of the server before us: the same code works, and its writes go to the primary."""

import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import peewee
import pytest

from shared_schema.database import Statement
from shared_schema.database.server import primary
from shared_schema.database.settings import Limits
from tests.deploy import shells
from tests.faults.conftest import LATE_S, Connect, Sqld, bodies, note
from tests.faults.hosts import Host, wait_until
from tests.servers import HOST, ROOT, free_port

README = ROOT / "shared_schema" / "database" / "README.md"
LIMITS = Limits(5.0, 20.0, 30.0)


@pytest.fixture
def copy(server: Sqld, tmp_path: Path) -> Iterator[Sqld]:
    with Sqld(tmp_path / "copy", primary=server) as running:
        yield running


def test_writes_reach_the_primary_and_reads_follow(server: Sqld, copy: Sqld, connect: Connect) -> None:
    there, here = connect(server, limits=LIMITS), connect(copy, limits=LIMITS)
    for n in range(20):
        here.batch([note(str(n))])
    assert len(bodies(there)) == 20
    there.batch([note("from the primary")])
    wait_until(lambda: len(bodies(here)) == 21)
    with pytest.raises(peewee.IntegrityError):
        here.batch([note("new"), note("0")])
    with here.atomic():
        here.execute_sql("INSERT INTO notes (body) VALUES ('in a transaction')")
        assert here.execute_sql("SELECT count(*) FROM notes").fetchone() == (22,)
    with pytest.raises(KeyError), here.atomic():
        here.execute_sql("DELETE FROM notes")
        raise KeyError
    assert len(bodies(there)) == 22


def test_writers_at_once_lose_nothing(server: Sqld, copy: Sqld, connect: Connect) -> None:
    there, here = connect(server, limits=LIMITS), connect(copy, limits=LIMITS)
    there.execute_sql("CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
    there.execute_sql("INSERT INTO counters VALUES (1, 0)")
    wait_until(lambda: "counters" in here.get_tables())

    def count(way: int) -> None:
        database = (there, here)[way % 2]
        for _ in range(25):
            database.batch([Statement("UPDATE counters SET n = n + 1")])
        database.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    assert there.execute_sql("SELECT n FROM counters").fetchone() == (200,)


def test_a_local_replica_is_pulled_from_it(server: Sqld, copy: Sqld, connect: Connect, tmp_path: Path) -> None:
    with Host(tmp_path / "r" / "r.db", copy.url, copy.token, {}) as machine:
        here = connect(copy, limits=LIMITS, replica=machine.replica)
        for n in range(20):
            here.batch([note(str(n))])
            here.clock.wanted.set(0)
        wait_until(lambda: len(bodies(here)) == 20)
        machine.caught_up()


def test_a_copy_that_does_not_get_there_is_read_as_old_after_a_second(copy: Sqld, connect: Connect) -> None:
    here = connect(copy, limits=LIMITS)
    here.batch([note("first")])
    here.clock.wanted.set(here.clock.written.get() + 1)
    began = time.monotonic()
    assert bodies(here) == ["first"]
    assert 1.0 <= time.monotonic() - began < 1.0 + LATE_S
    assert here.clock.stale.get()


def test_a_copy_that_gets_there_in_time_is_waited_for(
    server: Sqld, copy: Sqld, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(primary, "_BEHIND_FOR_S", 60.0)  # a busy machine may need more than the second
    there, here = connect(server, limits=LIMITS), connect(copy, limits=LIMITS)
    here.batch([note("first")])
    here.clock.wanted.set(here.clock.written.get() + 1)
    threading.Timer(0.3, there.batch, ([note("second")],)).start()
    began = time.monotonic()
    assert bodies(here) == ["first", "second"]
    assert time.monotonic() - began >= 0.3
    assert not here.clock.stale.get()


def test_a_reader_who_knows_of_nothing_does_not_wait(server: Sqld, copy: Sqld, connect: Connect) -> None:
    here = connect(copy, limits=LIMITS)
    here.batch([note("first")])
    here.clock.wanted.set(0)
    assert here.fetch([Statement("SELECT 7 AS n")])[0].first(dict) == {"n": 7}
    assert not here.clock.stale.get()


def test_the_readme_says_how_to_start_one(server: Sqld, connect: Connect, tmp_path: Path) -> None:
    (block,) = re.findall(r"```sh\n(.*?--primary-grpc-url.*?)```", README.read_text(), re.DOTALL)
    connect(server).batch([note("on the primary")])
    port = free_port()
    variables = {
        "PRIMARY": f"{HOST}:{server.grpc_port}",
        "KEY_FILE": str(server.directory / "jwt.key"),
        "COPY": str(tmp_path / "copy"),
        "PORT": str(port),
        "TURSO_AUTH_TOKEN": server.token,
        "TURSO_REPLICA_PATH": "/nowhere/r.db",
        "RUST_LOG": "off",
    }
    select = json.dumps({"requests": [{"type": "execute", "stmt": {"sql": "SELECT body FROM notes"}}]})
    read = (
        """curl -sf -H "Authorization: Bearer $TURSO_AUTH_TOKEN" --json "$SELECT" "$TURSO_DATABASE_URL/v3/pipeline" """
    )
    ended = shells.run(block + read, shells.environment(**variables, SELECT=select))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == f"database: {HOST}:{port}\n"
    assert '"value":"on the primary"' in ended.stdout
