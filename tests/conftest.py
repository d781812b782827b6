"""The people of the tests, on databases that the real migrations built: once, then copied for each test."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

os.environ["RUST_LOG"] = "off"  # the driver's engine logs every write otherwise

import growth_service.app
import study_service.app
from migrations import router
from shared_schema.database import Database
from shared_schema.tables import db
from shared_schema.tables.shared import User
from shared_schema.web import tokens
from shared_schema.web.config import Config

KEYS = {"test": "a-secret-of-more-than-32-bytes-for-tests"}
SHARED = Path(__file__).parents[2] / "shared" / "data"

PEOPLE = (
    {"id": 1, "email": "alice@example.com", "name": "Alice", "role": "user", "timezone": "Europe/Berlin"},
    {"id": 2, "email": "bob@example.com", "name": "Bob", "role": "user", "timezone": "UTC"},
    {"id": 3, "email": "mo@example.com", "name": "Mo", "role": "moderator", "timezone": "UTC"},
    {"id": 4, "email": "ada@example.com", "name": "Ada", "role": "admin", "timezone": "UTC"},
)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table and four users."""
    path: Path = tmp_path_factory.mktemp("migrated") / "pingtopass.db"
    database = Database(f"file:{path}")
    router.up(database)
    with database.bind_ctx([User]):
        database.batch([User.insert_many(PEOPLE)])
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    """This test's own database, the one both services use."""
    path = tmp_path / "pingtopass.db"
    shutil.copy(migrated, path)
    own = Database(f"file:{path}")
    db.initialize(own)  # type: ignore[attr-defined]
    yield own
    own.close()


def _config(service: str) -> Config:
    return Config(service, 0, "127.0.0.1", "file::memory:", KEYS)


@pytest.fixture(scope="session")
def study_app() -> Flask:
    return study_service.app.create_app(_config("study"))


@pytest.fixture(scope="session")
def growth_app() -> Flask:
    return growth_service.app.create_app(_config("growth"))


def client(app: Flask, subject: str, role: str, *, scope: str = "read write") -> FlaskClient:
    """An HTTP client that sends this person's token."""
    audience = app.name.removesuffix("_service")
    token = tokens.mint(KEYS, audience, subject, role, ttl_s=3600, scope=scope)
    caller = app.test_client()
    caller.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return caller


@pytest.fixture
def stranger(study_app: Flask, database: Database) -> FlaskClient:
    return study_app.test_client()


@pytest.fixture
def alice(study_app: Flask, database: Database) -> FlaskClient:
    return client(study_app, "1", "user")


@pytest.fixture
def bob(study_app: Flask, database: Database) -> FlaskClient:
    return client(study_app, "2", "user")


@pytest.fixture
def mo(study_app: Flask, database: Database) -> FlaskClient:
    """The moderator."""
    return client(study_app, "3", "moderator")


@pytest.fixture
def ada(study_app: Flask, database: Database) -> FlaskClient:
    """The admin, at the study service."""
    return client(study_app, "4", "admin")


@pytest.fixture
def bot(growth_app: Flask, database: Database) -> FlaskClient:
    """The growth bot."""
    return client(growth_app, "growth-bot", "service")


@pytest.fixture
def approver(growth_app: Flask, database: Database) -> FlaskClient:
    """The admin, at the growth service."""
    return client(growth_app, "4", "admin")


@pytest.fixture
def count_queries(database: Database) -> Callable[[], object]:
    """`with count_queries() as said:` collects the SQL of every statement said meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        said: list[str] = []

        def note(event: object) -> None:
            said.append(" ".join(event.sql.split()))  # type: ignore[attr-defined]

        database.query_hooks.append(note)
        try:
            yield said
        finally:
            database.query_hooks.remove(note)

    return counting
