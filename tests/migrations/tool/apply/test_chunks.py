"""The chunks of a backfill: how large they are, where they begin and end, and what else is in their transaction."""

import pytest

from migrations.tool import lease
from migrations.tool.apply import backfill
from shared_schema.releases.files import Backfill, Migration

pytestmark = pytest.mark.only("file", "server")
ROWS = 1000


@pytest.fixture
def heap(database):
    """Rows with the keys 10, 20, 30, …"""
    database.execute_sql("CREATE TABLE heap (id INTEGER PRIMARY KEY, v INTEGER NOT NULL DEFAULT 0, keep INTEGER)")
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    database.execute_sql(f"{numbers} INSERT INTO heap (id, keep) SELECT i * 10, i % 2 FROM n", (ROWS,))
    return database


@pytest.fixture
def chunks(monkeypatch):
    """The first and last key of each chunk that is done: `(None, 500), (500, 1000), …`"""
    done, real = [], backfill._chunk

    def noted(db, ours, todo, step, upto):
        done.append((todo.reached, upto))
        return real(db, ours, todo, step, upto)

    monkeypatch.setattr(backfill, "_chunk", noted)
    return done


def run(db, step, progress=lambda _: None):
    backfill.announce(db, Migration("study", "002_filled", "", "expand", "", True, backfills=(step,)))
    with lease.held(db) as ours:
        (todo,) = backfill.unfinished(db)
        return backfill.run(db, ours, todo, step, progress)


def sizes(chunks):
    return [(upto - (reached or 0)) // 10 for reached, upto in chunks]


@pytest.mark.parametrize(
    ("short", "long", "expected"),
    [
        (1e9, 1e9, [50, 100, 150, 150, 150, 150, 150, 100]),
        (-1, -1, [50, 40, *[40] * 22, 30]),
        (-1, 1e9, [50] * 20),
    ],
    ids=["quick", "slow", "neither"],
)
def test_the_next_chunk_is_larger_after_a_quick_one_and_smaller_after_a_slow_one(
    short, long, expected, heap, chunks, monkeypatch
):
    """Whatever time they take here: `short` and `long` decide what counts as quick and as slow."""
    bounds = {"_FIRST_ROWS": 50, "_MOST_ROWS": 150, "_FEWEST_ROWS": 40, "_SHORT_S": short, "_LONG_S": long}
    for name, value in bounds.items():
        monkeypatch.setattr(backfill, name, value)
    run(heap, Backfill("heap", "v = v + 1"))
    assert sizes(chunks) == expected
    assert heap.execute_sql("SELECT DISTINCT v FROM heap").fetchall() == [(1,)]


@pytest.mark.parametrize(("seconds", "rows"), [(0.24, 2000), (0.25, 1000), (0.5, 1000), (0.51, 500)])
def test_a_chunk_that_lets_others_wait_a_quarter_to_half_a_second_has_the_right_size(seconds, rows):
    assert backfill._next_size(1000, seconds) == rows


def test_chunks_follow_each_other_and_end_with_the_last_key(heap, chunks, monkeypatch):
    monkeypatch.setattr(backfill, "_FIRST_ROWS", 300)
    monkeypatch.setattr(backfill, "_MOST_ROWS", 300)
    assert run(heap, Backfill("heap", "v = v + 1", "keep = 0")) == ROWS // 2
    assert chunks == [(None, 3000), (3000, 6000), (6000, 9000), (9000, 10_000)]


def test_where_with_or_stays_within_its_chunk(heap, monkeypatch):
    monkeypatch.setattr(backfill, "_FIRST_ROWS", 300)
    monkeypatch.setattr(backfill, "_MOST_ROWS", 300)
    assert run(heap, Backfill("heap", "v = v + 1", "keep = 0 OR keep = 1")) == ROWS
    assert heap.execute_sql("SELECT DISTINCT v FROM heap").fetchall() == [(1,)]


def test_each_chunk_and_the_end_renew_the_lease(heap):
    ends = []

    def shorten(_):
        ends.append(heap.execute_sql("SELECT expires_at - unixepoch() FROM migration_lease").fetchone()[0])
        heap.execute_sql("UPDATE migration_lease SET expires_at = unixepoch() + 1")

    backfill.announce(
        heap, Migration("study", "002_filled", "", "expand", "", True, backfills=(Backfill("heap", "v = 1"),))
    )
    with lease.held(heap) as ours:
        (todo,) = backfill.unfinished(heap)
        shorten(0)
        backfill.run(heap, ours, todo, Backfill("heap", "v = 1"), shorten)
        shorten(0)
    assert [55 <= seconds <= 60 for seconds in ends] == [True] * len(ends)
    assert len(ends) >= 3


def test_an_empty_table_is_done_at_once(heap, chunks):
    heap.execute_sql("DELETE FROM heap")
    assert run(heap, Backfill("heap", "v = 1")) == 0
    assert (chunks, backfill.unfinished(heap)) == ([], [])


def test_another_key_than_id_is_followed(database, chunks):
    database.execute_sql("CREATE TABLE word (number INTEGER PRIMARY KEY, text TEXT) STRICT")
    database.execute_sql("INSERT INTO word VALUES (-5, 'a'), (7, 'b')")
    assert run(database, Backfill("word", "text = upper(text)", key="number")) == 2
    assert database.execute_sql("SELECT text FROM word ORDER BY number").fetchall() == [("A",), ("B",)]
    assert chunks == [(None, 7)]
