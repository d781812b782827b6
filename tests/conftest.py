"""The people of the tests, on databases that the real migrations built: a file, a server, a server with a replica."""

import gc
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

import hypothesis
import peewee
import pytest
from flask import Flask
from flask.testing import FlaskClient

os.environ["RUST_LOG"] = "off"  # the driver's engine logs every write otherwise

import growth_service.app
import study_service.app
from shared_schema import kept
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.problems import Problem
from shared_schema.tables import db
from shared_schema.web import auth, tokens
from shared_schema.web.config import Config
from tests import audited, ownership, servers, stages
from tests.documents import Document
from tests.logged import Logged
from tests.modes import (
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
)

# pytest finds its hooks here.
__all__ = ["pytest_addoption", "pytest_collection_modifyitems", "pytest_configure", "pytest_generate_tests"]

KEYS = {"test": "a-secret-of-more-than-32-bytes-for-tests"}
_LONGEST_TEST_S = 10  # of those that ask for the date
SHARED = Path(__file__).parents[2] / "shared" / "data"

# How long an example takes says nothing on a machine that does other work, too.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")


def pytest_collection_finish() -> None:
    """What was collected stays to the end, so the garbage collector need not go through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    """All that is logged in this session. No token that the tests use stands in it."""
    watched = Logged(KEYS.values())
    with pytest.MonkeyPatch.context() as patch:
        watched.follow(patch)
        yield watched
    assert [*watched.taken(), *watched.search(tmp_path_factory.getbasetemp())] == []


@pytest.fixture(autouse=True)
def no_token_is_logged(logged: Logged) -> Iterator[None]:
    """Not in this test either, or it fails."""
    yield
    assert logged.taken() == []


@pytest.fixture(autouse=True)
def one_day() -> None:
    """No midnight of any time zone passes within a test: one that starts just before a full hour waits for it."""
    left_s = 3600 - time.time() % 3600
    if left_s < _LONGEST_TEST_S:
        time.sleep(left_s)


@pytest.fixture
def host_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """`host_in(zone)` sets the local time zone of this process, to show that no result depends on it."""
    with monkeypatch.context() as changed:

        def move(zone: str) -> None:
            changed.setenv("TZ", zone)
            time.tzset()

        yield move
    time.tzset()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table and four users."""
    path: Path = tmp_path_factory.mktemp("migrated") / "pingtopass.db"
    stages.migrated(path)
    return path


@pytest.fixture(scope="session")
def schema(migrated: Path) -> list[str]:
    """The SQL that makes every table and index, tables first."""
    made = """
        SELECT sql FROM sqlite_master m WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
            AND NOT EXISTS (SELECT 1 FROM pragma_table_list s WHERE s.name = m.name AND s.type = 'shadow')
        ORDER BY type <> 'table'
    """
    template = LibsqlDatabase(f"file:{migrated}", read_only=True)
    texts = [sql for (sql,) in template.execute_sql(made).fetchall()]
    template.close()
    return texts


@pytest.fixture(scope="session")
def statements(schema: list[str]) -> Iterator[ownership.Statements]:
    """The SQL that the services run in all tests of this process. None of it may touch another owner's table."""
    ran = ownership.Statements()
    yield ran
    assert ownership.trespasses(ran.recorded, schema) == []


@pytest.fixture(scope="session")
def batches(schema: list[str]) -> Iterator[audited.Batches]:
    """The batches that our code runs in all tests of this process. Each logs what it changes."""
    ran = audited.Batches()
    yield ran
    assert audited.unlogged(ran.recorded, schema) == []


@pytest.fixture(scope="session")
def primary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stages.Primary]:
    """A real server, one for all tests of this process."""
    servers.needed()
    with stages.primary(tmp_path_factory.mktemp("server")) as running:
        yield running


class Client(FlaskClient):
    """An HTTP client whose answers must be as the service's OpenAPI document says.

    It lets the replica catch up before each request, so that tests need not wait for it; test_consistency switches this
    off and shows what a client sees of a replica that lags.
    """

    catch_up: Callable[[], None] | None = None

    def open(self, *args: Any, **options: Any) -> Any:
        caught_up()
        response = super().open(*args, **options)
        document: Document | None = self.application.extensions.get("document")
        if document is not None:
            document.check(response)
        return response


