"""How many statements a hot route runs, and what each is for; how many round trips on a server."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Statement
from shared_schema.database.server.calls import Server
from shared_schema.tables import db
from tests.study_service.conftest import BANK, answer, post_file


def table(read: str) -> str:
    """The first table that a SELECT names."""
    return read.split(" FROM ")[1].split()[0].strip('"')


@pytest.mark.parametrize("query", ["", "&objectiveIds=1,2", "&mode=weak_areas", "&only=missed"])
def test_questions_to_study_are_one_read(
    alice: FlaskClient, bank: dict[str, Any], count_queries: Any, query: str
) -> None:
    with count_queries() as statements:
        alice.get(f"/api/study/questions?examId=1&limit=20{query}")
    assert len(statements) == 1  # the walk, with the exam and its objectives


def test_an_answer_is_one_read_and_one_batch(alice: FlaskClient, bank: dict[str, Any], count_queries: Any) -> None:
    with count_queries() as statements:
        answer(alice, bank["Routing question 0"]["id"], "a")
    reads, writes = statements[:4], statements[4:]
    # the key, the user, what is remembered of the question, which first counts the answers to it; the question
    assert [table(query) for query in reads] == ["receipts", "users", "user_answers", "exams"]
    # the learner's day of the plan, that she gave no other answer meanwhile, what she remembers now; that it is in no
    # running test, statistics, that they changed
    assert [query.split()[0] for query in writes[:6]] == ["INSERT", "SELECT", "INSERT", "SELECT", "UPDATE", "SELECT"]
    # that there is progress, mastery, both counted in it; the day for the exam
    assert [query.split()[0] for query in writes[6:10]] == ["INSERT", "INSERT", "UPDATE", "INSERT"]
    # ratings in the objective, in the exam, of the question; the answer, mistakes, the receipt
    assert [query.split()[0] for query in writes[10:]] == ["INSERT", "INSERT", "INSERT", "INSERT", "DELETE", "SELECT"]


def test_the_answer_that_makes_a_day_count_is_tried_twice(
    alice: FlaskClient, bank: dict[str, Any], count_queries: Any
) -> None:
    counts = []
    for n in range(6):
        with count_queries() as statements:
            answer(alice, bank[f"Routing question {n}"]["id"], "a")
        counts.append(len(statements))
    others = counts[0]
    # 14 of the first try up to the day; then all of them, and the streak
    assert counts == [others] * 4 + [14 + others + 1, others]
    progress = alice.get("/api/progress/exams/1").json
    assert (progress["currentStreak"], progress["studyDaysCount"], progress["totalQuestionsSeen"]) == (1, 1, 6)


def test_a_keyed_answer_in_a_session_adds_the_session_and_the_key(
    alice: FlaskClient, bank: dict[str, Any], count_queries: Any
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 1}).json
    with count_queries() as statements:
        answer(alice, session["questions"][0]["id"], "a", studySessionId=session["id"], key="k")
    # + the session; + its update, that it changed and can be shown, and the key claimed
    assert len(statements) == 5 + 20


def test_an_answer_in_an_adaptive_session_adds_one_statement(
    alice: FlaskClient, bank: dict[str, Any], count_queries: Any
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "mode": "adaptive"}).json
    with count_queries() as statements:
        answer(alice, session["questions"][0]["id"], "a", studySessionId=session["id"], key="k")
    assert len(statements) == 5 + 20 + 1


def test_reviews_are_two_reads(alice: FlaskClient, bank: dict[str, Any], count_queries: Any) -> None:
    with count_queries() as statements:
        alice.get("/api/study/reviews?examId=1")
    # the user, the exam with the learner's weights and its day, what is remembered, how many were reviewed today
    assert len(statements) == 4
    answer(alice, bank["Routing question 0"]["id"], "b")
    db.batch([Statement("UPDATE memory_states SET due_at = 0")])
    with count_queries() as statements:
        assert len(alice.get("/api/study/reviews?examId=1").json["questions"]) == 1
    assert len(statements) == 5  # + the questions


def test_a_session_is_read_in_four_statements(alice: FlaskClient, bank: dict[str, Any], count_queries: Any) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 10}).json
    with count_queries() as statements:
        alice.get(f"/api/study/sessions/{session['id']}")
    assert len(statements) == 4  # the session, its questions, its answers, the questions of running tests


def test_a_session_starts_with_three_reads_and_five_writes(
    alice: FlaskClient, bank: dict[str, Any], count_queries: Any
) -> None:
    with count_queries() as statements:
        alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 10})
    # the key, the user, the walk; sessions that nobody touches end, with an entry in the log; the session, the audit
    # log, the receipt
    assert len(statements) == 8


def test_progress_is_one_read(alice: FlaskClient, bank: dict[str, Any], count_queries: Any) -> None:
    with count_queries() as statements:
        alice.get("/api/progress")
    assert len(statements) == 2  # the user, whose today it is, and the progress
    with count_queries() as statements:
        alice.get("/api/progress/exams/1")
    # the user, the exam, the progress, the objectives, their mastery, which have questions
    assert len(statements) == 6
    with count_queries() as statements:
        alice.get("/api/exams/1/leaderboard")
    assert len(statements) == 2  # the exam, the first of it


def test_completing_a_session_is_one_batch(alice: FlaskClient, bank: dict[str, Any], count_queries: Any) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 10}).json
    with count_queries() as statements:
        alice.post(f"/api/study/sessions/{session['id']}/complete")
    # the audit log, the session, that it changed, that it can be shown, the session as it is now
    assert [query.split()[0] for query in statements] == ["INSERT", "UPDATE", "SELECT", "SELECT", "SELECT"]


def test_the_catalog_is_one_read(alice: FlaskClient, bank: dict[str, Any], count_queries: Any) -> None:
    with count_queries() as statements:
        alice.get("/api/exams")
    assert len(statements) == 1


def test_a_large_bank_takes_a_handful_of_statements(ada: FlaskClient, count_queries: Any) -> None:
    large = copy.deepcopy(BANK)
    large["questions"] = [
        large["questions"][0] | {"questionText": f"Question {n} of many", "correctAnswer": [n % 4]} for n in range(1000)
    ]
    with count_queries() as statements:
        assert post_file(ada, large).json["imported"] == 1000
    reads, writes = statements[:4], statements[4:]
    # the key, the exam, its objectives, the questions with these texts
    assert [table(query) for query in reads] == [
        "receipts", "exams", "objectives", "questions",
    ]  # fmt: skip
    # the exam and its entry in the audit log, that it is not retired, the objectives and theirs; of each 500 questions
    # they themselves, that all are in, and their entries; the count of the exam, the entry of the import, the receipt
    assert [query.split()[0] for query in writes] == [
        "INSERT", "INSERT", "SELECT", "INSERT", "INSERT", *2 * ["INSERT", "SELECT", "INSERT"], "UPDATE", "INSERT",
        "SELECT",
    ]  # fmt: skip


@pytest.mark.only("server")
def test_each_write_is_two_round_trips(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request reads, one writes, whatever the route; completing a session needs no read."""
    trips: list[object] = []
    call = Server.send

    def counted(server: Server, requests: Any, **options: Any) -> Any:
        trips.append(requests)
        return call(server, requests, **options)

    monkeypatch.setattr(Server, "send", counted)

    def trips_of(request: Callable[[], Any]) -> int:
        trips.clear()
        assert request().status_code in (200, 201)
        return len(trips)

    question = bank["Routing question 0"]["id"]
    assert trips_of(lambda: alice.post("/api/study/sessions", json={"examId": 1})) == 2
    assert trips_of(lambda: answer(alice, question, "a", studySessionId=1, key="k")) == 2
    # a replay only reads: what was done, and whether a test runs that must not be told of it
    assert trips_of(lambda: answer(alice, question, "a", studySessionId=1, key="k")) == 2
    assert trips_of(lambda: alice.get("/api/study/reviews?examId=1")) == 1
    db.batch([Statement("UPDATE memory_states SET due_at = 0")])
    assert trips_of(lambda: alice.get("/api/study/reviews?examId=1")) == 2  # what is due; those questions
    assert trips_of(lambda: post_file(ada, BANK | {"examCode": "T-3"})) == 2
    assert trips_of(lambda: ada.put(f"/api/questions/{question}/review", json={"status": "rejected"})) == 2
    assert trips_of(lambda: alice.post("/api/study/sessions/1/complete")) == 1
    assert trips_of(lambda: alice.get("/api/study/sessions/1")) == 1
    assert trips_of(lambda: alice.get("/api/progress/exams/1")) == 1
