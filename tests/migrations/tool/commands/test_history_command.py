"""`status` shows what is wrong with a history, `history mark` repairs it, `history show` tells who did so and why."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from migrations.tool import exits
from shared_schema.releases import streams

ROOT = Path(__file__).parents[4]
EDITED = "UPDATE migrations_shared SET checksum = 'of another text' WHERE name = '002_deployments'"
SAID = (
    "shared: 002_deployments was edited after it was applied. Put the file back and write a new migration instead; if "
    "the edit changes nothing in the database, say so: `history mark shared 002_deployments edited --reason …`"
)
ONLY_WORDS = ("history", "mark", "shared", "002_deployments", "edited", "--reason", "only words")

pytestmark = pytest.mark.only("file", "server")


@pytest.fixture
def run(settings, database, tmp_path):
    """`run("status", …)`: exit code, stdout, stderr of the tool in a process of its own."""
    own = {
        "PYTHONPATH": str(ROOT),
        "TURSO_DATABASE_URL": settings.url,
        "TURSO_AUTH_TOKEN": settings.token or "",
        "PINGTOPASS_VAR": str(tmp_path),
        "RUST_LOG": "off",
    }

    def running(*arguments):
        whole = [sys.executable, "-m", "migrations", *arguments]
        done = subprocess.run(
            whole, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout, done.stderr

    return running


def test_an_edited_migration_is_seen_repaired_and_explained(run, database):
    database.execute_sql(EDITED)
    code, out, _ = run("status")
    assert (code, out.splitlines()[-1]) == (exits.FOUND, SAID)
    code, out, _ = run("check")
    assert (code, out) == (exits.FOUND, f"history: shared: {SAID.removeprefix('shared: ')}\n")

    code, out, _ = run(*ONLY_WORDS, "--yes")
    assert (code, out) == (
        0,
        "shared/002_deployments is marked edited; `check` tells whether the database agrees\n",
    )
    assert run("status")[0] == 0
    assert run("check")[:2] == (0, "no drift\n")
    code, out, _ = run("history", "show", "shared")
    first, second, *_, repaired = out.splitlines()
    assert (first[20:], second[20:]) == (" 001_first_tables (expand)", " 002_deployments (expand)")
    assert repaired[20:].startswith(" 002_deployments marked edited by ")
    assert repaired.endswith(": only words")


def test_everything_is_in_the_document_too(run, database):
    database.execute_sql(EDITED)
    assert json.loads(run("status", "--json")[1])["history"] == [
        {"kind": "edited", "stream": "shared", "message": SAID.removeprefix("shared: ")}
    ]
    run(*ONLY_WORDS, "--yes")
    shown = json.loads(run("history", "show", "shared", "--json")[1])
    files = sorted(path.stem for path in streams.directory("shared").glob("0*.py"))
    assert [entry["name"] for entry in shown["applied"]] == files
    assert [(entry["mark"], entry["reason"], entry["was"]) for entry in shown["repairs"]] == [
        ("edited", "only words", None)
    ]


def test_a_mark_needs_a_reason_and_a_history_to_mark(run, database):
    assert run(*ONLY_WORDS[:-2], "--yes")[0] == exits.USAGE
    assert run(*ONLY_WORDS[:-1], " ", "--yes")[0] == exits.USAGE
    code, out, err = run("history", "mark", "shared", "009_nowhere", "applied", "--reason", "x", "--yes")
    assert (code, out, err.splitlines()[-1]) == (exits.NOTHING_DONE, "", "shared has no migration 009_nowhere")


@pytest.mark.only("server")
def test_a_server_is_asked_about_before_its_history_is_marked(run, database):
    database.execute_sql(EDITED)
    code, _, err = run(*ONLY_WORDS)
    assert (code, "say --yes to mark without being asked" in err) == (exits.USAGE, True)
    assert run("status")[0] == exits.FOUND


@pytest.mark.only("file")
def test_a_stream_that_was_never_applied_has_no_history(run, database):
    database.execute_sql("DROP TABLE migrations_growth")
    assert run("history", "show", "growth")[:2] == (0, "nothing of growth has been applied\n")
