"""What is counted of the statements that run: how many, what they read and wrote, how often a server was asked."""

from collections.abc import Callable

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, usage
from shared_schema.database.settings import Limits, Settings
from shared_schema.database.usage import Use
from tests.servers import free_port


def used(work: Callable[[], object]) -> Use:
    own = Use()
    token = usage.current.set(own)
    try:
        work()
    finally:
        usage.current.reset(token)
    return own


def test_reads_and_writes_are_counted(database: LibsqlDatabase, mode: str) -> None:
    database.fetch([Statement("SELECT 1")], fresh=True)  # opens the connection
    three = [Statement("SELECT id FROM users WHERE id <= ?", (2,)), Statement("SELECT name FROM users WHERE id = 1")]
    read = used(lambda: database.fetch(three, fresh=True))
    assert (read.statements - (mode != "file"), read.rows_written) in ((2, 0), (1, 0))  # with the clock, where wanted
    assert read.rows_read >= 3
    assert read.round_trips == (mode != "file")
    assert 0 < read.seconds < 60
    # A server counts the rows of indexes, too; no index has this column.
    wrote = used(lambda: database.batch([Statement("UPDATE users SET bio = bio WHERE id <= 3")]))
    assert (wrote.statements, wrote.rows_written) == ((1, 3) if mode == "file" else (2, 4))  # the clock moves on
    assert (wrote.retries, wrote.unknown_outcomes, wrote.round_trips) == (0, 0, int(mode != "file"))


def test_nobodys_statements_are_not_counted_for_anybody(database: LibsqlDatabase) -> None:
    own = Use()
    token = usage.current.set(own)
    usage.current.reset(token)
    database.fetch([Statement("SELECT 1")])
    assert own == Use()


def test_a_server_that_is_away_costs_retries_and_time() -> None:
    away = LibsqlDatabase(Settings(f"http://127.0.0.1:{free_port()}", limits=Limits(0.1, 0.2, 0.5)))
    in_flight: list[int] = []
    watch = in_flight.append
    usage.watchers.append(watch)

    def ask() -> None:
        with pytest.raises(peewee.OperationalError):
            away.fetch([Statement("SELECT 1")])

    try:
        use = used(ask)
    finally:
        usage.watchers.remove(watch)
    assert (use.statements, use.rows_read) == (1, 0)
    assert use.round_trips == use.retries + 1 >= 2
    assert use.seconds >= 0.2
    assert in_flight == [1, -1] * use.round_trips
