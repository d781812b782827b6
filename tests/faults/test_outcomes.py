"""What a call says of a write whose answer is lost, cannot be read or comes too late, and what it costs to find out."""

import logging
import socket
import threading
import time
from typing import Any

import orjson
import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors, require, require_changes
from shared_schema.database.settings import Limits, Settings
from tests.faults.conftest import LATE_S, Connect, Sqld, bodies, note
from tests.faults.gateways import Gateway
from tests.servers import Proxy


class Gone(Exception):
    """A guard's own error."""


@pytest.fixture
def database(connect: Connect, gateway: Gateway) -> LibsqlDatabase:
    return connect(gateway)


def with_strange_value(answer: bytes) -> bytes:
    """The answer with a value of a type that Hrana does not have, in the place of each integer."""
    return answer.replace(b'"type":"integer"', b'"type":"decimal"')


RETURNING = Statement("INSERT INTO notes (body) VALUES ('once') RETURNING id")


@pytest.mark.parametrize("way", ["batch", "statement"])
def test_a_write_whose_answer_cannot_be_read_was_applied(
    database: LibsqlDatabase, connect: Connect, server: Sqld, gateway: Gateway, way: str
) -> None:
    gateway.altered = with_strange_value
    with pytest.raises(peewee.DatabaseError, match="applied, but the server's answer cannot be read") as caught:
        if way == "batch":
            database.batch([RETURNING], idempotent=True)
        else:
            database.execute_sql(RETURNING.sql)
    assert type(caught.value.orig) is errors.Applied
    assert gateway.requests == 1
    assert bodies(connect(server)) == ["once"]


def test_a_read_that_cannot_be_read_is_an_error_at_once(database: LibsqlDatabase, gateway: Gateway) -> None:
    gateway.altered = with_strange_value
    for reads in ([Statement("SELECT 7 AS n")], [Statement("SELECT 7 AS n"), Statement("SELECT 8 AS n")]):
        with pytest.raises(peewee.DatabaseError, match="the server's answer cannot be read") as caught:
            database.fetch(reads)
        assert type(caught.value.orig) is errors.Unreadable
    assert gateway.requests == 2


@pytest.mark.parametrize(
    "page",
    [b"{}", b"[]", b'{"baton":null,"results":7}', b'{"baton":null,"results":[{}]}', b'{"baton":null,"results":[]}'],
)
def test_json_that_is_no_hrana_proves_nothing(
    database: LibsqlDatabase, connect: Connect, server: Sqld, gateway: Gateway, page: bytes
) -> None:
    gateway.altered = lambda answer: page
    with pytest.raises(peewee.OperationalError, match="its answer is not Hrana") as caught:
        database.batch([note("once")])
    assert type(caught.value.orig) is errors.OutcomeUnknown
    gateway.altered = lambda answer: answer
    assert bodies(connect(server)) == ["once"]


TAKE = [Statement("UPDATE notes SET body = 'taken' WHERE body = 'free'"), require_changes(1, otherwise=Gone)]


def test_a_guard_that_stops_a_repeated_batch_may_be_stopped_by_its_own_first_run(
    database: LibsqlDatabase, gateway: Gateway
) -> None:
    """Compare-and-set: the answer was lost, the batch is sent again, and finds what it has changed itself."""
    database.batch([note("free")])
    gateway.after = [502]
    with pytest.raises(peewee.OperationalError, match="a guard stopped the repetition") as caught:
        database.batch(TAKE, idempotent=True)
    assert type(caught.value.orig) is errors.GuardAfterLoss
    assert isinstance(caught.value.orig.guard, Gone)
    assert bodies(database) == ["taken"]
    with pytest.raises(Gone):  # sent once, and answered: somebody else was first
        database.batch(TAKE, idempotent=True)


def test_a_guard_that_was_never_repeated_is_certain(database: LibsqlDatabase, gateway: Gateway) -> None:
    gateway.before, gateway.page = [429], b'{"error":"Too many concurrent requests"}'
    with pytest.raises(Gone):
        database.batch(TAKE, idempotent=True)
    assert gateway.requests == 2


@pytest.mark.parametrize("write", ["INSERT INTO notes (body) VALUES ('x') RETURNING id", "DELETE FROM notes", "VACUUM"])
@pytest.mark.parametrize("inside", [False, True])
def test_fetch_takes_no_writes(database: LibsqlDatabase, gateway: Gateway, write: str, inside: bool) -> None:
    """A read may be sent again after a lost answer, and a failed one says that nothing was changed."""
    database.batch([note("there")])
    with pytest.raises(peewee.ProgrammingError, match="fetch takes queries that read"):
        if inside:
            with database.atomic():
                database.fetch([Statement("SELECT 1"), Statement(write)])
        else:
            database.fetch([Statement("SELECT 1"), Statement(write)])
    assert gateway.requests == 1
    assert bodies(database) == ["there"]


@pytest.mark.parametrize("before", [[], [Statement("SELECT 1")], [require("1", otherwise=Gone)]])
def test_changes_are_counted_of_a_write_alone(database: LibsqlDatabase, before: list[Any]) -> None:
    """After a SELECT a file would give the count of an earlier batch."""
    database.batch([note("there")])
    with pytest.raises(peewee.ProgrammingError, match="require_changes looks at the step before"):
        database.batch([*before, require_changes(1, otherwise=Gone), note("no")])
    assert bodies(database) == ["there"]


