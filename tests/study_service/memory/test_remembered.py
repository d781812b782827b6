"""Every answer is counted in what is remembered, at the time when it was given, wherever it was given."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from study_service.memory import model
from tests.study_service.conftest import answer, epoch, iso, patch, rows, submit
from tests.study_service.memory.remembered import (
    BASE,
    DAY,
    MINUTE,
    STORED,
    by_the_package,
    differing,
    offline,
    shown,
    state,
)
from tests.study_service.offline.sending import send, statuses


def day_of(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date().isoformat()


def test_practice_of_one_day_does_not_multiply_the_interval(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    """The case fsrs-review-ahead: right at once and after 10 minutes, 2 days and 13 days; then ten times more."""
    send(alice, *offline(routing[0], 0, 10 * MINUTE, 2 * DAY, 13 * DAY))
    assert shown(state(database, routing[0])) == (40.538, "review", day_of(BASE + 54 * DAY))
    outcomes = send(alice, *offline(routing[0], *(13 * DAY + n * MINUTE for n in range(1, 11))))
    drilled = state(database, routing[0])
    assert shown(drilled) == (40.538, "review", day_of(BASE + 54 * DAY))
    assert drilled["reps"] == 14
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": 14}]
    assert outcomes[-1]["result"]["nextReviewAt"] == iso(drilled["due_at"])
    assert differing() == []


def test_an_answer_that_is_months_late_counts_from_itself(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    """The case fsrs-late-and-backwards: after 10 minutes, and after 92 days."""
    send(alice, *offline(routing[0], 0, 10 * MINUTE))
    for table, columns in (("user_answers", ("answered_at",)), ("memory_states", ("last_review_at", "due_at"))):
        shifted = ", ".join(f"{column} = {column} - {72 * DAY}" for column in columns)
        database.batch([Statement(f"UPDATE {table} SET {shifted}")])
    send(alice, *offline(routing[0], 20 * DAY))
    assert shown(state(database, routing[0])) == (50.0517, "review", day_of(BASE + 70 * DAY))
    assert differing() == []


@pytest.mark.parametrize("together", [True, False])
def test_an_answer_that_arrives_late_stands_where_it_was_given(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase, together: bool
) -> None:
    """The second part of that case: right two days later, and, arriving after that, wrong a day later."""
    send(alice, *offline(routing[0], 0, 10 * MINUTE))
    later, between = offline(routing[0], 2 * DAY), offline(routing[0], DAY, selected="b")
    for batch in [[*later, *between]] if together else [later, between]:
        assert {status for _, status in statuses(send(alice, *batch))} == {"recorded"}
    replayed = by_the_package(
        [(BASE, "good"), (BASE + 10 * MINUTE, "good"), (BASE + DAY, "again"), (BASE + 2 * DAY, "good")]
    )
    stored = state(database, routing[0])
    assert round(stored["stability"], 4) == 2.6507
    assert (stored["stability"], stored["difficulty"]) == (replayed.stability, replayed.difficulty)
    assert stored["due_at"] == int(replayed.due.timestamp()) == BASE + 5 * DAY
    assert (stored["reps"], stored["lapses"], stored["last_review_at"]) == (4, 1, BASE + 2 * DAY)
    assert differing() == []


def test_the_row_tells_what_it_was_computed_with(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    result = answer(alice, routing[0], "a", confidenceLevel=5).json["result"]
    (given_one,) = rows(database, "SELECT answered_at FROM user_answers")
    at = given_one["answered_at"]
    assert state(database, routing[0]) == {
        "user_id": 1,
        "question_id": routing[0],
        "exam_id": 1,
        "stability": 8.2956,
        "difficulty": 1.0,
        "state": "review",
        "due_at": at + 8 * DAY,
        "last_review_at": at,
        "reps": 1,
        "lapses": 0,
        "algorithm": model.ALGORITHM,
        "weights": 0,
    }
    assert result["nextReviewAt"] == iso(at + 8 * DAY)


def test_a_partly_right_answer_is_a_wrong_one(
    alice: FlaskClient, cables: dict[str, Any], database: LibsqlDatabase
) -> None:
    database.batch([Statement("UPDATE exams SET grading_rule = 'partial'")])
    result = answer(alice, cables["id"], ["a"], confidenceLevel=5).json["result"]
    assert (result["isCorrect"], result["score"]) == (False, 0.5)
    assert state(database, cables["id"])["state"] == "learning"
    assert state(database, cables["id"])["stability"] == 0.212


def test_answers_of_a_timed_test_count_when_they_were_saved(
    alice: FlaskClient, bank: dict[str, Any], routing: list[int], database: LibsqlDatabase
) -> None:
    """Also when another answer to a question of it, given later elsewhere, is there already."""
    test = alice.post("/api/tests", json={"examId": 1, "questionCount": 14}).json
    for question, selected in ((routing[0], "a"), (routing[1], "a")):
        body = {"selectedAnswer": selected, "timeSpentSeconds": 5}
        assert alice.put(f"/api/tests/{test['id']}/answers/{question}", json=body).status_code == 200
    assert rows(database, "SELECT * FROM memory_states") == []
    database.batch(
        [
            Statement("UPDATE test_answers SET saved_at = ?", (BASE,)),
            Statement(STORED, (routing[1], 1, BASE + 3 * DAY, 1)),
        ]
    )
    assert alice.post(f"/api/tests/{test['id']}/submit", json={}).status_code == 200
    right, wrong = state(database, routing[0]), state(database, routing[1])
    assert (right["last_review_at"], right["stability"], right["reps"]) == (BASE, 2.3065, 1)
    replayed = by_the_package([(BASE, "again"), (BASE + 3 * DAY, "good")])
    assert (wrong["last_review_at"], wrong["stability"], wrong["reps"]) == (BASE + 3 * DAY, replayed.stability, 2)
    assert differing() == []


def test_a_new_version_goes_on_from_what_is_remembered(
    alice: FlaskClient, mo: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    send(alice, *offline(routing[0], 0, 3 * DAY))
    before = state(database, routing[0])
    patch(mo, routing[0], text="Another wording")
    assert state(database, routing[0]) == before
    send(alice, *offline(routing[0], 9 * DAY))
    after = state(database, routing[0])
    assert (after["reps"], after["stability"] > before["stability"]) == (3, True)
    assert rows(database, "SELECT question_version AS v FROM user_answers ORDER BY id") == [
        {"v": 1},
        {"v": 1},
        {"v": 2},
    ]
    assert differing() == []


@pytest.mark.parametrize(
    ("noted", "due"),
    [
        ("2026-03-04", "2026-03-04T22:59:59Z"),  # the end of that day in Berlin
        ("2026-03-01", "2026-03-01T22:59:59Z"),
        ("2026-02-28", "2026-03-09T12:00:00Z"),  # it was
        ("2026-03-20", "2026-03-09T12:00:00Z"),
        ("no day", "2026-03-09T12:00:00Z"),
    ],
)
def test_no_answer_is_told_to_come_back_after_the_exam(
    bank: dict[str, Any], routing: list[int], database: LibsqlDatabase, noted: str, due: str
) -> None:
    dates = Statement("UPDATE users SET exam_dates = json_object('1', ?) WHERE id = 1", (noted,))
    database.batch([dates, Statement("UPDATE users SET timezone = 'Europe/Berlin' WHERE id = 1")])
    receipt = submit("2026-03-01T12:00:00Z", routing[0], "a", confidence_level=5)
    assert iso(receipt["next_review_at"]) == due
    assert iso(state(database, routing[0])["due_at"]) == "2026-03-09T12:00:00Z"


def test_earlier_answers_without_a_row_are_replayed_with_the_next_one(
    routing: list[int], database: LibsqlDatabase
) -> None:
    """Of a release before, and of one that still answers while this one does."""
    database.batch([Statement(STORED, (routing[0], 1, epoch("2026-03-02T09:00Z"), 1))])
    submit("2026-03-02T09:10:00Z", routing[0])
    database.batch([Statement(STORED, (routing[0], 1, epoch("2026-03-04T09:00Z"), 3))])
    submit("2026-03-15T09:00:00Z", routing[0])
    assert shown(state(database, routing[0])) == (40.538, "review", "2026-04-25")
    assert differing() == []


@pytest.mark.parametrize("damage", ["algorithm = 0", "weights = 7", "reps = 9"])
def test_a_row_that_was_computed_otherwise_is_not_gone_on_from(
    routing: list[int], database: LibsqlDatabase, damage: str
) -> None:
    submit("2026-03-02T09:00:00Z", routing[0])
    submit("2026-03-02T09:10:00Z", routing[0])
    database.batch([Statement(f"UPDATE memory_states SET stability = 500, {damage}")])
    submit("2026-03-04T09:00:00Z", routing[0])
    assert shown(state(database, routing[0])) == (7.3192, "review", "2026-03-11")
    assert differing() == []


@pytest.mark.parametrize("column", ["number", "weights"])
def test_fitted_weights_count_from_the_next_answer_on(
    routing: list[int], database: LibsqlDatabase, column: str
) -> None:
    """Also those of an algorithm before, which are none: then the default ones do."""
    algorithm = model.ALGORITHM if column == "number" else model.ALGORITHM - 1
    weights = model.text([1.0, *model.scheduler(None).parameters[1:2], 5.0, *model.scheduler(None).parameters[3:]])
    submit("2026-03-02T09:00:00Z", routing[0])
    database.batch(
        [
            Statement(
                "INSERT INTO memory_weights (user_id, number, algorithm, weights) VALUES (1, 4, ?, ?)",
                (algorithm, weights),
            )
        ]
    )
    submit("2026-03-02T09:10:00Z", routing[0])
    stored = state(database, routing[0])
    assert (stored["stability"], stored["weights"]) == (5.0 if column == "number" else 2.3065, 4)
    assert differing() == []
