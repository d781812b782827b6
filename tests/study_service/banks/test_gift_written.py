"""GIFT questions whose answer is written, or paired."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.study_service.banks.gift_texts import problem, question
from tests.study_service.conftest import post_gift


def test_short_answers() -> None:
    asked = question("Who?{=no one#Yes. =%75%nobody#Nearly. =%-20%Grant =nobody\\=x ####See the registry.}")
    assert (asked.type, asked.explanation) == ("short_answer", "See the registry.")
    assert [(c.text, c.is_correct, c.weight, c.explanation) for c in asked.choices] == [
        ("no one", True, None, "Yes."),
        ("nobody", False, 0.75, "Nearly."),
        ("Grant", False, -0.2, None),
        ("nobody=x", True, None, None),
    ]


def test_one_short_answer_needs_no_sign() -> None:
    assert [c.text for c in question("Name the port.{https}").choices] == ["https"]
    assert [c.text for c in question("Two plus two is {=four =4}.").choices] == ["four", "4"]
    assert question("Two plus two is {=four =4}.").text == "Two plus two is _____."


def test_a_star_stays_one() -> None:
    assert [c.text for c in question(r"Which?{=*blue* =2 \* 2}").choices] == ["*blue*", r"2 \* 2"]


def test_numbers_have_a_tolerance_or_a_range() -> None:
    asked = question("Pi?{#=3.1415:0.0005#Yes. =%50%3..3.2 =%25%3#Hm. ~#No.}")
    assert asked.type == "numeric"
    assert [(c.text, c.is_correct, c.weight, c.explanation, dict(c.number)) for c in asked.choices] == [
        ("3.1415:0.0005", True, None, "Yes.", {"value": "3.1415", "tolerance": "0.0005"}),
        ("3..3.2", False, 0.5, None, {"low": "3", "high": "3.2"}),
        ("3", False, 0.25, "Hm.", {"value": "3"}),
        ("*", False, None, "No.", {}),
    ]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("#1822", {"value": "1822"}),
        ("# 1822 : 1 ", {"value": "1822", "tolerance": "1"}),
        ("#-1e3..+.5", {"low": "-1e3", "high": "+.5"}),
        (r"#1822\:1", {"value": "1822", "tolerance": "1"}),
    ],
)
def test_one_number_needs_no_sign(written: str, number: dict[str, str]) -> None:
    (choice,) = question(f"When?{{{written}}}").choices
    assert dict(choice.number) == number


def test_pairs_have_targets() -> None:
    asked = question("Match.{=DNS -> 53 =SSH->22 = -> 80 =[html]<b>BGP</b> -> 1<2 =FTP control -> 21 -> 20}")
    assert asked.type == "drag_drop"
    assert [(c.text, c.target, c.is_target, c.is_correct) for c in asked.choices] == [
        ("DNS", "53", False, True),
        ("SSH", "22", False, True),
        ("80", None, True, False),
        ("BGP", "1<2", False, True),
        ("FTP control", "21 -> 20", False, True),
    ]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ("=%50%443#Nearly.", "no right answer: no answer earns full credit"),
        ("=a = ", "answer 2 has no text"),
        ("=a =#why", "answer 2 has no text"),
        ("=a =%101%b", "answer 2: its %weight% is not a number from -100 to 100"),
        ("=a =a", "two answers have the same text"),
        ("=" + "x" * 501, "answer 1 is longer than 500 characters"),
        ("=a" + "".join(f" =a{n}" for n in range(26)), "27 answer(s), where 1 to 26 are needed"),
        ("#", "0 answer(s), where 1 to 26 are needed"),
        ("#a", "answer 1 is not a number, value:tolerance, or lowest..highest"),
        ("#1,5", "answer 1 is not a number, value:tolerance, or lowest..highest"),
        ("#1:a", "answer 1 is not a number, value:tolerance, or lowest..highest"),
        ("#1..", "answer 1 is not a number, value:tolerance, or lowest..highest"),
        ("#1 V", "answer 1 is not a number, value:tolerance, or lowest..highest"),
        ("#=1 =nan", "answer 2 is not a number, value:tolerance, or lowest..highest"),
        ("#=%50%1", "no right answer: no answer earns full credit"),
        ("#=1 =1", "two answers have the same text"),
        ("=DNS -> 53 =SSH", "answer 2 of a matching question has no ->"),
        ("=DNS -> 53 =SSH ->", "answer 2 has nothing behind its ->"),
        ("=DNS -> 53", "a matching question has two pairs at least"),
        ("=DNS -> 53 = -> 22", "a matching question has two pairs at least"),
        ("=DNS -> 53 =DNS -> 54", "two answers have the same text"),
        ("=DNS -> 53 =SSH -> 22 = -> 80 = -> 80", "two answers have the same text"),
        ("=DNS -> 53 =SSH -> " + "2" * 2001, "answer 2 is longer than 2,000 characters"),
    ],
)
def test_answers_that_cannot_be_used(answers: str, message: str) -> None:
    assert problem(f"Which?{{{answers}}}").message.startswith(message)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ("#=%50%4:1 =4", "the list of its answers has no right number that an answer can be"),
        ("#1:-1", "the list of its answers has an option that is neither a number with a tolerance nor a range"),
        ("#2..1", "the list of its answers has an option that is neither a number with a tolerance nor a range"),
        ("=%50%a* =abc", "the list of its answers has no right text that an answer can be"),
        ("=*", "the list of its answers has no right text that an answer can be"),
    ],
)
def test_a_question_that_could_not_be_graded_is_refused_with_its_reason(
    ada: FlaskClient, bank: dict[str, Any], answers: str, message: str
) -> None:
    report = post_gift(ada, f"A hub.{{T}}\n\nWhich?{{{answers}}}").json
    assert report["imported"] == 0
    assert report["errors"] == [{"item": 2, "line": 3, "message": message}]


def test_a_second_import_changes_nothing_and_an_edit_keeps_the_ids(ada: FlaskClient, bank: dict[str, Any]) -> None:
    file = "Match.{=DNS -> 53 =SSH -> 22 =same -> same}\n\nWhen?{#=1822 =%50%1822:2}\n\nWho?{=no one =nobody}"
    assert post_gift(ada, file).json["imported"] == 3
    before = options_by_type(ada)
    assert post_gift(ada, file).json["skipped"] == 3
    assert options_by_type(ada) == before
    edited = file.replace("-> 22", "-> 23").replace("%50%", "%25%").replace("=nobody", "=%50%nobody")
    assert post_gift(ada, edited).json["updated"] == 3
    after = options_by_type(ada)
    pairs = {option["text"]: option for option in after["drag_drop"] if not option.get("isTarget")}
    targets = {option["id"]: option["text"] for option in after["drag_drop"] if option.get("isTarget")}
    assert {text: targets[option["target"]] for text, option in pairs.items()} == {
        "DNS": "53",
        "SSH": "23",
        "same": "same",
    }
    for kind, options in before.items():
        kept = {(option["text"], option.get("isTarget")): option["id"] for option in after[kind]}
        for option in options:
            assert kept.get((option["text"], option.get("isTarget")), option["id"]) == option["id"]
    assert [(option["value"], option.get("tolerance"), option["weight"]) for option in after["numeric"]] == [
        ("1822", None, None),
        ("1822", "2", 0.25),
    ]


def test_the_order_of_accepted_texts_is_their_meaning(ada: FlaskClient, bank: dict[str, Any]) -> None:
    """The first that fits decides, so another order is another key, while options are shuffled anyway."""
    assert post_gift(ada, "Who?{=no one =%50%no*}\n\nPort?{=53 ~80}").json["imported"] == 2
    assert post_gift(ada, "Who?{=no one =%50%no*}\n\nPort?{~80 =53}").json["skipped"] == 2
    report = post_gift(ada, "Who?{=%50%no* =no one}").json
    assert report["errors"][0]["message"] == "the list of its answers has no right text that an answer can be"
    assert post_gift(ada, "Who?{=no one =nobody =%50%x}").json["updated"] == 1
    assert post_gift(ada, "Who?{=nobody =no one =%50%x}").json["updated"] == 1
    assert [option["text"] for option in options_by_type(ada)["short_answer"]] == ["nobody", "no one", "x"]


def options_by_type(ada: FlaskClient) -> dict[str, list[dict[str, Any]]]:
    questions = ada.get("/api/questions?reviewStatus=pending&limit=100").json["questions"]
    return {question["type"]: question["answers"] for question in questions}
