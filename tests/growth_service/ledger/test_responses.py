"""A call is counted once by the provider's id of its answer, too, which a confused retry cannot invent anew."""

import datetime as dt
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from growth_service.ledger import generations
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from tests.conftest import client
from tests.growth_service.conftest import LEDGER, call, row_count, stored

REUSED = "the response id of a call was used for another call already; nothing was recorded"
TABLE = "ai_generation_log"


def answered(number: int, answer: str = "chatcmpl-1", **more: Any) -> dict[str, Any]:
    return call(number, responseId=answer, **more)


def spent(bot: FlaskClient) -> tuple[float, int]:
    report = bot.get("/api/ai/costs").json
    return report["totalUsd"], report["generations"]


def test_a_confused_retry_is_answered_with_the_first_call(bot: FlaskClient, database: LibsqlDatabase) -> None:
    first = bot.post(LEDGER, json=answered(1))
    retry = bot.post(LEDGER, json=answered(2, purpose="another", generationTimeMs=9))
    assert (first.status_code, retry.status_code) == (201, 201)
    assert retry.json == first.json
    assert (retry.json["requestId"], retry.json["responseId"]) == ("call-1", "chatcmpl-1")
    assert "Idempotency-Replayed" not in first.headers
    assert retry.headers["Idempotency-Replayed"] == "true"
    assert spent(bot) == (0.00021, 1)
    assert stored(database, TABLE, 1)["response_id"] == "chatcmpl-1"


def test_a_retry_that_writes_the_provider_another_way_is_the_same_call(
    bot: FlaskClient, database: LibsqlDatabase
) -> None:
    first = bot.post(LEDGER, json=answered(1, provider="OpenAI", model="gpt-4o-mini"))
    retry = bot.post(LEDGER, json=answered(2, provider="openai", model="gpt-4o-mini"))
    assert (first.status_code, retry.json, first.json["provider"]) == (201, first.json, "openai")
    assert (stored(database, TABLE, 1)["provider"], row_count(database, TABLE), spent(bot)[1]) == ("openai", 1, 1)


def test_it_stays_so_under_a_key(bot: FlaskClient, database: LibsqlDatabase) -> None:
    first = bot.post(LEDGER, json=answered(1))
    key = {"Idempotency-Key": "retry"}
    for _ in range(2):
        retry = bot.post(LEDGER, json=answered(2), headers=key)
        assert (retry.json, retry.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert bot.get("/api/requests/retry").json["body"] == first.json
    assert bot.post(LEDGER, json=answered(3), headers=key).status_code == 409
    assert row_count(database, TABLE) == 1


def test_another_providers_answer_may_have_the_same_id(bot: FlaskClient, database: LibsqlDatabase) -> None:
    for number, provider in enumerate(("openai", "azure", None)):
        more = {"provider": provider, "model": "gpt-4o-mini" if provider else "nobody-knows-it"}
        assert bot.post(LEDGER, json=answered(number, **more)).json["requestId"] == f"call-{number}"
    assert bot.post(LEDGER, json=answered(4, "chatcmpl-2")).json["requestId"] == "call-4"
    assert row_count(database, TABLE) == 4


def test_the_provider_may_be_named_once_and_guessed_once(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(LEDGER, json=answered(1, provider=None))
    assert bot.post(LEDGER, json=answered(2, provider="openai")).json["requestId"] == "call-1"
    assert row_count(database, TABLE) == 1


def test_an_answer_of_a_provider_that_nobody_knows_counts_once(bot: FlaskClient, database: LibsqlDatabase) -> None:
    unknown = {"provider": None, "model": "nobody-knows-it"}
    assert bot.post(LEDGER, json=answered(1, **unknown)).json["provider"] is None
    assert bot.post(LEDGER, json=answered(2, **unknown)).json["requestId"] == "call-1"
    assert row_count(database, TABLE) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"model": "gpt-4o"},
        {"usage": {"prompt_tokens": 1001, "completion_tokens": 100, "total_tokens": 1101}},
        {"usage": None},
        {"usage": None, "promptTokens": 1000, "completionTokens": 101},
    ],
)
def test_one_id_for_all_answers_is_refused_before_calls_are_lost(
    bot: FlaskClient, database: LibsqlDatabase, other: dict[str, Any]
) -> None:
    """A client that sends "none" as the id of every answer would lose all calls but the first."""
    counted = {"usage": None, "promptTokens": 1000, "completionTokens": 100}
    bot.post(LEDGER, json=answered(1, "none", **(counted if "promptTokens" in other else {})))
    response = bot.post(LEDGER, json=answered(2, "none", **other))
    assert (response.status_code, response.json["detail"]) == (409, REUSED)
    assert bot.post(LEDGER, json=[call(3), answered(4, "none", **other)]).status_code == 409
    assert row_count(database, TABLE) == 1


