"""The queue of those who review: what most likely has something wrong with it comes first, and why is told."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from study_service import rebuild
from study_service.rebuild import queued
from tests.study_service.conftest import row, rows


def queue(moderator: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    response = moderator.get(f"/api/questions/queue?{query}")
    assert response.status_code == 200, response.json
    listed: list[dict[str, Any]] = response.json["questions"]
    return listed


def listed(moderator: FlaskClient, query: str = "") -> list[tuple[int, float, list[str]]]:
    return [(one["id"], round(one["trouble"], 4), one["reasons"]) for one in queue(moderator, query)]


def age(database: LibsqlDatabase, question: int, days: int) -> None:
    sql = "UPDATE questions SET updated_at = unixepoch() - 86400 * ? - 60 WHERE id = ?"
    database.execute_sql(sql, (days, question))


def suspect(database: LibsqlDatabase, question: int, version: int = 1) -> None:
    database.execute_sql(
        "INSERT INTO question_statistics (question_id, version, exam_id, attempts, facility, miskey_reason)"
        " VALUES (?, ?, 1, 40, 0.2, 'most choose b')",
        (question, version),
    )


def test_nothing_is_in_it_of_what_was_approved(mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    assert mo.get("/api/questions/queue").json == {"questions": [], "next": None}
    assert rows(database, "SELECT * FROM review_queue") == []


def test_most_trouble_comes_first(
    mo: FlaskClient, alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE questions SET review_status = 'pending' WHERE id IN (1, 2, 3)")
    database.execute_sql("UPDATE questions SET ai_generated = 1, ai_confidence_score = 0.42 WHERE id = 2")
    database.execute_sql("UPDATE questions SET ai_generated = 1 WHERE id = 3")
    age(database, 1, 0)
    age(database, 2, 1)
    age(database, 3, 12)
    for learner in (alice, bob):
        assert learner.post("/api/questions/4/flags", json={"reason": "wrong_key"}).status_code == 201
    alice.post("/api/questions/5/flags", json={"reason": "typo"})
    suspect(database, 6)
    etag = mo.get("/api/questions/7").headers["ETag"]
    edit = {"text": "By a model", "aiModel": "model-1"}
    assert mo.patch("/api/questions/7", json=edit, headers={"If-Match": etag}).status_code == 202
    for sure, text in ((0.9, "A"), (0.875, "B")):
        etag = mo.get("/api/questions/8").headers["ETag"]
        edit = {"text": text, "aiModel": "model-1", "aiConfidenceScore": sure}
        assert mo.patch("/api/questions/8", json=edit, headers={"If-Match": etag}).status_code == 202
    assert listed(mo) == [
        (6, 0.8, ["its key is perhaps wrong: most choose b"]),
        (4, 0.64, ["2 learners have flagged it"]),
        (2, 0.622, ["a model has written it, 42 % sure", "it waits for a review for 1 day"]),
        (3, 0.55, ["a model has written it", "it waits for a review for 12 days"]),
        (7, 0.5, ["an edit waits, version 2"]),
        (5, 0.4, ["a learner has flagged it"]),
        (8, 0.125, ["an edit waits, version 3, 88 % sure"]),
        (1, 0.1, ["it waits for a review"]),
    ]
    first, *_, last = queue(mo)
    assert first["statistics"] == {
        "firstAnswers": 40, "facility": 0.2, "discrimination": None, "miskeyReason": "most choose b",
    }  # fmt: skip
    assert last["statistics"] == {"firstAnswers": 0, "facility": None, "discrimination": None, "miskeyReason": None}
    assert (first["waitingVersion"], queue(mo)[4]["waitingVersion"]) == (None, 2)
    assert (last["answers"], last["externalId"]) == (
        mo.get("/api/questions/1").json["answers"], row(database, "questions", 1)["external_id"],
    )  # fmt: skip
    assert list(rebuild.check(queued.PARTS)) == []


def test_what_was_looked_at_leaves(
    mo: FlaskClient, alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE questions SET review_status = 'pending' WHERE id IN (1, 2)")
    alice.post("/api/questions/3/flags", json={"reason": "typo"})
    suspect(database, 4)
    etag = mo.get("/api/questions/5").headers["ETag"]
    mo.patch("/api/questions/5", json={"text": "By a model", "aiModel": "m"}, headers={"If-Match": etag})
    assert {one["id"] for one in queue(mo)} == {1, 2, 3, 4, 5}
    for number, status in ((1, "approved"), (2, "rejected")):
        mo.put(f"/api/questions/{number}/review", json={"status": status})
    mo.post("/api/questions/3/flags/resolve", json={"resolution": "fixed"})
    etag = mo.get("/api/questions/4").headers["ETag"]
    mo.patch("/api/questions/4", json={"text": "Another"}, headers={"If-Match": etag})
    mo.put("/api/questions/5/versions/2/review", json={"status": "rejected"})
    assert queue(mo) == []
    database.execute_sql("UPDATE questions SET review_status = 'pending' WHERE id = 6")
    assert [one["id"] for one in queue(mo)] == [6]
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = 6")
    assert queue(mo) == []
    assert list(rebuild.check(queued.PARTS)) == []


def test_pages_go_on_where_the_one_before_ended(
    mo: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE questions SET review_status = 'pending'")
    database.execute_sql("UPDATE questions SET open_flags = 2 WHERE id % 3 = 0")
    whole = [one["id"] for one in queue(mo, "limit=100")]
    assert whole == [*range(3, 17, 3), *(n for n in range(1, 17) if n % 3)]
    assert [one["id"] for one in queue(mo, "examId=2")] == [15, 16]
    first = mo.get("/api/questions/queue?limit=5").json
    second = mo.get(f"/api/questions/queue?limit=5&after={first['next']}").json
    assert [one["id"] for one in (*first["questions"], *second["questions"])] == whole[:10]
    paged, after = [], ""
    while True:
        page = mo.get(f"/api/questions/queue?limit=5{after}").json
        paged += [one["id"] for one in page["questions"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
        # What leaves the queue meanwhile takes no other question with it.
        gone = "UPDATE questions SET review_status = 'approved', open_flags = 0 WHERE id = ?"
        database.execute_sql(gone, (paged[-1],))
    assert paged == whole


@pytest.mark.parametrize("after", ["x", "1", "0.5:", ":3", "1e400:1x", "--:1"])
def test_a_place_that_is_none_is_refused(mo: FlaskClient, bank: dict[str, Any], after: str) -> None:
    response = mo.get(f"/api/questions/queue?after={after}")
    assert (response.status_code, list(response.json["errors"])) == (422, ["after"])


@pytest.mark.only("file")
@pytest.mark.parametrize(("query", "index"), [("", "sound_question_id"), ("examId=1&", "exam_id_sound_question_id")])
def test_a_page_is_a_range_of_an_index(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, count_queries: Any, query: str, index: str
) -> None:
    with count_queries() as statements:
        mo.get(f"/api/questions/queue?{query}limit=1")
    (sql,) = [statement for statement in statements if "review_queue" in statement]
    values = {"exam": 1, "sound": -1.0, "question": 0, "limit": 1}
    plan = [step[-1] for step in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()]
    assert plan[0].startswith(f"SEARCH w USING COVERING INDEX review_queue_{index}"), plan
    assert not any("TEMP B-TREE" in line for line in plan)
    looked_at = "EXPLAIN QUERY PLAN SELECT * FROM wanted_reviews WHERE question_id = 1"
    plan = [step[-1] for step in database.execute_sql(looked_at).fetchall()]
    assert not [line for line in plan if line.startswith("SCAN")], plan
