"""Answers about timed tests, while they run and when they are over."""

from typing import Any

from tests.contract.asking import expect
from tests.contract.calls import Call
from tests.contract.people import People
from tests.damage import TOO_LATE, spoil


def _running(crowd: People, call: Call) -> dict[str, Any]:
    """A test of the caller's that runs."""
    test: dict[str, Any] = crowd.of(call).post("/api/tests", json={"examId": 1, "questionCount": 2}).json
    return test


def test_begun(crowd: People, call: Call) -> None:
    """A new test, the same again, and 409 where the exam has no questions."""
    caller = crowd.of(call)
    running = _running(crowd, call)
    expect(call.send(caller), 200)
    expect(caller.post(f"/api/tests/{running['id']}/submit"), 200)
    expect(call.send(caller), 201)
    exam = expect(crowd.role("admin").post("/api/exams", json={"vendorId": "a", "code": "none", "name": "None"}), 201)
    expect(call.send(caller, json={"examId": exam["id"]}), 409)


def choice(crowd: People, call: Call) -> None:
    """A choice in a test that runs, and in one that is over."""
    running = _running(crowd, call)
    path = {"attemptId": running["id"], "questionId": running["questions"][0]["id"]}
    expect(call.send(crowd.of(call), path=path), 200)
    expect(crowd.of(call).post(f"/api/tests/{running['id']}/submit"), 200)
    expect(call.send(crowd.of(call), path=path), 409)


def submitted(crowd: People, call: Call) -> None:
    path = {"attemptId": _running(crowd, call)["id"]}
    expect(call.send(crowd.of(call), path=path), 200)
    (kept,) = crowd.database.execute_sql(
        "SELECT started_at FROM test_attempts WHERE id = ?", [path["attemptId"]]
    ).fetchone()
    spoil(crowd.database, "test_attempts", "started_at", TOO_LATE, path["attemptId"])
    expect(call.send(crowd.of(call), path=path), 409)
    spoil(crowd.database, "test_attempts", "started_at", kept, path["attemptId"])


def result_shown(crowd: People, call: Call) -> None:
    _around_the_end(crowd, call, 409, 200)


def extended(crowd: People, call: Call) -> None:
    _around_the_end(crowd, call, 200, 409)


def regraded(crowd: People, call: Call) -> None:
    _around_the_end(crowd, call, 409, 201)


def _around_the_end(crowd: People, call: Call, running: int, ended: int) -> None:
    """The call has these statuses while the test runs, and when it has been submitted."""
    path = {"attemptId": _running(crowd, call)["id"]}
    expect(call.send(crowd.of(call), path=path), running)
    expect(crowd.of(call).post(f"/api/tests/{path['attemptId']}/submit"), 200)
    expect(call.send(crowd.of(call), path=path), ended)
