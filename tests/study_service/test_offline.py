"""Answers given offline: each once, in the order of the client's clock, each with an outcome of its own."""

import datetime as dt
import time
import zoneinfo
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import Database, Statement
from shared_schema.database.server import Server
from shared_schema.database.settings import Settings
from study_service import offline_decisions
from tests.conftest import client
from tests.study_service.conftest import answer, meanwhile, row, rows

URL = "/api/study/answers"
CABLING = {"examId": 1, "questionCount": 1, "objectiveIds": [2]}  # one of no routing question


def ago(seconds: float) -> str:
    return dt.datetime.fromtimestamp(time.time() - seconds, dt.UTC).isoformat()


def given(name: str, question: int, selected: Any = "a", *, when: str | None = None, **more: Any) -> dict[str, Any]:
    body = {"clientId": name, "questionId": question, "selectedAnswer": selected, "timeSpentSeconds": 9}
    return body | {"answeredAt": when or ago(3600)} | more


def send(learner: FlaskClient, *items: Any, key: str | None = None) -> list[dict[str, Any]]:
    response = learner.post(URL, json={"answers": items}, headers={"Idempotency-Key": key} if key else {})
    assert response.status_code == 200, response.json
    outcomes: list[dict[str, Any]] = response.json["answers"]
    return outcomes


def statuses(outcomes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(outcome["clientId"], (outcome["problem"] or {}).get("code") or outcome["status"]) for outcome in outcomes]


def stored(database: Database) -> list[dict[str, Any]]:
    return rows(
        database,
        "SELECT question_id AS question, selected_answer AS selected, attempt_number AS attempt, answered_at AS at"
        " FROM user_answers ORDER BY id",
    )


def kept(statements: list[str]) -> int:
    """How many answers were written, also by batches that were given up."""
    return sum(statement.startswith("INSERT INTO client_answers") for statement in statements)


def test_an_answer_given_offline_has_the_result_of_a_single_one(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], routing: list[int], database: Database
) -> None:
    single = answer(bob, routing[0], "a").json["result"]
    (outcome,) = send(alice, given("d1-1", routing[0], confidenceLevel=4))
    assert (outcome["clientId"], outcome["status"], outcome["problem"]) == ("d1-1", "recorded", None)
    other = {"answerId", "question", "progress"}
    assert {name: value for name, value in outcome["result"].items() if name not in other} == {
        name: value for name, value in single.items() if name not in other
    }
    assert outcome["result"]["question"] == {"totalAttempts": 2, "correctAttempts": 2}
    assert outcome["result"]["progress"]["totalQuestionsSeen"] == 1
    given_one = row(database, "user_answers", outcome["result"]["answerId"])
    assert (given_one["confidence_level"], given_one["time_spent_seconds"], given_one["is_correct"]) == (4, 9, 1)


def test_answers_count_in_the_order_in_which_they_were_given(
    alice: FlaskClient, routing: list[int], database: Database
) -> None:
    """The request has the later choice first, as a queue may that sends a lost one again."""
    base = time.time()
    when = [dt.datetime.fromtimestamp(base - back, dt.UTC).isoformat() for back in (60.25, 60.75)]
    outcomes = send(alice, given("late", routing[0], "b", when=when[0]), given("early", routing[0], "a", when=when[1]))
    assert [(one["clientId"], one["result"]["attemptNumber"]) for one in outcomes] == [("late", 2), ("early", 1)]
    assert [(one["selected"], one["attempt"]) for one in stored(database)] == [("a", 1), ("b", 2)]
    assert [one["result"]["progress"]["totalCorrect"] for one in outcomes] == [1, 1]


