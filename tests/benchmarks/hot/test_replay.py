"""Python's sqlite3 does the same work as our services: what was recorded leaves the same rows in a copy of the file."""

import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared_schema.database.settings import Settings
from tests.benchmarks.hot import data_layer, replay
from tests.benchmarks.hot.inside import Inside
from tests.benchmarks.hot.operations import OPERATIONS
from tests.benchmarks.hot.world import World

RUNS = 4
COUNTS = """
    SELECT (SELECT count(*) FROM user_answers), (SELECT count(*) FROM receipts), (SELECT count(*) FROM audit_log),
        (SELECT sum(total_questions_seen) FROM user_progress), (SELECT sum(sequence) FROM test_answers),
        (SELECT count(*) FROM study_sessions), (SELECT count(*) FROM test_attempts), (SELECT count(*) FROM tweets),
        (SELECT count(*) FROM ai_generation_log),
        (SELECT count(*) FROM engagement_opportunities WHERE status = 'claimed')
"""
PRINTED = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone())"


def test_the_same_statements_leave_the_same_rows(ready: tuple[Path, World], tmp_path: Path) -> None:
    file, people = ready
    ours, others = (Path(shutil.copy(file, tmp_path / name)) for name in ("ours.db", "others.db"))
    inside = Inside(Settings(f"file:{ours}"))
    before = inside.database.execute_sql(COUNTS).fetchone()
    measured = {one.name: data_layer.measure(inside, one, people, itertools.count(), RUNS) for one in OPERATIONS}
    after = inside.database.execute_sql(COUNTS).fetchone()
    pragmas = data_layer.pragmas(inside.database)
    inside.close()
    medians_ms = replay.medians_ms(others, pragmas, {name: runs for name, (_, runs) in measured.items()}, 1)
    assert list(medians_ms) == list(measured)
    assert after[0] == before[0] + 2 * (RUNS + data_layer.WARM)
    assert _counts(others) == " ".join(map(str, after))


def test_what_sqlite3_cannot_run_is_told_and_left_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    runs = {"one": [([("SELECT 1", ())], [])], "none": [([("SELECT no_such_function()", ())], [])]}
    assert list(replay.medians_ms(tmp_path / "new.db", {"synchronous": 1}, runs, 0)) == ["one"]
    assert "does not run its statements: no such function: no_such_function" in capfd.readouterr().err


def _counts(file: Path) -> str:
    """In a process of its own: the driver has had its files open in this one."""
    ran = subprocess.run([sys.executable, "-c", PRINTED, str(file), COUNTS], check=True, capture_output=True, text=True)
    return ran.stdout.strip()
