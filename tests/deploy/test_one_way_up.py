"""An operator, `make run` and the tests' template bring a database up in the same way: with backfills and all looks."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy import children, contents, local
from migrations.tool.apply import backfill, upgrade
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.releases import streams
from tests import stages
from tests.servers import free_port

WORDS = '''"""Words, which are read in capitals."""

BACKFILLS = [{"table": "words", "set": "capitals = upper(text)"}]


def migrate(migrator, database, *, fake=False):
    migrator.sql("CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL, capitals TEXT) STRICT")
    migrator.sql("INSERT INTO words (text) VALUES ('ping'), ('pass')")


def rollback(migrator, database, *, fake=False):
    migrator.sql("DROP TABLE words")
'''
NO_TABLES = """

def migrate(migrator, database, *, fake=False):
    migrator.sql("DROP TABLE words")
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our streams in a directory of the test's own."""
    for stream in streams.NEEDS:
        shutil.copytree(streams.directory(stream), tmp_path / "files" / stream)
    monkeypatch.setattr(streams, "directory", lambda stream: tmp_path / "files" / stream)
    return tmp_path / "files"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[LibsqlDatabase]:
    opened = LibsqlDatabase(f"file:{tmp_path}/pingtopass.db")
    yield opened
    opened.close()


def as_operator(path: Path) -> None:
    database = LibsqlDatabase(f"file:{path}")
    upgrade.up(database)
    database.close()


def as_make_run(path: Path) -> None:
    contents.migrate(Settings(f"file:{path}"), path.parent / "backups")


@pytest.mark.parametrize("up", [as_operator, as_make_run, stages.migrated])
def test_rows_are_backfilled_whoever_brings_the_database_up(
    up: Callable[[Path], None], files: Path, tmp_path: Path, database: LibsqlDatabase
) -> None:
    (files / "study" / "900_words.py").write_text(WORDS)
    up(tmp_path / "pingtopass.db")
    filled = database.execute_sql("SELECT text, capitals FROM words ORDER BY id").fetchall()
    assert filled == [("ping", "PING"), ("pass", "PASS")]
    assert backfill.unfinished(database) == []


def test_make_run_keeps_a_backup_before_it_changes_a_database_with_rows(
    files: Path, tmp_path: Path, database: LibsqlDatabase
) -> None:
    as_make_run(tmp_path / "pingtopass.db")
    assert not (tmp_path / "backups").exists()
    (files / "study" / "900_words.py").write_text(WORDS)
    as_make_run(tmp_path / "pingtopass.db")
    assert [path.name.endswith(".sql.gz") for path in (tmp_path / "backups").iterdir()] == [True]


def test_make_run_says_why_it_does_not_start_and_changes_nothing(
    files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    database: LibsqlDatabase,
) -> None:
    monkeypatch.setenv("PINGTOPASS_VAR", str(tmp_path))
    monkeypatch.setenv("TOKEN_KEYS", "test:a-secret-of-more-than-32-bytes-for-tests")
    monkeypatch.delenv("TURSO_DATABASE_URL", raising=False)
    monkeypatch.setenv("STUDY_PORT", str(free_port()))
    monkeypatch.setenv("GROWTH_PORT", str(free_port()))
    monkeypatch.setattr(children.signal, "signal", lambda *_: None)  # the handlers of this process are pytest's
    as_make_run(tmp_path / "pingtopass.db")
    (files / "study" / "900_words.py").write_text(NO_TABLES)
    assert local.main() == 4
    assert "no such table: words" in capfd.readouterr().err
    assert streams.pending(database, ["study"]) == {"study": ["900_words"]}


def test_make_run_names_the_migrations_that_wait_for_another_process(
    files: Path, tmp_path: Path, database: LibsqlDatabase, capfd: pytest.CaptureFixture[str]
) -> None:
    as_make_run(tmp_path / "pingtopass.db")
    database.execute_sql(
        "INSERT INTO deployments (instance, service, host, version, knows, silence_s)"
        """ VALUES ('a:1', 'study', 'a', '0.1', '{"study": {"001_first_tables": "expand"}}', 90)"""
    )
    (files / "study" / "900_words.py").write_text('PHASE = "contract"\n\n' + WORDS)
    as_make_run(tmp_path / "pingtopass.db")
    assert "study/900_words waits: study 0.1 on host a" in capfd.readouterr().err
    assert streams.pending(database, ["study"]) == {"study": ["900_words"]}
