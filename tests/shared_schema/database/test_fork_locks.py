"""A fork while another thread of the parent holds a lock of the database: the child does not wait for that thread."""

import pytest

BEFORE = """
import os, sys, threading
from shared_schema.database import Database, Statement

db = Database(sys.argv[1], timeout=20)
db.execute_sql("CREATE TABLE t (who TEXT)")
entered, leave = threading.Event(), threading.Event()

def add(who):
    return db.batch([Statement("INSERT INTO t VALUES (?)", [who])])[0].count

def linger(event):
    if threading.current_thread() is not threading.main_thread():
        entered.set()
        leave.wait(60)

def fork_while(work):
    \"\"\"Fork while another thread is inside `work`, and let it go on in the parent. True in the child.\"\"\"
    thread = threading.Thread(target=work)
    thread.start()
    entered.wait(60)
    if os.fork() == 0:
        return True
    leave.set()
    thread.join()
    print("status", os.wait()[1], flush=True)
    return False
"""
WHILE_WRITING = """
db.query_hooks.append(linger)
if fork_while(lambda: add("thread")):
    print("child", add("child"), flush=True)
    os._exit(0)
print(sorted(who for who, in db.execute_sql("SELECT who FROM t").fetchall()))
"""
WHILE_CONNECTING = """
connect = Database._connect

def slowly(self):
    if threading.current_thread() is not threading.main_thread():
        linger(None)
    return connect(self)

Database._connect = slowly
if fork_while(lambda: db.execute_sql("SELECT 1")):
    print("child", add("child"), flush=True)
    os._exit(0)
print(db.execute_sql("SELECT who FROM t").fetchall())
"""


@pytest.mark.parametrize(
    ("code", "rows"),
    [(WHILE_WRITING, "['child', 'thread']"), (WHILE_CONNECTING, "[('child',)]")],
    ids=["write", "open"],
)
def test_child_does_not_wait_for_a_lock_of_a_thread_it_does_not_have(python, url, code, rows):
    process = python(BEFORE + code, url)
    assert process.communicate(timeout=60)[0].splitlines() == ["child 1", "status 0", rows]
    assert process.returncode == 0