def test_a_repeat_without_usage_is_known_by_its_counts(bot: FlaskClient, database: LibsqlDatabase) -> None:
    counted = {"usage": None, "promptTokens": 1000, "completionTokens": 100}
    bot.post(LEDGER, json=answered(1, **counted))
    assert bot.post(LEDGER, json=answered(2, **counted)).json["requestId"] == "call-1"


def test_a_list_counts_each_answer_once(bot: FlaskClient, database: LibsqlDatabase) -> None:
    first = bot.post(LEDGER, json=answered(1, "a")).json
    calls = [answered(2, "b"), answered(3, "a"), answered(4, "b"), call(5), answered(4, "b"), call(5)]
    response = bot.post(LEDGER, json=calls)
    rows = response.json["generations"]
    assert [row["requestId"] for row in rows] == ["call-2", "call-1", "call-2", "call-5", "call-2", "call-5"]
    assert (rows[1], rows[0]) == (first, rows[2])
    assert "Idempotency-Replayed" not in response.headers
    assert spent(bot) == (0.00063, 3)
    again = bot.post(LEDGER, json=calls)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (response.json, "true")
    assert bot.post(LEDGER, json=[answered(6, "c"), answered(7, "c", model="gpt-4o")]).json["detail"] == REUSED
    assert row_count(database, TABLE) == 3


def test_the_clients_own_id_goes_before_the_providers(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(LEDGER, json=[answered(1, "a"), answered(2, "b")])
    response = bot.post(LEDGER, json=answered(2, "a"))
    assert response.status_code == 409  # call-2 was another call
    assert row_count(database, TABLE) == 2


@pytest.mark.parametrize("provider", ["openai", None])
def test_twenty_at_once_under_ids_of_their_own_are_one_call(
    growth_app: Flask, bot: FlaskClient, database: LibsqlDatabase, provider: str | None
) -> None:
    answers: list[tuple[int, str | None, Any]] = []
    start = threading.Barrier(20)
    model = "gpt-4o-mini" if provider else "nobody-knows-it"

    def work(number: int) -> None:
        caller = client(growth_app, "growth-bot", "service")
        start.wait()
        response = caller.post(LEDGER, json=answered(number, provider=provider, model=model))
        answers.append((response.status_code, response.headers.get("Idempotency-Replayed"), response.json))
        database.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {code for code, _, _ in answers} == {201}
    assert [replayed for _, replayed, _ in answers].count(None) == 1
    assert all(body == answers[0][2] for _, _, body in answers)
    assert row_count(database, TABLE) == 1


@pytest.mark.parametrize("provider", ["openai", None])
def test_an_answer_that_comes_between_read_and_write_is_found_by_the_next_read(
    bot: FlaskClient, database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch, provider: str | None
) -> None:
    model = "gpt-4o-mini" if provider else "nobody-knows-it"
    read = database.fetch
    first: Any = {"request_id": "call-1", "purpose": "p", "success": True, "response_id": "chatcmpl-1"}
    first |= {"model": model, "provider": provider, "usage": call()["usage"]}

    def too_early(*queries: Any, **options: Any) -> Any:
        monkeypatch.undo()
        results = read(*queries, **options)
        generations.record([first], dt.datetime.now(dt.UTC), Once("bot"))
        return results

    bot.post(LEDGER, json=call(3))  # which is there already, so that the ledger is read at all
    monkeypatch.setattr(database, "fetch", too_early)
    retry = bot.post(LEDGER, json=[answered(2, provider=provider, model=model), call(3)])
    assert retry.status_code == 201
    assert [recorded["requestId"] for recorded in retry.json["generations"]] == ["call-1", "call-3"]
    assert retry.headers["Idempotency-Replayed"] == "true"
    assert row_count(database, TABLE) == 2


@pytest.mark.parametrize("wrong", ["", "x" * 256, 5, "a\0b"])
def test_a_response_id_is_a_text(bot: FlaskClient, wrong: Any) -> None:
    refused = bot.post(LEDGER, json=call(responseId=wrong))
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["responseId"])
