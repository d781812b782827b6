"""Somebody ruins the replica's file: it is set aside and pulled again, and meanwhile nobody reads anything wrong."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.replica.notes import read_note
from shared_schema.database.settings import Settings
from shared_schema.environment import CLOCK
from tests.faults import damages
from tests.faults.conftest import LATE_S, NOTES, SHORT, Connect, Sqld, bodies, note
from tests.faults.hosts import Host, end, wait_until
from tests.servers import ROOT

Hosts = Callable[..., Host]
Damage = Callable[[str, Path], None]
HEALED_S = 10.0  # within which damage is found, and the replica pulled anew
TEXT = [f"{n:03}" + "x" * 997 for n in range(400)]


def each_of(several: list[Damage]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("damage", several, ids=[damage.__name__ for damage in several])


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A replica of another primary, with more in it."""
    directory = tmp_path_factory.mktemp("other")
    with Sqld(directory / "primary") as elsewhere:
        database = LibsqlDatabase(Settings(elsewhere.url, elsewhere.token, clock=CLOCK))
        database.execute_sql(NOTES)
        database.execute_sql("CREATE TABLE consistency_clock (id INTEGER PRIMARY KEY, tick INTEGER NOT NULL)")
        for n in range(700):
            database.batch([note(f"other {n}")])
        with Host(directory / "replica" / "r.db", elsewhere.url, elsewhere.token, {}) as machine:
            machine.kill()
            return Path(machine.replica)


@contextmanager
def reading(database: LibsqlDatabase) -> Iterator[list[str]]:
    """Threads read all the time, now and then by a new connection. Gives the wrong answers that they got."""
    wrong: list[str] = []
    ended = threading.Event()

    def read() -> None:
        queries = [Statement("SELECT body FROM notes ORDER BY id"), Statement("SELECT count(*) AS n FROM notes")]
        n = 0
        while not ended.is_set():
            rows, count = database.fetch(queries)
            if [row["body"] for row in rows.rows] != TEXT or count.one(dict)["n"] != len(TEXT):
                wrong.append(f"{len(rows.rows)} rows, first {rows.first(dict)}"[:80])
            n += 1
            if n % 7 == 0:
                database._replica.file.close()
            time.sleep(0.002)
        database.close()

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield wrong
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def whole(machine: Host) -> bool:
    file = LibsqlDatabase(f"file:{machine.replica}", read_only=True)
    try:
        return bodies(file) == TEXT and file.execute_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        file.close()


@each_of(damages.LIVE)
def test_damage_under_the_readers_is_found_and_healed(
    server: Sqld, connect: Connect, host: Hosts, other: Path, damage: Damage
) -> None:
    """By itself: no process is killed, and nothing is written to the primary meanwhile."""
    database = connect(server)
    database.batch([note(text) for text in TEXT])
    machine = host()
    reader = connect(server, replica=machine.replica)
    with reading(reader) as wrong:
        time.sleep(0.2)
        before = machine.note()
        assert before
        damage(machine.replica, other)
        took = wait_until(lambda: (now := machine.note()) is not None and now.generation != before.generation)
        time.sleep(0.3)
    assert wrong == []
    assert whole(machine)
    assert took < HEALED_S + LATE_S, took
    wait_until(lambda: reader.replica_age_s() < 2)


EMPTIED_AT_FIRST = """
import json, os, sys
from shared_schema.database.replica.pull import Damaged, Order, Puller

puller = Puller(Order(**json.loads(sys.stdin.read())))
os.truncate(sys.argv[1], 0)
try:
    puller._look()
except Damaged as error:
    print(error)
"""


