"""A backfill fills every row once, whatever happens, and never holds the lock for long."""

import pytest

from migrations.tool import lease
from migrations.tool.apply import backfill
from shared_schema.database import LibsqlDatabase
from shared_schema.releases.files import Backfill, Migration

pytestmark = pytest.mark.only("file", "server")
ROWS = 3000
COUNTING = Backfill("heap", "v = v + 1", "keep = 0")


def migration(*backfills):
    return Migration("study", "002_filled", "Filled.", "expand", "", True, backfills=backfills)


@pytest.fixture
def heap(database):
    """Rows with gaps in their ids and negative ones; every seventh is not for the backfill."""
    database.execute_sql("CREATE TABLE heap (id INTEGER PRIMARY KEY, v INTEGER NOT NULL DEFAULT 0, keep INTEGER)")
    database.execute_sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO heap (id, keep) SELECT i * 3 - 1000, i % 7 = 0 FROM n",
        (ROWS,),
    )
    backfill.announce(database, migration(COUNTING))
    return database


def values(db):
    return db.execute_sql("SELECT keep, v, count(*) FROM heap GROUP BY 1, 2 ORDER BY 1").fetchall()


def finish(db, step=COUNTING, progress=None):
    with lease.held(db) as ours:
        for todo in backfill.unfinished(db):
            backfill.run(db, ours, todo, step, progress or (lambda _: None))


