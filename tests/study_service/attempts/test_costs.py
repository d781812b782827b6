"""What a test costs: few statements, three round trips at most, and no walk through a table that grows."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.server.calls import Server
from tests.study_service.attempts.conftest import Clock, answer_all, keys, save, start, submit
from tests.study_service.test_plans import Plans, plans, uses, walks
from tests.study_service.test_statements import table

__all__ = ["plans"]


def test_a_start_is_two_reads_and_one_batch(alice: FlaskClient, bank: Any, at: Clock, count_queries: Any) -> None:
    with count_queries() as statements:
        start(alice, questionCount=10)
    reads, writes = statements[:7], statements[7:]
    assert [table(query) for query in reads[:4]] == ["receipts", "users", "accommodations", "test_attempts"]
    # the exam, what can be drawn; then what was drawn
    assert "FROM exams" in reads[4]
    assert "FROM objectives o" in reads[5]
    assert "FROM json_each(?) w CROSS JOIN questions" in reads[6]
    # the test, the audit log, the receipt
    assert [query.split()[0] for query in writes] == ["INSERT", "INSERT", "SELECT"]


def test_a_save_is_one_read_and_one_batch(
    alice: FlaskClient, test: dict[str, Any], bank: Any, count_queries: Any
) -> None:
    question = test["questions"][0]["id"]
    with count_queries() as statements:
        save(alice, test, question, keys(bank)[question], sequence=1)
    # the place; that the test runs, counted, and that it did; the choice
    assert [query.split()[0] for query in statements] == ["SELECT", "UPDATE", "SELECT", "INSERT"]


@pytest.mark.parametrize("answers", [0, 10])
def test_a_submit_is_one_read_and_one_batch(
    alice: FlaskClient, test: dict[str, Any], bank: Any, count_queries: Any, answers: int
) -> None:
    if answers:
        answer_all(alice, test, bank, right=5)
    with count_queries() as statements:
        submit(alice, test)
    # the key, the test, its questions with their choices, where the learner is, what she remembers of them
    assert [query.split()[0] for query in statements[:5]] == ["SELECT"] * 5
    # ended, and that it was; the audit log, the result, the histogram, the exam
    wanted = ["UPDATE", "SELECT", "INSERT", "INSERT", "INSERT", "UPDATE"]
    # that nothing else was answered meanwhile, what is remembered now; the questions; that there is progress, mastery,
    # both counted; the day, a streak; three ratings and itself for each answer; the mistakes
    counted = ["SELECT", "INSERT", "UPDATE", "INSERT", "INSERT", "UPDATE", "INSERT", "UPDATE"]
    wanted += [*counted, *["INSERT"] * 4 * answers, "DELETE", "INSERT"] if answers else []
    # the learner's tests, the receipt
    assert [query.split()[0] for query in statements[5:]] == [*wanted, "INSERT", "SELECT"]


def test_a_test_and_its_result_are_one_read(alice: FlaskClient, test: dict[str, Any], count_queries: Any) -> None:
    with count_queries() as statements:
        alice.get(f"/api/tests/{test['id']}")
    assert len(statements) == 3  # the test, its questions, its choices
    submit(alice, test)
    with count_queries() as statements:
        alice.get(f"/api/tests/{test['id']}/result")
    assert len(statements) == 4  # whose it is, the result, its questions, those in running tests
    with count_queries() as statements:
        alice.get("/api/tests")
    assert len(statements) == 2  # what is due, the page


def test_nothing_walks(alice: FlaskClient, bank: Any, at: Clock, plans: Plans, database: LibsqlDatabase) -> None:
    begun = plans(lambda: start(alice, questionCount=10))
    assert walks(begun) == []
    assert uses(begun, "questions_shuffled_by_objective (objective_id=? AND difficulty=? AND shuffle_key>?)")
    assert uses(begun, "test_attempts_one_running (user_id=? AND exam_id=?)")
    test = alice.get("/api/tests/1").json
    question = test["questions"][0]["id"]
    assert walks(plans(lambda: save(alice, test, question, keys(bank)[question]))) == []
    at(7200)
    ended = plans(lambda: alice.get("/api/tests/1"))
    assert walks(ended) == []
    assert uses(ended, "SEARCH questions USING INTEGER PRIMARY KEY (rowid=?)")
    assert walks(plans(lambda: submit(alice, test))) == []


@pytest.mark.only("server")
def test_round_trips(
    alice: FlaskClient, ada: FlaskClient, bank: Any, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
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

    assert trips_of(lambda: start(alice, questionCount=10)) == 3
    test = alice.get("/api/tests/1").json
    question = test["questions"][0]["id"]
    assert trips_of(lambda: save(alice, test, question, keys(bank)[question], sequence=1)) == 2
    assert trips_of(lambda: alice.get("/api/tests/1")) == 1
    assert trips_of(lambda: submit(alice, test, key="s")) == 2
    assert trips_of(lambda: submit(alice, test, key="s")) == 1  # a replay only reads
    assert trips_of(lambda: alice.get("/api/tests/1/result")) == 1
    assert trips_of(lambda: alice.get("/api/tests")) == 1
    assert trips_of(lambda: ada.post("/api/tests/1/regrade")) == 2