def test_a_file_that_is_emptied_before_the_first_look_is_damaged(server: Sqld, connect: Connect, host: Hosts) -> None:
    """The puller has opened it, and has not synced it yet."""
    connect(server).batch([note(text) for text in TEXT])
    machine = host()
    machine.kill()
    wait_until(lambda: not machine.pullers)
    order = {"url": server.url, "token": server.token, "path": machine.replica, "clock": CLOCK, "sync_s": 0.1}
    command = [sys.executable, "-c", EMPTIED_AT_FIRST, machine.replica]
    ran = subprocess.run(command, input=json.dumps(order), capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert re.search(r"shrank from \d+ to 0 bytes", ran.stdout), ran


@each_of(damages.AT_START)
def test_damage_that_only_the_driver_minds_is_healed_when_it_starts(
    server: Sqld, connect: Connect, host: Hosts, other: Path, damage: Damage
) -> None:
    """A driver that is running does not look at its metadata again."""
    database = connect(server)
    database.batch([note(text) for text in TEXT])
    machine = host()
    reader = connect(server, replica=machine.replica)
    with reading(reader) as wrong:
        time.sleep(0.2)
        damage(machine.replica, other)
        time.sleep(0.3)
        end(*machine.pullers)
        machine.caught_up()
        time.sleep(0.3)
    assert wrong == []
    assert whole(machine)


@each_of(damages.ALL)
def test_damage_while_nobody_watches_is_healed(
    server: Sqld, connect: Connect, host: Hosts, other: Path, damage: Damage
) -> None:
    database = connect(server)
    database.batch([note(text) for text in TEXT])
    machine = host()
    machine.kill()
    wait_until(lambda: not machine.pullers)
    damage(machine.replica, other)
    reader = connect(server, replica=machine.replica)
    with reading(reader) as wrong:
        time.sleep(0.2)
        machine.start()
        machine.caught_up()
        time.sleep(0.3)
    assert wrong == []
    assert whole(machine)


def test_a_primary_that_is_another_now_is_followed(server: Sqld, connect: Connect, host: Hosts) -> None:
    """Restored from a dump, say, at the same address: it has less than the replica."""
    database = connect(server)
    database.batch([note(f"old {n}") for n in range(300)])
    machine = host()
    server.stop()
    shutil.rmtree(server.directory / "data")
    server.start()
    database.execute_sql(NOTES)
    database.execute_sql("CREATE TABLE consistency_clock (id INTEGER PRIMARY KEY, tick INTEGER NOT NULL)")
    database.batch([note("new")])
    wait_until(lambda: _read(machine) == ["new"])
    machine.caught_up()
    reader = connect(server, replica=machine.replica)
    reader.clock.wanted.set(0)
    assert bodies(reader) == ["new"]


def test_a_primary_set_back_to_an_older_copy_is_followed(
    server: Sqld, connect: Connect, host: Hosts, tmp_path: Path
) -> None:
    """The same database as it was: the replica has writes that its primary does not have any more."""
    database, data = connect(server), server.directory / "data"
    database.batch([note("kept")])
    server.stop()
    shutil.copytree(data, tmp_path / "older")
    server.start()
    database.batch([note(f"lost {n}") for n in range(300)])
    machine = host()
    server.stop()
    shutil.rmtree(data)
    shutil.copytree(tmp_path / "older", data)
    server.start()
    wait_until(lambda: _read(machine) == ["kept"])
    database.batch([note("new")])
    wait_until(lambda: _read(machine) == ["kept", "new"])
    machine.caught_up()


def _read(machine: Host) -> list[str] | None:
    file = LibsqlDatabase(f"file:{machine.replica}", read_only=True)
    try:
        return bodies(file)
    except Exception:
        return None
    finally:
        file.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "replica"
    directory.mkdir()
    # Room for the migrated schema three times: the replica, one that is made anew beside it, and their logs.
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(directory)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("a small disk needs a mount, which needs root")
    yield directory
    subprocess.run(["umount", "-l", str(directory)], check=True)


def test_a_full_disk_is_survived(server: Sqld, connect: Connect, small_disk: Path, host: Hosts) -> None:
    database = connect(server)
    database.batch([note(text) for text in TEXT])
    machine = host()
    reader = connect(server, replica=machine.replica)
    filler = small_disk / "filler"
    with reading(reader) as wrong:
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            while True:
                file.write(b"x" * 4096)
        database.execute_sql("CREATE TABLE big (id INTEGER PRIMARY KEY, body TEXT)")
        for _ in range(20):
            database.batch([Statement("INSERT INTO big (body) VALUES (?)", ("y" * 40_000,))])
        time.sleep(3)
        before = read_note(machine.replica)
        assert before is None or time.time() - before.fresh_at > 1
        filler.unlink()
        database.execute_sql("DROP TABLE big")
        machine.caught_up()
    assert wrong == []
    assert whole(machine)
    assert "Traceback" not in machine.log.read_text()


def test_a_damaged_copy_makes_room_for_the_next_pull(
    server: Sqld, connect: Connect, small_disk: Path, host: Hosts, other: Path
) -> None:
    database = connect(server)
    database.batch([note(text) for text in TEXT])
    machine = host()
    size = sum(file.stat().st_size for file in small_disk.iterdir())
    reader = connect(server, replica=machine.replica)
    with reading(reader) as wrong:
        with (small_disk / "filler").open("wb") as filler:
            filler.write(bytes(shutil.disk_usage(small_disk).free - size // 2))
        before = machine.note()
        assert before
        damages.half_zeroed(machine.replica, other)
        wait_until(lambda: (now := machine.note()) is not None and now.generation != before.generation)
    assert wrong == []
    assert whole(machine)
    assert list(small_disk.glob("*.damaged*")) == []


def test_a_primary_that_comes_and_goes_costs_no_file(server: Sqld, connect: Connect, host: Hosts) -> None:
    """Syncs fail all the time, and the file is at fault in none of them: it is all there is to read in an outage."""
    database = connect(server)
    database.batch([note("first")])
    machine = host()
    before = machine.note()
    for n in range(4):
        server.kill()
        time.sleep(0.5 + n / 2)
        server.start()
        database.batch([note(f"later {n}")])
        time.sleep(0.1)
    machine.caught_up()
    assert _read(machine) == ["first", *(f"later {n}" for n in range(4))]
    after = machine.note()
    assert before
    assert after
    assert after.generation == before.generation, machine.log.read_text()


def test_a_file_that_is_gone_while_the_primary_is_away_is_pulled_when_it_is_back(
    server: Sqld, connect: Connect, host: Hosts
) -> None:
    """Meanwhile nobody reads it, though threads have it open."""
    connect(server).batch([note("first")])
    machine = host()
    reader = connect(server, replica=machine.replica, limits=SHORT)
    assert bodies(reader) == ["first"]
    server.kill()
    wait_until(lambda: "not synced" in machine.log.read_text())
    os.unlink(machine.replica)
    wait_until(lambda: reader.replica_age_s() is None)
    with pytest.raises(peewee.OperationalError):
        bodies(reader)
    wait_until(lambda: "set aside" in machine.log.read_text())
    server.start()
    machine.caught_up()
    assert bodies(reader) == ["first"]
