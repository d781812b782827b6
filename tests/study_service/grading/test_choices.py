"""One option, or a set of them."""

from typing import Any

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
    assert grading.grade("multiple_choice", half, "b") == grading.Grade(False, 0.5, "b")
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
        ("multi_select", {"x": 1, "y": 1}, "This question takes ids of options."),
        ("multi_select", [["a", "b"]], "This question takes ids of options."),
        ("multi_select", ["a", "x"], "Options of this question are a, b, c, d."),
        ("multiple_choice", ["a", "b"], "This question takes one option."),
        ("true_false", ["a", "b"], "This question takes one option."),
    ],
)
def test_a_choice_that_cannot_be_graded_says_why(kind: str, chosen: Any, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        grading.grade(kind, options("a"), chosen)
    assert refused.value.fields == {"selected_answer": [message]}


@pytest.mark.parametrize(
    ("right", "letters", "chosen", "score"),
    [
        ("ab", "abcd", ["a"], 0.5),
        ("ab", "abcd", ["a", "b"], 1.0),
        ("ab", "abcd", ["a", "c"], 0.0),
        ("abc", "abcd", ["a"], 1 / 3),
        ("abc", "abcd", ["a", "b"], 2 / 3),
        ("abc", "abcd", ["a", "b", "d"], 0.0),  # one wrong option of one costs what all right ones earn
        ("a", "abcd", ["a", "b"], 0.0),  # three wrong ones of three cost as much each as the only right one earns
        ("abcd", "abcd", ["a", "b", "c"], 0.75),  # nothing is wrong
        ("ab", "abcd", ["c"], 0.0),
    ],
)
def test_part_of_a_set_earns_part_where_the_exam_says_so(
    right: str, letters: str, chosen: list[str], score: float
) -> None:
    assert grading.grade("multi_select", options(right, letters), chosen, "partial").score == score
    assert grading.grade("multi_select", options(right, letters), chosen).score == float(score == 1)


def test_the_credits_of_an_author_hold_whatever_the_exam_says() -> None:
    """The item "Composition of Water" of QTI's implementation guide: H and O earn 1 of 2 each, Cl costs 1, others 2."""
    water = options("HO", "HOCNSX", H=0.5, O=0.5, C=-0.5, N=-1.0, S=-1.0, X=-1.0)
    for rule in grading.RULES:
        scores = [
            grading.grade("multi_select", water, list(chosen), rule).score for chosen in ("HO", "H", "HOC", "HC", "HON")
        ]
        assert scores == [1.0, 0.5, 0.5, 0.0, 0.0]


def test_penalties_that_do_not_make_up_for_all_credits_grow_until_they_do() -> None:
    mild = options("ab", "abd", a=0.5, b=0.5, d=-0.1)
    assert grading.grade("multi_select", mild, list("abd")).score == 0.0
    assert grading.grade("multi_select", mild, ["a", "d"]).score == 0.0


def test_thirds_of_a_set_add_up() -> None:
    thirds = options("abc", "abcd", a=0.3333333, b=0.3333333, c=0.3333333, d=-1.0)
    one, two = (grading.grade("multi_select", thirds, list(chosen)).score for chosen in ("a", "bc"))
    assert (one, two, one + two) == (1 / 3, 2 / 3, 1.0)


_weights = st.one_of(st.none(), st.integers(-100, 100).map(lambda percent: percent / 100))


@given(st.data(), st.sampled_from(grading.RULES))
def test_ticking_everything_never_gains(data: st.DataObject, rule: grading.Rule) -> None:
    """Whatever the author wrote, unless everything is right."""
    letters = "abcdefgh"[: data.draw(st.integers(2, 8))]
    right = data.draw(st.sets(st.sampled_from(letters), min_size=1, max_size=len(letters) - 1))
    stated = {letter: weight for letter in letters if (weight := data.draw(_weights)) is not None}
    asked = options("".join(right), letters, **stated)
    everything = grading.grade("multi_select", asked, list(letters), rule)
    assert (everything.is_correct, everything.score) == (False, 0.0)


@given(st.data())
def test_a_further_wrong_option_never_gains(data: st.DataObject) -> None:
    letters = "abcdefgh"
    right = data.draw(st.sets(st.sampled_from(letters), min_size=1, max_size=7))
    chosen = data.draw(st.sets(st.sampled_from(letters), min_size=1))
    more = data.draw(st.sampled_from(sorted(set(letters) - right)))
    asked = options("".join(right), letters)
    fewer = grading.grade("multi_select", asked, sorted(chosen), "partial").score
    assert grading.grade("multi_select", asked, sorted(chosen | {more}), "partial").score <= fewer


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
