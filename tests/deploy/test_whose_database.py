"""`make run` beside a database that it has not made: it is used as it is, unless PINGTOPASS_DEMO=1 says otherwise."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests import servers, stages
from tests.servers import ROOT, Sqld, free_port

KEPT = ("users", "exams", "questions", "twitter_accounts", "ai_generation_log", "audit_log")


def local(where: Path, url: str, **variables: str) -> "subprocess.Popen[str]":
    """`make run` without make, on this database."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("TURSO_", "TOKEN_KEYS"))}
    ports = {"STUDY_PORT": str(free_port()), "GROWTH_PORT": str(free_port())}
    place = {"TURSO_DATABASE_URL": url, "PINGTOPASS_VAR": str(where / "var"), "PYTHONPATH": str(ROOT)}
    env = known | ports | place | variables
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-m", "deploy.local"], cwd=where, env=env, **pipes)  # type: ignore[call-overload,no-any-return]


@contextmanager
def running(process: "subprocess.Popen[str]") -> Iterator[list[str]]:
    """What it has printed until both services were ready."""
    printed = []
    try:
        assert process.stdout
        for line in process.stdout:
            printed.append(line)
            if "Ctrl-C stops" in line:
                break
        yield printed
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.terminate()  # and not kill: it has services to stop
        process.communicate(timeout=60)


def rows(database: LibsqlDatabase) -> dict[str, object]:
    return {table: database.execute_sql(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in KEPT}


@pytest.fixture
def operators(migrated: Path, tmp_path: Path) -> Iterator[LibsqlDatabase]:
    """A database of an operator, up to date, with people and without demo content."""
    database = LibsqlDatabase(stages.copied(migrated, tmp_path / "operators.db"))
    yield database
    database.close()


def test_it_is_served_as_it_is(operators: LibsqlDatabase, tmp_path: Path) -> None:
    before = rows(operators)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo.env").write_text("STUDY_ADMIN_TOKEN=of another database\n")
    with running(local(tmp_path, operators.url)) as printed:
        assert "no demo content was loaded; how to get a token: " in "".join(printed)
        assert "demo.env" not in "".join(printed)
        assert not (tmp_path / "var" / "demo.env").exists()
        assert not (tmp_path / "var" / "pingtopass.db").exists()
    assert rows(operators) == before


def test_it_is_filled_when_one_says_so(operators: LibsqlDatabase, tmp_path: Path) -> None:
    with running(local(tmp_path, operators.url, PINGTOPASS_DEMO="1")) as printed:
        assert f"tokens are in {tmp_path}/var/demo.env\n" in "".join(printed)
    emails = [email for (email,) in operators.execute_sql("SELECT email FROM users ORDER BY id").fetchall()]
    assert emails[-2:] == ["admin@demo.example", "learner@demo.example"]
    assert operators.execute_sql("SELECT count(*) FROM ai_generation_log").fetchone() > (0,)


def refusal(process: "subprocess.Popen[str]", lacks: str) -> None:
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith(f"TURSO_DATABASE_URL: the database lacks {lacks}")
    assert "PINGTOPASS_DEMO=1" in line


def test_it_is_not_migrated(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    refusal(local(tmp_path, f"file:{tmp_path}/empty.db"), "shared/001_first_tables, ")
    database = LibsqlDatabase(f"file:{tmp_path}/empty.db", read_only=True)
    assert database.get_tables() == []
    database.close()
    assert not (tmp_path / "var").exists()


def test_a_server_is_neither_migrated_nor_filled(tmp_path: Path) -> None:
    servers.needed()
    with Sqld(tmp_path / "server") as server:
        refusal(local(tmp_path, server.url, TURSO_AUTH_TOKEN=server.token), "shared/001_first_tables, ")
        database = LibsqlDatabase(Settings(server.url, server.token))
        assert database.get_tables() == []
        database.close()
