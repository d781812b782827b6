"""Databases for benchmarks: so many rows as they say, the same each time, and all that is counted is so."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import growth_service.app
import study_service.app
import study_service.config
from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.tables import db
from shared_schema.web import tokens
from shared_schema.web.config import Config
from tests.benchmarks import scale
from tests.benchmarks.scale import EXAM, FRESH, HEAVY, SEEN_ALL, SEEN_EXAM, SIZES

NOW = int(time.time())  # opportunities and sessions end by the clock
KEYS = {"bench": "a-secret-of-more-than-32-bytes-for-benchmarks"}
DAY = 86_400
SMALL = SIZES["S"]
COUNTS = {
    "users": 102, "exams": 5, "objectives": 40, "questions": 1000, "user_answers": 10_000, "tweets": 10_000,
    "twitter_accounts": 200, "engagement_opportunities": 2000, "ai_generation_log": 10_000, "ai_budgets": 3,
    "ai_holds": 120, "ai_open_holds": 20, "voice_profiles": 3, "growth_metrics": 392, "audit_log": 100,
    "audit_seals": 100,
}  # fmt: skip
FILLED = (
    "study_sessions", "test_attempts", "test_answers", "test_results", "exam_scores", "memory_states", "bookmarks",
    "exam_statistics", "question_statistics", "missed", "question_tags", "question_bands", "question_flags",
    "question_search", "review_queue", "user_progress", "study_days", "learner_days", "objective_mastery",
    "exam_ratings", "learner_ratings", "question_ratings", "accommodations", "tweet_metrics_days", "timeline_spans",
    "send_attempts", "send_slots", "opportunity_counts", "opportunity_quarters", "ai_cost_slots",
    "ai_generation_questions", "ai_hold_resolutions", "ai_budget_periods", "voice_profile_versions",
)  # fmt: skip
TABLES = """
    SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')
        AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'libsql_%'
"""
# They tell when migrations have run, and which batch was the last.
OF_THE_TOOL = ("migration_lease", "migration_backfills", "consistency_clock")
SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, tbl_name, rowid"

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("scale") / "s.db"
    scale.make(SMALL, made, NOW)
    return made


@pytest.fixture
def database(file: Path) -> Iterator[LibsqlDatabase]:
    opened = LibsqlDatabase(f"file:{file}?mode=ro")
    yield opened
    opened.close()


def rows(database: LibsqlDatabase, sql: str) -> Rows:
    return list(database.execute_sql(sql).fetchall())


def contents(database: LibsqlDatabase) -> dict[str, str]:
    """A digest of the rows by table, without those of the tool that migrates."""
    names = [name for (name,) in rows(database, TABLES) if name not in OF_THE_TOOL and "migrations_" not in name]
    return {
        name: hashlib.sha256(repr(sorted(rows(database, f'SELECT * FROM "{name}"'), key=repr)).encode()).hexdigest()
        for name in names
    }


def command(file: Path, *arguments: str) -> str:
    """What a command says of the database; it has to end with 0."""
    environment = os.environ | {"TURSO_DATABASE_URL": f"file:{file}"}
    done = subprocess.run([sys.executable, "-m", *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_small_one_has_so_many_rows(database: LibsqlDatabase) -> None:
    assert {name: rows(database, f"SELECT count(*) FROM {name}")[0][0] for name in COUNTS} == COUNTS
    assert [name for name in FILLED if not rows(database, f"SELECT 1 FROM {name} LIMIT 1")] == []


def test_the_same_size_has_the_same_rows(database: LibsqlDatabase, tmp_path: Path) -> None:
    scale.make(SMALL, tmp_path / "again.db", NOW)
    again = LibsqlDatabase(f"file:{tmp_path / 'again.db'}?mode=ro")
    assert contents(again) == contents(database)
    again.close()


@pytest.mark.parametrize("service", ["study", "growth"])
def test_all_that_is_counted_agrees_with_the_facts(file: Path, service: str) -> None:
    assert command(file, f"{service}_service.rebuild", "--check").endswith(": all agree\n")


def test_the_chain_of_the_log_holds(file: Path) -> None:
    assert command(file, "shared_schema.audit", "verify").startswith("100 entries, 0 not sealed yet, 0 parts erased")


def test_its_schema_is_that_of_the_migrations(database: LibsqlDatabase, tmp_path: Path) -> None:
    """To the letter, and for each table in the order in which its indexes and triggers were made."""
    migrated = LibsqlDatabase(f"file:{tmp_path / 'fresh.db'}")
    upgrade.up(migrated)
    assert rows(database, SCHEMA) == rows(migrated, SCHEMA)
    migrated.close()


def test_its_rows_hold_together(database: LibsqlDatabase) -> None:
    assert rows(database, "PRAGMA foreign_key_check") == []
    assert rows(database, "PRAGMA integrity_check") == [("ok",)]


def test_one_learner_has_a_tenth_of_the_answers(database: LibsqlDatabase) -> None:
    """Half of them, and all of the last day's, are in the exam that is asked most, and many questions are due."""
    counted = f"""
        SELECT count(*), sum(answered_at > {NOW - DAY}), sum(exam_id = {EXAM}), sum(exam_id = {EXAM} AND
            answered_at > {NOW - DAY}), max(answered_at) <= {NOW}
        FROM user_answers JOIN questions ON questions.id = question_id WHERE user_id = {HEAVY}
    """
    assert rows(database, counted) == [(1000, 50, 500, 50, 1)]
    due = f"SELECT count(*) FROM memory_states WHERE user_id = {HEAVY} AND exam_id = {EXAM} AND due_at <= {NOW}"
    assert rows(database, due)[0][0] > 50
    assert rows(database, f"SELECT count(*) FROM questions WHERE exam_id = {EXAM}") == [(150,)]


