"""How long adoption takes, and in how much memory: `python -m tests.benchmarks.adoption [questions] [answers]`.

Builds a database as the TypeScript layer left it, its indexes and its mixture of times included, and runs the whole
command on it in a process of its own.
"""

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout, suppress
from pathlib import Path

from migrations.__main__ import main as main_command
from shared_schema.database import LibsqlDatabase
from tests.migrations.adoption import legacy

NUMBERS = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {last})"
USERS, EXAMS = 2_000, 20
# As text for every other row, in seconds for the rest, in milliseconds for one in a hundred.
TIME = """CASE WHEN n % 2 THEN datetime(1700000000 + n * 7, 'unixepoch')
               WHEN n % 100 = 0 THEN (1700000000 + n * 7) * 1000 + n % 1000 ELSE 1700000000 + n * 7 END"""


def build(path: str, questions: int, answers: int) -> None:
    """Rows first, then the indexes of old."""
    db = LibsqlDatabase(f"file:{path}")
    db.execute_sql("PRAGMA foreign_keys = off")
    db.execute_sql("PRAGMA synchronous = off")
    made = list(legacy.statements("typescript"))
    with db.atomic():
        for sql in [sql for sql in made if sql.startswith("CREATE TABLE")] + rows(questions, answers):
            db.execute_sql(sql)
    for sql in [sql for sql in made if not sql.startswith("CREATE TABLE")]:
        db.execute_sql(sql)
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def rows(questions: int, answers: int) -> list[str]:
    def fill(table: str, last: int, **columns: str) -> str:
        values = f"SELECT {', '.join(columns.values())} FROM n"
        return f"{NUMBERS.format(last=last)} INSERT INTO {table} ({', '.join(columns)}) {values}"

    text = "'Question ' || n || ': which of these routes a packet between two networks, and why is it not the switch?'"
    # Every fourth answer is in a session of its person, and its question is of the session's exam.
    session = f"1 + n / 40 % {answers // 40}"
    user = f"1 + iif(n % 4, n, {session}) % {USERS}"
    asked = f"iif(n % 4, 1 + n * 7919 % {questions}, {EXAMS} + ({session}) % {EXAMS} + n * 7919 % 100 * {EXAMS})"
    correct = "iif(n % 3, n % 2, iif(n % 2, 'true', 'false'))"
    return [
        fill("users", USERS, id="n", email="'u' || n || '@example.com'", name="'U' || n", created_at=TIME),
        fill("exams", EXAMS, id="n", vendor_id="'acme'", code="'E-' || n", name="'Exam ' || n"),
        fill("objectives", EXAMS * 10, id="n", exam_id=f"1 + n % {EXAMS}", code="'O-' || n", name="'Objective ' || n"),
        fill("questions", questions, id="n", exam_id=f"1 + n % {EXAMS}", objective_id=f"1 + (n - 1) % {EXAMS * 10}",
             text=text, answers=f"'{legacy.ANSWERS}'", review_status="'approved'", is_active="iif(n % 9, 1, 'true')",
             created_at=TIME, total_attempts="n % 20", avg_time_seconds="n % 60"),
        fill("study_sessions", max(1, answers // 40), id="n", user_id=f"1 + n % {USERS}", exam_id=f"1 + n % {EXAMS}",
             created_at=TIME, status="iif(n % 50, 'completed', 'Active')"),
        fill("user_answers", answers, id="n", user_id=user, question_id=asked,
             study_session_id=f"CASE WHEN n % 4 = 0 THEN {session} END", selected_answer="'a'", is_correct=correct,
             time_spent_seconds="n % 90", answered_at=TIME, flagged="iif(n % 10, 0, NULL)"),
        """INSERT INTO user_progress (user_id, exam_id, total_questions_seen, total_study_minutes)
            SELECT u.id, e.id, 50, 30 FROM users u, exams e""",
    ]  # fmt: skip


def measure(path: str) -> None:
    """The whole command, as an operator gives it: backup, its proof, adoption, its proof."""
    os.environ |= {"TURSO_DATABASE_URL": f"file:{path}", "RUST_LOG": "off"}
    output, start = io.StringIO(), time.monotonic()
    with redirect_stdout(output), suppress(SystemExit):
        main_command(["adopt", "--mend", "detach-repeat", "--json", "--backups", f"{path}.backups"])
    whole = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    done = json.loads(output.getvalue())
    steps = ", ".join(f"{step} {seconds:.1f}" for step, seconds in done["seconds"].items())
    own = sum(done["seconds"].values())
    _print(f"adopted in {whole:.1f} s (backup and its proof {whole - own:.1f}, {steps}), peak memory {peak:.0f} MB")
    size = Path(done["backup"]).stat().st_size / 1e6
    _print(f"backup of {size:.0f} MB, {done['sampled']} rows looked at in Python as well")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    steps = {"build": lambda path, *size: build(path, *map(int, size)), "measure": measure}
    if sys.argv[1:] and sys.argv[1] in steps:
        steps[sys.argv[1]](*sys.argv[2:])
        return
    questions, answers = sys.argv[1:] or ("200000", "2000000")
    with tempfile.TemporaryDirectory() as scratch:
        path = f"{scratch}/old.db"
        start = time.monotonic()
        _alone("build", path, questions, answers)
        size, took = Path(path).stat().st_size / 1e6, time.monotonic() - start
        _print(f"{questions} questions, {answers} answers: {size:.0f} MB, built in {took:.0f} s")
        _alone("measure", path)


def _alone(*step: str) -> None:
    """In a process of its own, and from one that stays small: Linux hands the parent's peak memory on to the child."""
    subprocess.run([sys.executable, "-m", "tests.benchmarks.adoption", *step], check=True)


if __name__ == "__main__":
    main()
