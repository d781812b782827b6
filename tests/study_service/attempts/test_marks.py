"""What is shown never contradicts the verdict, and thirds add up."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study_service.attempts import marks


@pytest.mark.parametrize(
    ("right", "places", "passing", "passes", "shown"),
    [
        (39, 56, 0.7, False, 0.6964),
        (7, 10, 0.7, True, 0.7),
        (199, 200, 0.7, True, 0.995),
        (2, 3, 0.6667, False, 0.6666),
        (6, 10, 0.6, True, 0.6),
        (0, 5, 0, True, 0.0),
    ],
)
def test_whole_marks(right: int, places: int, passing: float, passes: bool, shown: float) -> None:
    share = marks.ratio([1.0] * right, places)
    assert share == Fraction(right, places)
    assert marks.passed(share, passing) is passes
    assert marks.shown(share) == shown


@pytest.mark.parametrize("third", [1 / 3, 0.33333, 0.333333333, 0.3333])
def test_three_thirds_are_one(third: float) -> None:
    assert marks.ratio([third] * 3, 1) == 1
    assert marks.passed(marks.ratio([third] * 3, 1), 1.0)


def test_tenths_add_up() -> None:
    assert marks.ratio([0.1] * 7, 1) == Fraction(7, 10)
    assert marks.passed(marks.ratio([0.1] * 7, 1), 0.7)


def test_a_share_is_from_0_to_1() -> None:
    assert marks.ratio([-0.5], 1) == 0
    assert marks.ratio([1.0, 1.0], 1) == 1
    assert marks.ratio([], 0) == 0


@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 10_000))
def test_the_number_and_the_verdict_agree(right: int, places: int, mark: int) -> None:
    share = marks.ratio([1.0] * min(right, places), places)
    passing = mark / 10_000
    assert marks.passed(share, passing) is (marks.shown(share) >= passing)
    assert marks.written(marks.shown(share)) <= share
    assert marks.written(marks.percentage(share)) <= share * 100


@pytest.mark.parametrize(
    ("below", "same", "total", "rank"),
    [(0, 1, 1, 50.0), (3, 1, 4, 87.5), (0, 1, 3, 16.6), (1, 2, 3, 66.6), (0, 0, 0, None)],
)
def test_percentile_ranks(below: int, same: int, total: int, rank: float | None) -> None:
    assert marks.percentile(below, same, total) == rank