def test_one_learner_has_seen_all_but_five_questions_of_an_exam_today(database: LibsqlDatabase) -> None:
    seen = f"""
        SELECT count(DISTINCT question_id), min(answered_at) > {NOW - DAY} FROM user_answers WHERE user_id = {SEEN_ALL}
    """
    available = f"SELECT questions_available - 5, 1 FROM exams WHERE id = {SEEN_EXAM}"
    assert rows(database, seen) == rows(database, available) == [(379, 1)]


def test_one_learner_has_no_answer(database: LibsqlDatabase) -> None:
    assert rows(database, f"SELECT count(*) FROM user_answers WHERE user_id = {FRESH}") == [(0,)]
    assert rows(database, f"SELECT name FROM users WHERE id = {FRESH}") == [("User 3",)]


def test_opportunities_are_in_every_state(database: LibsqlDatabase) -> None:
    """A day later the newest still wait for a decision, and nobody's lease has run out."""
    states = dict(rows(database, "SELECT status, opportunities FROM opportunity_counts"))
    assert states == {
        "pending": 200, "approved": 50, "claimed": 5, "unknown": 5, "executed": 776, "rejected": 610, "expired": 354
    }  # fmt: skip
    later = f"SELECT count(*) FROM engagement_opportunities WHERE status = 'pending' AND pending_until > {NOW + DAY}"
    assert rows(database, later) == [(200,)]
    overdue = f"SELECT count(*) FROM send_attempts WHERE outcome IS NULL AND lease_expires_at <= {NOW + DAY}"
    assert rows(database, overdue) == [(0,)]


def test_a_file_that_is_there_is_left_alone(file: Path) -> None:
    before = file.stat().st_size
    with pytest.raises(FileExistsError):
        scale.make(SMALL, file, NOW)
    assert file.stat().st_size == before


@pytest.fixture
def ask(file: Path, tmp_path: Path) -> Iterator[Callable[[str, str, str], Any]]:
    """What a service answers to a caller of this role, as JSON; it has to be 200. It may end sessions: of a copy."""
    database = LibsqlDatabase(f"file:{shutil.copy(file, tmp_path / 'copy.db')}")
    db.initialize(database)  # type: ignore[attr-defined]  # the proxy's method is not in the stubs
    settings = Settings(database.url)
    apps = {
        "study": study_service.app.create_app(study_service.config.Config("study", 0, "127.0.0.1", settings, KEYS)),
        "growth": growth_service.app.create_app(Config("growth", 0, "127.0.0.1", settings, KEYS)),
    }

    def ask(caller: str, role: str, path: str) -> Any:
        service = "growth" if role == "service" else "study"
        token = tokens.mint(KEYS, service, caller, role, ttl_s=600)
        response = apps[service].test_client().get(path, headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 200, response.text
        return response.json

    yield ask
    database.close()


@pytest.mark.parametrize(
    ("caller", "role", "path", "count"),
    [
        (str(HEAVY), "user", f"/api/study/questions?examId={EXAM}&limit=20", 20),
        (str(HEAVY), "user", "/api/study/sessions?limit=20", 20),
        (str(HEAVY), "user", "/api/tests?limit=5", 5),
        (str(HEAVY), "user", f"/api/study/reviews?examId={EXAM}&limit=20", 20),
        (str(HEAVY), "user", f"/api/bookmarks?examId={EXAM}&limit=10", 10),
        (str(SEEN_ALL), "user", f"/api/study/questions?examId={SEEN_EXAM}&limit=20", 20),
        (str(FRESH), "user", f"/api/study/questions?examId={EXAM}&limit=20", 20),
        (str(SMALL.admin), "admin", "/api/questions?examId=1&q=router&limit=5", 5),
        (str(SMALL.admin), "admin", "/api/questions/queue?limit=20", 20),
        (str(SMALL.admin), "admin", "/api/audit?limit=20", 20),
        *(
            ("bot", "service", f"/api/twitter/opportunities?status={status}&limit=5", 5)
            for status in ("pending", "approved", "claimed", "unknown", "executed", "rejected", "expired")
        ),
        ("bot", "service", "/api/twitter/tweets?limit=20", 20),
        ("bot", "service", "/api/twitter/accounts?limit=20", 20),
        ("bot", "service", "/api/ai/generations?limit=20", 20),
        ("bot", "service", "/api/ai/budgets", 3),
    ],
)
def test_services_can_use_the_rows(
    ask: Callable[[str, str, str], Any], caller: str, role: str, path: str, count: int
) -> None:
    """A row that a service cannot use is left out of what it answers."""
    body = ask(caller, role, path)
    listed = body if isinstance(body, list) else next(part for part in body.values() if isinstance(part, list))
    assert len(listed) == count
