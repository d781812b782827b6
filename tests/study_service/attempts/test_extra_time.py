"""More time, for a learner or for one test, counts at once; time taken back ends nothing at once."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.attempts.conftest import Clock, save, start, submit
from tests.study_service.conftest import audited, rows

MINUTE = 60


def extend(ada: FlaskClient, test: Any, factor: float) -> Any:
    return ada.put(f"/api/tests/{test['id']}/accommodation", json={"extraTimeFactor": factor})


def grant(ada: FlaskClient, user: int, factor: float) -> Any:
    return ada.put(f"/api/users/{user}/accommodations", json={"extraTimeFactor": factor})


def ends(alice: FlaskClient, test: Any) -> str:
    moment: str = alice.get(f"/api/tests/{test['id']}").json["expiresAt"]
    return moment[11:19]


def test_a_running_test_is_extended_and_the_grant_taken_back(
    alice: FlaskClient, ada: FlaskClient, test: dict[str, Any], at: Clock, database: LibsqlDatabase
) -> None:
    """Case extend-running-attempt."""
    questions = [question["id"] for question in test["questions"]]
    at(30 * MINUTE)
    extended = extend(ada, test, 1.5)
    assert (extended.status_code, extended.json["expiresAt"]) == (200, "2026-11-23T10:30:00Z")
    assert (ends(alice, test), extended.json["extraTimeFactor"]) == ("10:30:00", 1.5)
    (entry,) = audited(database, "test.extend")
    assert (entry["user"], entry["id"], entry["new"]["extra_time_factor"]) == (4, str(test["id"]), 1.5)
    assert (entry["old"]["expires_at"], entry["new"]["expires_at"]) == (1795428000, 1795429800)
    at(65 * MINUTE)
    assert save(alice, test, questions[0], ["a"]).status_code == 200
    at(70 * MINUTE)
    assert extend(ada, test, 1).json["expiresAt"] == "2026-11-23T10:11:00Z"
    at(71 * MINUTE)
    assert save(alice, test, questions[1], ["a"]).status_code == 200
    at(80 * MINUTE)
    late = save(alice, test, questions[2], ["a"])
    assert late.json["code"] == "TIME_OVER"
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": 2}]


def test_saves_and_a_submit_in_the_extension_count(
    alice: FlaskClient, ada: FlaskClient, test: dict[str, Any], at: Clock
) -> None:
    at(30 * MINUTE)
    extend(ada, test, 1.5)
    at(80 * MINUTE)
    assert save(alice, test, test["questions"][0]["id"], ["a"]).status_code == 200
    at(89 * MINUTE)
    result = submit(alice, test).json
    assert (result["totalTimeSeconds"], result["incorrectCount"] + result["correctCount"]) == (89 * MINUTE, 1)


def test_a_test_whose_time_is_over_is_not_extended(
    alice: FlaskClient, ada: FlaskClient, test: dict[str, Any], at: Clock, database: LibsqlDatabase
) -> None:
    at(60 * MINUTE + 11)
    refused = extend(ada, test, 2)
    assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    grant(ada, 1, 2)
    assert alice.get(f"/api/tests/{test['id']}").json["status"] == "completed"
    refused = extend(ada, test, 2)
    assert refused.json["detail"] == "the test is completed"
    assert audited(database, "test.extend") == []


def test_in_the_grace_it_still_is(alice: FlaskClient, ada: FlaskClient, test: dict[str, Any], at: Clock) -> None:
    at(60 * MINUTE + 9)
    assert extend(ada, test, 1.5).status_code == 200
    assert ends(alice, test) == "10:30:00"


def test_a_learners_factor_counts_for_new_tests_and_running_ones(
    alice: FlaskClient, bob: FlaskClient, ada: FlaskClient, test: dict[str, Any], at: Clock, database: LibsqlDatabase
) -> None:
    at(10)
    granted = grant(ada, 1, 1.25)
    assert granted.json == {"userId": 1, "extraTimeFactor": 1.25, "setAt": granted.json["setAt"]}
    assert ends(alice, test) == "10:15:00"
    submit(alice, test)
    at(0)
    following = start(alice, timeLimitMinutes=100).json
    assert (following["extraTimeFactor"], following["expiresAt"]) == (1.25, "2026-11-23T11:05:00Z")
    assert start(bob, timeLimitMinutes=100).json["expiresAt"] == "2026-11-23T10:40:00Z"
    assert alice.get(f"/api/tests/{test['id']}").json["extraTimeFactor"] == 1.25
    (entry,) = audited(database, "user.accommodate")
    assert (entry["user"], entry["id"], entry["new"]) == (4, "1", {"extra_time_factor": 1.25})
    assert rows(database, "SELECT user_id, extra_time_factor, set_by FROM accommodations") == [
        {"user_id": 1, "extra_time_factor": 1.25, "set_by": 4}
    ]


def test_a_factor_of_the_attempts_own_stays(alice: FlaskClient, ada: FlaskClient, test: Any, at: Clock) -> None:
    extend(ada, test, 2)
    grant(ada, 1, 1.1)
    assert ends(alice, test) == "11:00:00"


@pytest.mark.parametrize("factor", [0.9, 0, -1, 5.1, "2", None, True])
def test_only_a_factor_from_1_to_5(ada: FlaskClient, test: dict[str, Any], factor: Any) -> None:
    assert extend(ada, test, factor).status_code == 422
    assert grant(ada, 1, factor).status_code == 422


def test_only_admins_grant_and_only_to_somebody(
    alice: FlaskClient, mo: FlaskClient, ada: FlaskClient, test: Any
) -> None:
    for learner in (alice, mo):
        assert extend(learner, test, 2).status_code == 403
        assert grant(learner, 1, 2).status_code == 403
        assert learner.post(f"/api/tests/{test['id']}/regrade").status_code == 403
    assert grant(ada, 99, 2).status_code == 404
    assert extend(ada, {"id": 99}, 2).status_code == 404
    assert ada.post("/api/tests/99/regrade").status_code == 404
