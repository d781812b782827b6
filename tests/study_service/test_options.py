"""Ids of options keep their meaning, and some options stay last."""

import pytest

from study_service import options
from study_service.grading import Option


def option(text: str, name: str = "", *, fixed: bool = False) -> Option:
    made: Option = {"id": name, "text": text, "isCorrect": False}
    return {**made, "fixed": True} if fixed else made


def test_an_id_is_made_of_the_text_alone() -> None:
    forth = options.identified([option("RIP"), option("OSPF"), option("BGP")])
    back = options.identified([option("BGP"), option("OSPF"), option("RIP")])
    assert {o["text"]: o["id"] for o in forth} == {o["text"]: o["id"] for o in back}
    assert len({o["id"] for o in forth}) == 3


def test_an_option_keeps_the_id_it_has() -> None:
    before = [option("RIP", "a"), option("OSPF", "b")]
    kept = options.identified([option("OSPF"), option("IS-IS"), option("RIP")], before)
    assert [o["id"] for o in kept][::2] == ["b", "a"]
    assert kept[1]["id"] not in ("a", "b", "")


def test_two_texts_never_share_an_id() -> None:
    (alone,) = options.identified([option("RIP")])
    (first, second) = options.identified([option("RIP"), option("x")], [option("x", alone["id"])])
    assert second["id"] == alone["id"]
    assert first["id"] == "pnaxp5k"


@pytest.mark.parametrize(
    "text",
    [
        "All of the above",
        "none of these.",
        "Neither of the above",
        "All above",
        "Any of the options",
        "None of the answers",
    ],
)
def test_what_speaks_of_the_others_stays_last(text: str) -> None:
    assert options.last(["RIP", text, "OSPF"]) == [False, True, False]


@pytest.mark.parametrize(
    "text", ["Both A and C", "A and B", "Only A, B", "B, C, and D only", "(A) & (B)", "neither A nor B"]
)
def test_where_letters_are_named_all_keep_their_places(text: str) -> None:
    assert options.last(["RIP", text, "OSPF"]) == [True, True, True]


@pytest.mark.parametrize(
    "text", ["A", "AAAA and MX", "All routers", "None", "Category A", "a and b", "Both ends", "Class A and Class B"]
)
def test_ordinary_texts_are_shuffled(text: str) -> None:
    assert options.last(["RIP", text]) == [False, False]


def test_the_order_of_shuffled_options_is_no_difference() -> None:
    a, b, last = option("x", "a"), option("y", "b"), option("All of these", "c", fixed=True)
    other = option("None of these", "d", fixed=True)
    assert options.same([a, b, last], [b, last, a], in_order=False)
    assert not options.same([a, last, other], [a, other, last], in_order=False)
    assert not options.same([a, b], [a, option("y ", "b")], in_order=False)


def test_the_order_of_options_is_a_difference_where_they_are_not_shuffled() -> None:
    a, b = option("x", "a"), option("y", "b")
    assert options.same([a, b], [a, b], in_order=True)
    assert not options.same([a, b], [b, a], in_order=True)
