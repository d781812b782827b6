"""The statistics of the large database are about tables and indexes that are there, and the engine plans by them."""

import shutil
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase, Statement
from tests.benchmarks import scale
from tests.benchmarks.hot.plans import statistics
from tests.benchmarks.hot.plans.recording import Recorded

ANEW = "python -m tests.benchmarks.hot.plans --statistics FILE, with a database of size L, writes statistics.txt anew"
LARGE = scale.SIZES["L"]
APPROVED_OF_THESE = """
    EXPLAIN QUERY PLAN SELECT 1 FROM engagement_opportunities
    WHERE status = 'approved' AND id IN (SELECT value FROM json_each('[]'))
"""


@pytest.fixture
def file(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "s.db"))


def test_they_are_those_of_the_large_database() -> None:
    kept = statistics.kept()
    assert kept["user_answers", "user_answers_by_question"][0] == LARGE.answers
    assert kept["questions", "questions_text_digest"][0] == LARGE.questions
    assert kept["tweets", "tweets_by_number"] == [LARGE.tweets, 1]


def test_their_tables_and_indexes_are_there(recorded: Recorded) -> None:
    schema = recorded.schema
    indexes = {(index.table, name) for name, index in schema.indexes.items()}
    known = indexes | {(table, "-") for table in schema.tables} | {(table, table) for table in schema.keys}
    assert set(statistics.kept()) - known == set(), ANEW


def test_a_database_that_is_read_stays_as_it_is(file: Path) -> None:
    lines = statistics.of(file)
    assert "user_answers user_answers_by_question 10000" in {" ".join(line.split()[:3]) for line in lines}
    database = LibsqlDatabase(f"file:{file}")
    assert database.execute_sql("SELECT name FROM sqlite_master WHERE name LIKE 'sqlite_stat%'").fetchall() == []
    database.close()


def test_the_engine_plans_by_what_a_database_was_given(file: Path) -> None:
    assert "(status=?)" in plan(file)
    statistics.give(file, statistics.FILE.read_text().splitlines())
    assert "(id=?)" in plan(file)


def plan(file: Path) -> str:
    database = LibsqlDatabase(f"file:{file}")
    (steps,) = database.fetch([Statement(APPROVED_OF_THESE)])
    database.close()
    return str(steps.rows[0]["detail"])
