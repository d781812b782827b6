"""One operator at a time: on a file and on a server, by one row with an end."""

import os
import socket
import subprocess
import sys

import peewee
import pytest

from migrations.tool import lease
from shared_schema.database import LibsqlDatabase

pytestmark = pytest.mark.only("file", "server")


def row(db):
    return db.execute_sql("SELECT holder, token, expires_at - unixepoch() FROM migration_lease").fetchall()


def test_second_operator_is_told_who_holds_it_and_how_long(database, settings):
    other = LibsqlDatabase(settings)
    with lease.held(database):
        with pytest.raises(lease.Held, match=rf"{socket.gethostname()}/{os.getpid()} is migrating.*ends in \d+ s"):
            lease.held(other).__enter__()
        assert lease.holder(other).startswith(f"{socket.gethostname()}/{os.getpid()}")
    assert lease.holder(other) is None
    with lease.held(other):
        assert len(row(database)) == 1
    assert row(database) == []
    other.close()


def test_lease_lasts_a_minute_and_is_renewed(database, monkeypatch):
    monkeypatch.setattr(lease, "_RENEW_S", 0.05)
    with lease.held(database) as ours:
        database.execute_sql("UPDATE migration_lease SET expires_at = unixepoch() + 1")
        for _ in range(100):
            if row(database)[0][2] > 50:
                break
            lease.threading.Event().wait(0.05)
        assert 50 < row(database)[0][2] <= 60
        assert row(database)[0][1] == ours.token


def test_lease_that_ran_out_is_taken_over_and_its_holder_can_do_nothing_more(database, settings):
    other = LibsqlDatabase(settings)
    with lease.held(database) as ours:
        database.execute_sql("UPDATE migration_lease SET expires_at = unixepoch()")
        with lease.held(other) as theirs:
            with pytest.raises(lease.Lost):
                database.batch([ours.guard])
            database.execute_sql("UPDATE migration_lease SET expires_at = unixepoch() + 9")
            database.batch([ours.renewal])
            assert (row(database)[0][1], row(database)[0][2] <= 9) == (theirs.token, True)
            other.batch([theirs.guard])
    other.close()


def test_who_lost_it_does_not_take_it_from_the_next_one_at_the_end(database, settings):
    other = LibsqlDatabase(settings)
    first = lease.held(database)
    first.__enter__()
    database.execute_sql("UPDATE migration_lease SET expires_at = unixepoch()")
    with lease.held(other) as theirs:
        first.__exit__(None, None, None)
        assert [token for _, token, _ in row(other)] == [theirs.token]
    other.close()


def test_dead_process_of_this_machine_does_not_block(database):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with lease.held(database):
        pass
    database.execute_sql(
        "INSERT INTO migration_lease VALUES (1, ?, 'x', unixepoch() + 50)", (f"{socket.gethostname()}/{dead.pid}",)
    )
    with lease.held(database):
        assert row(database)[0][0].endswith(f"/{os.getpid()}")


def test_process_of_another_machine_is_waited_for(database):
    with lease.held(database):
        pass
    database.execute_sql("INSERT INTO migration_lease VALUES (1, 'elsewhere/1', 'x', unixepoch() + 50)")
    with pytest.raises(lease.Held, match="elsewhere/1"):
        lease.held(database).__enter__()
    database.execute_sql("UPDATE migration_lease SET expires_at = unixepoch() - 1")
    with lease.held(database):
        pass


def this_very_second(db, look):
    """What `look` gives while the clock of the database shows the second at which the lease ends."""
    for _ in range(50):
        ((end,),) = db.execute_sql(
            "UPDATE migration_lease SET expires_at = unixepoch() RETURNING expires_at"
        ).fetchall()
        result = look()
        if db.execute_sql("SELECT unixepoch()").fetchone() == (end,):
            return result
    raise AssertionError("the clock went on each time")


def test_lease_is_over_at_the_very_second_at_which_it_ends(database):
    with lease.held(database):
        pass
    database.execute_sql("INSERT INTO migration_lease VALUES (1, 'elsewhere/1', 'x', 0)")
    assert this_very_second(database, lambda: lease.holder(database)) is None

    def taken():
        database.execute_sql("UPDATE migration_lease SET token = 'x', holder = 'elsewhere/1'")
        return lease._take(database).holder

    assert this_very_second(database, taken) == f"{socket.gethostname()}/{os.getpid()}"


@pytest.mark.parametrize("holder", ["{here}/word", "elsewhere/{dead}", "{here}/{other}"])
def test_holder_that_cannot_be_known_dead_is_waited_for(holder, database, monkeypatch):
    """A holder that is no process id, one of another machine, and a process of another user."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with lease.held(database):
        pass

    def kill(pid, number):
        raise PermissionError if pid == 4_000_000 else ProcessLookupError

    monkeypatch.setattr(lease.os, "kill", kill)
    name = holder.format(here=socket.gethostname(), dead=dead.pid, other=4_000_000)
    database.execute_sql("INSERT INTO migration_lease VALUES (1, ?, 'x', unixepoch() + 50)", (name,))
    with pytest.raises(lease.Held, match=name):
        lease.held(database).__enter__()


def test_renewal_that_fails_once_is_tried_again(database, monkeypatch):
    monkeypatch.setattr(lease, "_RENEW_S", 0.05)
    real, failed = LibsqlDatabase.batch, []

    def unlucky(self, queries, **options):
        if "SET expires_at" in getattr(queries[0], "sql", "") and not failed:
            failed.append(queries[0].sql)
            raise peewee.OperationalError("the server is away")
        return real(self, queries, **options)

    with lease.held(database):
        database.execute_sql("UPDATE migration_lease SET expires_at = unixepoch() + 1")
        monkeypatch.setattr(LibsqlDatabase, "batch", unlucky)
        for _ in range(100):
            if row(database)[0][2] > 50:
                break
            lease.threading.Event().wait(0.05)
        assert (len(failed), row(database)[0][2] > 50) == (1, True)


def test_lease_that_cannot_be_given_back_hides_no_error(database, monkeypatch):
    """The error of the work matters more, and the lease ends by itself."""
    real = LibsqlDatabase.batch

    def away(self, queries, **options):
        if getattr(queries[0], "sql", "").startswith("DELETE"):
            raise peewee.OperationalError("the server is away")
        return real(self, queries, **options)

    with pytest.raises(ZeroDivisionError), lease.held(database):
        monkeypatch.setattr(LibsqlDatabase, "batch", away)
        1 / 0  # noqa: B018 - the error of the work
    assert len(row(database)) == 1
