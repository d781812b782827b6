"""What marks add up to, exactly. Verdicts come from the exact ratio; what is shown is rounded down. Pure functions."""

import math
from collections.abc import Iterable
from fractions import Fraction

_DIGITS = 10**4


def exact(mark: float) -> Fraction:
    """The fraction that a mark stands for: 0.3333 and 0.33333333 are a third, so three of them are 1.

    Authors' weights are percentages of few digits, like Moodle's list of grades. A mark within 0.0001 of a fraction
    with a denominator up to 100 is that fraction.
    """
    near = Fraction(mark).limit_denominator(100)
    return near if abs(near - Fraction(mark)) < Fraction(1, 10_000) else Fraction(mark).limit_denominator(10**6)


def ratio(marks: Iterable[float], places: int) -> Fraction:
    """The share of a test of so many places that these marks earn, 0 to 1."""
    return min(Fraction(1), max(Fraction(0), sum(map(exact, marks), Fraction(0)) / places)) if places else Fraction(0)


def passed(share: Fraction, passing_score: float) -> bool:
    """Whether the exact share reaches the mark. The mark is the number that the admin wrote: 0.7 is seven tenths."""
    return share >= written(passing_score)


def written(number: float) -> Fraction:
    """The decimal number as it is written, not the nearest binary one."""
    return Fraction(repr(float(number)))


def shown(share: Fraction) -> float:
    """The share for a person, four digits, rounded down: 39 of 56 is 0.6964, and 199 of 200 is never 1."""
    return math.floor(share * _DIGITS) / _DIGITS


def percentage(share: Fraction) -> float:
    """The same in per cent, two digits."""
    return math.floor(share * _DIGITS) / 100


def permille(share: Fraction) -> int:
    """The place of a share in the histogram of an exam's scores."""
    return math.floor(share * 1000)


def percentile(below: int, same: int, total: int) -> float | None:
    """The percentile rank: per cent of the attempts that scored less, half of those that scored the same, this one too.

    The mid-rank definition (Crocker and Algina 1986, chapter 19). One digit, rounded down. None without attempts.
    """
    return math.floor(Fraction(2 * below + same, 2 * total) * 1000) / 10 if total else None
