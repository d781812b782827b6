"""Learners say what is wrong with a question they were given; a moderator looks at it, and they are told."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from study_service import flags, personal
from tests.conftest import caught_up
from tests.study_service.conftest import answer, audited, iso, row, rows
from tests.study_service.editing.test_deletion import delete
from tests.study_service.editing.test_listing import found


@pytest.fixture
def q0(bank: dict[str, Any]) -> int:
    number: int = bank["Routing question 0"]["id"]
    return number


def flag(learner: FlaskClient, question: int, reason: str = "typo", **more: Any) -> Any:
    return learner.post(f"/api/questions/{question}/flags", json={"reason": reason, **more})


def resolve(moderator: FlaskClient, question: int, resolution: str = "fixed", **more: Any) -> Any:
    return moderator.post(f"/api/questions/{question}/flags/resolve", json={"resolution": resolution, **more})


def open_flags(database: LibsqlDatabase, question: int) -> int:
    count: int = row(database, "questions", question)["open_flags"]
    return count


def test_a_flag_is_told_to_moderators_and_its_end_to_the_learner(
    alice: FlaskClient, bob: FlaskClient, mo: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    first = flag(alice, q0, "wrong_key", comment="b is right")
    assert (first.status_code, flag(bob, q0, "other").status_code) == (201, 201)
    (hers, his) = rows(database, "SELECT * FROM question_flags ORDER BY id")
    mine = {
        "id": hers["id"], "questionId": q0, "reason": "wrong_key", "comment": "b is right",
        "createdAt": iso(hers["created_at"]), "resolution": None, "note": None, "resolvedAt": None,
    }  # fmt: skip
    assert first.json == mine
    assert (hers["user_id"], hers["question_id"], his["user_id"]) == (1, q0, 2)
    shown = mo.get(f"/api/questions/{q0}/flags").json
    assert shown["next"] is None
    assert shown["flags"][1] == mine | {"userId": 1}
    assert [one["userId"] for one in shown["flags"]] == [2, 1]
    assert mo.get(f"/api/questions/{q0}").json["openFlags"] == open_flags(database, q0) == 2
    closed = resolve(mo, q0, note="mended")
    assert (closed.status_code, closed.json) == (200, {"questionId": q0, "resolved": 2})
    (told,) = alice.get("/api/flags").json["flags"]
    stored = rows(database, "SELECT * FROM question_flags WHERE user_id = 1")[0]
    assert told == mine | {"resolution": "fixed", "note": "mended", "resolvedAt": iso(stored["resolved_at"])}
    assert stored["resolved_by"] == 3
    assert open_flags(database, q0) == 0
    (entry,) = audited(database, "question.resolve_flags")
    assert (entry["user"], entry["entity"], entry["id"], entry["old"], entry["new"]) == (
        3, "question", str(q0), {"open_flags": 2}, {"open_flags": 0, "resolution": "fixed", "note": "mended"},
    )  # fmt: skip


def test_one_is_open_of_each_learner_and_question(
    alice: FlaskClient, bob: FlaskClient, mo: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    flag(bob, q0, comment="his")
    flag(alice, q0 + 1, comment="other")
    first = flag(alice, q0, comment="one").json
    again = flag(alice, q0, "outdated", comment="two")
    assert (again.status_code, again.json) == (200, first | {"reason": "outdated", "comment": "two"})
    stored = rows(database, "SELECT user_id, question_id, comment FROM question_flags ORDER BY id")
    assert [tuple(one.values()) for one in stored] == [(2, q0, "his"), (1, q0 + 1, "other"), (1, q0, "two")]
    assert open_flags(database, q0) == 2
    resolve(mo, q0, "dismissed")
    assert (open_flags(database, q0), open_flags(database, q0 + 1)) == (0, 1)
    assert flag(alice, q0).status_code == 201
    assert [one["resolution"] for one in alice.get("/api/flags").json["flags"]] == [None, "dismissed", None]
    assert resolve(mo, q0).json["resolved"] == 1
    assert [one["resolution"] for one in alice.get("/api/flags").json["flags"]] == ["fixed", "dismissed", None]


def test_with_a_key_it_is_written_once(alice: FlaskClient, q0: int) -> None:
    keyed = {"Idempotency-Key": "k"}
    first, again = (alice.post(f"/api/questions/{q0}/flags", json={"reason": "typo"}, headers=keyed) for _ in range(2))
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)


def test_nothing_open_is_nothing_to_log(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    assert resolve(mo, q0).json == {"questionId": q0, "resolved": 0}
    assert audited(database, "question.resolve_flags") == []
    assert resolve(mo, 999).status_code == mo.get("/api/questions/999/flags").status_code == 404


def test_what_she_was_given_can_be_flagged_though_it_is_not_asked_any_more(
    alice: FlaskClient, bob: FlaskClient, mo: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 100})
    delete(mo, q0)
    assert flag(alice, q0).status_code == 201
    assert flag(bob, q0).status_code == 404
    assert flag(bob, 999).json["detail"] == "no such question"
    assert rows(database, "SELECT user_id FROM question_flags") == [{"user_id": 1}]


@pytest.mark.parametrize("way", ["test", "answer"])
def test_so_can_what_she_was_asked_in_a_test_or_has_answered(
    alice: FlaskClient, mo: FlaskClient, q0: int, way: str
) -> None:
    if way == "test":
        alice.post("/api/tests", json={"examId": 1, "questionCount": 14})
    else:
        answer(alice, q0, "a")
    mo.put(f"/api/questions/{q0}/review", json={"status": "rejected"})
    assert flag(alice, q0).status_code == 201


def test_only_the_latest_sessions_count(alice: FlaskClient, mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    """A session that is no list of questions is passed over."""
    alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 100})
    delete(mo, q0)
    more = "INSERT INTO study_sessions (user_id, exam_id, question_ids, status) VALUES (?, 1, ?, 'completed')"
    for number in range(19):
        database.execute_sql(more, (1, "[1,2]" if number else "no JSON"))
        database.execute_sql(more, (2, "[]"))
    database.execute_sql("UPDATE study_sessions SET question_ids = '[]' WHERE question_ids = '[1,2]'")
    caught_up()
    assert flag(alice, q0).status_code == 201
    database.execute_sql(more, (1, "[]"))
    caught_up()
    assert flag(alice, q0).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE questions SET review_status = 'pending' WHERE id = ?",
        "UPDATE questions SET is_active = 0 WHERE id = ?",
        "UPDATE exams SET is_active = 0 WHERE id = (SELECT exam_id FROM questions WHERE id = ?)",
    ],
)
def test_what_is_not_asked_is_not_there(alice: FlaskClient, q0: int, database: LibsqlDatabase, change: str) -> None:
    database.execute_sql(change, (q0,))
    assert flag(alice, q0).status_code == 404


def test_a_learner_has_so_many_open_ones(
    alice: FlaskClient, mo: FlaskClient, q0: int, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    database.execute_sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO questions (exam_id, objective_id, text, answers) SELECT 1, 1, 'q ' || i, '[]' FROM n",
        (flags.MOST_OPEN - 1,),
    )
    database.execute_sql(
        "INSERT INTO question_flags (user_id, question_id, reason) SELECT 1, id, 'typo' FROM questions"
        " WHERE text LIKE 'q %'"
    )
    assert flag(alice, q0).status_code == 201
    response = flag(alice, q0 + 1)
    assert (response.status_code, response.json["detail"]) == (
        409, "50 of your flags wait to be looked at: no more until then",
    )  # fmt: skip
    assert flag(alice, q0, "unclear").status_code == 200
    resolve(mo, q0)
    assert flag(alice, q0 + 1).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"), ({"reason": "bad"}, "reason"), ({"reason": "typo", "comment": "x" * 1001}, "comment"),
        ({"reason": "typo", "comment": "\0"}, "comment"), ({"reason": "typo", "userId": 2}, "userId"),
    ],
)  # fmt: skip
def test_a_wrong_flag_names_its_field(
    alice: FlaskClient, q0: int, database: LibsqlDatabase, body: dict[str, Any], field: str
) -> None:
    response = alice.post(f"/api/questions/{q0}/flags", json=body)
    assert (response.status_code, list(response.json["errors"])) == (422, [field])
    assert rows(database, "SELECT id FROM question_flags") == []


def test_a_wrong_resolution_names_its_field(mo: FlaskClient, alice: FlaskClient, q0: int) -> None:
    assert resolve(mo, q0, "open").json["errors"].keys() == {"resolution"}
    assert resolve(mo, q0, note="x" * 2001).json["errors"].keys() == {"note"}
    assert resolve(alice, q0).status_code == alice.get(f"/api/questions/{q0}/flags").status_code == 403


def test_pages_go_by_key(alice: FlaskClient, bob: FlaskClient, mo: FlaskClient, routing: list[int]) -> None:
    for question in routing[:5]:
        flag(alice, question)
    flag(bob, routing[0])
    first = alice.get("/api/flags?limit=2").json
    second = alice.get(f"/api/flags?limit=4&after={first['next']}").json
    assert [one["questionId"] for one in first["flags"] + second["flags"]] == routing[4::-1]
    assert second["next"] is None
    of_one = mo.get(f"/api/questions/{routing[0]}/flags?limit=1").json
    assert [one["userId"] for one in of_one["flags"]] == [2]
    of_one = mo.get(f"/api/questions/{routing[0]}/flags?limit=2&after={of_one['next']}").json
    assert ([one["userId"] for one in of_one["flags"]], of_one["next"]) == ([1], None)


def test_moderators_list_what_is_flagged(alice: FlaskClient, mo: FlaskClient, routing: list[int]) -> None:
    def ids(query: str) -> list[int]:
        return [question["id"] for question in mo.get(f"/api/questions?limit=100&{query}").json["questions"]]

    everything = ids("")
    flag(alice, routing[2])
    flag(alice, routing[5])
    assert ids("flagged=true") == ids("flagged=true&examId=1&reviewStatus=approved") == [routing[2], routing[5]]
    assert ids("flagged=true&examId=2") == []
    assert ids("flagged=false") == [number for number in everything if number not in (routing[2], routing[5])]
    assert found(mo, "routing", flagged="true", examId=1) == [routing[2], routing[5]]
    assert routing[2] not in found(mo, "routing", flagged="false")
    resolve(mo, routing[2])
    assert ids("flagged=true") == found(mo, "routing", flagged="true") == [routing[5]]


def test_a_learner_who_goes_takes_the_flags_along(
    alice: FlaskClient, bob: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    flag(alice, q0)
    flag(bob, q0)
    database.execute_sql("DELETE FROM users WHERE id = 1")
    assert open_flags(database, q0) == 1


def test_erasure_empties_what_was_written(
    alice: FlaskClient, bob: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    flag(alice, q0, comment="I live in Berlin")
    flag(alice, q0 + 1)
    flag(bob, q0, comment="his")
    operator = personal.Actor("olga", role="operator")
    assert personal.erase(1, operator) == {"question_flags": 1}
    stored = rows(database, "SELECT user_id, comment FROM question_flags ORDER BY id")
    assert [tuple(one.values()) for one in stored] == [(1, None), (1, None), (2, "his")]
    assert personal.erase(1, operator) == {}
    assert len(audited(database, "user.erase_from_study")) == 1


def test_flags_are_read_by_index_and_written_in_one_batch(
    alice: FlaskClient, mo: FlaskClient, q0: int, database: LibsqlDatabase, count_queries: Any
) -> None:
    with count_queries() as statements:
        flag(alice, q0)
    # it is seen, not too many, what was said before, what is said now, the receipt
    assert len(statements) == 5
    values = {"user": 1, "question": q0, "reason": "typo", "comment": None}
    with count_queries() as reads:
        alice.get("/api/flags?after=9")
        mo.get(f"/api/questions/{q0}/flags?after=9")
    for sql in (*statements[:4], reads[0], reads[2]):
        parameters = values if ":" in sql else [1] * sql.count("?")
        plan = [step[-1] for step in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()]
        own = ("SCAN given", "SCAN one", "SCAN CONSTANT")  # the latest sessions, the questions in them, a row to write
        assert [step for step in plan if step.startswith("SCAN") and not step.startswith(own)] == [], plan
        assert not [step for step in plan if "B-TREE" in step], plan
