"""The operator's page, walked through as it stands, in a copy of the tree."""

import re

import pytest

from migrations.__main__ import main
from migrations.tool import exits, lease, lint
from shared_schema.database import LibsqlDatabase
from tests.deploy import shells
from tests.deploy.conftest import ROOT
from tests.migrations.adoption import legacy

PAGE = (ROOT / "migrations" / "README.md").read_text()
BLOCKS: list[str] = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def operator(tmp_path):
    """`operator(script)`: its output. Each script has a fresh shell; files go from one to the next."""
    shells.copied(tmp_path)

    def run(script):
        done = shells.run(script, shells.environment(), tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_the_page_works_as_written(operator, tmp_path):
    first, one, script, expand, contract, failing, mended, back, history, backup, adoption, looking = BLOCKS

    printed = operator(first)
    assert "exit code 1" in printed
    assert 'CREATE TABLE "users" (' in printed
    assert "no drift\nwhole\n" in printed

    db = LibsqlDatabase(f"file:{tmp_path}/var/pingtopass.db")
    db.execute_sql(
        "INSERT INTO exams (vendor_id, code, name, description) VALUES ('v', 'c', 'n', printf('%.300c', 'd'))"
    )
    db.execute_sql("INSERT INTO twitter_accounts (id, username) VALUES ('1', 'a')")
    db.execute_sql("INSERT INTO tweets (id, account_id, text) VALUES ('1', '1', 'same'), ('2', '1', 'same')")

    printed = operator(one)
    assert printed.startswith("shared/003_identity: allowed (no older release")
    assert " error: " not in printed

    operator(script)
    assert (tmp_path / "study.sql").read_text() == "-- nothing to do\n"

    printed = operator(expand)
    assert "in chunks of id" in printed
    assert "study/101_exam_summary/0: 1 rows filled" in printed
    assert db.execute_sql("SELECT length(summary) FROM exams").fetchone() == (200,)

    printed = operator(contract)
    assert "allowed (it can be computed from user_answers)" in printed
    assert "study/102_no_session_avg\n" in printed

    printed = operator(failing)
    assert "growth/101_unique_text: 2 rows of \"tweets\" share text: ids '1', '2' ('same')" in printed
    assert "exit code 4" in printed
    assert "growth: pending 101_unique_text" in printed

    assert "growth/101_unique_text\n" in operator(mended)

    printed = operator(back)
    assert "growth/101_unique_text\n" in printed
    assert "does not go back: the column is gone; the backup that was made before has it" in printed

    printed = operator(history)
    assert "study: 101_exam_summary was edited after it was applied" in printed
    assert printed.count("exit code 1") == 1
    assert "101_exam_summary marked edited by " in printed
    assert ": only the docstring\n" in printed

    printed = operator(backup)
    assert "before-the-sale.sql.gz gives back pingtopass of" in printed
    assert "restored pingtopass of" in printed
    assert db.execute_sql("SELECT count(*) FROM tweets").fetchone() == (2,)
    db.close()

    old = LibsqlDatabase(f"file:{tmp_path}/old.db")
    legacy.create(old, "typescript")
    legacy.fill(old, "typescript")
    old.execute_sql("UPDATE exams SET passing_score = 70")
    old.execute_sql("UPDATE users SET role = 'guru' WHERE id = 1")
    old.close()
    printed = operator(adoption)
    assert "mend with percent-to-fraction" in printed
    assert printed.count("exit code") == 1
    assert "shared/002_deployments\n" in printed
    assert "whole\n" in printed
    assert "untouched" not in printed

    assert '"exit": 0' in operator(looking)


def test_what_the_page_says_of_the_tool_is_so():
    named = re.findall(r"`\.venv/bin/python -m migrations (\w+)", PAGE)
    assert named
    for name in named:
        assert name in main.commands
    assert lease.LASTS_S == 60
    rules = PAGE[PAGE.index("Its rules:") : PAGE.index("## A migration that fails")]
    assert set(re.findall(r"`([a-z-]+)`", rules)) == set(lint.RULES)
    codes = re.findall(r"(?m)^\| (\d) \|", PAGE)
    assert codes == [str(code) for code in range(exits.HALF_DONE + 1)]
