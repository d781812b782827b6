"""The command line: which database, the questions it asks, its output and its exit codes."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrations.__main__ import main
from migrations.tool import exits, lease
from migrations.tool.commands import target
from shared_schema.database import LibsqlDatabase
from shared_schema.environment import ConfigurationError
from shared_schema.releases import streams
from tests import servers, stages

ROOT = Path(__file__).parents[4]
VARIABLES = ("TURSO_DATABASE_URL", "TURSO_AUTH_TOKEN")


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """`environment(NAME=value, …)`: nothing else is set of what says which database is meant."""
    for name in VARIABLES:
        for suffix in ("", "_DEV", "_PROD"):
            monkeypatch.delenv(name + suffix, raising=False)
    monkeypatch.setenv("PINGTOPASS_VAR", str(tmp_path / "var"))

    def setting(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return setting


@pytest.fixture
def run(environment):
    """`run("up", …)`: exit code, stdout, stderr."""

    def running(*arguments):
        result = CliRunner().invoke(main, arguments)
        assert not (result.exception and not isinstance(result.exception, SystemExit)), result.exception
        return result.exit_code, result.stdout, result.stderr

    return running


DEV, PROD = "file:/tmp/dev.db", "libsql://prod.example.org"
AMBIGUOUS = [
    ({"TURSO_DATABASE_URL_DEV": DEV}, None, "say --env dev"),
    ({"TURSO_DATABASE_URL": DEV, "TURSO_DATABASE_URL_PROD": PROD}, None, "say --env prod"),
    ({"TURSO_DATABASE_URL_DEV": DEV, "TURSO_DATABASE_URL_PROD": PROD}, None, "say --env dev or --env prod"),
    ({"TURSO_DATABASE_URL": PROD}, "prod", "TURSO_DATABASE_URL_PROD is not set"),
    ({"TURSO_DATABASE_URL_DEV": PROD, "TURSO_DATABASE_URL_PROD": PROD}, "dev", "are the same database"),
    ({"TURSO_DATABASE_URL_PROD": PROD, "TURSO_AUTH_TOKEN": "x"}, "prod", "whose token is it"),
    ({"TURSO_DATABASE_URL_PROD": "https://user:pw@prod.example.org"}, "prod", "holds no secret"),
]


@pytest.mark.parametrize(("values", "env", "message"), AMBIGUOUS)
def test_what_could_mean_two_databases_is_refused(values, env, message, environment, run):
    environment(**values)
    with pytest.raises(ConfigurationError, match=message):
        target.of(env)
    code, out, err = run("status", *(["--env", env] if env else []))
    assert (code, out) == (exits.USAGE, "")
    assert message in err


def test_environment_is_picked_by_name_with_its_own_token(environment):
    environment(TURSO_DATABASE_URL_DEV=DEV, TURSO_DATABASE_URL_PROD=PROD, TURSO_AUTH_TOKEN_PROD="t")
    assert (target.of("dev").name, target.of("dev").settings.token) == ("/tmp/dev.db", None)
    assert (target.of("prod").name, target.of("prod").settings.token) == ("prod.example.org", "t")
    assert "'t'" not in repr(target.of("prod"))


def test_target_is_printed_and_without_one_it_is_the_file_of_this_machine(run, tmp_path):
    code, out, err = run("status")
    assert (code, err) == (exits.FOUND, f"database: {tmp_path}/var/pingtopass.db\n")
    assert out.startswith("shared: pending 001_first_tables")


@pytest.mark.only("server")
def test_server_is_asked_about_before_it_is_changed(settings, environment, run):
    environment(TURSO_DATABASE_URL=settings.url, TURSO_AUTH_TOKEN=settings.token)
    for words in (["up"], ["down", "growth"], ["restore", __file__]):
        code, _, err = run(*words)
        assert code == exits.USAGE
        assert "say --yes" in err
    code, out, err = run("up", "--yes")
    assert (code, out, err) == (0, "nothing to do\n", f"database: {settings.url.removeprefix('http://')}\n")
    assert run("push")[0] == exits.NOTHING_DONE


@pytest.mark.only("file", "server")
def test_every_command_answers_in_json(settings, database, environment, run, tmp_path):
    environment(TURSO_DATABASE_URL=settings.url, TURSO_AUTH_TOKEN=settings.token or "")
    backup = tmp_path / "one.sql.gz"
    words = {
        "status": ["status"],
        "plan": ["plan"],
        "up": ["up", "--yes"],
        "check": ["check"],
        "backup": ["backup", str(backup)],
        "verify": ["verify", str(backup)],
        "restore": ["restore", "--yes", str(backup)],
        "lint": ["lint"],
    }
    results = {name: run(*arguments, "--json") for name, arguments in words.items()}
    assert {name: code for name, (code, _, _) in results.items()} == dict.fromkeys(words, 0)
    documents = {name: json.loads(out) for name, (_, out, _) in results.items()}
    assert all(document["exit"] == 0 and document["command"] == name for name, document in documents.items())
    assert documents["status"]["pending"] == {stream: [] for stream in streams.NEEDS}
    assert documents["backup"]["rows"]["users"] == 4
    assert documents["lint"]["database"] is None
    assert (settings.token or "no token") not in json.dumps(documents)


def test_errors_are_documents_too_and_say_what_kind(run, tmp_path):
    (tmp_path / "no.sql.gz").write_text("no backup")
    code, out, err = run("restore", "--yes", "--json", str(tmp_path / "no.sql.gz"))
    document = json.loads(out)
    assert (code, document["exit"], document["error"]["kind"]) == (exits.NOTHING_DONE,) * 2 + ("Corrupt",)
    assert document["error"]["message"] in err


def test_lease_of_another_operator_is_a_reason_to_come_again(run, environment, tmp_path):
    db = LibsqlDatabase(f"file:{tmp_path}/one.db")
    environment(TURSO_DATABASE_URL=db.url)
    with lease.held(db):
        code, out, err = run("up")
        assert (code, out) == (exits.LATER, "")
        assert "is migrating this database" in err
        assert "is migrating this database" in run("status")[1]
    db.close()
    assert run("up")[0] == 0


def test_server_that_is_away_is_known_soon(run, environment, monkeypatch):
    environment(TURSO_DATABASE_URL="http://127.0.0.1:9", TURSO_AUTH_TOKEN="secret-token", TURSO_TOTAL_SECONDS="1")
    for words in (["status"], ["plan"], ["up", "--yes"], ["backup"], ["check"], ["verify"]):
        code, out, err = run(*words)
        assert (code, out) == (exits.USAGE, "")
        assert "TURSO_DATABASE_URL: http://127.0.0.1:9 cannot be reached" in err
        assert "secret-token" not in err


def test_plan_shows_the_sql_and_changes_nothing(run, environment, tmp_path):
    environment(TURSO_DATABASE_URL=f"file:{tmp_path}/one.db")
    code, out, _ = run("plan", "shared")
    assert code == 0
    assert 'CREATE TABLE "users" (' in out
    assert "study/" not in out
    assert run("status")[1].startswith("shared: pending 001_first_tables")
    code, out, _ = run("plan", "shared", "--to", "001_first_tables", "--json")
    assert [entry["migration"] for entry in json.loads(out)["migrations"]] == ["shared/001_first_tables"]
    assert run("up", "--to", "001_first_tables")[0] == exits.USAGE


def test_down_and_up_of_every_stream_on_demo_like_data(run, environment, settings_of_file):
    environment(TURSO_DATABASE_URL=settings_of_file.url)
    last = f"growth/{streams.names('growth')[-1]}"
    assert run("down", "growth")[1].splitlines()[-1] == last
    assert run("status")[0] == exits.FOUND
    assert run("up")[1].splitlines()[-1] == last
    assert run("check")[1] == "no drift\n"


@pytest.fixture
def settings_of_file(migrated, tmp_path):
    return stages.copied(migrated, tmp_path / "copy.db")


def test_drift_and_broken_references_are_found(run, environment, settings_of_file, tmp_path):
    environment(TURSO_DATABASE_URL=settings_of_file.url)
    db = LibsqlDatabase(settings_of_file)
    assert run("verify")[:2] == (0, "whole\n")
    db.execute_sql("PRAGMA foreign_keys = off")
    db.execute_sql("INSERT INTO objectives (exam_id, code, name) VALUES (77, 'x', 'x')")
    db.execute_sql("DROP INDEX questions_text_digest")
    code, out, _ = run("verify")
    assert (code, out) == (exits.FOUND, "objectives row 1 refers to a row of exams that is not there\n")
    code, out, _ = run("check")
    assert code == exits.FOUND
    assert 'questions_text_digest" is missing' in out
    assert run("push")[0] == exits.NOTHING_DONE
    db.execute_sql("DELETE FROM objectives")
    code, out, _ = run("push")
    backup, statement = out.splitlines()
    assert (code, statement.split(" ON ")[0]) == (0, 'CREATE INDEX "questions_text_digest"')
    assert backup.startswith(f"backup {tmp_path}/var/backups/copy-")
    assert Path(backup.removeprefix("backup ")).exists()
    assert run("check")[:2] == (0, "no drift\n")
    db.close()


def test_bars_are_for_terminals_only(environment, settings_of_file, tmp_path):
    """Into a pipe no bar is written; to a terminal one is."""
    env = os.environ | {"TURSO_DATABASE_URL": settings_of_file.url, "PYTHONPATH": str(ROOT), "RUST_LOG": "off"}
    command = [sys.executable, "-m", "migrations", "backup", str(tmp_path / "a.sql.gz")]
    piped = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert "%" not in piped.stderr
    master, slave = os.openpty()
    command[-1] = str(tmp_path / "b.sql.gz")
    subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=slave, timeout=60, check=True)
    os.close(slave)
    assert b"100%" in os.read(master, 65536)
    os.close(master)


@pytest.mark.only("file", "server")
def test_studio_shows_the_tables_in_a_browser_and_leaves_nothing_running(settings, database, environment, tmp_path):
    environment(TURSO_DATABASE_URL=settings.url, TURSO_AUTH_TOKEN=settings.token or "")
    port = servers.free_port()
    env = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "migrations", "studio", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as studio:
        try:
            assert "user_answers" in _page(port)
        finally:
            studio.terminate()
        assert studio.wait(10) == 0
    with pytest.raises(OSError):
        socket.create_connection((servers.HOST, port), timeout=1)
    assert not list(tmp_path.glob("tmp*"))


def _page(port):
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://{servers.HOST}:{port}/", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_looking_makes_no_database(run, environment, tmp_path):
    environment(TURSO_DATABASE_URL=f"file:{tmp_path}/mistyped/x.db")
    assert run("status")[0] == exits.FOUND
    assert run("plan")[0] == 0
    assert run("check")[0] == 0
    for words in (["backup"], ["verify"], ["down", "study"], ["adopt"], ["adopt", "--dry-run"], ["studio"]):
        code, _, err = run(*words)
        assert (code, f"there is no database at {tmp_path}/mistyped/x.db" in err) == (exits.NOTHING_DONE, True)
    assert not (tmp_path / "mistyped").exists()
