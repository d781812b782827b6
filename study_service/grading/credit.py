"""Credits as fractions, so that thirds add up."""

from collections.abc import Iterable
from fractions import Fraction

_SMALLEST = 100  # the largest denominator that an author's rounded credit may mean
_ROUNDED = Fraction(5, 100_000)  # 33.33 % is a third


def exact(number: float) -> Fraction:
    """The fraction that a rounded credit stands for: 0.3333333 is a third, 0.29 is 29/100.

    It is the nearest one with a denominator up to 100, if that is within 0.00005, which is how far Moodle's and other
    authors' percentages with two digits are from their thirds, sixths, sevenths and ninths; any other number is itself.
    """
    stated = Fraction(str(number))
    near = stated.limit_denominator(_SMALLEST)
    return near if abs(near - stated) <= _ROUNDED else stated


def total(scores: Iterable[float]) -> Fraction:
    """The exact sum of scores: of three times 0.333…, 1."""
    return sum(map(exact, scores), Fraction(0))
