"""Grading, as pure functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_schema.problems import Invalid
from study_service import grading


def options(right: str, letters: str = "abcd", **weights: float) -> list[grading.Option]:
    return [
        {"id": i, "text": i, "isCorrect": i in right} | ({"weight": weights[i]} if i in weights else {})
        for i in letters
    ]


def test_partial_credit_is_what_the_author_stated() -> None:
    half = options("a", b=0.5, c=-0.5)
    assert grading.grade("multiple_choice", half, "b") == grading.Grade(False, 0.5, ["b"])
    assert grading.grade("multiple_choice", half, "c").score == 0.0
    assert grading.grade("multiple_choice", half, "d").score == 0.0
    assert grading.grade("multiple_choice", half, "a").score == 1.0


def test_part_of_a_weighted_set_earns_part() -> None:
    halves = options("ab", a=0.5, b=0.5, d=-0.5)
    assert grading.grade("multi_select", halves, ["a"]).score == 0.5
    assert grading.grade("multi_select", halves, ["a", "d"]).score == 0.0
    assert grading.grade("multi_select", halves, ["a", "b"]) == grading.Grade(True, 1.0, ["a", "b"])


def test_credit_is_never_below_zero_nor_above_one() -> None:
    generous = options("abc", a=0.6, b=0.6, d=-0.9)
    assert grading.grade("multi_select", generous, ["a", "b"]) == grading.Grade(False, 1.0, ["a", "b"])
    assert grading.grade("multi_select", generous, ["a", "d"]) == grading.Grade(False, 0.0, ["a", "d"])


def test_a_wrong_option_without_a_penalty_forfeits_all_credit() -> None:
    assert grading.grade("multi_select", options("ab", a=0.5, b=0.5, c=0.0), ["a", "c"]).score == 0.0
    assert grading.grade("multi_select", options("ab", a=0.5, b=0.5), ["a", "c"]).score == 0.0


def test_the_key_of_a_set_is_a_list_even_of_one() -> None:
    assert grading.key("multi_select", options("b")) == ["b"]
    assert grading.key("multiple_choice", options("b")) == grading.key("true_false", options("b", "ab")) == "b"


@pytest.mark.parametrize(
    ("kind", "chosen", "message"),
    [
        ("multiple_choice", [], "Choose at least one option."),
        ("multi_select", ["a", "x"], "Options of this question are a, b, c, d."),
        ("multiple_choice", ["a", "b"], "This question takes one option."),
        ("true_false", ["a", "b"], "This question takes one option."),
    ],
)
def test_a_choice_that_cannot_be_graded_says_why(kind: str, chosen: list[str], message: str) -> None:
    with pytest.raises(Invalid) as refused:
        grading.grade(kind, options("a"), chosen)
    assert refused.value.fields == {"selected_answer": [message]}


def test_ticking_everything_earns_nothing() -> None:
    assert grading.grade("multi_select", options("ab", a=0.5, b=0.5), list("abcd")) == grading.Grade(
        False, 0.0, list("abcd")
    )


def test_several_full_credit_options_of_a_choice_are_each_right() -> None:
    assert grading.grade("multiple_choice", options("ab"), "b").is_correct
    assert grading.key("multiple_choice", options("ab")) == ["a", "b"]


@given(st.sets(st.sampled_from("abcdef"), min_size=1), st.lists(st.sampled_from("abcdef"), min_size=1, max_size=12))
def test_a_set_is_right_exactly_when_it_is_the_key(right: set[str], chosen: list[str]) -> None:
    grade = grading.grade("multi_select", options("".join(right), "abcdef"), chosen)
    assert grade.is_correct == (set(chosen) == right)
    assert grade.score == float(grade.is_correct)
    assert grade.selected == sorted(set(chosen))


@given(st.text(max_size=3))
def test_no_foreign_option_is_ever_graded(chosen: str) -> None:
    if chosen in tuple("abcd"):
        return
    with pytest.raises(Invalid):
        grading.grade("multiple_choice", options("a"), chosen)
