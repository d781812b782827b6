"""Marks by confidence, and credits that add up."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study_service.grading import confidence, credit


@pytest.mark.parametrize(("level", "right", "wrong"), [(1, 1, 0), (2, 1, 0), (3, 2, -2), (4, 3, -6), (5, 3, -6)])
def test_marks_are_those_of_moodles_table(level: int, right: float, wrong: float) -> None:
    assert (confidence.mark(1.0, level), confidence.mark(0.0, level)) == (right, wrong)


def test_part_of_an_answer_earns_part_of_the_right_ones_mark() -> None:
    """As Moodle's adjust_fraction has it."""
    assert [confidence.mark(0.5, level) for level in (1, 3, 5)] == [0.5, 1.0, 1.5]
    assert confidence.mark(1 / 3, 5) == 1.0
    assert confidence.mark(0.00000004, 5) == -6.0


def test_who_says_nothing_gets_no_mark() -> None:
    assert confidence.mark(1.0, None) is None


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        (0.3333333, Fraction(1, 3)), (0.33333, Fraction(1, 3)), (0.3333, Fraction(1, 3)), (0.6666667, Fraction(2, 3)),
        (0.1666667, Fraction(1, 6)), (0.1428571, Fraction(1, 7)), (0.1111111, Fraction(1, 9)),
        (0.29, Fraction(29, 100)),
        (-0.3333333, Fraction(-1, 3)), (0.5, Fraction(1, 2)), (1.0, Fraction(1)), (0.0, Fraction(0)),
        (0.5002, Fraction(5002, 10000)), (0.123, Fraction(123, 1000)),
    ],
)  # fmt: skip
def test_a_rounded_credit_means_its_fraction(stated: float, meant: Fraction) -> None:
    """Those of Moodle's list of credits, and others."""
    assert credit.exact(stated) == meant


@given(st.integers(1, 60))
def test_equal_parts_add_up_to_one(parts: int) -> None:
    assert credit.total([float(Fraction(1, parts))] * parts) == 1
    assert credit.total([round(1 / parts, 7)] * parts) == 1
