"""A stream is opened once and kept for the next calls; nothing of a call stays on it, and to lose it costs no write."""

import os
from contextlib import ExitStack

import orjson
import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors, usage
from shared_schema.database.server import streams
from shared_schema.database.settings import Limits
from tests.faults.conftest import Connect, Sqld, bodies, note
from tests.faults.gateways import Gateway
from tests.faults.test_busy import AT_BEGIN

READ = [Statement("SELECT 7 AS n")]


@pytest.fixture
def database(connect: Connect, gateway: Gateway) -> LibsqlDatabase:
    return connect(gateway)


def given(gateway: Gateway) -> list[str | None]:
    """The batons in the server's answers; None in one that is a line of text, too."""
    return [orjson.loads(answer)["baton"] if answer.startswith(b"{") else None for answer in gateway.answers]


def test_each_call_goes_on_with_the_stream_of_the_one_before(database: LibsqlDatabase, gateway: Gateway) -> None:
    database.fetch(READ)
    database.fetch([*READ, *READ])
    database.batch([note("one")])
    database.execute_sql("INSERT INTO notes (body) VALUES ('two')")
    assert bodies(database) == ["one", "two"]
    assert gateway.batons == [None, *given(gateway)[:-1]]
    assert None not in given(gateway)


def test_a_refused_batch_leaves_no_transaction_on_the_stream(
    server: Sqld, connect: Connect, database: LibsqlDatabase, gateway: Gateway
) -> None:
    database.batch([note("there")])
    with pytest.raises(peewee.IntegrityError):
        database.batch([note("with it"), note("there")])
    with pytest.raises(peewee.IntegrityError):
        database.execute_sql("INSERT INTO notes (body) VALUES ('there')")
    connect(server, limits=Limits(0.5, 1.0, 2.0)).batch([note("of another")])  # it need not wait
    database.batch([note("after")])
    assert bodies(database) == ["there", "of another", "after"]
    assert gateway.batons[1:] == given(gateway)[:-1]


def test_what_would_stay_on_a_stream_has_one_of_its_own(database: LibsqlDatabase, gateway: Gateway) -> None:
    """Also behind a comment. The next call goes on with the stream of the one before."""
    database.fetch(READ)
    for lasting in ("/* for a rebuild */ PRAGMA foreign_keys = 0", "CREATE TABLE others (id)"):
        database.execute_sql(lasting)
        assert (gateway.batons[-1], given(gateway)[-1]) == (None, None)
    database.batch([note("one"), Statement("ALTER TABLE others ADD COLUMN name")])
    assert (gateway.batons[-1], given(gateway)[-1]) == (None, None)
    database.batch([note("lasting")])
    assert gateway.batons[-1] == given(gateway)[0]
    assert bodies(database) == ["one", "lasting"]
    assert database.fetch([Statement("SELECT foreign_keys FROM pragma_foreign_keys")])[0].one(dict) == {
        "foreign_keys": 1
    }


@pytest.mark.parametrize("idempotent", [False, True])
def test_a_write_meets_a_server_that_was_started_anew(
    server: Sqld, database: LibsqlDatabase, gateway: Gateway, idempotent: bool
) -> None:
    """The new one does not know the stream and has run nothing: even a write that must be sent once is sent again."""
    database.batch([note("before")])
    server.kill()
    server.start()
    use = usage.Use()
    usage.current.set(use)
    database.batch([note("after")], idempotent=idempotent)
    assert use.round_trips == 2
    assert (gateway.batons[1] is not None, gateway.batons[2]) == (True, None)
    assert bodies(database) == ["before", "after"]
    assert gateway.batons[3] == given(gateway)[2]


