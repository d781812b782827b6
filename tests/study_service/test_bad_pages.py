"""Pages go on past rows that cannot be used; columns that a list does not show do not matter to it."""

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.conftest import caught_up
from tests.damage import LEFT_OUT, TOO_LATE, about, logged, spoil
from tests.study_service.conftest import answer, rows
from tests.study_service.lists import Ask, listed

pytestmark = pytest.mark.only("file", "server")


@pytest.mark.parametrize("status", ["weird", ""])
def test_a_question_in_no_known_state_is_not_asked_and_not_listed(
    world: None, ask: Ask, database: LibsqlDatabase, status: str
) -> None:
    before = listed(ask)
    spoil(database, "questions", "review_status", status, 1)
    with logged() as lines:
        after = listed(ask)
    problem = "is none of pending, approved, rejected, needs_revision"
    assert lines() == [about(LEFT_OUT, "questions", 1, "review_status", problem)]
    for name in ("moderated", "picked"):
        assert after[name] == [row for row in before[name] if row["id"] != 1]


@pytest.mark.parametrize("value", ["no JSON", "null", '["x",1]', '{"a":1}', "[1"])
def test_columns_that_no_list_shows_break_none(world: None, ask: Ask, database: LibsqlDatabase, value: str) -> None:
    before = listed(ask)
    for table, column in (
        ("users", "permissions"),
        ("study_sessions", "question_ids"),
        ("study_sessions", "objectives"),
        ("study_sessions", "difficulty_filter"),
        ("study_sessions", "objective_scores"),
        ("user_progress", "objective_mastery"),
        ("user_progress", "weak_topics"),
        ("user_progress", "recommended_objectives"),
    ):
        spoil(database, table, column, value, 1)
    with logged() as lines:
        assert listed(ask) == before
        assert ask("alice", "/api/auth/me").json["id"] == 1
    assert lines() == []


@pytest.mark.parametrize(
    ("path", "limit", "bad"),
    [
        ("/api/exams", 1, {1}),
        ("/api/questions", 2, {2, 4, 5, 6}),
        ("/api/questions", 2, {1, 2}),
        ("/api/questions", 16, {16}),
    ],
)
def test_a_page_goes_on_past_bad_rows(
    world: None, mo: FlaskClient, database: LibsqlDatabase, path: str, limit: int, bad: set[int]
) -> None:
    table = path.rpartition("/")[2]
    whole = [row["id"] for row in mo.get(f"{path}?limit=100").json[table]]
    for row_id in bad:
        spoil(database, table, "created_at", TOO_LATE, row_id)
    pages, after = [], 0
    while after is not None:
        page = mo.get(f"{path}?limit={limit}&after={after}").json
        pages.append([row["id"] for row in page[table]])
        after = page["next"]
    asked = [whole[start : start + limit] for start in range(0, len(whole), limit)]
    wanted = [[row_id for row_id in page if row_id not in bad] for page in asked]
    assert pages == wanted + ([[]] if len(whole) % limit == 0 else [])


def test_sessions_go_on_past_a_bad_one(world: None, alice: FlaskClient, database: LibsqlDatabase) -> None:
    newest, older = (row["id"] for row in alice.get("/api/study/sessions").json["sessions"])
    spoil(database, "study_sessions", "mode", "cramming", newest)
    page = alice.get("/api/study/sessions?limit=1").json
    assert page == {"sessions": [], "next": newest}
    page = alice.get(f"/api/study/sessions?limit=1&after={newest}").json
    assert [row["id"] for row in page["sessions"]] == [older]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc", "America", "x" * 300])
def test_a_zone_that_does_not_exist_is_shown_and_counts_as_utc(
    world: None, alice: FlaskClient, database: LibsqlDatabase, zone: str
) -> None:
    spoil(database, "users", "timezone", zone, 1)
    caught_up()
    assert alice.get("/api/auth/me").json["timezone"] == zone
    question = alice.get("/api/study/questions?examId=1&limit=1").json["questions"][0]["id"]
    assert answer(alice, question, ["a"]).status_code == 200
    assert rows(database, "SELECT day = date() AS today FROM user_answers ORDER BY id DESC LIMIT 1") == [{"today": 1}]
