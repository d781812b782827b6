"""Guards: the batch goes on only where a condition holds, and says why it did not."""

import traceback

import peewee
import pytest

from shared_schema.database import Statement, errors, require, require_changes


class Gone(Exception):
    """The question is no longer pending."""


class Taken(peewee.IntegrityError):
    """Looks like an error of the database, and must arrive as itself all the same."""


@pytest.fixture(autouse=True)
def questions(ours):
    ours("CREATE TABLE question (id INTEGER PRIMARY KEY, status TEXT) STRICT")
    ours("INSERT INTO question VALUES (1, 'pending'), (2, 'approved'), (3, 'pending')")


def approve(*ids):
    marks = ", ".join("?" * len(ids))
    return Statement(f"UPDATE question SET status = 'done' WHERE status = 'pending' AND id IN ({marks})", ids)


def done(db):
    return [row["id"] for row in db.fetch([Statement("SELECT id FROM question WHERE status = 'done'")])[0].rows]


def test_batch_goes_on_where_the_condition_holds(db):
    changed, guard, after = db.batch(
        [
            approve(1),
            require("SELECT count(*) = ? FROM question", (3,), otherwise=Gone),
            Statement("INSERT INTO question VALUES (4, 'pending')"),
        ]
    )
    assert (changed.count, after.count) == (1, 1)
    assert [list(row.values()) for row in guard.rows] == [[1]]
    assert done(db) == [1]


def test_condition_that_does_not_hold_undoes_everything_and_raises_the_very_exception(db):
    gone = Gone("too late")
    with pytest.raises(Gone) as raised:
        db.batch([approve(1), require("SELECT count(*) = 99 FROM question", otherwise=lambda: gone), approve(3)])
    assert raised.value is gone
    assert done(db) == []
    assert not db.connection().in_transaction


@pytest.mark.parametrize("condition", ["NULL", "0", "SELECT 1 WHERE false", "'no'"])
def test_anything_but_true_stops(condition, db):
    with pytest.raises(Gone):
        db.batch([require(condition, otherwise=Gone)])


def test_condition_sees_what_the_batch_did_so_far(db):
    pending = "NOT EXISTS (SELECT 1 FROM question WHERE status = 'pending')"
    with pytest.raises(Gone):
        db.batch([approve(1), require(pending, otherwise=Gone)])
    db.batch([approve(1, 3), require(pending, otherwise=Gone)])
    assert done(db) == [1, 3]


def test_compare_and_set_passes_with_the_count_asked_for(db):
    db.batch([approve(1, 3), require_changes(2, otherwise=Gone)])
    assert done(db) == [1, 3]


@pytest.mark.parametrize(("ids", "count"), [((2,), 1), ((1, 2), 2), ((1, 3), 1)])
def test_compare_and_set_with_another_count_undoes_everything(ids, count, db):
    with pytest.raises(Gone):
        db.batch([approve(*ids), require_changes(count, otherwise=Gone)])
    assert done(db) == []


def test_returned_rows_count_as_changes(db):
    returning = Statement("UPDATE question SET status = 'done' WHERE status = 'pending' RETURNING id")
    result, _ = db.batch([returning, require_changes(2, otherwise=Gone)])
    assert [row["id"] for row in result.rows] == [1, 3]


def test_condition_takes_named_parameters(db):
    db.batch([require(":a < :b", {"a": 1, "b": 2**40}, otherwise=Gone)])
    with pytest.raises(Gone):
        db.batch([require(":a > :b", {"a": 1, "b": 2**40}, otherwise=Gone)])


def test_first_guard_that_fails_decides(db):
    with pytest.raises(Gone):
        db.batch([require(c, otherwise=e) for c, e in (("true", Taken), ("false", Gone), ("false", Taken))])


def test_exception_that_resembles_peewees_is_not_turned_into_another(db):
    taken = Taken("slot")
    with pytest.raises(Taken) as raised:
        db.batch([require("false", otherwise=lambda: taken)])
    assert raised.value is taken


def test_mistake_in_the_condition_is_not_the_callers_exception(db):
    with pytest.raises(peewee.OperationalError, match="no such column"):
        db.batch([approve(1), require("nonsense", otherwise=Gone)])
    assert done(db) == []


def test_overflow_of_a_statement_is_an_error_of_the_database(db):
    """Guards fail by an overflow, too."""
    with pytest.raises(peewee.OperationalError, match="integer overflow") as raised:
        db.batch([approve(1), Statement("SELECT abs(-9223372036854775808)"), require("true", otherwise=Gone)])
    assert isinstance(raised.value.orig, errors.IntegerOverflow)
    assert done(db) == []


def test_guard_inside_atomic_undoes_only_its_batch(db):
    with db.atomic():
        db.batch([approve(1)])
        with pytest.raises(Gone):
            db.batch([approve(3), require("false", otherwise=Gone)])
    assert done(db) == [1]


def test_each_guard_that_fails_raises_an_exception_of_its_own(db):
    """One that is raised again and again would keep the frames of all callers, of other threads, too."""
    guard = require("false", otherwise=Gone)
    raised = []
    for _ in range(3):
        with pytest.raises(Gone) as caught:
            db.batch([guard])
        raised.append(caught.value)
    assert len(set(map(id, raised))) == 3
    assert len({len(list(traceback.walk_tb(error.__traceback__))) for error in raised}) == 1
