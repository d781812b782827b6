"""A token that does not count is said so at once, and is never shown."""

import logging
import time
from collections.abc import Callable

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.settings import Settings
from tests.faults.conftest import Connect, Sqld, note
from tests.faults.hosts import Host, wait_until
from tests.servers import Proxy

READ = [Statement("SELECT 1")]
WRONG = (
    "eyJhbGciOiJFZERTQSJ9.eyJhIjoicncifQ.c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldC1zZQ"
)

Tokens = Callable[[Sqld], str]


@pytest.mark.parametrize(
    "token",
    [
        lambda _: WRONG,
        lambda _: "nonsense",
        lambda _: "",
        lambda server: server.sign(a="rw", exp=int(time.time()) - 3600),
    ],
    ids=["wrong", "nonsense", "absent", "expired"],
)
def test_a_bad_token_is_refused_at_once(
    server: Sqld, proxy: Proxy, connect: Connect, token: Tokens, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = token(server)
    database = connect(proxy, token=secret)
    for call in (
        lambda: database.fetch(READ),
        lambda: database.fetch([*READ, *READ]),
        lambda: database.batch([note("no")]),
        lambda: database.batch([note("no")], idempotent=True),
        lambda: database.execute_sql("SELECT 1"),
    ):
        proxy.reset()
        with pytest.raises(peewee.OperationalError) as caught:
            call()
        assert type(caught.value.orig) is errors.AccessDenied
        assert caught.value.orig.code == "401"
        assert proxy.requests == 1
        assert not secret or secret not in _all_texts(caught.value, caplog)


def test_a_token_for_reading_reads(
    server: Sqld, proxy: Proxy, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = server.read_only_token
    database = connect(proxy, token=secret)
    assert database.fetch(READ)[0].rows
    assert database.fetch([*READ, *READ])[0].rows
    for call in (
        lambda: database.batch([note("no")]),
        lambda: database.batch([note("no")], idempotent=True),
        lambda: database.execute_sql("INSERT INTO notes (body) VALUES ('no')"),
    ):
        proxy.reset()
        with pytest.raises(peewee.OperationalError) as caught:
            call()
        assert type(caught.value.orig) is errors.AccessDenied
        assert proxy.requests == 1
        assert secret not in _all_texts(caught.value, caplog)
    with pytest.raises(peewee.OperationalError) as caught, database.atomic():
        database.execute_sql("INSERT INTO notes (body) VALUES ('no')")
    assert type(caught.value.orig) is errors.AccessDenied
    assert database.fetch([Statement("SELECT count(*) AS n FROM notes")])[0].first(dict) == {"n": 0}


def test_the_token_is_in_no_repr(server: Sqld, connect: Connect) -> None:
    database = connect(server)
    settings = Settings(server.url, server.token)
    shown = [repr(database), str(database), repr(settings), str(settings)]
    shown += [repr(vars(database)), repr(vars(database._primary))]
    shown += [repr(database.settings), repr(database.connection()), repr(database.connect_params)]
    assert all(server.token not in text for text in shown)


@pytest.mark.parametrize("address", ["http://user:secret-word@h", "libsql://h?authToken=secret-word"])
def test_a_token_in_the_url_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ValueError) as caught:
        LibsqlDatabase(Settings(address))
    assert "secret-word" not in str(caught.value)


def test_a_replicator_does_not_tell_its_token(server: Sqld, host: Callable[..., Host]) -> None:
    machine = host()
    server.kill()
    seen = len(machine.log.read_text())
    wait_until(lambda: len(machine.log.read_text()) > seen)
    server.start()
    machine.caught_up()
    assert server.token not in machine.log.read_text()


def _all_texts(error: peewee.PeeweeException, caplog: pytest.LogCaptureFixture) -> str:
    texts = [str(error), repr(error), repr(error.args), *(record.getMessage() for record in caplog.records)]
    cause: BaseException | None = error
    while cause is not None:
        texts += [str(cause), repr(cause), repr(cause.args), repr(vars(cause))]
        cause = cause.__cause__ or cause.__context__
    return " ".join(texts)
