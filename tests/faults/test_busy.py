"""Another writer holds the lock: the answers that a server gave under twenty-four writers, put before a quiet one."""

import time

import orjson
import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.settings import Limits
from tests.faults.conftest import Connect, bodies, note
from tests.faults.gateways import Gateway

LOCKED = {"message": "SQLite error: database is locked", "code": "SQLITE_BUSY"}
DONE = {"cols": [], "rows": [], "affected_row_count": 0, "last_insert_rowid": None}
HURRIED = Limits(0.5, 1.0, 0.5)


def answer(*results: object) -> bytes:
    return orjson.dumps({"baton": None, "base_url": None, "results": results})


def batch_answer(*steps: object) -> bytes:
    """The answer to a batch whose steps gave a result, an error, or were not run (None)."""
    done = [step if step is not LOCKED else None for step in steps]
    failed = [step if step is LOCKED else None for step in steps]
    result = {"step_results": done, "step_errors": failed, "replication_index": "2069"}
    return answer({"type": "ok", "response": {"type": "batch", "result": result}}, CLOSED)


CLOSED = {"type": "ok", "response": {"type": "close"}}
AT_BEGIN = batch_answer(LOCKED, None, None, None)
AT_ONE_STATEMENT = answer({"type": "error", "error": LOCKED}, CLOSED)


@pytest.fixture
def database(connect: Connect, gateway: Gateway) -> LibsqlDatabase:
    return connect(gateway)


def test_a_batch_waits_for_the_lock_and_is_applied_once(database: LibsqlDatabase, gateway: Gateway) -> None:
    """Even one that must not be sent twice after a lost answer: at BEGIN nothing was done."""
    gateway.before, gateway.page = [200, 200], AT_BEGIN
    database.batch([note("once")])
    assert gateway.requests == 3
    assert bodies(database) == ["once"]


def test_one_statement_waits_too(database: LibsqlDatabase, gateway: Gateway) -> None:
    gateway.before, gateway.page = [200, 200], AT_ONE_STATEMENT
    database.execute_sql("INSERT INTO notes (body) VALUES ('once')")
    assert gateway.requests == 3
    assert bodies(database) == ["once"]


def test_a_transaction_waits_for_its_beginning(database: LibsqlDatabase, gateway: Gateway) -> None:
    gateway.before, gateway.page = [200, 200], AT_BEGIN
    with database.atomic():
        database.execute_sql("INSERT INTO notes (body) VALUES ('first')")
        assert gateway.requests == 3
        database.execute_sql("INSERT INTO notes (body) VALUES ('second')")
    assert bodies(database) == ["first", "second"]


@pytest.mark.parametrize("page", [AT_BEGIN, AT_ONE_STATEMENT], ids=["batch", "statement"])
def test_it_is_busy_at_the_deadline(connect: Connect, gateway: Gateway, page: bytes) -> None:
    gateway.before, gateway.page = [200] * 10_000, page
    hurried = connect(gateway, limits=HURRIED)
    began = time.monotonic()
    with pytest.raises(peewee.OperationalError, match=r"^database is locked$") as caught:
        if page == AT_BEGIN:
            hurried.batch([note("never")])
        else:
            hurried.execute_sql("INSERT INTO notes (body) VALUES ('never')")
    assert type(caught.value.orig) is errors.Busy
    assert time.monotonic() - began >= 0.3
    assert gateway.requests > 2
    gateway.before = []
    assert bodies(hurried) == []


def test_a_transaction_that_cannot_begin_in_time_is_over(connect: Connect, gateway: Gateway) -> None:
    gateway.before, gateway.page = [200] * 10_000, AT_BEGIN
    hurried = connect(gateway, limits=HURRIED)
    with pytest.raises(peewee.OperationalError, match=r"^database is locked$") as caught, hurried.atomic():
        try:
            hurried.execute_sql("INSERT INTO notes (body) VALUES ('first')")
        finally:
            gateway.before = []
            with pytest.raises(peewee.OperationalError, match="given up the transaction"):
                hurried.execute_sql("INSERT INTO notes (body) VALUES ('second')")
    assert type(caught.value.orig) is errors.Busy
    assert bodies(hurried) == []


def test_a_lock_that_is_missed_later_is_told_at_once(database: LibsqlDatabase, gateway: Gateway) -> None:
    """The transaction had begun: what it would do a second time is for the caller to say."""
    gateway.before, gateway.page = [200], batch_answer(DONE, LOCKED, None, DONE)
    with pytest.raises(peewee.OperationalError, match=r"^database is locked$") as caught:
        database.batch([note("never")])
    assert type(caught.value.orig) is errors.Busy
    assert gateway.requests == 1
    assert bodies(database) == []


def test_a_lock_that_is_missed_after_the_beginning_is_told_at_once(database: LibsqlDatabase, gateway: Gateway) -> None:
    """BEGIN has run on this stream, so it may not be sent there again."""
    gateway.before = [200]
    gateway.page = batch_answer(DONE, LOCKED).replace(b'"baton":null', b'"baton":"of a transaction"')
    with database.connection_context():
        database.execute_sql("BEGIN DEFERRED")
        with pytest.raises(peewee.OperationalError, match=r"^database is locked$"):
            database.execute_sql("INSERT INTO notes (body) VALUES ('never')")
        assert gateway.requests == 1
        with pytest.raises(peewee.OperationalError, match="baton"):  # the real server knows no such stream
            database.execute_sql("ROLLBACK")
    assert bodies(database) == []


def test_a_refusal_is_no_reason_to_try_again(database: LibsqlDatabase, gateway: Gateway) -> None:
    database.batch([note("there")])
    with pytest.raises(peewee.IntegrityError):
        database.batch([note("there")])
    with pytest.raises(peewee.IntegrityError):
        database.execute_sql("INSERT INTO notes (body) VALUES ('there')")
    with pytest.raises(peewee.OperationalError, match="no such column"):
        database.fetch([Statement("SELECT 1"), Statement("SELECT author FROM notes")])
    assert gateway.requests == 4
