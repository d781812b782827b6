"""The leaderboard: of those who share, by right first answers, from five learners on, and never an address."""

import math
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from study_service import leaderboard
from tests.conftest import caught_up
from tests.study_service.conftest import answer, rows, submit

PATH = "/api/exams/1/leaderboard"
FEW = "fewer than 5 learners who share their profile have answered 20 questions"


def wilson(right: int, seen: int) -> float:
    """The low end of the interval, written as in the books."""
    z, share = 1.959963984540054, right / seen
    spread = z * math.sqrt(share * (1 - share) / seen + z**2 / (4 * seen**2))
    return (share + z**2 / (2 * seen) - spread) / (1 + z**2 / seen)


def others(database: LibsqlDatabase, learners: list[tuple[int, int]], *, shared: int = 1, first: int = 100) -> None:
    """Learners with so many right first answers to so many questions."""
    for n, (right, seen) in enumerate(learners, first):
        database.batch(
            [
                Statement(
                    "INSERT INTO users (id, email, name, picture, share_profile) VALUES (?, ?, ?, ?, ?)",
                    (n, f"l{n}@secret.example", f"Learner {n}", f"https://p.example/{n}", shared),
                ),
                Statement(
                    "INSERT INTO user_progress (user_id, exam_id, unique_questions_seen, first_correct, points,"
                    " is_shared) VALUES (?, 1, ?, ?, ?, ?)",
                    (n, seen, right, wilson(right, seen), shared),
                ),
            ]
        )
    caught_up()


def names(learner: FlaskClient) -> list[str]:
    return [row["name"] for row in learner.get(PATH).json["learners"]]


def test_learners_are_ranked_by_what_is_sure(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    """19 of 20 tells less than 180 of 200; equal ones share a rank."""
    others(database, [(19, 20), (180, 200), (10, 20), (10, 20), (5, 20)])
    response = alice.get(PATH)
    assert response.json["reason"] is None
    columns = ("name", "rank", "questionsSeen", "firstCorrect")
    assert [tuple(row[column] for column in columns) for row in response.json["learners"]] == [
        ("Learner 101", 1, 200, 180),
        ("Learner 100", 2, 20, 19),
        ("Learner 102", 3, 20, 10),
        ("Learner 103", 3, 20, 10),
        ("Learner 104", 5, 20, 5),
    ]
    shown = response.json["learners"][0]
    assert shown == {
        "rank": 1,
        "name": "Learner 101",
        "picture": "https://p.example/101",
        "points": math.floor(wilson(180, 200) * 1000) / 1000,
        "questionsSeen": 200,
        "firstCorrect": 180,
        "isMe": False,
    }
    assert "secret" not in response.text


def test_four_are_too_few(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    others(database, [(15, 20)] * 4)
    assert alice.get(PATH).json == {"learners": [], "reason": FEW, "next": None}
    others(database, [(15, 19)], first=200)  # has not answered enough
    assert names(alice) == []
    others(database, [(15, 20)], shared=0, first=300)
    assert names(alice) == []
    others(database, [(15, 20)], first=400)
    assert len(names(alice)) == 5


def test_who_does_not_share_is_nowhere_at_once(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    others(database, [(15, 20)] * 5)
    columns = "(user_id, exam_id, unique_questions_seen, first_correct, points)"
    own = f"INSERT INTO user_progress {columns} VALUES (1, 1, 30, 29, 0.9)"
    database.batch([Statement(own)])
    caught_up()
    assert len(names(bob)) == 5
    assert alice.patch("/api/auth/me", json={"shareProfile": True}).status_code == 200
    assert rows(database, "SELECT is_shared FROM user_progress WHERE user_id = 1") == [{"is_shared": 1}]
    assert [row["isMe"] for row in alice.get(PATH).json["learners"]] == [True, *[False] * 5]
    assert [row["isMe"] for row in bob.get(PATH).json["learners"]] == [False] * 6
    assert alice.patch("/api/auth/me", json={"shareProfile": False}).status_code == 200
    assert rows(database, "SELECT is_shared FROM user_progress WHERE user_id = 1") == [{"is_shared": 0}]
    assert len(names(bob)) == 5
    assert rows(database, "SELECT sum(is_shared) AS n FROM user_progress") == [{"n": 5}]  # nobody else's


def test_a_change_by_hand_counts_at_once(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    """Whether somebody shares, or is there at all, is looked up when the board is read."""
    others(database, [(15, 20)] * 7)
    database.batch([Statement("UPDATE users SET share_profile = 0 WHERE id = 100")])
    database.batch([Statement("UPDATE users SET is_active = 0 WHERE id = 101")])
    caught_up()
    assert names(alice) == [f"Learner {n}" for n in range(102, 107)]


def test_fifty_are_shown(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    others(database, [(20 + n, 100) for n in range(55)])
    assert names(alice) == [f"Learner {n}" for n in range(154, 104, -1)]


def test_a_board_is_of_one_exam(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any], other_exam: Any, database: LibsqlDatabase
) -> None:
    others(database, [(15, 20)] * 5)
    assert alice.get("/api/exams/2/leaderboard").json["learners"] == []
    assert alice.get("/api/exams/99/leaderboard").status_code == 404
    ada.delete("/api/exams/1")
    assert alice.get(PATH).status_code == 404


def test_only_first_answers_make_points(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    """Repeating a question whose key is known earns nothing, and costs nothing."""
    seen = []
    for question, selected in ((0, "a"), (0, "a"), (1, "a"), (1, "b"), (2, "c"), (1, "b")):
        submit("2026-03-01T12:00:00Z", bank[f"Routing question {question}"]["id"], selected)
        (row,) = rows(database, "SELECT unique_questions_seen AS n, first_correct AS r, points FROM user_progress")
        assert row["points"] == pytest.approx(wilson(row["r"], row["n"]), abs=1e-12)
        seen.append((row["n"], row["r"]))
    assert seen == [(1, 1), (1, 1), (2, 1), (2, 1), (3, 2), (3, 2)]


def test_a_learner_who_shares_is_on_the_board_from_the_first_answer(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    alice.patch("/api/auth/me", json={"shareProfile": True})
    for shared in (1, 0, 1):  # from the second on changed by hand, which the next answer sees
        database.batch([Statement("UPDATE users SET share_profile = ? WHERE id = 1", (shared,))])
        answer(alice, bank["Routing question 0"]["id"], "a")
        assert rows(database, "SELECT is_shared FROM user_progress") == [{"is_shared": shared}]


def test_a_row_that_cannot_be_used_is_left_out(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    others(database, [(15, 20)] * 6)
    database.batch([Statement("UPDATE user_progress SET points = 9e999 WHERE user_id = 100")])
    caught_up()
    assert names(alice) == [f"Learner {n}" for n in range(101, 106)]


@pytest.mark.only("file")
def test_the_board_reads_its_index_and_no_more(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    others(database, [(15, 20)] * 3)
    plan = rows(database, f"EXPLAIN QUERY PLAN {leaderboard._TOP}".replace(":user", "1").replace(":exam", "1"))
    assert [step["detail"] for step in plan] == [
        "SEARCH p USING INDEX user_progress_leaderboard (exam_id=?)",
        "SEARCH u USING INTEGER PRIMARY KEY (rowid=?)",
    ]
