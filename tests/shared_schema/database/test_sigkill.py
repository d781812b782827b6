"""A process killed in the middle of its batches: what it was told is stored is stored, and nothing by halves."""

import signal

import pytest

from shared_schema.database import Statement

# Writes batch after batch. It prints when the first row of a batch is in, and when all of it is stored. In the batch
# number `held` it waits between its rows, in the open transaction, for a kill that is bound to hit it there.
WRITE = """
import sys, time
from shared_schema.database import LibsqlDatabase, Statement

n, held = int(sys.argv[2]), int(sys.argv[3])

def row_is_in(event):
    if event.params[1] == "left":
        print("begun", n, flush=True)
        if n == held:
            time.sleep(600)

db = LibsqlDatabase(sys.argv[1])
db.query_hooks.append(row_is_in)
while True:
    n += 1
    db.batch([Statement("INSERT INTO pair VALUES (?, ?)", [n, half]) for half in ("left", "right")])
    print("stored", n, flush=True)
"""


@pytest.fixture
def killed_after(python, url):
    """`killed_after(line, start)`: let a process write from a number on until it says `line`, then kill it.

    Returns the last number that it printed as begun, and the last that it printed as stored.
    """

    def run(line, start, held=0):
        process = python(WRITE, url, start, held)
        lines = []
        while not lines or lines[-1] != f"{line}\n":
            lines.append(process.stdout.readline())
            assert lines[-1], "it ended by itself"
        process.kill()
        lines += process.stdout.readlines()
        assert process.wait(30) == -signal.SIGKILL
        printed = [line.split() for line in lines if line.endswith("\n")]
        return [max((int(n) for word, n in printed if word == kind), default=start) for kind in ("begun", "stored")]

    return run


@pytest.fixture
def pairs(ours):
    """`pairs()`: the numbers that are stored. Each has both its halves."""
    ours("CREATE TABLE pair (n INTEGER, half TEXT) STRICT")

    def stored():
        rows = ours("SELECT n, group_concat(half, ' ' ORDER BY half) FROM pair GROUP BY n ORDER BY n")
        assert {halves for _, halves in rows} <= {"left right"}
        assert ours("PRAGMA integrity_check") == [("ok",)]
        return [n for n, _ in rows]

    return stored


def test_a_writer_killed_between_its_rows_leaves_nothing_of_that_batch(db, pairs, killed_after):
    for held in (1, 5, 12):
        before = pairs()
        begun, stored = killed_after(f"begun {held}", len(before), held)
        assert (begun, stored) == (held, held - 1)
        assert pairs() == list(range(1, held))
    assert db.batch([Statement("INSERT INTO pair VALUES (12, 'left')")])[0].count == 1  # its lock is gone with it


def test_a_writer_killed_at_any_moment_loses_nothing_that_it_was_told_is_stored(db, ours, pairs, killed_after):
    last = 0
    for acknowledgements in (1, 20, 57, 100, 163):
        begun, stored = killed_after(f"stored {last + acknowledgements}", last)
        assert last + acknowledgements <= stored <= begun <= stored + 1
        kept = pairs()
        assert kept == list(range(1, kept[-1] + 1))
        assert kept[-1] in (stored, stored + 1)  # the last one may be stored and not printed yet
        last = kept[-1]
    assert last >= 1 + 20 + 57 + 100 + 163
    assert db.batch([Statement("DELETE FROM pair")])[0].count == 2 * last
