"""The connection ends after the request was sent, in the middle of the answer, or never quite."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.settings import Limits
from shared_schema.idempotency import Once
from shared_schema.tables import db
from study_service import answers
from study_service.answers import Submission
from tests.faults.conftest import LATE_S, SHORT, Connect, Sqld, bodies, note
from tests.servers import Proxy

Fault = Callable[[Proxy], None]
CUT: Fault = Proxy.cut_after_request
HALF: Fault = Proxy.half_response
HALF_BODY: Fault = lambda proxy: proxy.half_response(400)  # noqa: E731 - beside its siblings
faults = pytest.mark.parametrize("fault", [CUT, HALF, HALF_BODY], ids=["cut", "half a head", "half a body"])


@pytest.fixture
def database(connect: Connect, proxy: Proxy) -> LibsqlDatabase:
    through = connect(proxy)
    through.fetch([Statement("SELECT 1")])  # a connection is open
    proxy.reset()
    return through


@faults
def test_a_write_is_sent_once_and_its_outcome_called_unknown(
    database: LibsqlDatabase, connect: Connect, server: Sqld, proxy: Proxy, fault: Fault
) -> None:
    fault(proxy)
    with pytest.raises(peewee.OperationalError) as caught:
        database.batch([note("once")])
    assert isinstance(caught.value.orig, errors.OutcomeUnknown)
    assert proxy.requests == 1
    assert bodies(connect(server)) == ["once"]
    database.batch([note("and on")])


@faults
def test_an_idempotent_write_is_sent_again(
    database: LibsqlDatabase, connect: Connect, server: Sqld, proxy: Proxy, fault: Fault
) -> None:
    fault(proxy)
    database.batch([Statement("INSERT OR IGNORE INTO notes (body) VALUES ('once')")], idempotent=True)
    assert proxy.requests == 2
    assert bodies(connect(server)) == ["once"]


@faults
def test_a_read_is_sent_again(database: LibsqlDatabase, proxy: Proxy, fault: Fault) -> None:
    for queries in ([Statement("SELECT 7 AS n")], [Statement("SELECT 7 AS n"), Statement("SELECT 8 AS n")]):
        proxy.reset()
        fault(proxy)
        assert database.fetch(queries)[0].first(dict) == {"n": 7}
        assert proxy.requests == 2
    fault(proxy)
    assert database.execute_sql("SELECT 9").fetchone() == (9,)


@faults
def test_a_single_statement_that_writes_is_not_sent_again(database: LibsqlDatabase, proxy: Proxy, fault: Fault) -> None:
    fault(proxy)
    with pytest.raises(peewee.OperationalError) as caught:
        database.execute_sql("INSERT INTO notes (body) VALUES ('once')")
    assert isinstance(caught.value.orig, errors.OutcomeUnknown)
    assert proxy.requests == 1


def test_an_answer_with_a_key_counts_once(database: LibsqlDatabase, proxy: Proxy) -> None:
    db.initialize(database)  # type: ignore[attr-defined]
    _an_exam(database)
    given = Submission(1, "a", 5)
    proxy.reset()
    proxy.cut_after_request()  # the read, sent again
    first = answers.submit(1, given, dt.datetime.now(dt.UTC), Once("user:1", "key", "digest"), {})
    assert proxy.requests == 3
    once = Once("user:1", "key 2", "digest")
    batch_at_once = database.batch

    def batch(*arguments: Any, **options: Any) -> Any:
        proxy.cut_after_request()
        return batch_at_once(*arguments, **options)

    database.batch = batch  # type: ignore[method-assign]
    second = answers.submit(1, given, dt.datetime.now(dt.UTC), once, {})
    database.batch = batch_at_once  # type: ignore[method-assign]
    assert not first.replayed
    assert second.replayed  # it was done by the request that was cut
    assert second.document["attempt_number"] == 2
    counts = "SELECT (SELECT count(*) FROM user_answers) AS a, (SELECT total_attempts FROM questions) AS q"
    assert database.fetch([Statement(counts)])[0].first(dict) == {"a": 2, "q": 2}


def _an_exam(database: LibsqlDatabase) -> None:
    options = '[{"id": "a", "text": "x", "isCorrect": true}, {"id": "b", "text": "y", "isCorrect": false}]'
    question = "INSERT INTO questions (exam_id, objective_id, text, answers, review_status) VALUES (1, 1, 'Q', ?, ?)"
    database.batch(
        [
            Statement("INSERT INTO users (id, email, name, role) VALUES (1, 'u@example.com', 'U', 'user')"),
            Statement("INSERT INTO exams (id, vendor_id, code, name) VALUES (1, 'v', 'E', 'E')"),
            Statement("INSERT INTO objectives (id, exam_id, code, name) VALUES (1, 1, 'O', 'O')"),
            Statement(question, (options, "approved")),
        ]
    )


def test_a_write_that_is_lost_in_every_try_may_have_been_done(
    database: LibsqlDatabase, connect: Connect, server: Sqld, proxy: Proxy
) -> None:
    """Even an idempotent one: "nothing was changed" would be a lie."""
    hurried = connect(proxy, limits=SHORT)
    proxy.stall()
    with pytest.raises(peewee.OperationalError) as caught:
        hurried.batch([Statement("INSERT OR IGNORE INTO notes (body) VALUES ('late')")], idempotent=True)
    assert isinstance(caught.value.orig, errors.OutcomeUnknown)
    proxy.resume()
    assert connect(server).fetch([Statement("SELECT 1")])


@pytest.mark.parametrize("bytes_per_s", [20, 400])
def test_an_answer_that_drips_ends_by_the_deadline(
    database: LibsqlDatabase, connect: Connect, proxy: Proxy, bytes_per_s: int
) -> None:
    """In its head, and in its body: each byte is in time, the whole is not."""
    hurried = connect(proxy, limits=SHORT)
    proxy.drip(bytes_per_s)
    began = time.monotonic()
    with pytest.raises(peewee.OperationalError) as caught:
        hurried.fetch([Statement("SELECT printf('%.*c', 20000, 'x') AS long")])
    assert isinstance(caught.value.orig, errors.Unreachable)
    assert time.monotonic() - began < SHORT.total_s + LATE_S
    proxy.drip(None)
    assert database.fetch([Statement("SELECT 1 AS n")])[0].first(dict) == {"n": 1}


def test_a_slow_answer_within_the_deadline_is_taken(connect: Connect, proxy: Proxy) -> None:
    database = connect(proxy, limits=Limits(1.0, 5.0, 30.0))
    proxy.drip(2000)
    assert len(database.fetch([Statement("SELECT printf('%.*c', 3000, 'x') AS long")])[0].one(dict)["long"]) == 3000
