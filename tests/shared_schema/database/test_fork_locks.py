"""A fork while another thread of the parent holds a lock of the database: the child does not wait for that thread."""

import pytest

BEFORE = """
import os, sys, threading, time
from shared_schema.database import LibsqlDatabase, Statement

db = LibsqlDatabase(sys.argv[1], timeout=30)

def add(who):
    return db.batch([Statement("INSERT INTO t VALUES (?)", [who])])[0].count

def fork_while(work, inside):
    \"\"\"Fork while another thread is inside `work`. True in the child; the parent waits for both.\"\"\"
    thread = threading.Thread(target=work)
    thread.start()
    while not inside():
        time.sleep(0.001)
    if os.fork() == 0:
        return True
    leave.set()
    thread.join()
    print("status", os.wait()[1], flush=True)
    return False

leave = threading.Event()
"""
WHILE_WAITING_TO_WRITE = """
if fork_while(lambda: add("thread"), lambda: db._writers._lock.locked()):
    print("child", add("child"), flush=True)
    os._exit(0)
"""
WHILE_CONNECTING = """
connect = LibsqlDatabase._connect

def slowly(self):
    if threading.current_thread() is not threading.main_thread():
        leave.wait(30)
    return connect(self)

LibsqlDatabase._connect = slowly
if fork_while(lambda: add("thread"), lambda: db._lock.locked()):
    print("child", add("child"), flush=True)
    os._exit(0)
"""


@pytest.mark.parametrize("code", [WHILE_WAITING_TO_WRITE, WHILE_CONNECTING], ids=["writing", "connecting"])
def test_child_does_not_wait_for_a_lock_of_a_thread_it_does_not_have(python, url, db, hold_lock, code):
    db.execute_sql("CREATE TABLE t (who TEXT)")
    hold_lock(3)
    process = python(BEFORE + code, url)
    assert sorted(process.communicate(timeout=180)[0].splitlines()) == ["child 1", "status 0"]
    assert process.returncode == 0
    assert sorted(db.execute_sql("SELECT who FROM t").fetchall()) == [("child",), ("thread",)]
