"""Opportunities of a database from before their counts: all count, and so does what an old release writes later."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from growth_service import rebuild
from growth_service.rebuild import queue
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from shared_schema.tables import db
from tests.migrations.study.by_hand import migrate

QUARTER = 1_772_409_600
ADD = """
    INSERT INTO engagement_opportunities (
        id, tweet_id, account_id, opportunity_type, relevance_score, status, created_at, executed_at)
    VALUES (?, '1', '2', ?, 0.5, ?, ?, ?)
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[LibsqlDatabase]:
    """A tweet, and an opportunity in each state, all before the counts are kept."""
    opened = LibsqlDatabase(f"file:{tmp_path}/old.db")
    for stream, end in (("shared", 99), ("study", 2), ("growth", 10)):
        numbers = [int(path.name[:3]) for path in sorted(streams.directory(stream).glob("[0-9]*.py"))]
        migrate(opened, stream, *(number for number in numbers if number < end))
    opened.execute_sql("INSERT INTO twitter_accounts (id, username) VALUES ('2', 'a')")
    opened.execute_sql("INSERT INTO tweets (id, account_id, text) VALUES ('1', '2', 't')")
    for place, (kind, status, executed_at) in enumerate(
        [
            ("reply", "executed", QUARTER + 900),
            ("reply", "executed", QUARTER + 1799),
            ("quote", "executed", QUARTER + 1800),
            ("follow", "executed", QUARTER),
            ("reply", "executed", None),
            ("quote", "rejected", None),
            ("reply", "rejected", QUARTER),
            ("follow", "pending", None),
        ]
    ):
        opened.execute_sql(ADD, (f"o{place}", kind, status, QUARTER + place % 2 * 899, executed_at))
    opened.execute_sql(ADD, ("o8", "reply", "approved", QUARTER + 900, None))
    db.initialize(opened)  # type: ignore[attr-defined]
    yield opened
    opened.close()


def counts(database: LibsqlDatabase) -> list[tuple[Any, ...]]:
    columns = "at, drafted, approved, rejected, executed, sent"
    return list(database.execute_sql(f"SELECT {columns} FROM opportunity_quarters ORDER BY at").fetchall())


def test_what_was_there_before_counts(database: LibsqlDatabase) -> None:
    migrate(database, "growth", 10)
    assert counts(database) == [
        (QUARTER, 8, 5, 2, 5, 0),
        (QUARTER + 900, 1, 1, 0, 0, 2),
        (QUARTER + 1800, 0, 0, 0, 0, 1),
    ]
    assert list(rebuild.check([part for part in queue.PARTS if part.name == "quarters"])) == []
    database.execute_sql("UPDATE engagement_opportunities SET status = 'claimed' WHERE id = 'o8'")
    assert counts(database)[1] == (QUARTER + 900, 1, 1, 0, 0, 2)
    database.execute_sql(ADD, ("o9", "quote", "unknown", QUARTER + 900, None))
    database.execute_sql("UPDATE engagement_opportunities SET status = 'rejected' WHERE id = 'o8'")
    assert counts(database)[1] == (QUARTER + 900, 2, 1, 1, 0, 2)


def test_the_way_back_leaves_the_opportunities(database: LibsqlDatabase) -> None:
    migrate(database, "growth", 10)
    migrate(database, "growth", 10, step="rollback")
    database.execute_sql("UPDATE engagement_opportunities SET status = 'executed'")
    assert database.execute_sql("SELECT count(*) FROM engagement_opportunities").fetchone() == (9,)


def test_what_was_there_before_is_summed_up_by_day(database: LibsqlDatabase) -> None:
    kept = "SELECT drafted, approved, rejected, executed, sent FROM opportunity_days WHERE at = ?"
    day = (QUARTER // 86_400 * 86_400,)
    by_time = [part for part in queue.PARTS if part.name in ("quarters", "days")]
    migrate(database, "growth", 10, 11)
    assert database.execute_sql(kept, day).fetchall() == [(9, 6, 2, 5, 3)]
    database.execute_sql("UPDATE engagement_opportunities SET status = 'rejected' WHERE id = 'o8'")
    assert database.execute_sql(kept, day).fetchall() == [(9, 5, 3, 5, 3)]
    database.execute_sql("DELETE FROM engagement_opportunities WHERE id = 'o0'")
    database.execute_sql("UPDATE engagement_opportunities SET created_at = created_at + 86400 WHERE id = 'o1'")
    assert list(rebuild.check(by_time)) == []
    assert database.execute_sql(kept, day).fetchall() == [(7, 3, 3, 3, 2)]


def test_a_release_before_goes_on_counting_quarters_after_the_way_back(database: LibsqlDatabase) -> None:
    migrate(database, "growth", 10, 11)
    migrate(database, "growth", 11, step="rollback")
    database.execute_sql("UPDATE engagement_opportunities SET status = 'rejected' WHERE id = 'o8'")
    assert list(rebuild.check([part for part in queue.PARTS if part.name == "quarters"])) == []
