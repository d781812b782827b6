"""Databases for benchmarks."""

from dataclasses import dataclass
from pathlib import Path

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase
from tests import stages
from tests.benchmarks import exam_bank


@dataclass(frozen=True)
class Size:
    name: str


SIZES = {"S": Size("S")}
HEAVY, SEEN_ALL, FRESH, EXAM, SEEN_EXAM = 1, 2, 3, 1, 1


def make(size, file: Path, now: int) -> None:
    database = LibsqlDatabase(f"file:{file}")
    upgrade.up(database)
    exam_bank.seed(database, 100)
    database.execute_sql("INSERT INTO twitter_accounts (id, username) VALUES ('1', 'subnetsam')")
    database.execute_sql(
        """INSERT INTO user_progress (user_id, exam_id, total_questions_seen) SELECT id, 1, 0 FROM users WHERE id <> 3"""
    )
    database.close()
