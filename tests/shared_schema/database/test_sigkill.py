"""A process killed in the middle of its batches: what it was told is stored is stored, and nothing by halves."""

import pytest

from shared_schema.database import Statement

WRITE = """
import sys
from shared_schema.database import Database, Statement

db = Database(sys.argv[1])
n = int(sys.argv[2])
while True:
    n += 1
    db.batch([Statement("INSERT INTO pair VALUES (?, ?)", [n, half]) for half in ("left", "right")])
    print(n, flush=True)
"""


@pytest.fixture
def killed_at(python, url):
    """Let a process write from a number on, kill it after so many acknowledgements; the last one it gave."""

    def run(start, acknowledgements):
        process = python(WRITE, url, start)
        lines = [process.stdout.readline() for _ in range(acknowledgements)]
        process.kill()
        lines += process.stdout.readlines()
        return max(int(line) for line in lines if line.endswith("\n"))

    return run


def test_killed_writer_loses_no_acknowledged_batch_and_leaves_no_half(db, ours, killed_at):
    ours("CREATE TABLE pair (n INTEGER, half TEXT) STRICT")
    last = 0
    for acknowledgements in (1, 20, 57, 100, 163):
        last = killed_at(last + 1, acknowledgements)
        rows = ours("SELECT n, group_concat(half, ' ' ORDER BY half) FROM pair GROUP BY n ORDER BY n")
        assert {halves for _, halves in rows} == {"left right"}
        assert last <= rows[-1][0] <= last + 1
        last = rows[-1][0]
    assert len(rows) == last - 5
    assert ours("PRAGMA integrity_check") == [("ok",)]
    assert db.batch([Statement("DELETE FROM pair")])[0].count == 2 * len(rows)
