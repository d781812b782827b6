"""A child of a fork opens connections of its own; neither it nor its parent loses or breaks anything."""

from collections import Counter

import pytest

from shared_schema.database import LibsqlDatabase

BEFORE = """
import os, sys, threading, time
from shared_schema.database import LibsqlDatabase, Statement

db = LibsqlDatabase(sys.argv[1])
db.execute_sql("CREATE TABLE t (who TEXT)")

def add(who):
    db.batch([Statement("INSERT INTO t VALUES (?)", [who])])

def report(*words):
    print(*words, *sorted(who for who, in db.execute_sql("SELECT who FROM t").fetchall()), flush=True)

first, go_on = os.pipe()
"""


@pytest.fixture
def run(python, url):
    """Run the code after BEFORE and return its lines of output."""

    def run(code):
        process = python(BEFORE + code, url)
        output = process.communicate(timeout=180)[0].splitlines()
        assert process.returncode == 0
        return output

    return run


def stored(url):
    database = LibsqlDatabase(url)
    rows = database.execute_sql("SELECT who FROM t ORDER BY who").fetchall()
    assert database.execute_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
    return [who for (who,) in rows]


def test_child_and_parent_both_go_on(run, url):
    lines = run("""
add("before")
if os.fork() == 0:
    print("closed", db.is_closed())
    add("child")
    report("child")
    sys.exit()
print("status", os.wait()[1])
add("parent")
report("parent")
""")
    assert sorted(lines) == [
        "child before child",
        "closed True",
        "parent before child parent",
        "status 0",
    ]
    assert stored(url) == ["before", "child", "parent"]


def test_child_loses_nothing_when_its_parent_closes(run, url):
    """The parent's last close deletes the log; a child that believed to hold its lock would write into nowhere."""
    lines = run("""
add("before")
if os.fork() == 0:
    add("early")
    os.write(go_on, b".")
    time.sleep(0.3)
    add("late")
    report("child")
    os._exit(0)
os.read(first, 1)
report("parent")
db.close()
os.wait()
""")
    assert lines == ["parent before early", "child before early late"]
    assert stored(url) == ["before", "early", "late"]


def test_child_loses_nothing_when_another_thread_of_its_parent_closes(run, url):
    lines = run("""
db.close()
opened, close = threading.Event(), threading.Event()

def other():
    add("thread")
    opened.set()
    close.wait()
    report("thread")
    db.close()

thread = threading.Thread(target=other)
thread.start()
opened.wait()
if os.fork() == 0:
    add("early")
    os.write(go_on, b".")
    time.sleep(0.3)
    add("late")
    os._exit(0)
os.read(first, 1)
close.set()
thread.join()
os.wait()
""")
    assert lines == ["thread early thread"]
    assert stored(url) == ["early", "late", "thread"]


def test_many_children_write_while_the_parent_writes(run, url):
    run("""
for child in range(4):
    if os.fork() == 0:
        for n in range(10):
            add(f"child {child}")
        os._exit(0)
for n in range(10):
    add("parent")
statuses = [os.wait()[1] for _ in range(4)]
assert statuses == [0] * 4, statuses
""")
    assert Counter(stored(url)) == {"parent": 10, **{f"child {child}": 10 for child in range(4)}}


def test_fork_inside_a_transaction_leaves_the_parents_transaction_alone(run, url):
    lines = run("""
with db.atomic():
    add("parent")
    if os.fork() == 0:
        print("child", db.in_transaction(), flush=True)
        os._exit(0)
    os.wait()
    add("still")
report("parent")
""")
    assert lines == ["child False", "parent parent still"]
    assert stored(url) == ["parent", "still"]


def test_fork_inside_a_transaction_begun_by_hand_leaves_it_alone(run, url):
    run("""
db.execute_sql("BEGIN IMMEDIATE")
add("parent")
if os.fork() == 0:
    os._exit(0)
os.wait()
add("still")
db.execute_sql("COMMIT")
""")
    assert stored(url) == ["parent", "still"]


def test_fork_inside_a_connection_context_leaves_it_alone(run):
    lines = run("""
with db.connection_context():
    add("parent")
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    report("parent")
print("closed", db.is_closed())
""")
    assert lines[0] == "parent parent"