def test_a_stream_that_has_rested_too_long_is_not_tried(
    database: LibsqlDatabase, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.fetch(READ)
    monkeypatch.setattr(streams, "_REST_S", 0.0)
    database.fetch(READ)
    assert gateway.batons == [None, None]


def test_after_a_lost_answer_another_stream_is_used(database: LibsqlDatabase, gateway: Gateway) -> None:
    """The server has moved on with the first one, and may still be at work on it."""
    database.batch([note("first")])
    gateway.after = [502]
    database.batch([Statement("INSERT OR IGNORE INTO notes (body) VALUES ('once')")], idempotent=True)
    assert gateway.batons == [None, given(gateway)[0], None]
    gateway.after = [502]
    with pytest.raises(peewee.OperationalError) as caught:
        database.batch([note("sent once")])
    assert isinstance(caught.value.orig, errors.OutcomeUnknown)
    assert gateway.batons[3:] == [given(gateway)[2]]
    assert bodies(database) == ["first", "once", "sent once"]
    assert gateway.batons[4:] == [None]


def test_who_finds_the_lock_taken_asks_again_on_the_same_stream(database: LibsqlDatabase, gateway: Gateway) -> None:
    """A server whose stream is closed then can leave the stream in its queue for the lock."""
    database.fetch(READ)
    baton = given(gateway)[0]
    gateway.page = AT_BEGIN.replace(b'"baton":null', b'"baton":"%s"' % str(baton).encode())
    gateway.page = gateway.page.replace(b'{"type":"close"}', b'{"type":"get_autocommit","is_autocommit":true}')
    gateway.before = [200, 200]
    database.batch([note("once")])
    assert gateway.batons == [None, baton, baton, baton]
    gateway.before = [200]
    gateway.page = gateway.page.replace(str(baton).encode(), str(given(gateway)[1]).encode())
    with database.atomic():
        database.execute_sql("INSERT INTO notes (body) VALUES ('twice')")
    assert gateway.batons[4:6] == [None, given(gateway)[1]]
    assert bodies(database) == ["once", "twice"]


def test_a_transaction_begins_on_another_stream_where_the_server_was_started_anew(
    database: LibsqlDatabase, gateway: Gateway
) -> None:
    """It had found the lock taken on a stream of the server before."""
    gateway.page = AT_BEGIN.replace(b'"baton":null', b'"baton":"of the server before"')
    gateway.before = [200]
    with database.atomic():
        database.execute_sql("INSERT INTO notes (body) VALUES ('once')")
    assert gateway.batons[:3] == [None, "of the server before", None]
    assert bodies(database) == ["once"]


def test_a_stream_in_a_transaction_is_not_kept(database: LibsqlDatabase, gateway: Gateway) -> None:
    """No statement of ours leaves one open; if one did, the next call would run in it."""
    database.fetch(READ)
    gateway.page = gateway.answers[0].replace(b'"is_autocommit":true', b'"is_autocommit":false')
    assert gateway.page != gateway.answers[0]
    gateway.before = [200]
    database.fetch(READ)
    database.fetch(READ)
    assert gateway.batons == [None, given(gateway)[0], None]


def test_a_child_has_streams_of_its_own(database: LibsqlDatabase, gateway: Gateway) -> None:
    database.fetch(READ)
    pid = os.fork()
    if pid == 0:
        try:
            database.fetch(READ)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    database.fetch(READ)
    assert gateway.batons == [None, None, given(gateway)[0]]


def test_a_process_keeps_forty_eight_streams_at_most() -> None:
    kept = streams.Streams()
    with ExitStack() as calls:
        opened = [calls.enter_context(kept.lent(writes=False)) for _ in range(52)]
        for n, stream in enumerate(opened[:48]):
            stream.baton = str(n)
        assert [stream.passing for stream in opened] == [False] * 48 + [True] * 4
    with ExitStack() as calls:
        again = [calls.enter_context(kept.lent(writes=False)) for _ in range(50)]
    assert {stream.baton for stream in again[:48]} == {str(n) for n in range(48)}
    assert [(stream.baton, stream.passing) for stream in again[48:]] == [(None, True)] * 2


def test_a_write_never_has_a_passing_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_KEPT", 1)
    kept = streams.Streams()
    with kept.lent(writes=False), kept.lent(writes=True) as write, kept.lent(writes=False) as read:
        assert (write.passing, read.passing) == (False, True)


def test_streams_that_came_back_without_a_baton_leave_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_KEPT", 1)
    kept = streams.Streams()
    for _ in range(3):
        with kept.lent(writes=False) as stream:
            assert not stream.passing


def test_of_the_streams_of_many_writes_no_more_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_KEPT", 2)
    kept = streams.Streams()
    with ExitStack() as calls:
        for n in range(4):
            calls.enter_context(kept.lent(writes=True)).baton = str(n)
    with ExitStack() as calls:
        batons = [calls.enter_context(kept.lent(writes=True)).baton for _ in range(4)]
    assert (len({*batons} - {None}), batons.count(None)) == (2, 2)


def test_a_read_beyond_those_that_are_kept_closes_its_stream(
    database: LibsqlDatabase, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open one that nobody keeps would hold a slot of the server for ten seconds."""
    monkeypatch.setattr(streams, "_KEPT", 0)
    assert database.fetch(READ)[0].rows == [{"n": 7}]
    assert database.fetch([*READ, *READ])[1].rows == [{"n": 7}]
    assert (gateway.batons, given(gateway)) == ([None, None], [None, None])
