"""The commands by which the operator's page moves a database of another generation, run on a running service."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from shared_schema.database import LibsqlDatabase
from tests.deploy.conftest import ROOT, Run
from tests.migrations.adoption import generation

PAGE = (ROOT / "migrations" / "README.md").read_text()
(COMMANDS,) = re.findall(r"```\n(sqlite3 .*?)```", PAGE, re.DOTALL)


def test_its_exams_move_as_the_page_says(start: Callable[[], Run], tmp_path: Path) -> None:
    run = start().wait_until_ready()
    work = tmp_path / "work"
    work.mkdir()
    (work / "migrations").symlink_to(ROOT / "migrations")
    generation.create_file(work / "old.db")
    own = {
        "PATH": generation.path_with_sqlite3(work),
        "TOKEN": run.token("STUDY_ADMIN_TOKEN"),
        "STUDY_URL": run.url("study"),
    }
    commands = ["bash", "-eu", "-o", "pipefail", "-c", COMMANDS]
    done = subprocess.run(
        commands, cwd=work, env=run.env | own, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r'"imported":(\d+)', done.stdout) == ["3", "1"]
    db = LibsqlDatabase(f"file:{run.env['PINGTOPASS_VAR']}/pingtopass.db", read_only=True)
    key = "(SELECT o.value->>'text' FROM json_each(q.answers) o WHERE o.value->>'isCorrect')"
    moved = f"SELECT e.code, {key}, q.review_status FROM questions q JOIN exams e ON e.id = q.exam_id WHERE e.code IN"
    assert db.execute_sql(f"{moved} ('N10-009', 'SY0-701') ORDER BY q.id").fetchall() == [
        ("N10-009", "A router", "pending"),
        ("N10-009", "LC", "pending"),
        ("N10-009", "10.0.0.1", "pending"),
        ("SY0-701", "AES", "pending"),
    ]
    db.close()
