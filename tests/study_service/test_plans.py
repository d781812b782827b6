"""What a pick, an answer and the lists cost, by the engine's own plans: no walk through a table that grows."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from tests.study_service.conftest import answer

PATH = "/api/study/questions?examId=1"
ACTIONS = ("pause", "resume", "complete")
Plans = Callable[[Callable[[], Any]], dict[str, list[str]]]


@pytest.fixture
def plans(database: LibsqlDatabase) -> Plans:
    """The plan of each statement that a request runs."""

    def watch(request: Callable[[], Any]) -> dict[str, list[str]]:
        events: list[Any] = []
        database.query_hooks.append(events.append)
        try:
            response = request()
        finally:
            database.query_hooks.remove(events.append)
        assert response.status_code < 300, response.json
        own = [
            event for event in events if not event.sql.startswith("SELECT tick FROM consistency_clock")
        ]  # every read of a replica asks it
        return {event.sql: _plan(database, event.sql, event.params) for event in own}

    return watch


def _plan(database: LibsqlDatabase, sql: str, parameters: Any) -> list[str]:
    (plan,) = database.fetch([Statement(f"EXPLAIN QUERY PLAN {sql}", parameters)])
    return [row["detail"] for row in plan.rows]


# Lists that the statement makes itself: strata, laps, the limited list of mistakes, a row to log, JSON, a streak.
_OWN = re.compile(
    r"SCAN (json_each|s|d|g|j|w|o|r|t|c|p|chosen|given|wanted|entry|CONSTANT ROW|\(subq.*\))( VIRTUAL TABLE.*)?$"
)


_STRETCH = "shuffle_key>? AND shuffle_key<?"


def walks(plans: dict[str, list[str]]) -> list[str]:
    """The steps that read a whole table."""
    return [
        f"{step}: {sql}"
        for sql, steps in plans.items()
        for step in steps
        if step.startswith("SCAN") and not _OWN.match(step)
    ]


def uses(plans: dict[str, list[str]], index: str) -> bool:
    return any(index in step for steps in plans.values() for step in steps)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", f"questions_walked_by_exam (exam_id=? AND {_STRETCH})"),
        ("&excludeRecentHours=24", f"questions_walked_by_exam (exam_id=? AND {_STRETCH})"),
        ("&difficultyMax=2", f"questions_shuffled_by_exam (exam_id=? AND difficulty=? AND {_STRETCH})"),
        ("&objectiveIds=1", f"questions_walked_by_objective (objective_id=? AND {_STRETCH})"),
        ("&objectiveIds=1,2", f"questions_walked_by_objective (objective_id=? AND {_STRETCH})"),
        (
            "&objectiveIds=1&difficultyMax=2",
            f"questions_shuffled_by_objective (objective_id=? AND difficulty=? AND {_STRETCH})",
        ),
        ("&mode=weak_areas", f"questions_walked_by_objective (objective_id=? AND {_STRETCH})"),
        ("&mode=review", "missed_user_id_exam_id_answer_id (user_id=? AND exam_id=?)"),
        ("&only=missed", "missed_user_id_exam_id_place (user_id=? AND exam_id=? AND place>? AND place<?)"),
        ("&only=missed&mode=weak_areas", "missed_user_id_exam_id_place (user_id=? AND exam_id=? AND place>?"),
        ("&only=bookmarked", "bookmarks_user_id_exam_id_place (user_id=? AND exam_id=? AND place>? AND place<?)"),
        ("&only=bookmarked&mode=adaptive", "bookmarks_user_id_exam_id_place (user_id=? AND exam_id=? AND place>?"),
        ("&only=bookmarked&tags=a", "SEARCH t USING PRIMARY KEY (question_id=? AND tag=?)"),
        ("&tags=a,b", f"question_tags_shuffled_by_exam (exam_id=? AND tag=? AND difficulty=? AND {_STRETCH})"),
        (
            "&tags=a&objectiveIds=1,2",
            f"question_tags_shuffled_by_objective (objective_id=? AND tag=? AND difficulty=? AND {_STRETCH})",
        ),
        ("&mode=speed_drill", f"questions_shuffled_by_exam (exam_id=? AND difficulty=? AND {_STRETCH})"),
        ("&mode=adaptive", f"questions_shuffled_by_exam (exam_id=? AND difficulty=? AND {_STRETCH})"),
        ("&mode=adaptive&limit=2", "SEARCH question_ratings USING PRIMARY KEY (question_id=?)"),
        ("&mode=adaptive&limit=2", "SEARCH l USING PRIMARY KEY (user_id=? AND objective_id=?)"),
        ("&mode=adaptive&tags=a", "question_tags_shuffled_by_exam (exam_id=? AND tag=? AND difficulty=?"),
    ],
)
def test_a_pick_reads_only_stretches_of_indexes(
    alice: FlaskClient, bank: dict[str, Any], plans: Plans, query: str, index: str
) -> None:
    steps = plans(lambda: alice.get(PATH + query))
    assert walks(steps) == []
    assert uses(steps, index)


def test_a_review_looks_up_each_question_by_its_id(alice: FlaskClient, bank: dict[str, Any], plans: Plans) -> None:
    steps = plans(lambda: alice.get(f"{PATH}&mode=review"))
    assert uses(steps, "SEARCH x USING INTEGER PRIMARY KEY (rowid=?)")
    assert not uses(steps, "SEARCH x USING INDEX")


@pytest.mark.parametrize("way", ["practice", "adaptive"])
def test_an_answer_finds_every_row_by_a_key(alice: FlaskClient, bank: dict[str, Any], plans: Plans, way: str) -> None:
    started = alice.post("/api/study/sessions", json={"examId": 1, "mode": way, "tags": []}).json
    session, question = started["id"], started["questions"][0]["id"]
    steps = plans(lambda: answer(alice, question, "a", studySessionId=session, key="k"))
    assert walks(steps) == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/study/sessions",
        "/api/study/sessions?after=2",
        "/api/study/sessions/1",
        "/api/progress",
        "/api/progress/exams/1",
        "/api/exams/1",
        "/api/auth/me",
        "/api/bookmarks",
        "/api/bookmarks?examId=1&after=7",
        "/api/tests",
        "/api/tests/1",
        "/api/tests/1/result",
    ],
)
def test_what_a_learner_reads_is_found_by_a_key(
    alice: FlaskClient, bank: dict[str, Any], plans: Plans, path: str
) -> None:
    for question in alice.post("/api/study/sessions", json={"examId": 1}).json["questions"][:3]:
        answer(alice, question["id"], "a", studySessionId=1)
    alice.post("/api/tests", json={"examId": 1})
    alice.post("/api/tests/1/submit")
    assert walks(plans(lambda: alice.get(path))) == []


def test_a_session_starts_and_ends_without_a_walk(alice: FlaskClient, bank: dict[str, Any], plans: Plans) -> None:
    started = plans(lambda: alice.post("/api/study/sessions", json={"examId": 1}))
    moved = [plans(lambda action=action: alice.post(f"/api/study/sessions/1/{action}")) for action in ACTIONS]
    assert walks(started) == [step for move in moved for step in walks(move)] == []
    assert uses(started, "study_sessions_active_by_user (user_id=?)")
