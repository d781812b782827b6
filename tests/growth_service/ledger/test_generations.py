"""The ledger counts each AI call once, whoever repeats it and however many at a time."""

import json
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.conftest import client
from tests.growth_service.conftest import LEDGER, call, row_count, stored


def spent(bot: FlaskClient) -> tuple[float, int]:
    report = bot.get("/api/ai/costs").json
    return report["totalUsd"], report["generations"]


def test_twenty_at_once_are_one_call(growth_app: Flask, bot: FlaskClient, database: LibsqlDatabase, today: str) -> None:
    bot.put(f"/api/growth/metrics/{today}", json={})
    answers: list[tuple[int, str | None, Any]] = []
    start = threading.Barrier(20)

    def work() -> None:
        caller = client(growth_app, "growth-bot", "service")
        start.wait()
        response = caller.post(LEDGER, json=call())
        answers.append((response.status_code, response.headers.get("Idempotency-Replayed"), response.json))
        database.close()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {code for code, _, _ in answers} == {201}
    assert [replayed for _, replayed, _ in answers].count(None) == 1
    assert all(body == answers[0][2] for _, _, body in answers)
    assert spent(bot) == (0.00021, 1)
    assert bot.get("/api/growth/metrics").json["metrics"][0]["aiCostsUsd"] == 0.00021


def test_overlapping_lists_at_once_are_counted_once(
    growth_app: Flask, bot: FlaskClient, database: LibsqlDatabase
) -> None:
    def work(first: int) -> None:
        caller = client(growth_app, "growth-bot", "service")
        body = [call(number) for number in range(first, first + 10)]
        assert caller.post(LEDGER, json=body).status_code == 201
        database.close()

    threads = [threading.Thread(target=work, args=(first,)) for first in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spent(bot) == (pytest.approx(19 * 0.00021), 19)


def test_the_same_call_again_is_answered_from_the_ledger(bot: FlaskClient) -> None:
    first = bot.post(LEDGER, json=call())
    usage = dict(reversed(call()["usage"].items()))
    again = bot.post(LEDGER, json=dict(reversed(call(errorMessage=None, usage=usage).items())))  # in another order
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json == again.json
    assert spent(bot) == (0.00021, 1)


def test_another_call_under_the_same_id_is_refused(bot: FlaskClient) -> None:
    bot.post(LEDGER, json=call())
    response = bot.post(LEDGER, json=call(purpose="explanation"))
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["detail"] == "the id of a call was used for another call already; nothing was recorded"
    assert bot.post(LEDGER, json=[call(2), call(1, model="gpt-4o")]).status_code == 409
    assert bot.post(LEDGER, json=[call(3), call(3, model="gpt-4o")]).status_code == 409
    assert spent(bot) == (0.00021, 1)


def test_a_list_is_all_or_nothing(bot: FlaskClient, database: LibsqlDatabase) -> None:
    response = bot.post(LEDGER, json=[call(1), call(2, promptTokens=-1), call(3, purpose="")])
    assert response.status_code == 422
    assert sorted(response.json["errors"]) == ["1.promptTokens", "2.purpose"]
    assert row_count(database, "ai_generation_log") == 0


def test_a_list_is_answered_in_its_order(bot: FlaskClient) -> None:
    bot.post(LEDGER, json=call(2))
    response = bot.post(LEDGER, json=[call(3), call(2), call(1), call(3)])
    assert [shown["requestId"] for shown in response.json["generations"]] == ["call-3", "call-2", "call-1", "call-3"]
    assert "Idempotency-Replayed" not in response.headers  # two of them are new
    again = bot.post(LEDGER, json=[call(2)])  # a list of one is answered as a list
    assert again.json == {"generations": [response.json["generations"][1]]}
    assert again.headers["Idempotency-Replayed"] == "true"
    assert spent(bot) == (0.00063, 3)


def test_a_key_guards_the_whole_list(bot: FlaskClient, database: LibsqlDatabase) -> None:
    key = {"Idempotency-Key": "batch-1"}
    first, again = (bot.post(LEDGER, json=[call(1), call(2)], headers=key) for _ in range(2))
    assert first.json == again.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert bot.post(LEDGER, json=[call(3)], headers=key).status_code == 409
    assert row_count(database, "ai_generation_log") == 2


def test_a_key_on_a_known_call_is_remembered_too(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(LEDGER, json=call())
    key = {"Idempotency-Key": "late"}
    assert bot.post(LEDGER, json=call(), headers=key).headers["Idempotency-Replayed"] == "true"
    assert bot.post(LEDGER, json=call(2), headers=key).status_code == 409


def test_a_row_says_all_it_was_told(bot: FlaskClient, database: LibsqlDatabase) -> None:
    database.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (7, 'v', 'c', 'n')")
    database.execute_sql("INSERT INTO objectives (id, exam_id, code, name) VALUES (8, 7, '1', 'o')")
    extra = {"examId": 7, "objectiveId": 8, "questionIds": [1, 2], "tweetId": "9", "opportunityId": "f" * 32}
    failed = {"success": False, "errorMessage": "429 🙁 نص", "generationTimeMs": 390}
    row = bot.post(LEDGER, json=call(**extra, **failed)).json
    assert {name: row[name] for name in (*extra, *failed)} == extra | failed
    assert (row["promptTokens"], row["completionTokens"], row["totalTokens"]) == (1000, 100, 1100)
    assert (row["costUsd"], row["costBasis"], row["provider"]) == (0.00021, "usage", "openai")


def test_an_exam_that_does_not_exist_is_named(bot: FlaskClient, database: LibsqlDatabase) -> None:
    assert list(bot.post(LEDGER, json=call(examId=7)).json["errors"]) == ["examId"]
    response = bot.post(LEDGER, json=[call(1), call(2, objectiveId=8), call(3, examId=7)])
    assert response.status_code == 422
    missing = ["There is none with this id."]
    assert response.json["errors"] == {"1.objectiveId": missing, "2.examId": missing}
    assert response.json["detail"] == "nothing was recorded"
    assert row_count(database, "ai_generation_log") == 0


def test_a_receipt_has_what_the_answer_shows_and_not_the_usage_object(
    bot: FlaskClient, database: LibsqlDatabase
) -> None:
    bot.post(LEDGER, json=call(1), headers={"Idempotency-Key": "one"})
    bot.post(LEDGER, json=[call(2), call(3)], headers={"Idempotency-Key": "list"})
    kept = [json.loads(stored(database, "receipts", key, "key")["receipt"]) for key in ("one", "list")]
    assert [[row["request_id"] for row in rows] for rows in ([kept[0]], kept[1])] == [["call-1"], ["call-2", "call-3"]]
    assert {"usage", "digest", "ip_address", "user_agent"} & {
        name for row in [kept[0], *kept[1]] for name in row
    } == set()
