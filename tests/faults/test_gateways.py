"""A gateway before the server answers in its place: what its status proves about a write, and what it does not."""

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.server import calls as http
from shared_schema.database.settings import Limits, Settings
from tests.faults.conftest import SHORT, Connect, Sqld, bodies, note
from tests.faults.gateways import Gateway

ONCE = Statement("INSERT OR IGNORE INTO notes (body) VALUES ('once')")


@pytest.fixture
def database(connect: Connect, gateway: Gateway) -> LibsqlDatabase:
    return connect(gateway)


@pytest.mark.parametrize("clock", ["consistency_clock", None])
@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_idempotent_write_and_a_read_are_sent_again(
    connect: Connect, server: Sqld, gateway: Gateway, status: int, clock: str | None
) -> None:
    database = connect(gateway, clock=clock)
    gateway.after = [status, status]
    database.batch([ONCE], idempotent=True)
    assert gateway.requests == 3
    gateway.after = [status]
    assert database.fetch([Statement("SELECT body FROM notes")])[0].rows == [{"body": "once"}]
    assert gateway.requests == 5
    assert bodies(connect(server)) == ["once"]


NO_ROOM = b'{"error":"Server can\'t handle additional transactions"}'


def test_a_write_that_got_no_slot_is_sent_until_it_gets_one(
    database: LibsqlDatabase, connect: Connect, server: Sqld, gateway: Gateway
) -> None:
    gateway.before, gateway.page = [429, 503], NO_ROOM
    database.batch([note("once")])
    assert gateway.requests == 3
    assert bodies(connect(server)) == ["once"]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520])
def test_a_status_alone_proves_nothing(
    database: LibsqlDatabase, connect: Connect, server: Sqld, gateway: Gateway, status: int
) -> None:
    """A gateway may say so after the server has carried out what it was sent."""
    gateway.after = [status]
    with pytest.raises(peewee.OperationalError, match=f"HTTP {status} the gateway's own page") as caught:
        database.batch([note("once")])
    assert type(caught.value.orig) is errors.OutcomeUnknown
    assert gateway.requests == 1
    assert bodies(connect(server)) == ["once"]


@pytest.mark.parametrize("status", [301, 400, 404, 405, 413, 414, 431, 501])
def test_a_refusal_for_good_is_said_at_once(database: LibsqlDatabase, gateway: Gateway, status: int) -> None:
    gateway.before = [status] * 3
    for call in (
        lambda: database.fetch([Statement("SELECT 7 AS n")]),
        lambda: database.batch([ONCE], idempotent=True),
        lambda: database.execute_sql("INSERT INTO notes (body) VALUES ('once')"),
    ):
        with pytest.raises(peewee.OperationalError, match=f"HTTP {status} the gateway's own page") as caught:
            call()
        assert type(caught.value.orig) is errors.Refused
        assert caught.value.orig.code == str(status)
    assert gateway.requests == 3
    assert bodies(database) == []


def test_a_read_whose_answers_say_nothing_is_asked_again_ever_more_seldom(connect: Connect, gateway: Gateway) -> None:
    gateway.before = [500] * 10_000
    with pytest.raises(peewee.OperationalError, match="HTTP 500 the gateway's own page") as caught:
        connect(gateway, limits=Limits(0.5, 1.0, 3.0)).fetch([Statement("SELECT 7 AS n")])
    assert type(caught.value.orig) is errors.Unreachable
    assert 5 < gateway.requests < 20


@pytest.mark.parametrize(("total_s", "requests"), [(1.25, 3), (0.45, 1)])
def test_a_server_that_never_has_room_has_changed_nothing(
    database: LibsqlDatabase,
    connect: Connect,
    gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
    total_s: float,
    requests: int,
) -> None:
    """An attempt shortly before the deadline could be cut off, and what is certain would become unknown."""
    monkeypatch.setattr(http, "_PAUSE_S", (0.4, 0.4))
    gateway.before, gateway.page = [429] * 10_000, NO_ROOM
    with pytest.raises(peewee.OperationalError, match="429") as caught:
        connect(gateway, limits=Limits(0.5, 1.0, total_s)).batch([note("never")])
    assert type(caught.value.orig) is errors.Unreachable
    assert gateway.requests == requests
    gateway.before = []
    assert bodies(database) == []


def test_a_write_lost_once_and_then_kept_out_may_have_been_done(
    database: LibsqlDatabase, connect: Connect, server: Sqld, gateway: Gateway
) -> None:
    """Even an idempotent one: the first of its requests was carried out, the others were not let through."""
    gateway.after, gateway.then = [502], [429] * 10_000
    with pytest.raises(peewee.OperationalError) as caught:
        connect(gateway, limits=SHORT).batch([ONCE], idempotent=True)
    assert type(caught.value.orig) is errors.OutcomeUnknown
    assert bodies(connect(server)) == ["once"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_the_gateway_refuses_is_said_at_once(
    database: LibsqlDatabase, gateway: Gateway, status: int
) -> None:
    gateway.before = [status]
    with pytest.raises(peewee.OperationalError) as caught:
        database.batch([note("no")], idempotent=True)
    assert type(caught.value.orig) is errors.AccessDenied
    assert caught.value.orig.code == str(status)
    assert gateway.requests == 1


def test_page_that_is_no_answer_of_a_server_counts_as_a_lost_answer(
    database: LibsqlDatabase, connect: Connect, server: Sqld, gateway: Gateway
) -> None:
    """A login page, say, with status 200."""
    gateway.after = [200]
    with pytest.raises(peewee.OperationalError, match="its answer is not Hrana") as caught:
        database.batch([note("once")])
    assert type(caught.value.orig) is errors.OutcomeUnknown
    assert bodies(connect(server)) == ["once"]
    gateway.after = [200]
    assert database.fetch([Statement("SELECT 7 AS n")])[0].rows == [{"n": 7}]


def test_refusal_as_json_has_its_code(database: LibsqlDatabase, gateway: Gateway) -> None:
    """A hosted server refuses a whole request so."""
    gateway.before, gateway.page = [400], b'{"message": "SQLite error: too late", "code": "STREAM_EXPIRED"}'
    with pytest.raises(peewee.OperationalError, match=r"^too late$") as caught:
        database.fetch([Statement("SELECT 7 AS n")])
    assert (type(caught.value.orig), caught.value.orig.code) == (errors.StreamExpired, "STREAM_EXPIRED")


def test_a_server_behind_a_path_is_asked_there(server: Sqld, gateway: Gateway) -> None:
    database = LibsqlDatabase(Settings(f"{gateway.url}/one/db/", server.token))
    database.batch([note("once")])
    with database.atomic():
        database.execute_sql("INSERT INTO notes (body) VALUES ('twice')")
    assert bodies(database) == ["once", "twice"]
    assert {*gateway.paths} == {"/one/db/v3/pipeline"}
    database.close()
