"""All or nothing: whatever stops an adoption leaves the database as it was, and what is not proven is not committed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import peewee
import pytest

from migrations import adoption
from migrations.adoption import derived, proof, rebuild, run, scan
from migrations.tool.backup import dump
from shared_schema.database import LibsqlDatabase
from tests.migrations.adoption import legacy
from tests.migrations.adoption.conftest import everything

ROOT = Path(__file__).parents[3]


class Stopped(Exception):
    pass


def stop(*_, **__):
    raise Stopped


@pytest.fixture
def filled(old):
    legacy.create(old, "typescript")
    legacy.fill(old, "typescript")
    return old


STEPS = [
    (rebuild, "copy"), (rebuild, "renumber_attempts"), (rebuild, "replace"), (derived, "fill"), (proof, "check"),
    (proof, "check_whole"), (run, "_note_streams"), (rebuild, "end"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "step"), STEPS, ids=[step for _, step in STEPS])
def test_failure_at_any_step_leaves_the_original(filled, module, step, monkeypatch):
    before = everything(filled)
    monkeypatch.setattr(module, step, stop)
    with pytest.raises(Stopped):
        adoption.adopt(filled)
    assert everything(filled) == before


def test_failure_at_the_very_end_leaves_the_original_which_can_then_be_adopted(filled, monkeypatch):
    before = everything(filled)
    with monkeypatch.context() as patch:
        note = run._note_streams
        patch.setattr(run, "_note_streams", lambda db: (note(db), stop()))
        with pytest.raises(Stopped):
            adoption.adopt(filled)
    assert everything(filled) == before
    filled.execute_sql("PRAGMA foreign_keys = on")
    adoption.adopt(filled)


def test_rows_that_block_leave_the_original(filled):
    filled.execute_sql("UPDATE users SET created_at = 'soon'")
    before = everything(filled)
    with pytest.raises(adoption.RowsBlock):
        adoption.adopt(filled)
    assert everything(filled) == before


# What somebody might break, and what the proof must say of it. It happens after the copy and before the proof.
BREAKS = [
    "DELETE FROM user_answers WHERE id = 6",
    "UPDATE user_answers SET answered_at = answered_at + 3600 WHERE id = 3",
    "UPDATE user_answers SET is_correct = 1 - is_correct WHERE id = 2",
    "UPDATE user_answers SET attempt_number = 77 WHERE id = 1",
    "UPDATE users SET name = 'Mallory' WHERE id = 1",
    "UPDATE growth_metrics SET ai_cost_microusd = ai_cost_microusd + 1",
    "UPDATE tweets SET account_id = 'nobody'",
    "DROP INDEX users_email",
    "ALTER TABLE exams ADD COLUMN more TEXT",
    "DELETE FROM voice_profiles",
]


@pytest.mark.parametrize("broken", BREAKS)
def test_what_is_not_proven_is_not_committed(filled, broken, monkeypatch):
    before = everything(filled)
    fill = derived.fill

    def spoil(db, missing):
        db.execute_sql(broken)
        return fill(db, missing)

    monkeypatch.setattr(derived, "fill", spoil)
    with pytest.raises(adoption.NotProven):
        adoption.adopt(filled)
    assert everything(filled) == before


def test_second_opinion_sees_what_the_hash_cannot(filled, monkeypatch):
    """A rule whose SQL is wrong is wrong before and after; Python reads the time by itself."""
    look = scan.table

    def wrong(*arguments):
        examined = look(*arguments)
        for column, sql in examined.values.items():
            if column == "created_at" and "unixepoch" in sql:
                examined.values[column] = f"({sql}) + 3600"
        return examined

    monkeypatch.setattr(scan, "table", wrong)
    with pytest.raises(adoption.NotProven, match="created_at was '2025-01-31 12:00:00' and is 1738328400"):
        adoption.adopt(filled)


def test_value_changed_without_being_kept_is_seen(filled, monkeypatch):
    filled.execute_sql("UPDATE users SET login_count = 'many' WHERE id = 1")
    monkeypatch.setattr(rebuild, "_kept_values", lambda _: [])
    with pytest.raises(adoption.NotProven, match=r"login_count was 'many' and is 0|is"):
        adoption.adopt(filled, ["number-default"])


KILLED = """
import os, signal, sys
from migrations import adoption
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings

steps = int(sys.argv[3])
def told(step, done, total):
    global steps
    steps -= 1
    if steps == 0:
        os.kill(os.getpid(), signal.SIGKILL)

adoption.adopt(LibsqlDatabase(Settings(sys.argv[1], sys.argv[2] or None)), progress=told)
"""


@pytest.mark.parametrize(
    ("place", "after"), [("file", n) for n in (1, 16, 20, 32, 40, 52, 58)] + [("server", n) for n in (20, 58)]
)
def test_killed_adoption_leaves_the_original(filled, after):
    """On a server, which notices nothing, the transaction ends when its time is over."""
    before = everything(filled)
    filled.close()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "RUST_LOG": "off"}
    told = [filled.url, filled.settings.token or "", str(after)]
    done = subprocess.run([sys.executable, "-c", KILLED, *told], env=environment, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert everything(filled) == before
    assert filled.execute_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
    adoption.adopt(filled)


def test_second_adoption_at_once_waits_and_is_refused(tmp_path):
    """Whoever comes second finds the database adopted, or locked; never half of it."""
    path = tmp_path / "old.db"
    first, second = LibsqlDatabase(f"file:{path}"), LibsqlDatabase(f"file:{path}", timeout=0.2)
    legacy.create(first, "typescript")
    legacy.fill(first, "typescript")
    met = []

    def told(*_):
        if not met:
            with pytest.raises(peewee.OperationalError, match="locked"):
                adoption.adopt(second)
            met.append(dump.of(second, "users"))

    adoption.adopt(first, progress=told)
    assert met[0].rows == 2
    with pytest.raises(adoption.Refused):
        adoption.adopt(second)
    first.close()
    second.close()