def caught_up() -> None:
    """Let the replica catch up, if this test reads one."""
    if Client.catch_up is not None:
        Client.catch_up()


@pytest.fixture
def settings(mode: str, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The database of this test, as it is after migration."""
    if mode == "file":
        return stages.copied(request.getfixturevalue("migrated"), tmp_path / "pingtopass.db")
    primary: stages.Primary = request.getfixturevalue("primary")
    primary.clear()
    return primary.settings(replica=mode == "replica")


@pytest.fixture
def database(
    mode: str,
    settings: Settings,
    statements: ownership.Statements,
    batches: audited.Batches,
    request: pytest.FixtureRequest,
) -> Iterator[LibsqlDatabase]:
    """This test's own database, the one both services use."""
    own = LibsqlDatabase(settings)
    own.query_hooks.append(statements.note)
    batches.follow(own)
    db.initialize(own)  # type: ignore[attr-defined]
    if mode == "replica":
        primary: stages.Primary = request.getfixturevalue("primary")
        Client.catch_up = primary.catch_up
        own.clock.wanted.set(primary.tick)  # or what the test reads by itself could be of the test before
    for app in _apps:
        auth.admission_of(app).forget()
    yield own
    own.close()
    if mode == "replica":
        Client.catch_up = None
        primary.rest()


def _config(service: str) -> Config:
    return Config(service, 0, "127.0.0.1", Settings("file::memory:"), KEYS)


_apps: "WeakSet[Flask]" = WeakSet()  # those of a few tests end with them


def tested(app: Flask) -> Flask:
    """An app whose answers are held against its document, and which knows nothing of the tests before."""
    app.extensions["document"] = Document(app)
    app.test_client_class = Client
    _apps.add(app)
    return app


@pytest.fixture(scope="session")
def study_app() -> Flask:
    return tested(study_service.app.create_app(_config("study")))


@pytest.fixture(scope="session")
def growth_app() -> Flask:
    return tested(growth_service.app.create_app(_config("growth")))


def client(app: Flask, subject: str, role: str, *, scope: str = "read write") -> FlaskClient:
    """An HTTP client that sends this person's token, which the app has seen before: it has read the person's row."""
    audience = app.name.removesuffix("_service")
    token = tokens.mint(KEYS, audience, subject, role, ttl_s=3600, scope=scope)
    caught_up()
    with suppress(Problem, peewee.PeeweeException):
        auth.admission_of(app).token(token)
    caller = app.test_client()
    caller.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return caller


@pytest.fixture
def stranger(study_app: Flask, database: LibsqlDatabase) -> FlaskClient:
    return study_app.test_client()


@pytest.fixture
def alice(study_app: Flask, database: LibsqlDatabase) -> FlaskClient:
    return client(study_app, "1", "user")


@pytest.fixture
def bob(study_app: Flask, database: LibsqlDatabase) -> FlaskClient:
    return client(study_app, "2", "user")


@pytest.fixture
def mo(study_app: Flask, database: LibsqlDatabase) -> FlaskClient:
    """The moderator."""
    return client(study_app, "3", "moderator")


@pytest.fixture
def ada(study_app: Flask, database: LibsqlDatabase) -> FlaskClient:
    """The admin, at the study service."""
    return client(study_app, "4", "admin")


@pytest.fixture
def bot(growth_app: Flask, database: LibsqlDatabase) -> FlaskClient:
    """The growth bot."""
    return client(growth_app, "growth-bot", "service")


@pytest.fixture
def approver(growth_app: Flask, database: LibsqlDatabase) -> FlaskClient:
    """The admin, at the growth service."""
    return client(growth_app, "4", "admin")


@pytest.fixture
def count_queries(database: LibsqlDatabase) -> Callable[[], object]:
    """`with count_queries() as run:` collects the SQL of every statement that is run meanwhile, but of those that
    delete old keys, which go with one request in sixteen.
    """
    pruning = {statement.sql for statement in kept.PRUNE}

    @contextmanager
    def counting() -> Iterator[list[str]]:
        run: list[str] = []

        def note(event: object) -> None:
            sql: str = event.sql  # type: ignore[attr-defined]
            if sql not in pruning and not sql.startswith("SELECT tick FROM consistency_clock"):
                run.append(" ".join(sql.split()))

        database.query_hooks.append(note)
        try:
            yield run
        finally:
            database.query_hooks.remove(note)

    return counting
