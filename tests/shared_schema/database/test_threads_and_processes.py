"""Many writers: each thread and process has its own connection, and no increment is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase, Statement

PRAGMAS = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 20}
TAKE = [
    Statement("UPDATE counter SET n = n + 1"),
    Statement("INSERT INTO taken SELECT n FROM counter"),
    Statement("SELECT n FROM counter"),
]
WORK = """
import sys
from concurrent.futures import ThreadPoolExecutor
from shared_schema.database import LibsqlDatabase, Statement

db = LibsqlDatabase(sys.argv[1], timeout=60)
take = [Statement(sql) for sql in sys.argv[3:]]

def work(_):
    return [db.batch(take)[-1].one(dict)["n"] for _ in range(int(sys.argv[2]))]

with ThreadPoolExecutor(4) as pool:
    for numbers in pool.map(work, range(4)):
        print(*numbers)
"""


@pytest.fixture
def counter(ours):
    ours("CREATE TABLE counter (n INTEGER)")
    ours("CREATE TABLE taken (n INTEGER UNIQUE)")
    ours("INSERT INTO counter VALUES (0)")


def pragmas(db):
    return {name: db.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS}


def in_threads(count, work):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def test_every_connection_has_the_pragmas(db):
    barrier = threading.Barrier(3)

    def look(_):
        barrier.wait(60)
        return pragmas(db)

    assert [pragmas(db), *in_threads(3, look)] == [PRAGMAS] * 4


def test_connection_opened_again_has_the_pragmas_again(db):
    assert pragmas(db) == PRAGMAS
    db.close()
    assert pragmas(db) == PRAGMAS


def test_foreign_keys_hold_in_every_thread(db, ours):
    ours("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    ours("CREATE TABLE child (parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE)")
    ours("INSERT INTO parent VALUES (1)")
    ours("INSERT INTO child VALUES (1)")
    in_threads(1, lambda _: db.batch([Statement("DELETE FROM parent")]))
    assert ours("SELECT * FROM child") == []


def test_each_thread_has_a_connection_of_its_own(db):
    barrier = threading.Barrier(4)

    def mine(_):
        barrier.wait(60)
        return db.connection(), db.connection()

    pairs = in_threads(4, mine)
    assert all(first is second for first, second in pairs)
    assert len({id(connection) for connection, _ in [*pairs, (db.connection(), None)]}) == 5


def test_transaction_belongs_to_its_thread(db, counter):
    with db.atomic():
        db.execute_sql("UPDATE counter SET n = 7")
        assert in_threads(1, lambda _: (db.in_transaction(), db.fetch([TAKE[2]])[0].one(dict)["n"])) == [(False, 0)]


def test_threads_lose_nothing(db, counter):
    def work(_):
        return [db.batch(TAKE)[-1].one(dict)["n"] for _ in range(50)]

    numbers = sorted(chain(*in_threads(8, work)))
    assert numbers == list(range(1, 401))
    assert db.fetch([TAKE[2], Statement("SELECT count(*) AS n FROM taken")])[1].first(dict) == {"n": 400}


def test_several_databases_of_one_process_lose_nothing(db, counter):
    def work(_):
        mine = LibsqlDatabase(db.url, timeout=60)
        numbers = [mine.batch(TAKE)[-1].one(dict)["n"] for _ in range(25)]
        mine.close()
        return numbers

    assert sorted(chain(*in_threads(8, work))) == list(range(1, 201))


def test_processes_with_threads_lose_nothing(db, counter, python):
    processes = [python(WORK, db.url, 25, *(step.sql for step in TAKE)) for _ in range(4)]
    outputs = [process.communicate(timeout=180)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert sorted(int(number) for output in outputs for number in output) == list(range(1, 401))
    assert db.execute_sql("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_processes_may_all_make_the_file_at_once(url, db, python):
    make = """
import sys
from shared_schema.database import LibsqlDatabase, Statement
db = LibsqlDatabase(sys.argv[1], timeout=60)
db.batch([Statement("CREATE TABLE IF NOT EXISTS made (n)"), Statement("INSERT INTO made VALUES (1)")])
"""
    processes = [python(make, url) for _ in range(6)]
    assert [process.wait(180) for process in processes] == [0] * 6
    assert db.execute_sql("SELECT count(*) FROM made").fetchall() == [(6,)]


def test_connections_of_finished_threads_are_closed(db):
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        pytest.skip("open files cannot be counted here")
    db.connect()
    before = len(list(descriptors.iterdir()))
    for _ in range(20):
        in_threads(1, lambda _: db.execute_sql("SELECT 1").fetchall())
    assert len(list(descriptors.iterdir())) <= before + 3
