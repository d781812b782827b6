"""Waiting for the write lock: how long, what then, and what the rest of the process does meanwhile."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors, waiting

ADD = Statement("INSERT INTO t VALUES (1)")


@pytest.fixture(autouse=True)
def table(ours):
    ours("CREATE TABLE t (n)")


def seconds(call):
    begun = time.monotonic()
    call()
    return time.monotonic() - begun


def expect_busy(call):
    with pytest.raises(peewee.OperationalError, match="locked") as raised:
        call()
    assert isinstance(raised.value.orig, errors.Busy)


def test_lock_held_longer_than_the_timeout_is_an_error_and_nothing_is_applied(url, ours, hold_lock):
    impatient = LibsqlDatabase(url, timeout=0.4)
    impatient.connect()
    hold_lock(30)
    took = seconds(lambda: expect_busy(lambda: impatient.batch([ADD, ADD])))
    assert 0.4 <= took < 10
    assert not impatient.connection().in_transaction
    impatient.close()
    assert ours("SELECT * FROM t") == []


def test_single_statement_and_atomic_obey_the_same_timeout(url, hold_lock):
    impatient = LibsqlDatabase(url, timeout=0.2)
    impatient.connect()
    hold_lock(30)
    assert seconds(lambda: expect_busy(lambda: impatient.execute_sql(ADD.sql))) < 10
    assert seconds(lambda: expect_busy(lambda: impatient.atomic().__enter__())) < 10
    impatient.close()


def test_lock_held_shorter_than_the_timeout_is_waited_for(url, ours, hold_lock):
    patient = LibsqlDatabase(url, timeout=60)
    holder = hold_lock(60)
    with ThreadPoolExecutor(1) as pool:
        added = pool.submit(patient.batch, [ADD])
        time.sleep(0.3)
        assert not added.done()
        holder.kill()
        assert added.result()[0].count == 1
    assert ours("SELECT * FROM t") == [(1,)]


def test_batch_goes_through_after_it_once_timed_out(url, hold_lock):
    impatient = LibsqlDatabase(url, timeout=0.1)
    impatient.connect()
    holder = hold_lock(30)
    expect_busy(lambda: impatient.batch([ADD]))
    holder.kill()
    holder.wait()
    assert impatient.batch([ADD])[0].count == 1
    impatient.close()


def test_another_thread_that_holds_the_lock_too_long_is_an_error(db, monkeypatch):
    told = []
    monkeypatch.setattr(waiting.this_thread, "begins", lambda: told.append(threading.get_ident()))
    impatient = LibsqlDatabase(db.url, timeout=0.2)
    entered, leave = threading.Event(), threading.Event()

    def linger(event):
        entered.set()
        leave.wait(60)

    impatient.query_hooks.append(linger)
    thread = threading.Thread(target=impatient.batch, args=([ADD],))
    thread.start()
    entered.wait(60)
    with pytest.raises(peewee.OperationalError, match="another thread"):
        impatient.batch([ADD])
    assert told == [threading.get_ident()]
    leave.set()
    thread.join()
    impatient.query_hooks.clear()
    assert db.fetch([Statement("SELECT n FROM t")])[0].count == 1
    assert impatient.batch([ADD])[0].count == 1
    impatient.close()


def test_the_wait_behind_a_thread_and_the_wait_for_another_process_share_one_timeout(url, hold_lock):
    """The first thread waits for the process that has the lock, the second one for the first. Both tell it at once."""
    impatient = LibsqlDatabase(url, timeout=4)
    hold_lock(60)

    def write():
        began, told = time.monotonic(), []
        waiting.this_thread.begins = lambda: told.append(time.monotonic() - began)
        took = seconds(lambda: expect_busy(lambda: impatient.batch([ADD])))
        impatient.close()
        assert told[0] < 1
        return took

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(write)
        time.sleep(2)
        second = pool.submit(write)
        assert first.result() >= 4
        assert 4 <= second.result() < 5.8


def test_transaction_that_can_no_longer_write_is_told_at_once(url, other):
    """It read before another writer committed, so waiting would not help it."""
    patient = LibsqlDatabase(url, timeout=60)
    patient.execute_sql("BEGIN")
    assert patient.execute_sql("SELECT * FROM t").fetchall() == []
    other.batch([ADD])
    assert seconds(lambda: expect_busy(lambda: patient.execute_sql(ADD.sql))) < 20
    patient.execute_sql("ROLLBACK")
    assert patient.batch([ADD])[0].count == 1
    patient.close()


def test_other_threads_run_while_one_waits(url, hold_lock):
    """With the driver's own waiting, which keeps the interpreter, nothing would even end the lock."""
    patient = LibsqlDatabase(url, timeout=20)
    patient.connect()
    gaps, stop = [], threading.Event()

    def tick():
        last = time.monotonic()
        while not stop.is_set():
            time.sleep(0.001)
            last, before = time.monotonic(), last
            gaps.append(last - before)

    ticking = threading.Thread(target=tick)
    ticking.start()
    release = threading.Timer(3.0, hold_lock(60).kill)
    release.start()
    try:
        took = seconds(lambda: patient.batch([ADD]))
    finally:
        stop.set()
        ticking.join()
    patient.close()
    assert 2 < took < 15
    assert max(gaps) < 1.5


def test_a_thread_tells_before_it_waits_for_the_lock(url, hold_lock, monkeypatch):
    told = []
    monkeypatch.setattr(waiting.this_thread, "begins", lambda: told.append(threading.get_ident()))
    impatient = LibsqlDatabase(url, timeout=0.3)
    impatient.fetch([Statement("SELECT n FROM t")])
    impatient.batch([ADD])
    assert told == []
    hold_lock(30)
    expect_busy(lambda: impatient.batch([ADD]))
    assert set(told) == {threading.get_ident()}
    impatient.close()