DONE = [(0, 1, ROWS - ROWS // 7), (1, 0, ROWS // 7)]


def test_every_row_is_filled_once(heap):
    reports = []
    finish(heap, progress=reports.append)
    assert values(heap) == DONE
    assert reports == sorted(reports)
    assert reports[-1] == ROWS - ROWS // 7
    assert backfill.unfinished(heap) == []
    finish(heap)
    assert values(heap) == DONE


class Stop(Exception):
    """As if it had been killed between two chunks."""


def test_it_goes_on_where_it_was(heap, monkeypatch):
    monkeypatch.setattr(backfill, "_MOST_ROWS", 100)
    monkeypatch.setattr(backfill, "_FIRST_ROWS", 100)

    def stop(rows):
        if rows > 1000:
            raise Stop

    with pytest.raises(Stop):
        finish(heap, progress=stop)
    (left,) = backfill.unfinished(heap)
    assert 1000 < left.rows < 1200
    assert sum(n * v for _, v, n in values(heap)) == left.rows
    finish(heap)
    assert values(heap) == DONE


def test_chunk_whose_answer_was_lost_is_not_done_twice(heap, monkeypatch):
    """The batch is applied and its answer thrown away: what comes next must look, not count on its memory."""
    real = LibsqlDatabase.batch
    lost = []

    def forgetful(self, queries, **options):
        results = real(self, queries, **options)
        if len(queries) == 5 and len(lost) < 3:
            lost.append(1)
            return real(self, queries, **options)
        return results

    monkeypatch.setattr(LibsqlDatabase, "batch", forgetful)
    finish(heap)
    assert len(lost) >= 2
    assert values(heap) == DONE


def test_who_lost_the_lease_fills_nothing_more(heap, settings):
    other = LibsqlDatabase(settings)
    taken = []

    def take(_):
        if not taken:
            other.execute_sql("UPDATE migration_lease SET token = 'other'")
            taken.append(sum(n * v for _, v, n in values(heap)))

    with pytest.raises(lease.Lost):
        finish(heap, progress=take)
    assert sum(n * v for _, v, n in values(heap)) == taken[0]
    other.execute_sql("DELETE FROM migration_lease")
    other.close()
    finish(heap)
    assert values(heap) == DONE


def test_rows_that_come_meanwhile_are_left_to_those_who_write_them(heap, monkeypatch):
    """New code fills what it writes. What old code adds behind the end is filled by the next release.

    The last chunk has room for more rows than are left.
    """
    monkeypatch.setattr(backfill, "_SHORT_S", 1e9)
    monkeypatch.setattr(backfill, "_MOST_ROWS", 1400)

    def write(_):
        heap.execute_sql("INSERT INTO heap (keep) VALUES (0)")

    (before,) = heap.execute_sql("SELECT max(id) FROM heap").fetchone()
    finish(heap, progress=write)
    assert backfill.unfinished(heap) == []
    later = heap.execute_sql("SELECT v, count(*) > 0 FROM heap WHERE id > ? GROUP BY v", (before,)).fetchall()
    assert later == [(0, 1)]
    heap.execute_sql("DELETE FROM heap WHERE id > ?", (before,))
    assert values(heap) == DONE


def test_failing_backfill_keeps_what_it_reached(heap):
    heap.execute_sql("CREATE TRIGGER no BEFORE UPDATE ON heap WHEN old.id > 5000 BEGIN SELECT raise(ABORT, 'no'); END")
    with pytest.raises(Exception, match="no"):
        finish(heap)
    (left,) = backfill.unfinished(heap)
    assert left.reached <= 5000
    heap.execute_sql("DROP TRIGGER no")
    finish(heap)
    assert values(heap) == DONE


def test_no_backfill_is_nothing_to_do(database):
    assert backfill.unfinished(database) == []
    backfill.announce(database, migration())
    backfill.withdraw(database, migration())
    assert backfill.unfinished(database) == []


def test_rolled_back_migration_takes_its_backfills_along(heap):
    backfill.withdraw(heap, migration(COUNTING))
    assert backfill.unfinished(heap) == []


def test_rolled_back_migration_leaves_the_backfills_of_others(heap):
    others = [
        Migration("study", "003_more", "", "expand", "", True, backfills=(COUNTING,)),
        Migration("growth", "002_filled", "", "expand", "", True, backfills=(COUNTING,)),
    ]
    for other in others:
        backfill.announce(heap, other)
    backfill.withdraw(heap, migration(COUNTING))
    left = [(todo.stream, todo.name) for todo in backfill.unfinished(heap)]
    assert left == [("growth", "002_filled"), ("study", "003_more")]


def test_unfinished_backfills_come_in_the_order_of_their_migrations_and_steps(database):
    for name in ("003_b", "002_a"):
        backfill.announce(database, Migration("study", name, "", "expand", "", True, backfills=(COUNTING, COUNTING)))
    todo = [(entry.name, entry.step) for entry in backfill.unfinished(database)]
    assert todo == [("002_a", 0), ("002_a", 1), ("003_b", 0), ("003_b", 1)]


def test_each_backfill_is_finished_for_itself(heap):
    """The same step of another migration, another step of the same, and the same of another stream stay as they are."""
    backfill.announce(heap, Migration("study", "003_more", "", "expand", "", True, backfills=(COUNTING, COUNTING)))
    backfill.announce(heap, Migration("growth", "003_more", "", "expand", "", True, backfills=(COUNTING,)))
    todo = next(entry for entry in backfill.unfinished(heap) if entry.name == "003_more" and entry.step == 1)
    with lease.held(heap) as ours:
        assert backfill.run(heap, ours, todo, COUNTING, lambda _: None) == ROWS - ROWS // 7
    left = [(entry.stream, entry.name, entry.step, entry.rows) for entry in backfill.unfinished(heap)]
    assert left == [("growth", "003_more", 0, 0), ("study", "002_filled", 0, 0), ("study", "003_more", 0, 0)]


def test_a_lease_that_is_lost_at_the_end_leaves_the_backfill_unfinished(heap, settings):
    other = LibsqlDatabase(settings)

    def take(rows):
        if rows == ROWS - ROWS // 7:
            other.execute_sql("UPDATE migration_lease SET token = 'other'")

    with pytest.raises(lease.Lost):
        finish(heap, progress=take)
    assert [entry.rows for entry in backfill.unfinished(heap)] == [ROWS - ROWS // 7]
    other.execute_sql("DELETE FROM migration_lease")
    other.close()
