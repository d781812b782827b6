"""Opportunities of before the caps: a live lease stays one, what was approved stays approved, and each has its slot."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from growth_service import rebuild
from growth_service.rebuild import queue
from growth_service.sending import reports
from growth_service.sending.attempts import Lease
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from shared_schema.releases import streams
from shared_schema.tables import db
from tests.migrations.study.by_hand import migrate

NOW = int(time.time())
ADD = """
    INSERT INTO engagement_opportunities (
        id, tweet_id, account_id, opportunity_type, relevance_score, suggested_response, status, lease_token,
        lease_expires_at, executed_at, result_tweet_id, updated_at, created_at)
    VALUES (?, ?, '2', ?, 0.5, 'words', ?, ?, ?, ?, ?, ?, 7)
"""
# By id: the tweet, the type, the state, the lease and its end, when it was sent and as what, the last change.
OLD = {
    "pending": ("11", "reply", "pending", None, None, None, None, 20),
    "approved": ("12", "reply", "approved", None, None, None, None, 20),
    "claimed": ("13", "quote", "claimed", "a-lease", NOW + 600, None, None, 30),
    "unknown": ("13", "follow", "unknown", "its-lease", 50, None, None, 40),
    "executed": ("14", "reply", "executed", "old-lease", 60, 55, "77", 70),
    "rejected": ("15", "reply", "rejected", None, None, None, None, 20),
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[LibsqlDatabase]:
    opened = LibsqlDatabase(f"file:{tmp_path}/old.db")
    for stream, end in (("shared", 99), ("study", 2), ("growth", 7)):
        numbers = [int(path.name[:3]) for path in sorted(streams.directory(stream).glob("[0-9]*.py"))]
        migrate(opened, stream, *(number for number in numbers if number < end))
    opened.execute_sql("INSERT INTO twitter_accounts (id, username) VALUES ('2', 'a')")
    for number in range(11, 16):
        chain, conversation = ("10", "9") if number == 13 else (None, None)
        tweet = "INSERT INTO tweets (id, account_id, text, chain_id, conversation_id) VALUES (?, '2', 't', ?, ?)"
        opened.execute_sql(tweet, (str(number), chain, conversation))
    for name, row in OLD.items():
        opened.execute_sql(ADD, (name, *row))
    db.initialize(opened)  # type: ignore[attr-defined]
    migrate(opened, "growth", 7)
    yield opened
    opened.close()


def rows(database: LibsqlDatabase, sql: str) -> list[tuple[Any, ...]]:
    return list(database.execute_sql(sql).fetchall())


def test_old_rows_are_what_they_were_with_chain_pair_and_time_to_decide(database: LibsqlDatabase) -> None:
    columns = "id, status, lease_token, lease_expires_at, executed_at, result_tweet_id, updated_at, created_at"
    kept = {row[0]: row[1:] for row in rows(database, f"SELECT {columns} FROM engagement_opportunities")}
    assert kept == {name: (*row[2:], 7) for name, row in OLD.items()}
    pair = '["words","t"]'
    assert rows(database, "SELECT id, chain_id, approved_pair FROM engagement_opportunities ORDER BY id") == [
        ("approved", "12", pair),
        ("claimed", "10", pair),
        ("executed", "14", None),
        ("pending", "11", None),
        ("rejected", "15", None),
        ("unknown", "10", pair),
    ]
    waiting = dict(rows(database, "SELECT id, pending_until FROM engagement_opportunities"))
    assert abs(waiting.pop("pending") - (time.time() + 72 * 3600)) < 60
    assert set(waiting.values()) == {None}


def test_what_was_claimed_or_sent_has_its_slot(database: LibsqlDatabase) -> None:
    slots = "SELECT opportunity_id, account_id, chain_id, thread_id, taken_at FROM send_slots ORDER BY opportunity_id"
    assert rows(database, slots) == [
        ("claimed", "2", "10", "9", 30),
        ("executed", "2", "14", "14", 55),
        ("unknown", "2", None, None, 40),
    ]
    assert dict(rows(database, "SELECT status, opportunities FROM opportunity_counts")) == dict.fromkeys(OLD, 1)
    counted = [part for part in queue.PARTS if part.name in ("states", "slots")]
    assert list(rebuild.check(counted)) == []


def test_who_has_a_lease_of_before_reports_under_it(database: LibsqlDatabase) -> None:
    migrate(database, "growth", 8, 9, 10)
    found = "SELECT opportunity_id, lease_token, tweet_id, text, outcome FROM send_attempts ORDER BY 1"
    assert rows(database, found) == [
        ("claimed", "a-lease", "13", "words", None),
        ("unknown", "its-lease", "13", "words", None),
    ]
    reports.executed(Lease("claimed", "a-lease"), "99", Actor("bot", role="service"), Once("service:bot"))
    sent = "SELECT status, result_tweet_id FROM engagement_opportunities WHERE id = 'claimed'"
    assert rows(database, sent) == [("executed", "99")]
    assert rows(database, "SELECT outcome FROM send_attempts WHERE opportunity_id = 'claimed'") == [("sent",)]