def test_a_tick_that_never_comes_costs_looks_at_the_clock_alone(database: LibsqlDatabase, gateway: Gateway) -> None:
    database.clock.wanted.set(10**18)
    assert database.fetch([Statement("SELECT 'the query' AS n")])[0].rows == [{"n": "the query"}]
    assert database.clock.stale.get()
    asked = [body for body in gateway.bodies if b"the query" in body]
    assert len(asked) == 2
    assert len(gateway.bodies) < 15


def test_what_one_database_has_written_says_nothing_of_another(
    server: Sqld, connect: Connect, gateway: Gateway
) -> None:
    one, other = connect(server), connect(gateway)
    for n in range(3):
        one.batch([note(str(n))])
    assert one.clock.wanted.get() == 3
    assert other.clock.wanted.get() == 0
    other.execute_sql("UPDATE consistency_clock SET tick = 1")
    began = time.monotonic()
    other.fetch([Statement("SELECT 1")])
    assert time.monotonic() - began < 0.9
    assert gateway.requests == 2


def test_hooks_and_the_log_hear_of_reads_that_fail(
    database: LibsqlDatabase, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Any] = []
    database.query_hooks.append(seen.append)
    good, bad, never = (Statement(sql) for sql in ("SELECT 1 AS n", "SELECT absent", "SELECT 3 AS n"))
    with caplog.at_level(logging.DEBUG, "peewee"), pytest.raises(peewee.OperationalError, match="no such column"):
        database.fetch([good, bad, never])
    assert [event.sql for event in seen] == ["SELECT 1 AS n", "SELECT absent"]
    assert seen[0].exception is None
    assert "no such column" in str(seen[1].exception)
    assert [record.getMessage() for record in caplog.records if record.name == "peewee"] == [
        "('SELECT 1 AS n', ())",
        "('SELECT absent', ())",
    ]


def test_hooks_hear_of_all_reads_that_no_answer_came_to(connect: Connect, proxy: Proxy, server: Sqld) -> None:
    database = connect(proxy, limits=Limits(0.2, 0.4, 0.4))
    seen: list[Any] = []
    database.query_hooks.append(seen.append)
    server.freeze()
    with pytest.raises(peewee.OperationalError):
        database.fetch([Statement("SELECT 1"), Statement("SELECT 2")])
    server.thaw()
    assert [(event.sql, type(event.exception.orig)) for event in seen] == [
        ("SELECT 1", errors.Unreachable),
        ("SELECT 2", errors.Unreachable),
    ]


def test_each_of_several_queries_has_its_own_time(connect: Connect, proxy: Proxy) -> None:
    database = connect(proxy)
    database.fetch([Statement("SELECT 1")])
    seen: list[Any] = []
    database.query_hooks.append(seen.append)
    proxy.rtt_s = 0.5
    slow = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 400000) SELECT count(*) FROM n"
    database.fetch([Statement("SELECT 1"), Statement(slow), Statement("SELECT 3")])
    quick, long, last = (event.duration for event in seen)
    assert quick < 0.4
    assert last < 0.4
    assert long > quick
    seen.clear()
    database.fetch([Statement("SELECT 1")])
    assert seen[0].duration >= 0.5


def test_addresses_of_a_host_share_the_time_to_connect(server: Sqld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with eight addresses that do not answer is given up as soon as one with a single one."""
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    port = full.getsockname()[1]
    fillers = [socket.socket() for _ in range(8)]
    for filler in fillers:  # the queue for new connections is full, so another one gets no answer
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.1", port))
    real = socket.getaddrinfo

    def eight(host: Any, *args: Any, **options: Any) -> Any:
        return real("127.0.0.1", *args, **options) * 8 if host == "eight.localhost" else real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", eight)
    database = LibsqlDatabase(Settings(f"http://eight.localhost:{port}", limits=Limits(1.0, 1.0, 3.0)))
    began = time.monotonic()
    with pytest.raises(peewee.OperationalError, match="cannot be reached"):
        database.fetch([Statement("SELECT 1")])
    assert time.monotonic() - began < 3.0 + LATE_S / 2
    for opened in (full, *fillers):
        opened.close()


def test_a_name_that_is_never_found_out_ends_by_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked, over = socket.getaddrinfo, [], threading.Event()

    def silent(host: Any, *args: Any, **options: Any) -> Any:
        if host != "silent.localhost" or options.get("flags"):
            return real(host, *args, **options)
        asked.append(host)
        over.wait(60)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    database = LibsqlDatabase(Settings("http://silent.localhost:9", limits=Limits(0.5, 1.0, 1.5)))
    began = time.monotonic()
    with pytest.raises(peewee.OperationalError, match="cannot be reached"):
        database.fetch([Statement("SELECT 1")])
    assert time.monotonic() - began < 1.5 + LATE_S / 2
    over.set()
    assert len(asked) == 1  # the threads of one process wait for the same answer


def test_answers_of_a_server_are_read_as_they_came(gateway: Gateway, database: LibsqlDatabase) -> None:
    """The gateway of these tests changes nothing by itself."""
    database.batch([note("one")])
    assert orjson.loads(gateway.answers[-1])["results"][0]["type"] == "ok"
