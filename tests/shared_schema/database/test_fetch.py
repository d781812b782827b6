"""A fetch reads one snapshot, whatever others write meanwhile."""

import pytest

from shared_schema.database import LibsqlDatabase, Statement

TOTAL = Statement("SELECT sum(n) AS total FROM t")
ADD = Statement("INSERT INTO t VALUES (1)")


@pytest.fixture(autouse=True)
def table(ours):
    ours("CREATE TABLE t (n INTEGER) STRICT")
    ours("INSERT INTO t VALUES (1)")


@pytest.fixture
def write_after_first_read(db, other):
    """Another connection commits a row right after the first of our reads."""

    def write(event):
        db.query_hooks.clear()
        other.batch([ADD])

    db.query_hooks.append(write)


def totals(results):
    return [result.one(dict)["total"] for result in results]


def test_write_in_between_is_seen_by_single_reads(db, write_after_first_read):
    assert totals([db.fetch([TOTAL])[0], db.fetch([TOTAL])[0]]) == [1, 2]


def test_write_in_between_is_not_seen_inside_a_fetch(db, write_after_first_read):
    assert totals(db.fetch([TOTAL, TOTAL])) == [1, 1]
    assert totals(db.fetch([TOTAL])) == [2]


def test_fetch_leaves_no_transaction_behind(db, other):
    db.fetch([TOTAL])
    assert not db.connection().in_transaction
    db.query_hooks.append(lambda event: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        db.fetch([TOTAL])
    assert not db.connection().in_transaction


def test_fetch_inside_atomic_sees_what_is_not_committed_yet(db, other):
    with db.atomic():
        db.batch([ADD])
        assert totals(db.fetch([TOTAL])) == [2]
        assert totals(other.fetch([TOTAL])) == [1]


def test_readers_do_not_wait_for_a_writer(db, other):
    quick = LibsqlDatabase(db.url, timeout=0)
    with other.atomic():
        other.batch([ADD])
        assert totals(quick.fetch([TOTAL])) == [1]
    assert totals(quick.fetch([TOTAL])) == [2]
    quick.close()
