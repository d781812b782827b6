"""Before an answer is given, nothing that a learner can ask for tells the key."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from study_service import questions
from tests.study_service.conftest import answer, rows


def public(question: dict[str, Any]) -> dict[str, Any]:
    """All that a learner may see of a question that the moderator sees whole."""
    seen = {
        name: question[name]
        for name in ("id", "version", "text", "type", "difficulty", "objectiveId", "tags", "imageUrl")
    }
    return seen | {"answers": [{"id": option["id"], "text": option["text"]} for option in question["answers"]]}


def placed(question: dict[str, Any]) -> dict[str, Any]:
    """A served question with its options in the order of their ids."""
    return question | {"answers": sorted(question["answers"], key=lambda option: option["id"])}


@pytest.mark.parametrize("way", ["practice", "speed_drill", "custom", "weak_areas", "review", "adaptive"])
def test_questions_to_study_are_the_public_part(alice: FlaskClient, bank: dict[str, Any], way: str) -> None:
    if way == "review":
        for question in bank.values():
            answer(alice, question["id"], "a" if question["answers"][1]["isCorrect"] else ["b"])
    path = f"/api/study/questions?examId=1&limit=100&mode={way}&excludeRecentHours=0"
    body = alice.get(path).json
    assert set(body) == {"questions"}
    served = {question["id"]: question for question in body["questions"]}
    assert len(served) == len(bank)
    for question in bank.values():
        assert placed(served[question["id"]]) == public(question)


def test_a_session_shows_the_key_of_what_is_answered_and_of_nothing_else(
    alice: FlaskClient, bank: dict[str, Any]
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 3}).json
    answer(alice, session["questions"][0]["id"], "a", studySessionId=session["id"])
    seen = alice.get(f"/api/study/sessions/{session['id']}").json
    for question in session["questions"] + seen["questions"]:
        assert placed(question) == public(bank[question["text"]])
    assert [shown["questionId"] for shown in seen["answers"]] == [session["questions"][0]["id"]]
    assert set(seen["answers"][0]) == {
        "questionId", "selectedAnswer", "isCorrect", "score", "answeredAt",
        "correctAnswer", "explanation", "reference",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/api/questions", "/api/questions/1"])
def test_learners_cannot_read_the_full_question(alice: FlaskClient, bank: dict[str, Any], path: str) -> None:
    assert alice.get(path).status_code == 403


@pytest.mark.parametrize("selected", ["nope", ["a", "b"], [], ["a", "nope"]])
def test_a_refused_answer_is_the_same_whatever_is_right(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, selected: Any
) -> None:
    """Of questions 0 to 3 the right option is a, b, c and d."""
    refusals = []
    for n in range(4):
        body = answer(alice, bank[f"Routing question {n}"]["id"], selected).json
        assert body.pop("requestId")
        refusals.append(body)
    assert list(refusals[0]["errors"]) == ["selectedAnswer"]
    assert refusals == [refusals[0]] * 4
    assert rows(database, "SELECT id FROM user_answers") == []


def test_a_right_and_a_wrong_answer_take_the_same_statements_up_to_the_list_of_mistakes(
    alice: FlaskClient, bank: dict[str, Any], count_queries: Any
) -> None:
    runs = []
    for selected in ("a", "b"):
        with count_queries() as statements:
            answer(alice, bank["Routing question 0"]["id"], selected)
        runs.append(
            [sql.replace(f"{questions.MOVED} ", "") for sql in statements]
        )  # by chance, for one answer in eight
    others = [(right, wrong) for right, wrong in zip(*runs, strict=True) if right != wrong]
    assert [(right.split(" missed")[0], wrong.split(" missed")[0]) for right, wrong in others] == [
        ("DELETE FROM", "INSERT OR REPLACE INTO")
    ]


def test_the_order_and_ids_of_options_do_not_depend_on_the_key(mo: FlaskClient, bank: dict[str, Any]) -> None:
    for question in bank.values():
        assert [option["id"] for option in question["answers"]] == list("abcdef")[: len(question["answers"])]
    for n in range(12):
        assert [option["text"] for option in bank[f"Routing question {n}"]["answers"]] == ["w", "x", "y", "z"]
