"""The ledger, its pages and its reports walk no table that grows: the engine's plans of their statements."""

import pytest
from flask.testing import FlaskClient

from growth_service.ledger import repricing
from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    LEDGER,
    call,
)
from tests.growth_service.plans import Plans, uses, walks


def test_the_ledger_and_its_report_read_their_indexes(bot: FlaskClient, plans: Plans) -> None:
    planned = plans(lambda: bot.post(LEDGER, json=[call(1), call(2)], headers={"Idempotency-Key": "k"}))
    assert walks(planned) == []
    assert uses(planned, "ai_generation_log_request_id (request_id=?)")


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_the_report_reads_the_slots_of_its_window(bot: FlaskClient, plans: Plans, zone: str) -> None:
    report = plans(lambda: bot.get(f"/api/ai/costs?timezone={zone}"))
    (left_out,) = (report.pop(sql) for sql in list(report) if "WHERE NOT" in sql)
    assert walks(report) == []
    for steps in report.values():
        assert "SEARCH s USING PRIMARY KEY (dimension=? AND seconds=? AND start>? AND start<?)" in steps[:2]
    assert "SCAN ai_generation_log USING INDEX ai_generation_log_left_out" in left_out  # which has no others


def test_questions_find_their_calls_by_id(bot: FlaskClient, plans: Plans) -> None:
    planned = plans(lambda: bot.get("/api/ai/costs/questions?ids=1,2"))
    assert walks(planned) == []
    assert uses(planned, "SEARCH l USING PRIMARY KEY (question_id=?)")
    assert uses(planned, "SEARCH ai_generation_log USING INTEGER PRIMARY KEY (rowid=?)")


@pytest.mark.parametrize("more", ["", "&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z", "&after=1"])
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "time (created_at>? AND created_at<?)"),
        ("examId=0&userId=0&success=true&priced=true", "time (created_at>? AND created_at<?)"),
        ("purpose=p", "purpose (purpose=? AND created_at>? AND created_at<?)"),
        ("model=m", "model (model=? AND created_at>? AND created_at<?)"),
        ("purpose=p&model=m", "purpose_and_model (purpose=? AND model=? AND created_at>? AND created_at<?)"),
        ("purpose=p&model=m&examId=1", "exam (exam_id=? AND created_at>? AND created_at<?)"),
        ("examId=1&userId=1", "user (user_id=? AND created_at>? AND created_at<?)"),
        ("userId=1&success=false", "failed (created_at>? AND created_at<?)"),
        ("success=false&priced=false", "unpriced (created_at>? AND created_at<?)"),
    ],
)
def test_each_filter_of_the_ledger_has_its_index(
    bot: FlaskClient, plans: Plans, query: str, index: str, more: str
) -> None:
    bot.post(LEDGER, json=call(1))
    planned = plans(lambda: bot.get(f"{LEDGER}?{query}{more}"))
    assert walks(planned) == []
    assert not uses(planned, "TEMP B-TREE")
    name, _, columns = index.partition(" ")
    name = name if name in ("failed", "unpriced") else f"by_{name}"
    assert uses(planned, f"SEARCH ai_generation_log USING INDEX ai_generation_log_{name} {columns}")


def test_an_answer_is_looked_up_by_its_provider_and_id(bot: FlaskClient, plans: Plans) -> None:
    for number, provider in enumerate(("openai", None)):
        calls = [call(number, responseId="a", provider=provider, model=f"nobody-knows-it-{number}")]
        bot.post(LEDGER, json=calls)
        calls[0]["requestId"] = f"again-{number}"
        planned = plans(lambda calls=calls: bot.post(LEDGER, json=calls))  # type: ignore[misc]
        assert walks(planned) == []
        assert uses(planned, "ai_generation_log_responses (provider=? AND response_id=?)")


def test_a_new_price_is_compared_with_the_newest(bot: FlaskClient, database: LibsqlDatabase, plans: Plans) -> None:
    columns = "request_id, purpose, model, provider, prompt_tokens, completion_tokens, cost_basis, cost_microusd"
    values = "'old', 'p', 'gpt-4o', 'openai', 1, 1, 'tokens', 1"
    database.execute_sql(f"INSERT INTO ai_generation_log ({columns}) VALUES ({values})")
    planned = plans(lambda: [None for _ in repricing.run()] and None)
    assert walks(planned) == []
    assert uses(planned, "SEARCH g USING INTEGER PRIMARY KEY (rowid>?)")
    assert uses(planned, "SEARCH ai_repricings USING INDEX ai_repricings_generation_id_id (generation_id=?)")
