"""Options to be paired with targets."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_schema.problems import Invalid
from shared_schema.rows import Unusable
from study_service import grading


def pairs(targets: str, others: str = "") -> list[grading.Option]:
    """Options 0, 1, 2 … with these targets, and targets of no option."""
    stems: list[Any] = [{"id": str(n), "text": f"s{n}", "isCorrect": True, "target": i} for n, i in enumerate(targets)]
    ends: list[Any] = [
        {"id": i, "text": i, "isCorrect": False, "isTarget": True} for i in dict.fromkeys(targets + others)
    ]
    return grading.usable("drag_drop", stems + ends)


CAPITALS = pairs("orto", "x")


def test_the_key_has_a_pair_for_each_option() -> None:
    assert grading.key("drag_drop", CAPITALS) == [["0", "o"], ["1", "r"], ["2", "t"], ["3", "o"]]


@pytest.mark.parametrize(
    ("chosen", "all_or_nothing", "partial"),
    [
        (["0o", "1r", "2t", "3o"], 1.0, 1.0),
        (["3o", "2t", "1r", "0o"], 1.0, 1.0),
        (["0o", "1r", "2t", "3x"], 0.0, 0.75),
        (["0o", "1r", "2t"], 0.0, 0.75),
        (["0o", "1o", "2o", "3o"], 0.0, 0.5),
        (["0x"], 0.0, 0.0),
    ],
)
def test_pairs_are_right_in_any_order_and_earn_their_share(
    chosen: list[str], all_or_nothing: float, partial: float
) -> None:
    selected = [list(pair) for pair in chosen]
    whole = grading.grade("drag_drop", CAPITALS, selected)
    assert (whole.is_correct, whole.score) == (all_or_nothing == 1, all_or_nothing)
    assert whole.selected == sorted(selected)
    assert grading.grade("drag_drop", CAPITALS, selected, "partial").score == partial


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ("0", "This question takes pairs of the ids of an option and a target."),
        ([], "This question takes pairs of the ids of an option and a target."),
        (["0", "o"], "This question takes pairs of the ids of an option and a target."),
        ([["0", "o", "r"]], "This question takes pairs of the ids of an option and a target."),
        ([["o", "0"]], "Options of this question are 0, 1, 2, 3."),
        ([["0", "1"]], "Targets of this question are o, r, t, x."),
        ([["0", "o"], ["0", "r"]], "Each option has one target."),
    ],
)
def test_what_is_no_list_of_pairs_is_refused(chosen: Any, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        grading.grade("drag_drop", CAPITALS, chosen, "partial")
    assert refused.value.fields == {"selected_answer": [message]}


@pytest.mark.parametrize(
    ("place", "change", "problem"),
    [
        (0, {"target": "z"}, "has an option without a target"),
        (0, {"target": "1"}, "has an option without a target"),
        (0, {"isCorrect": False}, "has an option that is wrong, or a target that is right"),
        (-1, {"isCorrect": True}, "has an option that is wrong, or a target that is right"),
        (-1, {"isTarget": "yes"}, "has an option whose isTarget is not true or false"),
        (-1, {"id": "0"}, "has two options with the same id"),
    ],
)
def test_pairs_that_nobody_could_make_are_not_asked(place: int, change: dict[str, Any], problem: str) -> None:
    options: list[Any] = [dict(option) for option in CAPITALS]
    options[place] |= change
    with pytest.raises(Unusable) as refused:
        grading.usable("drag_drop", options)
    assert refused.value.problem == problem


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=6), st.data())
def test_the_score_is_the_share_of_right_pairs(targets: list[str], data: st.DataObject) -> None:
    chosen = [data.draw(st.sampled_from("abc")) for _ in targets]
    asked = pairs("".join(targets), "abc")
    grade = grading.grade("drag_drop", asked, [[str(n), end] for n, end in enumerate(chosen)], "partial")
    right = sum(one == other for one, other in zip(targets, chosen, strict=True))
    assert grade.score == right / len(targets)
    assert grade.is_correct == (targets == chosen)
