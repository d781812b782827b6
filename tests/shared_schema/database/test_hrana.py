"""What is sent to a server and read from its answer: JSON that a real server was given, and JSON that it gave."""

import copy
import dataclasses
import math

import orjson
import pytest
import urllib3

from shared_schema.database import binding, errors
from shared_schema.database.cursor import Answer
from shared_schema.database.server import hrana, replies
from tests import servers
from tests.servers import Sqld

TABLES = (
    "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
    "CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
)
COUNT = "SELECT count(*) AS n FROM parent"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    servers.needed()
    with Sqld(tmp_path_factory.mktemp("hrana"), auth=False) as running:
        yield running


@pytest.fixture
def send(server):
    """`send(request, …)`: the server's results for these requests of one pipeline."""
    with urllib3.HTTPConnectionPool(servers.HOST, server.port, timeout=30) as pool:

        def sent(*requests):
            body = orjson.dumps({"baton": None, "requests": [*requests, hrana.CLOSE]})
            response = pool.request("POST", "/v3/pipeline", body=body, retries=False)
            assert response.status == 200, response.data
            return orjson.loads(response.data)["results"][:-1]

        for sql in ("DROP TABLE IF EXISTS child", "DROP TABLE IF EXISTS parent", *TABLES):
            (result,) = sent(hrana.execute(sql, ()))
            replies.response(result)
        yield sent


@pytest.fixture
def batch(send):
    """`batch(sql, …)`: the server's result for these statements as one transaction."""

    def result(*sqls):
        (answered,) = send(hrana.batch("BEGIN IMMEDIATE", [hrana.statement(sql, ()) for sql in sqls]))
        return replies.response(answered)

    return result


def rows(send, sql, *values):
    (result,) = send(hrana.execute(sql, values))
    return replies.answer(replies.response(result))


@pytest.mark.parametrize(
    "value", [None, 0, -(2**63), 2**63 - 1, 0.5, -0.0, "", "it's ü\u2028", b"", b"\0", b"\0\xff", b"\0\xff\1", b"1234"]
)
def test_each_kind_of_value_goes_and_comes_back(send, value):
    answer = rows(send, "SELECT ? AS v, typeof(?) AS t", value, value)
    names = {type(None): "null", int: "integer", float: "real", str: "text", bytes: "blob"}
    assert answer.columns == ("v", "t")
    assert answer.rows == [(value, names[type(value)])]
    assert str(answer.rows[0][0]) == str(value)  # the sign of zero, too


def test_infinity_of_the_server_is_a_number_that_nobody_can_write(send):
    ((endless, one),) = rows(send, "SELECT 9e999, 1").rows
    assert (math.isnan(endless), one) == (True, 1)
    with pytest.raises(errors.DataError, match="NaN"):
        binding.value(endless)


def test_answer_says_what_a_write_did(send):
    wrote = rows(send, "INSERT INTO parent VALUES (?), (?)", 7, 8)
    assert 0 < wrote.engine_s < 10
    assert dataclasses.replace(wrote, engine_s=0.0) == Answer((), [], 2, 8, rows_read=2, rows_written=2)
    assert rows(send, "SELECT id FROM parent").rows_read == 2
    assert rows(send, "UPDATE parent SET id = id + 10 RETURNING id").rows == [(17,), (18,)]
    (result,) = send(hrana.execute("SELECT 1", ()))
    without = replies.response(result) | {"last_insert_rowid": None}
    assert replies.answer(without).last_id is None


def test_batch_that_succeeds_gives_an_answer_for_each_statement_and_is_committed(send, batch):
    answers = replies.batch_answers(batch("INSERT INTO parent VALUES (1)", COUNT, "INSERT INTO parent VALUES (2)"))
    assert [answer.changes for answer in answers] == [1, 0, 1]
    assert answers[1].rows == [(1,)]
    assert rows(send, COUNT).rows == [(2,)]


@pytest.mark.parametrize(
    ("sqls", "step", "kind"),
    [
        (("SELECT absent FROM parent", "INSERT INTO parent VALUES (1)"), 0, errors.OperationalError),
        (("INSERT INTO parent VALUES (1)", "INSERT INTO parent VALUES (1)", "SELECT 1"), 1, errors.Unique),
        (("INSERT INTO parent VALUES (1)", "INSERT INTO child VALUES (1, 77)"), 2, errors.ForeignKey),
    ],
    ids=["first", "second", "commit"],
)
def test_batch_that_fails_names_the_step_and_leaves_nothing(send, batch, sqls, step, kind):
    answered = batch(*sqls)
    with pytest.raises(replies.FailedStep) as raised:
        replies.batch_answers(answered)
    assert answered["step_results"][-1] is not None  # the ROLLBACK has run
    assert (raised.value.step, type(raised.value.error)) == (step, kind)
    assert rows(send, COUNT).rows == [(0,)]


def test_batch_whose_begin_fails_does_nothing_else(send):
    (result,) = send(hrana.batch("SELECT absent FROM parent", [hrana.statement("INSERT INTO parent VALUES (1)", ())]))
    answered = replies.response(result)
    assert [error is None for error in answered["step_errors"]] == [False, True, True, True]
    with pytest.raises(replies.FailedStep) as raised:
        replies.batch_answers(answered)
    assert raised.value.step == -1


def test_batch_that_succeeds_is_not_rolled_back(batch):
    answered = batch("INSERT INTO parent VALUES (1)")
    assert [result is None for result in answered["step_results"]] == [False, False, False, True]
    assert answered["step_errors"] == [None] * 4


def test_batch_without_a_commit_counts_as_failed_at_its_commit(batch):
    """Whatever a server does with a condition: only a COMMIT that has run is one."""
    answered = copy.deepcopy(batch("INSERT INTO parent VALUES (1)", COUNT))
    answered["step_results"][-2] = None
    with pytest.raises(replies.FailedStep) as raised:
        replies.batch_answers(answered)
    assert raised.value.step == 2
    assert str(raised.value.error) == "the server did not commit"


def test_sequence_runs_up_to_the_first_statement_that_fails(send):
    sqls = ("INSERT INTO parent VALUES (1)", "SELECT absent FROM parent", "INSERT INTO parent VALUES (2)")
    (result,) = send(hrana.sequence([hrana.statement(sql, ()) for sql in sqls]))
    answers, error = replies.sequence_answers(replies.response(result))
    assert [answer.changes for answer in answers] == [1]
    assert "no such column: absent" in str(error)
    assert rows(send, COUNT).rows == [(1,)]


def test_sequence_that_succeeds_has_no_error(send):
    (result,) = send(hrana.sequence([hrana.statement(sql, ()) for sql in (COUNT, COUNT)]))
    answers, error = replies.sequence_answers(replies.response(result))
    assert ([answer.rows for answer in answers], error) == ([[(0,)], [(0,)]], None)


def test_error_has_the_engines_words_its_type_and_the_servers_code(send):
    replies.response(send(hrana.execute("INSERT INTO parent VALUES (1)", ()))[0])
    (result,) = send(hrana.execute("INSERT INTO parent VALUES (1)", ()))
    with pytest.raises(errors.Unique) as raised:
        replies.response(result)
    assert str(raised.value) == "UNIQUE constraint failed: parent.id"
    assert (raised.value.table, raised.value.columns) == ("parent", ("id",))
    assert raised.value.code == "SQLITE_CONSTRAINT"


def test_request_that_answers_nothing_has_an_empty_result(send):
    (result,) = send({"type": "get_autocommit"})
    assert replies.response(result) == {}
    assert replies.response({"type": "ok", "response": {"type": "close"}}) == {}
