"""Options to be put in order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_schema.problems import Invalid
from shared_schema.rows import Unusable
from study_service import grading


def steps(order: str, others: str = "") -> list[grading.Option]:
    """Options that are listed from the last to the first, and others that belong nowhere."""
    placed: list[Any] = [{"id": i, "text": i, "isCorrect": True, "place": n} for n, i in enumerate(order)]
    strange: list[Any] = [{"id": i, "text": i, "isCorrect": False} for i in others]
    return grading.usable("drag_drop", [*reversed(placed), *strange])


def test_the_key_is_the_order_of_the_places() -> None:
    assert grading.key("drag_drop", steps("abcd", "xy")) == list("abcd")


@pytest.mark.parametrize("rule", grading.RULES)
def test_only_the_whole_order_is_right(rule: grading.Rule) -> None:
    assert grading.grade("drag_drop", steps("abcd", "x"), list("abcd"), rule) == grading.Grade(True, 1.0, list("abcd"))
    for wrong in ("abc", "abdc", "abcdx", "xabcd", "dcba"):
        assert not grading.grade("drag_drop", steps("abcd", "x"), list(wrong), rule).is_correct
    assert grading.grade("drag_drop", steps("abcd"), list("abdc")).score == 0.0


@pytest.mark.parametrize(
    ("order", "score"),
    [
        # Modular Object Oriented Dynamic Learning Environment: the order of the tests of Moodle's type.
        (["M", "O", "R", "D", "L", "E"], 1.0),
        (["E", "L", "D", "R", "O", "M"], 0.0),
        (["O", "R", "D", "L", "E", "M"], 4 / 5),
        (["M", "O", "D", "R", "L", "E"], 2 / 5),
        (["M", "O"], 1 / 5),
        (["M"], 0.0),
    ],
)
def test_neighbours_in_their_order_earn_part(order: list[str], score: float) -> None:
    assert grading.grade("drag_drop", steps("MORDLE"), order, "partial").score == score


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("a", "This question takes ids of options in an order."),
        ([], "This question takes ids of options in an order."),
        ([["a", "b"]], "This question takes ids of options in an order."),
        ({"x": 1, "y": 2}, "This question takes ids of options in an order."),
        (["a", "z"], "Options of this question are a, b, c."),
        (["a", "b", "a"], "Each option has one place."),
    ],
)
def test_what_is_no_order_is_refused(order: Any, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        grading.grade("drag_drop", steps("abc"), order)
    assert refused.value.fields == {"selected_answer": [message]}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"place": 1}, "has two options with the same place"),
        ({"isCorrect": False}, "has an option that is right and has no place, or the other way round"),
        ({"place": "1"}, "has an option whose place is not a whole number"),
        ({"place": True}, "has an option whose place is not a whole number"),
    ],
)
def test_an_order_that_nobody_could_give_is_not_asked(change: dict[str, Any], problem: str) -> None:
    options: list[Any] = [dict(option) for option in steps("abc")]
    options[-1] |= change
    with pytest.raises(Unusable) as refused:
        grading.usable("drag_drop", options)
    assert refused.value.problem == problem


def test_options_that_say_neither_place_nor_target_are_not_asked() -> None:
    with pytest.raises(Unusable) as refused:
        grading.usable("drag_drop", [{"id": i, "text": i, "isCorrect": True} for i in "ab"])
    assert refused.value.problem == "says neither the targets of its options nor the places of two at least"


@given(st.permutations("abcdef"), st.permutations("abcdef"))
def test_an_order_is_right_exactly_when_it_is_the_key(right: list[str], given_: list[str]) -> None:
    for rule in grading.RULES:
        grade = grading.grade("drag_drop", steps("".join(right)), given_, rule)
        assert grade.is_correct == (right == given_)
        assert (grade.score == 1.0) == grade.is_correct
        assert 0 <= grade.score <= 1
