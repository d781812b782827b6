"""Each table has one owner. A service writes its own tables and the shared ones, and reads what its keys lead to."""

import pytest
from flask.testing import FlaskClient

import growth_service.posts.accounts
import study_service.exams
from shared_schema.database import LibsqlDatabase, Statement
from tests import ownership
from tests.growth_service.conftest import TWEETS, x_response, x_tweet
from tests.ownership import OWNER, Recorded, Statements

EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}


def tables(recorded: set[Recorded], service: str, schema: list[str]) -> set[str]:
    """The tables that a service writes by these statements."""
    with ownership.emptied(schema) as empty:
        touched = {
            touched
            for owner, sql, parameters in recorded
            if owner == service
            for touched in ownership.touched(empty, sql, parameters)
        }
    return {table for verb, table in touched if verb != "reads"}


def test_every_table_has_one_owner(schema: list[str]) -> None:
    with ownership.emptied(schema) as empty:
        shadows = "SELECT name FROM pragma_table_list WHERE type = 'shadow'"  # of virtual tables, whose owner has them
        made = f"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ({shadows})"
        there = {name for (name,) in empty.execute(made)}
    of_the_tool = ("migration", "sqlite_")  # histories and the lease
    assert {name for name in there if not name.startswith(of_the_tool)} == set(OWNER)


@pytest.mark.only("file", "server")
def test_what_the_services_run_is_recorded_as_theirs(
    statements: Statements, schema: list[str], ada: FlaskClient, bot: FlaskClient, database: LibsqlDatabase
) -> None:
    """Without this, a hook that hears nothing would find nothing wrong."""
    before = set(statements.recorded)
    statements.recorded.clear()
    assert ada.post("/api/exams", json=EXAM).status_code == 201
    assert bot.post(TWEETS, json=x_response(x_tweet(1))).status_code == 200
    assert bot.get("/readyz").status_code == 200
    database.batch([Statement("DELETE FROM study_sessions")])  # nobody's but this test's
    new = set(statements.recorded)
    statements.recorded |= before
    assert tables(new, "study_service", schema) == {"exams", "audit_log"}
    assert tables(new, "growth_service", schema) == {
        *("tweets", "tweet_metrics_days", "twitter_accounts", "audit_log"),
        # Approvals of what has changed end.
        *("engagement_opportunities", "opportunity_counts", "opportunity_quarters", "opportunity_days", "send_slots"),
    }
    assert [run.service for run in new if "migrations_growth" in run.sql] == ["growth_service"]
    assert not [run for run in new if "study_sessions" in run.sql]
    assert ownership.trespasses(new, schema) == []


@pytest.mark.only("file", "server")
def test_what_a_test_asks_of_the_rules_is_recorded_as_theirs(statements: Statements, database: LibsqlDatabase) -> None:
    before = set(statements.recorded)
    statements.recorded.clear()
    growth_service.posts.accounts.page(None, "", 10)
    study_service.exams.page(0, 10)
    new = set(statements.recorded)
    statements.recorded |= before
    assert {(run.service, "exams" in run.sql) for run in new} == {("growth_service", False), ("study_service", True)}


@pytest.mark.parametrize(
    ("service", "sql", "complaint"),
    [
        ("study_service", "UPDATE exams SET name = ?", None),
        ("study_service", "INSERT INTO audit_log (action) VALUES (?)", None),
        ("study_service", "UPDATE tweets SET text = ?", "study_service updates tweets, which belongs to growth"),
        ("study_service", "SELECT id FROM tweets WHERE id = ?", "study_service reads tweets, which belongs to growth"),
        ("study_service", "SELECT count(*) FROM tweets LIMIT ?", "study_service reads tweets, which belongs to growth"),
        ("growth_service", "DELETE FROM exams WHERE id = ?", "growth_service deletes from exams"),
        (
            "growth_service",
            "WITH e AS (SELECT ? AS code) INSERT INTO exams (vendor_id, code, name) SELECT 'v', code, 'n' FROM e",
            "growth_service inserts into exams, which belongs to study",
        ),
        ("growth_service", "SELECT code FROM exams WHERE id = ?", None),
        ("growth_service", "SELECT id FROM study_sessions WHERE id = ?", "growth_service reads study_sessions"),
        (
            "growth_service",
            "UPDATE tweets SET text = (SELECT selected_answer FROM user_answers WHERE id = ?)",
            "growth_service reads user_answers, which belongs to study",
        ),
        ("study_service", "DELETE FROM migrations_study WHERE name = ?", "study_service deletes from migrations_study"),
        ("growth_service", "SELECT name FROM migrations_study WHERE name = ?", None),
        ("study_service", "SELECT value FROM json_each(?)", None),
    ],
)
def test_a_statement_on_somebody_elses_table_is_found(
    schema: list[str], service: str, sql: str, complaint: str | None
) -> None:
    complaints = ownership.trespasses([Recorded(service, sql, 1)], schema)
    if complaint is None:
        assert complaints == []
    else:
        assert any(sentence.startswith(complaint) and sentence.endswith(sql) for sentence in complaints), complaints


def test_a_table_that_is_made_or_dropped_is_found(schema: list[str]) -> None:
    for sql in ("DROP TABLE exams", "CREATE TABLE mine (n INTEGER)", "ALTER TABLE exams ADD COLUMN n INTEGER"):
        assert ownership.trespasses([Recorded("growth_service", sql, 0)], schema)
