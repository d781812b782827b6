"""A batch of answers as a request: what it may be, and what it costs."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.server.calls import Server
from study_service import offline_decisions
from tests.study_service.conftest import answer
from tests.study_service.offline.sending import CABLING, URL, ago, given, send


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"answers": []}, {"answers": ["Length must be between 1 and 200."]}),
        ({"answers": [{"clientId": f"{n}"} for n in range(201)]}, {"answers": ["Length must be between 1 and 200."]}),
        ({"answers": [{}]}, {"answers": ["0: clientId: Missing data for required field."]}),
        ({"answers": [{"clientId": ""}]}, {"answers": ["0: clientId: Length must be between 1 and 64."]}),
        ({"answers": [{"clientId": "x" * 65}]}, {"answers": ["0: clientId: Length must be between 1 and 64."]}),
        ({"answers": [{"clientId": 7}]}, {"answers": ["0: clientId: Not a valid string."]}),
        ({"answers": {}}, {"answers": ["Not a valid list."]}),
        ({}, {"answers": ["Missing data for required field."]}),
    ],
)
def test_a_request_whose_outcomes_could_not_be_told_is_refused(
    alice: FlaskClient, body: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    response = alice.post(URL, json=body)
    assert (response.status_code, response.json["errors"]) == (422, errors)


def test_what_is_wrong_with_an_answer_is_told_in_few_words(alice: FlaskClient) -> None:
    (outcome,) = send(alice, {"clientId": "1"} | {f"k{n}": 0 for n in range(90)})
    assert outcome["problem"]["code"] == "VALIDATION_FAILED"
    assert len(outcome["problem"]["errors"]) == 5


def test_a_batch_is_one_read_and_one_write(alice: FlaskClient, routing: list[int], count_queries: Any) -> None:
    session = alice.post("/api/study/sessions", json=CABLING).json
    inside = given("4", session["questions"][0]["id"], ["a"], studySessionId=session["id"])
    with count_queries() as statements:
        send(alice, *[given(f"{n}", routing[n]) for n in range(3)], inside)
    count = {"single": 0, "session": 0}
    answer(alice, routing[4], "a")  # the fifth of the day, which is tried twice
    with count_queries() as single:
        answer(alice, routing[5], "a")
    count["single"] = len(single)
    # the key, what is remembered, the user, what is known, the days, the sessions, the running tests; the questions,
    # and the place in the session; then the steps of four single answers, each with its receipt, but what is remembered
    # is counted once; what the session adds; the outcomes
    steps = count["single"] - 4 - 2 + 1  # and the streak
    assert len(statements) == 7 + 4 + 1 + 2 + 4 * steps + 3 + 1


@pytest.mark.only("server")
def test_a_batch_is_two_round_trips(alice: FlaskClient, routing: list[int], monkeypatch: pytest.MonkeyPatch) -> None:

    trips: list[object] = []
    call = Server.send

    def counted(server: Server, requests: Any, **options: Any) -> Any:
        trips.append(requests)
        return call(server, requests, **options)

    monkeypatch.setattr(Server, "send", counted)
    send(alice, *[given(f"{n}", routing[n]) for n in range(8)])
    assert len(trips) == 2
    send(alice, *[given(f"more {n}", routing[n % 8], when=ago(600 - n)) for n in range(200)])
    assert len(trips) == 4


def test_what_is_known_is_found_by_keys(database: LibsqlDatabase) -> None:
    for sql, parameters in ((offline_decisions._KNOWN, (1, '["a"]')), (offline_decisions._TAKEN, ("[1]",))):
        steps = [step[3] for step in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()]
        assert not [step for step in steps if step.startswith(("SCAN client_answers", "SCAN user_answers"))], steps
