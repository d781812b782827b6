"""Answers given offline: each once, in the order of the client's clock, each with an outcome of its own."""

import datetime as dt
import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import answer, row
from tests.study_service.offline.sending import CABLING, ago, given, send, statuses, stored


def test_an_answer_given_offline_has_the_result_of_a_single_one(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], routing: list[int], database: LibsqlDatabase
) -> None:
    single = answer(bob, routing[0], "a", confidenceLevel=4).json["result"]
    (outcome,) = send(alice, given("d1-1", routing[0], confidenceLevel=4))
    assert (outcome["clientId"], outcome["status"], outcome["problem"]) == ("d1-1", "recorded", None)
    other = {"answerId", "question", "progress", "nextReviewAt"}  # its time is by the client's clock
    assert {name: value for name, value in outcome["result"].items() if name not in other} == {
        name: value for name, value in single.items() if name not in other
    }
    assert outcome["result"]["question"] == {"totalAttempts": 2, "correctAttempts": 2}
    assert outcome["result"]["progress"]["totalQuestionsSeen"] == 1
    given_one = row(database, "user_answers", outcome["result"]["answerId"])
    assert (given_one["confidence_level"], given_one["time_spent_seconds"], given_one["is_correct"]) == (4, 9, 1)


def test_answers_count_in_the_order_in_which_they_were_given(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    """The request has the later choice first, as a queue may that sends a lost one again."""
    base = time.time()
    when = [dt.datetime.fromtimestamp(base - back, dt.UTC).isoformat() for back in (60.25, 60.75)]
    outcomes = send(alice, given("late", routing[0], "b", when=when[0]), given("early", routing[0], "a", when=when[1]))
    assert [(one["clientId"], one["result"]["attemptNumber"]) for one in outcomes] == [("late", 2), ("early", 1)]
    assert [(one["selected"], one["attempt"]) for one in stored(database)] == [("a", 1), ("b", 2)]
    assert [one["result"]["progress"]["totalCorrect"] for one in outcomes] == [1, 1]


def test_an_answer_that_is_sent_again_has_its_first_result(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    first = send(alice, given("1", routing[0], "b", when=ago(50)), given("2", routing[1], "b", when=ago(40)))
    answer(alice, routing[0], "a")  # the world moves on
    items = given("2", routing[1], "b", when=ago(40)), given("3", routing[2], "a", when=ago(30))
    again = send(alice, *items)
    assert statuses(again) == [("2", "CONFLICT"), ("3", "recorded")]  # ago() has moved on: another content
    assert len(stored(database)) == 4
    item = given("4", routing[3], "d", when="2026-11-20T10:00:00Z")
    one, two = send(alice, item), send(alice, item)
    assert (one[0]["status"], two[0]["status"]) == ("recorded", "replayed")
    assert two[0]["result"] == one[0]["result"]
    assert len(stored(database)) == 5
    assert first[0]["result"]["attemptNumber"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"selectedAnswer": "b"},
        {"timeSpentSeconds": 10},
        {"answeredAt": "2026-11-20T10:00:00.000001Z"},
        {"flagged": True},
        {"questionId": 2},
        {"confidenceLevel": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_client_id_that_comes_with_other_content_is_refused(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, change: dict[str, Any]
) -> None:
    item = given("1", 1, when="2026-11-20T10:00:00Z")
    send(alice, item)
    (outcome,) = send(alice, item | change)
    assert (outcome["status"], outcome["result"]) == ("refused", None)
    assert outcome["problem"] == {
        "title": "In conflict with what is there",
        "status": 409,
        "code": "CONFLICT",
        "detail": "this clientId was used for another answer",
    }
    assert len(stored(database)) == 1


def test_client_ids_are_the_learners_own(
    alice: FlaskClient, bob: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    item = given("1", routing[0], when="2026-11-20T10:00:00Z")
    outcomes = [send(learner, item)[0] for learner in (alice, bob)]
    assert [outcome["status"] for outcome in outcomes] == ["recorded", "recorded"]
    mine, theirs = (row(database, "user_answers", outcome["result"]["answerId"])["user_id"] for outcome in outcomes)
    assert (mine, theirs, len(stored(database))) == (1, 2, 2)


def test_an_answer_twice_in_one_request_counts_once(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    item = given("1", routing[0], when="2026-11-20T10:00:00Z")
    outcomes = send(alice, item, item, item | {"selectedAnswer": "b"}, item | {"answeredAt": "2026-11-19T10:00:00Z"})
    # the one that was given first counts
    assert statuses(outcomes) == [("1", "CONFLICT"), ("1", "CONFLICT"), ("1", "CONFLICT"), ("1", "recorded")]
    again = send(
        alice, given("2", routing[1], when="2026-11-20T10:00:00Z"), given("2", routing[1], when="2026-11-20T10:00:00Z")
    )
    assert statuses(again) == [("2", "recorded"), ("2", "replayed")]
    assert again[0]["result"] == again[1]["result"]
    assert len(stored(database)) == 2


def test_each_answer_has_the_problem_of_a_single_one_and_holds_up_no_other(
    alice: FlaskClient, bob: FlaskClient, mo: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    theirs = bob.post("/api/study/sessions", json={"examId": 1}).json["id"]
    session = alice.post("/api/study/sessions", json=CABLING).json
    (inside,) = [question["id"] for question in session["questions"]]
    outside = next(question for question in routing if question != inside)
    mo.put(f"/api/questions/{routing[7]}/review", json={"status": "rejected"})
    wrong = {
        "no question": {"questionId": 999},
        "withdrawn": {"questionId": routing[7]},
        "no option": {"selectedAnswer": "zz"},
        "no session": {"studySessionId": 999},
        "bob's session": {"studySessionId": theirs},
        "not of the session": {"studySessionId": session["id"], "questionId": outside},
        "no time": {"timeSpentSeconds": -4},
        "too long": {"timeSpentSeconds": 90_000},
        "no confidence": {"confidenceLevel": 6},
        "no date": {"answeredAt": "yesterday"},
        "no zone": {"answeredAt": "2026-11-20T10:00:00"},
        "surprise": {"score": 1},
    }
    items = [given(name, outside) | change for name, change in wrong.items()]
    outcomes = send(alice, given("good", routing[0]), *items, given("better", routing[1], "b"))
    single = [
        alice.post(
            "/api/study/answer", json={k: v for k, v in item.items() if k not in ("clientId", "answeredAt")}
        ).json
        for item in items
    ]
    assert statuses(outcomes)[0] == ("good", "recorded")
    assert statuses(outcomes)[-1] == ("better", "recorded")
    for outcome, problem in zip(outcomes[1:-1], single, strict=True):
        assert outcome["status"] == "refused"
        if "answeredAt" not in wrong[outcome["clientId"]]:
            assert outcome["problem"]["code"] == problem["code"], outcome
            assert outcome["problem"].get("errors") == problem.get("errors"), outcome
    assert outcomes[10]["problem"]["errors"] == {"answeredAt": ["Not a time with a zone, like 2026-11-22T08:00:00Z."]}
    assert len(stored(database)) == 2 + 2  # the single route asks for no date


def test_a_refused_answer_may_be_sent_again(
    alice: FlaskClient, mo: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    mo.put(f"/api/questions/{routing[0]}/review", json={"status": "rejected"})
    item = given("1", routing[0], when="2026-11-20T10:00:00Z")
    assert statuses(send(alice, item)) == [("1", "NOT_FOUND")]
    mo.put(f"/api/questions/{routing[0]}/review", json={"status": "approved"})
    assert statuses(send(alice, item)) == [("1", "recorded")]