def test_an_answer_that_is_sent_again_has_its_first_result(
    alice: FlaskClient, routing: list[int], database: Database
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
    alice: FlaskClient, bank: dict[str, Any], database: Database, change: dict[str, Any]
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
    alice: FlaskClient, bob: FlaskClient, routing: list[int], database: Database
) -> None:
    item = given("1", routing[0], when="2026-11-20T10:00:00Z")
    outcomes = [send(learner, item)[0] for learner in (alice, bob)]
    assert [outcome["status"] for outcome in outcomes] == ["recorded", "recorded"]
    mine, theirs = (row(database, "user_answers", outcome["result"]["answerId"])["user_id"] for outcome in outcomes)
    assert (mine, theirs, len(stored(database))) == (1, 2, 2)


def test_an_answer_twice_in_one_request_counts_once(alice: FlaskClient, routing: list[int], database: Database) -> None:
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
    alice: FlaskClient, bob: FlaskClient, mo: FlaskClient, routing: list[int], database: Database
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
    alice: FlaskClient, mo: FlaskClient, routing: list[int], database: Database
) -> None:
    mo.put(f"/api/questions/{routing[0]}/review", json={"status": "rejected"})
    item = given("1", routing[0], when="2026-11-20T10:00:00Z")
    assert statuses(send(alice, item)) == [("1", "NOT_FOUND")]
    mo.put(f"/api/questions/{routing[0]}/review", json={"status": "approved"})
    assert statuses(send(alice, item)) == [("1", "recorded")]


def test_a_client_whose_clock_lies(alice: FlaskClient, routing: list[int], database: Database) -> None:
    """The case client-clock-lies."""
    now = int(time.time())
    database.batch([Statement("UPDATE users SET timezone = 'Pacific/Auckland' WHERE id = 1")])
    outcomes = send(
        alice,
        given("d1-1", routing[0], timeSpentSeconds=-4, when="2027-01-01T00:00:00Z"),
        given("d1-1b", routing[0], when="2090-01-01T00:00:00Z"),
        given("d1-2", routing[1], "b", timeSpentSeconds=90_000, when="1970-01-01T00:00:00Z"),
        given("d1-2b", routing[1], "b", when="1970-01-01T00:00:00Z"),
        given("d1-3", routing[2], when=ago(2 * 3600)),
    )
    assert statuses(outcomes) == [
        ("d1-1", "VALIDATION_FAILED"),
        ("d1-1b", "recorded"),
        ("d1-2", "VALIDATION_FAILED"),
        ("d1-2b", "recorded"),
        ("d1-3", "recorded"),
    ]
    oldest, middle, newest = rows(database, "SELECT answered_at AS at, day FROM user_answers ORDER BY id")
    assert now - 30 * 86400 <= oldest["at"] <= now - 30 * 86400 + 60
    assert now - 7200 <= middle["at"] <= now - 7140
    assert now <= newest["at"] <= now + 60

    zone = zoneinfo.ZoneInfo("Pacific/Auckland")
    for one in (oldest, middle, newest):
        assert one["day"] == dt.datetime.fromtimestamp(one["at"], zone).date().isoformat()
    progress = outcomes[1]["result"]["progress"]
    assert (progress["totalQuestionsSeen"], progress["totalStudyMinutes"]) == (3, 0)
    assert progress["avgTimePerQuestion"] == 9
    assert progress["currentStreak"] <= 2


def test_the_plan_bounds_each_local_day(
    plan_app: Flask, bank: dict[str, Any], routing: list[int], database: Database, count_queries: Any
) -> None:
    """Two answers a day: the learner has one of today already."""
    learner = client(plan_app, "1", "user")
    answer(learner, routing[0], "a")
    today = [given(f"today {n}", routing[n], when=ago(n / 10)) for n in (3, 2, 1)]
    before = [given(f"before {n}", routing[n], when=ago(3 * 86400 + n)) for n in (6, 5, 4)]
    with count_queries() as statements:
        outcomes = send(learner, *today, *before)
    assert kept(statements) == 3  # in one batch
    assert statuses(outcomes) == [
        ("today 3", "recorded"),
        ("today 2", "PLAN_LIMIT_REACHED"),
        ("today 1", "PLAN_LIMIT_REACHED"),
        ("before 6", "recorded"),
        ("before 5", "recorded"),
        ("before 4", "PLAN_LIMIT_REACHED"),
    ]
    refused = outcomes[1]["problem"]
    assert (refused["status"], refused["limit"], refused["used"]) == (429, 2, 2)
    days = rows(database, "SELECT answered FROM learner_days ORDER BY day")
    assert days == [{"answered": 2}, {"answered": 2}]


