"""Options of every type after an edit: matching pairs, an order, accepted texts and numbers, a place in a picture."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from study_service import digests
from study_service.editing import edited_options
from tests.study_service.conftest import answer, patch, row, rows


@pytest.fixture
def written(ada: FlaskClient, bank: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Questions of the types that are not choices, by their type."""
    text = "Which port?{#443:1}\n\nSay it{=ls =%50%dir}\n\nPair{=cat -> mouse =dog -> cat = -> cow}"
    path = "/api/questions/import?format=gift&examId=1&reviewStatus=approved"
    assert ada.post(path, data=text.encode(), content_type="text/plain").json["imported"] == 3
    questions: list[dict[str, Any]] = ada.get("/api/questions?limit=100").json["questions"]
    return {question["type"]: question for question in questions[-3:]}


def test_what_a_moderator_was_shown_changes_nothing(
    mo: FlaskClient, written: dict[str, Any], database: LibsqlDatabase
) -> None:
    """Of each type, all that GET shows of an option is taken by PATCH."""
    before = rows(database, "SELECT * FROM questions")
    for question in written.values():
        assert patch(mo, question["id"], answers=question["answers"]).json["version"] == 1
    assert rows(database, "SELECT * FROM questions") == before


def test_pairs_keep_their_ids_and_new_ones_name_their_target_by_its_text(
    mo: FlaskClient, alice: FlaskClient, written: dict[str, Any]
) -> None:
    pairs = written["drag_drop"]
    ids = {(option["text"], bool(option.get("isTarget"))): option["id"] for option in pairs["answers"]}
    added = [
        {"text": "cow", "isCorrect": True, "target": "grass"},
        {"text": "grass", "isCorrect": False, "isTarget": True},
    ]
    edited = patch(mo, pairs["id"], answers=[*pairs["answers"], *added]).json
    assert edited["version"] == 2
    now = {(option["text"], bool(option.get("isTarget"))): option for option in edited["answers"]}
    assert {key: option["id"] for key, option in now.items() if key in ids} == ids
    assert now["cow", False]["target"] == now["grass", True]["id"]
    assert len({option["id"] for option in edited["answers"]}) == len(edited["answers"]) == 7
    shown = [[option["id"], option["target"]] for option in edited["answers"] if option.get("target")]
    assert answer(alice, pairs["id"], shown).json["result"]["isCorrect"] is True


def test_texts_and_numbers_are_in_order_and_may_be_one(
    mo: FlaskClient, alice: FlaskClient, written: dict[str, Any]
) -> None:
    text, number = written["short_answer"], written["numeric"]
    turned = patch(mo, text["id"], answers=list(reversed(text["answers"]))).json
    assert (turned["version"], turned["answers"]) == (2, list(reversed(text["answers"])))
    (accepted,) = patch(mo, number["id"], answers=[number["answers"][0] | {"tolerance": "5"}]).json["answers"]
    assert (accepted["id"], accepted["value"], accepted["tolerance"]) == (number["answers"][0]["id"], "443", "5")
    assert answer(alice, number["id"], "447").json["result"]["isCorrect"] is True
    response = patch(mo, number["id"], answers=[number["answers"][0] | {"value": "many"}])
    assert (response.status_code, list(response.json["errors"])) == (422, ["answers"])


@pytest.mark.parametrize("texts", [["w"], [" ", "x"]])
def test_a_choice_has_two_options_with_a_text(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, texts: list[str]
) -> None:  # fmt: skip
    question = bank["Routing question 0"]["id"]
    sent = [{"text": text, "isCorrect": not place} for place, text in enumerate(texts)]
    response = patch(mo, question, answers=sent)
    assert (response.status_code, list(response.json["errors"])) == (422, ["answers"])
    assert row(database, "questions", question)["version"] == 1


def test_a_hotspot_needs_its_picture(mo: FlaskClient, bank: dict[str, Any]) -> None:
    question = bank["Routing question 0"]["id"]
    region = {
        "text": "port", "isCorrect": True, "region": "rect", "coords": [1, 1, 9, 9],
        "imageWidth": 20, "imageHeight": 20,
    }  # fmt: skip
    response = patch(mo, question, type="hotspot", answers=[region])
    assert (response.status_code, list(response.json["errors"])) == (422, ["imageUrl"])
    response = patch(mo, question, type="hotspot", answers=[region], imageUrl="https://x.example/i.png")
    assert (response.status_code, response.json["type"]) == (200, "hotspot")


def test_new_options_get_different_ids_even_where_their_digests_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """An id that another option has, or once had, is not given again."""
    monkeypatch.setattr("study_service.options._FEW", 1)
    sent: list[Any] = [{"text": f"text {number}", "isCorrect": not number} for number in range(26)]
    first = edited_options.listed("multiple_choice", sent, [], [])
    assert len({option["id"] for option in first}) == 26
    more: list[Any] = [{"text": f"more {number}", "isCorrect": not number} for number in range(26)]
    second = edited_options.listed("multiple_choice", more, [], first)
    assert not {option["id"] for option in first} & {option["id"] for option in second}


def test_a_text_is_first_the_present_options_and_not_one_that_a_waiting_version_has() -> None:
    present: list[Any] = [
        {"id": "a", "text": "w", "isCorrect": True},
        {"id": "b", "text": "x", "isCorrect": False},
    ]
    waiting: list[Any] = [present[0] | {"text": "x"}, present[1] | {"text": "w"}]
    sent: list[Any] = [{"text": "x", "isCorrect": True}, {"text": "w", "isCorrect": False}]
    listed = edited_options.listed("multiple_choice", sent, present, [*waiting, *present])
    assert [(option["id"], option["text"]) for option in listed] == [("b", "x"), ("a", "w")]


def test_a_question_is_recognised_by_its_pairs_and_by_targets_without_one() -> None:
    pair: list[Any] = [
        {"id": "a", "text": "dog", "isCorrect": True, "target": "b"},
        {"id": "b", "text": "cat", "isCorrect": False, "isTarget": True},
    ]
    other: list[Any] = [{"id": "c", "text": "cow", "isCorrect": False, "isTarget": True}]

    def digest(options: list[Any]) -> str:
        return digests.of_content("Pair", "drag_drop", options)

    assert digest([*pair, *other]) == digest([*other, *reversed(pair)])
    assert digest([pair[0] | {"target": "x"}, pair[1] | {"id": "x"}]) == digest(pair)
    assert len({digest(pair), digest([*pair, *other]), digest([pair[0], pair[1] | {"text": "ox"}])}) == 3
