"""Every change of both services is logged in its own batch. The fixture `batches` asserts it for all tests."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

import growth_service.results.metrics
from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase, Statement
from tests import audited, exempt
from tests.audited import Batches, Write
from tests.ownership import OWNER

EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}
ENTRY = "INSERT INTO audit_log (entity_type, action) VALUES (:entity, 'x')"
COUNTED = "UPDATE questions SET total_attempts = 1 + total_attempts, shuffle_key = 5"
Recording = Callable[[Callable[[], Any]], set[tuple[Write, ...]]]


@pytest.fixture
def recording(batches: Batches, database: LibsqlDatabase) -> Recording:
    """`recording(action)` gives the batches that were recorded meanwhile, and forgets them."""

    def record(action: Callable[[], Any]) -> set[tuple[Write, ...]]:
        before, batches.recorded = batches.recorded, set()
        try:
            action()
        finally:
            new, batches.recorded = batches.recorded, before
        return new

    return record


def written(batch: tuple[Write, ...]) -> list[str]:
    return [write.sql.split()[2 if write.sql.split()[0] == "INSERT" else 1].strip('"') for write in batch]


def test_every_table_is_logged_or_exempt_and_not_both() -> None:
    assert exempt.ENTITIES.keys() | exempt.TABLES.keys() == OWNER.keys()
    assert not exempt.ENTITIES.keys() & exempt.TABLES.keys()
    assert exempt.COLUMNS.keys() <= exempt.ENTITIES.keys()


def test_a_batch_is_recorded_with_what_it_logs(ada: FlaskClient, recording: Recording, schema: list[str]) -> None:
    exam = ada.post("/api/exams", json=EXAM).json["id"]
    (batch,) = recording(lambda: ada.patch(f"/api/exams/{exam}", json={"name": "Second"}))
    assert written(batch) == ["audit_log", "exams"]
    assert [write.entity for write in batch] == ["exam", None]
    assert audited.unlogged({batch}, schema) == []


def test_a_batch_whose_entry_is_left_out_is_found(
    ada: FlaskClient, recording: Recording, schema: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    exam = ada.post("/api/exams", json=EXAM).json["id"]
    monkeypatch.setattr(audit, "change", lambda *_: Statement("SELECT 1"))
    new = recording(lambda: ada.patch(f"/api/exams/{exam}", json={"name": "Second"}))
    (complaint,) = audited.unlogged(new, schema)
    assert complaint.startswith('exams is changed without an entry: UPDATE "exams" SET "name" = ?')


def test_what_failed_and_what_others_run_is_not_recorded(
    ada: FlaskClient, recording: Recording, database: LibsqlDatabase
) -> None:
    assert recording(lambda: ada.patch("/api/exams/99", json={"name": "x"})) == set()
    assert recording(lambda: database.batch([Statement("DELETE FROM exams")])) == set()
    assert recording(lambda: database.execute_sql("DELETE FROM exams")) == set()
    actor = Actor("bot", role="service")
    (batch,) = recording(
        lambda: growth_service.results.metrics.put("2026-01-02", {"impressions": 3}, actor, dt.date(2026, 1, 2))
    )
    assert written(batch) == ["audit_log", "growth_metrics", "growth_metrics", "growth_metrics"]


@pytest.mark.parametrize(
    ("batch", "tables"),
    [
        (["UPDATE exams SET name = 'x'"], ["exams"]),
        (["UPDATE exams SET name = 'x'", f"exam:{ENTRY}"], []),
        (["UPDATE exams SET name = 'x'", f"question:{ENTRY}"], ["exams"]),
        (["UPDATE exams SET name = 'x'", "exam:SELECT :entity"], ["exams"]),
        (["UPDATE exams SET questions_available = 3"], []),
        (["UPDATE exams SET questions_available = 3, name = 'x'"], ["exams"]),
        ([COUNTED, "INSERT INTO user_answers (selected_answer) VALUES ('a')"], []),
        ([COUNTED.replace("shuffle_key", "difficulty")], ["question_versions", "questions"]),
        (["DELETE FROM questions"], ["questions"]),
        (["DELETE FROM exams", f"exam:{ENTRY}", "DELETE FROM tweets"], ["tweets"]),
        (["INSERT INTO users (email, name) VALUES ('a', 'b')"], ["users"]),
        (
            ["INSERT INTO growth_metrics (date) VALUES ('x') ON CONFLICT DO UPDATE SET ai_cost_microusd = 1"],
            ["growth_metrics"],
        ),
        (["WITH x AS (SELECT 1) INSERT INTO tweets (id) SELECT * FROM x", f"account:{ENTRY}"], ["tweets"]),
        (["INSERT INTO twitter_accounts (id) VALUES ('1')", f"tweet:{ENTRY}"], []),
        (["UPDATE voice_profiles SET name = 'x'", f"voice_profile:{ENTRY}"], []),
    ],
)
def test_a_change_without_an_entry_about_it_is_found(batch: list[str], tables: list[str], schema: list[str]) -> None:
    writes = []
    for text in batch:
        entity, colon, sql = text.partition(":")
        is_entry = bool(colon) and entity.isidentifier()
        writes.append(Write(sql, ("entity",), entity) if is_entry else Write(text, 0, None))
    complaints = audited.unlogged({tuple(writes)}, schema)
    assert [complaint.split()[0] for complaint in complaints] == tables