def test_a_session_takes_one_answer_to_each_question(
    alice: FlaskClient, bank: dict[str, Any], database: Database, count_queries: Any
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 3}).json
    one, two, three = (question["id"] for question in session["questions"])
    inside = {"studySessionId": session["id"]}
    first = answer(alice, one, ["a"], **inside)
    assert first.status_code == 200
    items = (
        given("1", one, ["a"], **inside, when=ago(50)),
        given("2", two, ["b"], **inside, when=ago(20)),
        given("2, earlier", two, ["a"], **inside, when=ago(30)),
        given("3", three, ["a"], **inside, when=ago(10)),
    )
    with count_queries() as statements:
        outcomes = send(alice, *items)
    assert kept(statements) == 2  # in one batch
    assert statuses(outcomes) == [("1", "CONFLICT"), ("2", "CONFLICT"), ("2, earlier", "recorded"), ("3", "recorded")]
    assert outcomes[0]["problem"]["detail"] == "this question was answered in this session already"
    assert outcomes[3]["result"]["session"]["totalQuestions"] == 3
    counted = row(database, "study_sessions", session["id"])
    assert (counted["total_questions"], counted["time_spent_seconds"]) == (3, 10 + 2 * 9)


def test_an_old_answer_does_not_make_a_session_idle(
    alice: FlaskClient, bank: dict[str, Any], database: Database
) -> None:
    session = alice.post("/api/study/sessions", json=CABLING).json
    before = row(database, "study_sessions", session["id"])["last_activity"]
    send(alice, given("1", session["questions"][0]["id"], ["a"], studySessionId=session["id"], when=ago(5 * 3600)))
    after = row(database, "study_sessions", session["id"])
    assert (after["total_questions"], after["last_activity"]) == (1, before)


def test_of_the_same_batch_at_the_same_moment_each_answer_counts_once(
    study_app: Flask, alice: FlaskClient, routing: list[int], database: Database
) -> None:
    items = [given(f"{n}", routing[n], when="2026-11-20T10:00:00Z") for n in range(5)]
    callers = [client(study_app, "1", "user") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda caller: send(caller, *items), callers))
    results = [[outcome["result"] for outcome in outcomes] for outcomes in answers]
    assert all(result == results[0] for result in results)
    recorded = [outcome["status"] for outcomes in answers for outcome in outcomes].count("recorded")
    assert recorded == len(stored(database)) == 5
    assert row(database, "questions", routing[0])["total_attempts"] == 1
    database.close()


def test_what_changes_between_the_read_and_the_batch_is_told_in_its_own_outcome(
    alice: FlaskClient, bank: dict[str, Any], routing: list[int], database: Database, settings: Settings
) -> None:
    session = alice.post("/api/study/sessions", json=CABLING).json
    inside = given("4", session["questions"][0]["id"], ["a"], studySessionId=session["id"])
    items = [given(f"{n}", routing[n]) for n in range(4)]
    withdraw = "UPDATE questions SET is_active = 0 WHERE id = ?"
    with meanwhile(database, settings, "FROM client_answers", withdraw, routing[1]):
        outcomes = send(alice, *items[:2], inside, *items[2:])
    assert statuses(outcomes) == [
        ("0", "recorded"),
        ("1", "NOT_FOUND"),
        ("4", "recorded"),
        ("2", "recorded"),
        ("3", "recorded"),
    ]
    assert len(stored(database)) == 4
    assert row(database, "questions", routing[0])["total_attempts"] == 1


