"""A real server for each test, a proxy before it, databases and hosts on it. All of it ends with the test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Limits, Settings
from shared_schema.environment import CLOCK
from tests import servers
from tests.faults.gateways import Gateway
from tests.faults.hosts import Host
from tests.servers import Proxy

# For tests of deadlines. All others have limits that a busy machine does not meet.
SHORT = Limits(connect_s=0.5, read_s=1.0, total_s=1.5)
PATIENT = Limits(connect_s=5.0, read_s=20.0, total_s=30.0)
LATE_S = 5.0  # what a call may take beyond its deadline: a busy machine is late, but it does not hang
NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE)"


class Sqld(servers.Sqld):
    """Checkpoints now and then, not after commits: with that, a dozen writers lock sqld 0.24.32 up for ever."""

    def _options(self) -> list[str]:
        return [*super()._options(), "--checkpoint-interval-s", "60"]


Connect = Callable[..., LibsqlDatabase]


@pytest.fixture(scope="session", autouse=True)
def _a_server_to_break() -> None:
    servers.needed()


@pytest.fixture(scope="session")
def migrated_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a stopped server with every table of ours, empty, and one of notes. Each test gets a copy."""
    directory = tmp_path_factory.mktemp("migrated-server") / "primary"
    with Sqld(directory) as running:
        database = LibsqlDatabase(Settings(running.url, running.token))
        upgrade.up(database)
        database.execute_sql(NOTES)
        database.close()
    return directory


@pytest.fixture
def server(migrated_server: Path, tmp_path: Path) -> Iterator[Sqld]:
    """With every table of ours, empty, and one of notes."""
    shutil.copytree(migrated_server, tmp_path / "primary")
    with Sqld(tmp_path / "primary") as running:
        yield running


@pytest.fixture
def proxy(server: Sqld) -> Iterator[Proxy]:
    with Proxy(server.port) as running:
        yield running


@pytest.fixture
def gateway(server: Sqld) -> Iterator[Gateway]:
    with Gateway(server) as running:
        yield running


@pytest.fixture
def connect(server: Sqld) -> Iterator[Connect]:
    """`connect(place, …)`: a database at a server or proxy; a replica counts as fresh for `max_staleness_s`."""
    with ExitStack() as open_ones:

        def connected(
            place: Sqld | Proxy | Gateway,
            *,
            limits: Limits = PATIENT,
            token: str | None = None,
            replica: str | None = None,
            max_staleness_s: float = 2.0,
            clock: str | None = CLOCK,
        ) -> LibsqlDatabase:
            token = server.token if token is None else token
            database = LibsqlDatabase(Settings(place.url, token, replica, limits, max_staleness_s, clock=clock))
            open_ones.callback(database.close)
            return database

        yield connected


@pytest.fixture
def host(server: Sqld, tmp_path: Path) -> Iterator[Callable[..., Host]]:
    """`host(…)`: a machine with a replica and its replicator."""
    with ExitStack() as running:
        yield lambda place=server, **variables: running.enter_context(
            Host(tmp_path / "replica" / "r.db", place.url, server.token, variables)
        )


def bodies(database: LibsqlDatabase) -> list[str]:
    return [row["body"] for row in database.fetch([Statement("SELECT body FROM notes ORDER BY id")])[0].rows]


def note(body: str) -> Statement:
    return Statement("INSERT INTO notes (body) VALUES (?)", (body,))
