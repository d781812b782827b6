"""Every column of every row that a GET reads is spoilt in turn, and every GET of both OpenAPI documents is tried.

A list answers 200; what is asked for by its name may be a conflict. A new GET fails here until it is in the table.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Any

import peewee
import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.fields import JSONField
from shared_schema.tables import OWNERS
from tests.conftest import client
from tests.damage import TOO_EARLY, TOO_LATE
from tests.growth_service.conftest import QUEUE, SAM, TWEETS, call, draft, tweet_id, x_response, x_tweet
from tests.growth_service.wording.speaking import VOICES, activated
from tests.study_service.conftest import BANK, answer, letter, post_bank

pytestmark = pytest.mark.only("file", "server")

# Each GET by its path in the document: who asks, and the address. Those in ALONE name one row.
STUDY = {
    "/api/auth/me": ("1", "user", "/api/auth/me"),
    "/api/users": ("4", "admin", "/api/users"),
    "/api/audit": ("4", "admin", "/api/audit"),
    "/api/exams": ("1", "user", "/api/exams"),
    "/api/exams/{examId}": ("1", "user", "/api/exams/1"),
    "/api/exams/{examId}/objectives": ("1", "user", "/api/exams/1/objectives"),
    "/api/questions": ("3", "moderator", "/api/questions?limit=100"),
    "/api/questions/{questionId}": ("3", "moderator", "/api/questions/1"),
    "/api/questions/queue": ("3", "moderator", "/api/questions/queue"),
    "/api/questions/export": ("3", "moderator", "/api/questions/export?examId=1&format=pingtopass"),
    "/api/questions/export/losses": ("3", "moderator", "/api/questions/export/losses?examId=1&format=pingtopass"),
    "/api/questions/{questionId}/reviews": ("3", "moderator", "/api/questions/1/reviews"),
    "/api/questions/{questionId}/versions": ("3", "moderator", "/api/questions/1/versions"),
    "/api/study/questions": ("1", "user", "/api/study/questions?examId=1&limit=100&mode=weak_areas"),
    "/api/study/sessions": ("1", "user", "/api/study/sessions"),
    "/api/study/sessions/{sessionId}": ("1", "user", "/api/study/sessions/1"),
    "/api/bookmarks": ("1", "user", "/api/bookmarks"),
    "/api/flags": ("1", "user", "/api/flags"),
    "/api/questions/{questionId}/flags": ("3", "moderator", "/api/questions/1/flags"),
    "/api/study/reviews": ("1", "user", "/api/study/reviews?examId=1"),
    "/api/tests": ("1", "user", "/api/tests"),
    "/api/tests/{attemptId}": ("1", "user", "/api/tests/1"),
    "/api/tests/{attemptId}/result": ("1", "user", "/api/tests/1/result"),
    "/api/requests/{key}": ("1", "user", "/api/requests/answered"),
    "/api/progress": ("1", "user", "/api/progress"),
    "/api/analytics/questions": ("3", "moderator", "/api/analytics/questions?examId=1&limit=100"),
    "/api/analytics/exams/{examId}": ("3", "moderator", "/api/analytics/exams/1"),
    "/api/progress/exams/{examId}": ("1", "user", "/api/progress/exams/1"),
    "/api/exams/{examId}/leaderboard": ("1", "user", "/api/exams/1/leaderboard"),
}
GROWTH = {
    "/api/requests/{key}": ("growth-bot", "service", "/api/requests/answered"),
    "/api/audit": ("4", "admin", "/api/audit"),
    "/api/twitter/accounts": ("bot", "service", "/api/twitter/accounts"),
    "/api/twitter/accounts/{accountId}": ("bot", "service", f"/api/twitter/accounts/{SAM}"),
    "/api/twitter/tweets/top": ("bot", "service", f"{TWEETS}/top?days=366"),
    "/api/twitter/tweets": ("bot", "service", TWEETS),
    "/api/twitter/tweets/{tweetId}": ("bot", "service", f"{TWEETS}/{tweet_id(1)}"),
    "/api/twitter/opportunities": ("bot", "service", QUEUE),
    "/api/twitter/opportunities/counts": ("bot", "service", f"{QUEUE}/counts"),
    "/api/twitter/opportunities/{opportunityId}": ("bot", "service", f"{QUEUE}/one"),
    "/api/twitter/voice-profiles": ("bot", "service", VOICES),
    "/api/twitter/voice-profiles/active": ("bot", "service", f"{VOICES}/active"),
    "/api/twitter/voice-profiles/{profileId}": ("bot", "service", f"{VOICES}/1"),
    "/api/twitter/voice-profiles/{profileId}/versions": ("bot", "service", f"{VOICES}/1/versions"),
    "/api/growth/metrics": ("bot", "service", "/api/growth/metrics?days=366"),
    "/api/growth/metrics.csv": ("bot", "service", "/api/growth/metrics.csv?days=366"),
    "/api/growth/metrics/{date}": ("bot", "service", "/api/growth/metrics/2026-11-22"),
    "/api/growth/analytics": ("bot", "service", "/api/growth/analytics?days=366&timezone=Asia/Kolkata"),
    "/api/growth/signups": ("bot", "service", "/api/growth/signups"),
    "/api/growth/signups.csv": ("bot", "service", "/api/growth/signups.csv"),
    "/api/ai/generations": ("bot", "service", "/api/ai/generations"),
    "/api/ai/generations/{requestId}": ("bot", "service", "/api/ai/generations/call-1"),
    "/api/ai/costs": ("bot", "service", "/api/ai/costs"),
    "/api/ai/costs/questions": ("bot", "service", "/api/ai/costs/questions?ids=1,2"),
    "/api/ai/budgets": ("bot", "service", "/api/ai/budgets"),
    "/api/ai/budgets/{budgetName}": ("bot", "service", "/api/ai/budgets/monthly"),
    "/api/ai/budgets/{budgetName}/holds": ("bot", "service", "/api/ai/budgets/monthly/holds"),
    "/api/ai/holds/{holdId}": ("bot", "service", "/api/ai/holds/held"),
}
LISTS = ("/objectives", "/versions", "/holds", "/flags", "/reviews")
ALONE = {path for path in (*STUDY, *GROWTH) if "{" in path and not path.endswith(LISTS)} | {
    "/api/auth/me",
    f"{VOICES}/active",
}
ALONE |= {f"{VOICES}/{{profileId}}/versions"}  # a list, of a profile that may be deleted: see test_voice_rows
READ = (
    "audit_log", "users", "exams", "objectives", "questions", "question_versions", "study_sessions", "user_answers",
    "user_progress", "learner_days", "objective_mastery", "exam_statistics", "question_statistics", "bookmarks",
    "question_flags", "review_queue",
    "test_attempts", "test_answers", "test_results", "exam_scores", "memory_states", "memory_weights",
    "twitter_accounts", "tweets", "tweet_metrics_days", "engagement_opportunities", "opportunity_counts",
    "opportunity_quarters", "opportunity_days", "send_slots", "growth_metrics", "ai_generation_log", "ai_repricings",
    "ai_cost_slots",
    "ai_generation_questions", "ai_budgets", "ai_budget_periods", "ai_budget_alerts", "ai_holds",
    "ai_hold_resolutions", "ai_open_holds", "voice_profiles", "voice_profile_versions", "receipts",
    "idempotency_keys", "forgotten_keys",
)  # fmt: skip
TABLES = {model._meta.table_name: model for models in OWNERS.values() for model in models}
DOCUMENTS = ("no JSON", "null", "[]", "{}", "[1]", '["x"]', '{"a":1}', '{"1":["x"]}', '{"1":{"level":"x"}}', "1", '"x"')
BOT = "growth:service:growth-bot"
ROWS: dict[str, str | int] = {
    "twitter_accounts": SAM,
    "tweets": tweet_id(1),
    "tweet_metrics_days": tweet_id(1),
    "engagement_opportunities": "one",
    "opportunity_counts": "pending",
    "opportunity_quarters": 1_795_305_600,
    "opportunity_days": 1_795_305_600,
    "send_slots": "one",
    "idempotency_keys": BOT,
    "ai_cost_slots": 86_400,
    "ai_budgets": "monthly",
    "ai_budget_periods": "monthly",
    "ai_budget_alerts": "reached",
    "ai_holds": "held",
    "ai_hold_resolutions": "held",
    "ai_open_holds": "open",
}
KEYS = {"ai_cost_slots": "dimension = 'total' AND seconds"}  # of one row
Asked = dict[str, tuple[FlaskClient, str]]


@pytest.fixture
def asked(study_app: Flask, growth_app: Flask, database: LibsqlDatabase) -> Asked:
    return {
        path: (client(app, subject, role), address)
        for app, paths in ((study_app, STUDY), (growth_app, GROWTH))
        for path, (subject, role, address) in paths.items()
    }


@pytest.fixture
def world(
    alice: FlaskClient, ada: FlaskClient, bot: FlaskClient, growth_app: Flask, today: str, database: LibsqlDatabase
) -> None:
    """A row at least in every table that a GET reads; those that are asked for by name have the id 1."""
    post_bank(ada, BANK)
    letter()
    session = alice.post("/api/study/sessions", json={"examId": 1}).json
    answer(alice, session["questions"][0]["id"], ["a"], studySessionId=1, key="answered")
    ada.put("/api/questions/1/review", json={"status": "approved"})
    alice.put("/api/questions/1/bookmark")
    alice.post("/api/questions/1/flags", json={"reason": "typo", "comment": "see"})
    database.execute_sql("INSERT INTO forgotten_keys VALUES ('study:user:1')")
    before = "INSERT INTO idempotency_keys (subject, key, digest, receipt) VALUES (?, 'before', 'd', '{}')"
    database.execute_sql(before, (BOT,))
    test = alice.post("/api/tests", json={"examId": 1, "questionCount": 3}).json
    body = {"selectedAnswer": None, "timeSpentSeconds": 1}
    alice.put(f"/api/tests/1/answers/{test['questions'][0]['id']}", json=body)
    alice.post("/api/tests/1/submit")
    database.execute_sql("INSERT INTO memory_weights (user_id, number, algorithm) VALUES (1, 0, 1)")
    database.execute_sql("UPDATE memory_states SET due_at = 0")
    counted = {"public_metrics": {"like_count": 1}, "conversation_id": "1", "created_at": f"{today}T08:00:00Z"}
    reply = {"referenced_tweets": [{"type": "replied_to", "id": tweet_id(2)}]}
    bot.post(TWEETS, json=x_response(x_tweet(1, **counted, **reply), x_tweet(2, **counted)))
    for number in (1, 2):
        draft(bot, tweet_id(number))
    database.execute_sql("UPDATE engagement_opportunities SET id = 'one' WHERE tweet_id = ?", (tweet_id(1),))
    database.execute_sql("UPDATE opportunity_quarters SET at = ?", (str(ROWS["opportunity_quarters"]),))
    database.execute_sql("UPDATE opportunity_days SET at = ?", (str(ROWS["opportunity_days"]),))
    database.execute_sql("INSERT INTO send_slots (opportunity_id, account_id) VALUES ('one', ?)", (SAM,))
    bot.put(f"/api/growth/metrics/{today}", json={"tweetsSent": 1})
    activated(client(growth_app, "4", "admin"))
    bot.post("/api/ai/generations", json=[call(1, questionIds=[1]), call(2)], headers={"Idempotency-Key": "answered"})
    database.execute_sql("INSERT INTO ai_repricings (generation_id, computed_nanousd) VALUES (1, 9223372036854775807)")
    _budget(database)


@pytest.fixture
def today() -> str:
    return "2026-11-22"


def _budget(database: LibsqlDatabase) -> None:
    """A budget with an alert, a hold that is settled and one whose time is over."""
    database.execute_sql("INSERT INTO ai_budgets VALUES ('monthly', 'month', 5, NULL, 0, 0, 1, 1)")
    for name, expires in (("held", "unixepoch() + 60"), ("open", "1")):
        row = f"('{name}', 'monthly', '{name}', 1, unixepoch(), {expires})"
        database.execute_sql(f"INSERT INTO ai_holds VALUES {row}")
    database.execute_sql("INSERT INTO ai_hold_resolutions VALUES ('held', 'settle', 9, 9, 8, 1, 'client')")
    database.execute_sql("DELETE FROM ai_budget_periods WHERE length(period) = 10")
    database.execute_sql("UPDATE ai_budget_alerts SET id = 'reached' WHERE percent = 100")


def test_every_get_is_in_the_table(study_app: Flask, growth_app: Flask, database: LibsqlDatabase) -> None:
    for app, paths in ((study_app, STUDY), (growth_app, GROWTH)):
        document = app.test_client().get("/openapi.json").json
        assert {path for path, methods in document["paths"].items() if "get" in methods} == set(paths)


def test_every_table_that_a_get_reads_has_rows(world: None, asked: Asked, database: LibsqlDatabase) -> None:
    assert {table for tables in _read_by(asked, database).values() for table in tables} == set(READ)
    for table in READ:
        ((count,),) = database.execute_sql(f"SELECT count(*) FROM {table}").fetchall()
        assert count > 0, table


@pytest.mark.parametrize("table", READ)
def test_no_value_of_a_row_breaks_a_read(world: None, asked: Asked, database: LibsqlDatabase, table: str) -> None:
    primary = TABLES[table]._meta.primary_key
    key = primary.field_names[0] if isinstance(primary, peewee.CompositeKey) else primary.column_name
    key = KEYS.get(table, key)
    row_id = ROWS.get(table, 1)
    readers = [path for path, tables in _read_by(asked, database).items() if table in tables]
    assert readers
    for column, sql in (value for value in _bad_values(table) if value[0] != key):
        ((kept,),) = database.execute_sql(f"SELECT {column} FROM {table} WHERE {key} = ?", (row_id,)).fetchall()
        try:
            database.execute_sql(f"UPDATE {table} SET {column} = {sql} WHERE {key} = ?", (row_id,))
        except (peewee.IntegrityError, peewee.OperationalError):  # the latter from triggers
            continue  # a rule of the table, which every engine keeps
        for path in readers:
            caller, address = asked[path]
            status = caller.get(address).status_code
            assert status in ((200, 404, 409, 410) if path in ALONE else (200,)), (path, column, sql)
        database.execute_sql(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (kept, row_id))


def _read_by(asked: Asked, database: LibsqlDatabase) -> dict[str, set[str]]:
    """The tables that each GET reads."""
    read: dict[str, set[str]] = {}
    for path, (caller, address) in asked.items():
        events: list[Any] = []
        database.query_hooks.append(events.append)
        assert caller.get(address).status_code == 200, path
        database.query_hooks.remove(events.append)
        words = {word for event in events for word in re.findall(r"\w+", event.sql)}
        read[path] = words & set(TABLES) - {"consistency_clock"}
    return read


def _bad_values(table: str) -> Iterator[tuple[str, str]]:
    """Columns, and for each of them values, as SQL, that an engine stores and the code may not expect."""
    for field in TABLES[table]._meta.sorted_fields:
        if field.primary_key or "GENERATED" in str([getattr(rule, "sql", "") for rule in field.constraints or ()]):
            continue
        for value in _of_kind(field):
            yield field.column_name, value


def _of_kind(field: Any) -> list[str]:
    if isinstance(field, JSONField):
        return [f"'{document}'" for document in DOCUMENTS]
    if isinstance(field, peewee.FloatField):
        return ["9e999", "-1e308"]
    if isinstance(field, peewee.TextField):
        return ["''", "'nonsense'"]
    if isinstance(field, peewee.BlobField):
        return ["x''", "x'00'", f"x'{zlib.compress(b'[1]').hex()}'"]
    return [str(TOO_LATE), str(TOO_EARLY), "9223372036854775807"]