def test_a_row_that_cannot_be_used_refuses_its_answer_alone(
    alice: FlaskClient, routing: list[int], database: Database
) -> None:
    session = alice.post("/api/study/sessions", json=CABLING).json
    database.batch([Statement("UPDATE study_sessions SET created_at = 1 << 60")])
    inside = given("1", session["questions"][0]["id"], ["a"], studySessionId=session["id"])
    outcomes = send(alice, given("0", routing[0]), inside, given("2", routing[2]))
    assert statuses(outcomes) == [("0", "recorded"), ("1", "CONFLICT"), ("2", "recorded")]
    assert len(stored(database)) == 2


def test_the_day_may_fill_up_between_the_read_and_the_batch(
    plan_app: Flask, bank: dict[str, Any], routing: list[int], database: Database, settings: Settings
) -> None:
    learner = client(plan_app, "1", "user")
    answer(learner, routing[0], "a")
    full = "UPDATE learner_days SET answered = 2 WHERE user_id = ?"
    with meanwhile(database, settings, "FROM client_answers", full, 1):
        outcomes = send(learner, given("1", routing[1], when=ago(0)), given("2", routing[2], when=ago(3 * 86400)))
    assert statuses(outcomes) == [("1", "PLAN_LIMIT_REACHED"), ("2", "recorded")]
    assert len(stored(database)) == 2


def test_the_whole_request_has_a_key_too(alice: FlaskClient, routing: list[int], database: Database) -> None:
    items = given("1", routing[0], when="2026-11-20T10:00:00Z"), given("2", 999, when="2026-11-20T10:00:00Z")
    first = alice.post(URL, json={"answers": items}, headers={"Idempotency-Key": "k"})
    again = alice.post(URL, json={"answers": items}, headers={"Idempotency-Key": "k"})
    assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true")
    assert statuses(again.json["answers"]) == [("1", "recorded"), ("2", "NOT_FOUND")]
    assert alice.get("/api/requests/k").json["body"] == first.json
    assert alice.post(URL, json={"answers": items[:1]}, headers={"Idempotency-Key": "k"}).status_code == 409
    assert len(stored(database)) == 1


def test_a_key_is_kept_where_the_batch_went_in_parts(
    alice: FlaskClient, routing: list[int], database: Database, settings: Settings
) -> None:
    items = [given(f"{n}", routing[n], when="2026-11-20T10:00:00Z") for n in range(3)]
    with meanwhile(
        database, settings, "FROM client_answers", "UPDATE questions SET is_active = 0 WHERE id = ?", routing[1]
    ):
        first = send(alice, *items, key="k")
    assert send(alice, *items, key="k") == first
    assert statuses(first) == [("0", "recorded"), ("1", "NOT_FOUND"), ("2", "recorded")]


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
    with count_queries() as single:
        answer(alice, routing[5], "a")
    count["single"] = len(single)
    # the key, the user, what is known, the days, the sessions; the questions, and the place in the session; then the
    # steps of four single answers, each with its receipt; what the session adds; the outcomes
    steps = count["single"] - 3
    assert len(statements) == 6 + 4 + 1 + 4 * steps + 3 + 1


@pytest.mark.only("server")
def test_a_batch_is_two_round_trips(alice: FlaskClient, routing: list[int], monkeypatch: pytest.MonkeyPatch) -> None:

    trips: list[object] = []
    call = Server.call

    def counted(server: Server, requests: Any, **options: Any) -> Any:
        trips.append(requests)
        return call(server, requests, **options)

    monkeypatch.setattr(Server, "call", counted)
    send(alice, *[given(f"{n}", routing[n]) for n in range(8)])
    assert len(trips) == 2
    send(alice, *[given(f"more {n}", routing[n % 8], when=ago(600 - n)) for n in range(200)])
    assert len(trips) == 4


def test_what_is_known_is_found_by_keys(database: Database) -> None:
    for sql, parameters in ((offline_decisions._KNOWN, (1, '["a"]')), (offline_decisions._TAKEN, ("[1]",))):
        steps = [step[3] for step in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()]
        assert not [step for step in steps if step.startswith(("SCAN client_answers", "SCAN user_answers"))], steps
