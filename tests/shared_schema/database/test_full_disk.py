"""A full disk is an error of its own, on a file and on a server, also in a transaction that the engine has ended."""

import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.settings import Settings
from tests import servers
from tests.servers.small import Small

MUCH = "INSERT INTO big VALUES (zeroblob(1000000))"
FEW = "INSERT INTO big VALUES (1)"


@pytest.fixture(params=["file", "server"])
def full(request, tmp_path):
    """A database that cannot grow, with an empty table."""
    if request.param == "file":
        db = LibsqlDatabase(f"file:{tmp_path}/full.db")
        db.execute_sql("CREATE TABLE big (x)")
        db.execute_sql("PRAGMA max_page_count = 8")
        yield db
        db.close()
        return
    servers.needed()
    with Small(tmp_path / "sqld") as server:
        db = LibsqlDatabase(Settings(server.url, server.token))
        db.execute_sql("CREATE TABLE big (x)")
        server.fill_up()
        yield db
        db.close()


def is_full(raised):
    return isinstance(errors.cause(raised.value), errors.Full) and "database or disk is full" in str(raised.value)


def test_it_is_said_wherever_the_statement_runs(full):
    """Alone, in a batch, in a transaction, and in a batch in a transaction."""

    def in_transaction():
        with full.atomic():
            full.execute_sql(FEW)
            full.execute_sql(MUCH)

    def in_batch_in_transaction():
        with full.atomic():
            full.execute_sql(FEW)
            full.batch([Statement(FEW), Statement(MUCH)])

    alone, in_batch = lambda: full.execute_sql(MUCH), lambda: full.batch([Statement(FEW), Statement(MUCH)])
    for way in (alone, in_batch, in_transaction, in_batch_in_transaction):
        with pytest.raises(Exception, match="full") as raised:
            way()
        assert is_full(raised)
        assert not full.connection().in_transaction
        assert full.execute_sql("SELECT count(*) FROM big").fetchall() == [(0,)]


def test_the_next_transaction_works(full):
    with pytest.raises(Exception, match="full"), full.atomic():
        full.execute_sql(MUCH)
    with full.atomic():
        full.execute_sql(FEW)
    assert full.execute_sql("SELECT x FROM big").fetchall() == [(1,)]


def test_a_transaction_that_the_engine_has_ended_cannot_be_committed(full):
    """Whoever catches the error and goes on must not believe that the whole was applied."""
    with pytest.raises(Exception, match=r"no transaction is active|given up"), full.atomic():
        full.execute_sql(FEW)
        with pytest.raises(Exception, match="full"):
            full.batch([Statement(MUCH)])
    assert full.execute_sql("SELECT count(*) FROM big").fetchall() == [(0,)]


def test_a_commit_after_a_statement_that_the_full_disk_has_refused_is_an_error(full):
    with pytest.raises(Exception, match=r"no transaction is active|given up"), full.atomic():
        full.execute_sql(FEW)
        with pytest.raises(Exception, match="full"):
            full.execute_sql(MUCH)
    assert full.execute_sql("SELECT count(*) FROM big").fetchall() == [(0,)]


@pytest.mark.parametrize("full", ["server"], indirect=True)
def test_on_a_server_nothing_more_runs_in_a_transaction_that_is_gone(full):
    with pytest.raises(Exception, match="given up the transaction"), full.atomic():
        with pytest.raises(Exception, match="full"):
            full.batch([Statement(MUCH)])
        full.execute_sql(FEW)
    assert full.execute_sql("SELECT count(*) FROM big").fetchall() == [(0,)]


def test_only_a_rollback_passes_over_a_transaction_that_is_gone(full):
    with pytest.raises(Exception, match="no transaction is active"):
        full.execute_sql("COMMIT")
