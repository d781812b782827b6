"""Cronbach's alpha of an exam: how much of the variance of its scores the learners have in common over the items.

Cronbach, Coefficient alpha and the internal structure of tests, Psychometrika 16 (1951); Moodle's "coefficient of
internal consistency". In terms of the mean variance v of an item and the mean covariance c of two items, the alpha of
k items is k c / (v + (k - 1) c): the same number as k / (k - 1) (1 - sum of variances / variance of sums).
"""

from dataclasses import dataclass

import numpy as np

from study_service.statistics.classical import NO_ANSWERS, NO_VARIANCE
from study_service.statistics.matrix import Matrix, Numbers, Places, measured

MOST_ITEMS = 300  # of more, the most answered ones: the work grows with their square
_LEARNERS = 2000  # rows of the matrix at a time

ONE_ITEM = "fewer than two questions"
ONE_LEARNER = "fewer than two learners"
NO_PAIRS = "no two learners answered the same two questions"


@dataclass(frozen=True, slots=True)
class Alpha:
    """`value`, at most 1, of a test of `items` items; None with the reason why there is none."""

    value: float | None
    items: int
    reason: str | None = None


def alpha(matrix: Matrix, length: int) -> Alpha:
    """Where every learner answered every item, the alpha of all of them. Else learners answered different items: then
    variances and covariances are means over the pairs of items that somebody answered, and alpha is that of a test of
    `length` such items (no more than there are).
    """
    answered = matrix.sums()
    items = np.argsort(-answered, kind="stable")[:MOST_ITEMS]
    items = items[answered[items] > 0]
    if not len(items):
        return Alpha(None, 0, NO_ANSWERS)
    if len(items) == 1:
        return Alpha(None, 1, ONE_ITEM)
    learners = len(np.unique(matrix.learner))
    if learners == 1:
        return Alpha(None, len(items), ONE_LEARNER)
    complete = len(matrix.learner) == learners * np.count_nonzero(answered)
    return _of_moments(_moments(matrix, items), len(items) if complete else max(2, min(length, len(items))))


def _of_moments(moments: tuple[Numbers, Numbers], items: int) -> Alpha:
    variances, covariances = moments
    if not len(covariances):
        return Alpha(None, items, NO_PAIRS)
    variance, covariance = float(variances.mean()), float(covariances.mean())
    whole = variance + (items - 1) * covariance  # the variance of the sum of the items, divided by their number
    if whole <= 1e-12:
        return Alpha(None, items, NO_VARIANCE)
    return Alpha(measured(items * covariance / whole).value, items)


def _moments(matrix: Matrix, items: Places) -> tuple[Numbers, Numbers]:
    """Of each two items that two learners or more answered: the variance of the one over these learners, and the
    covariance. Other learners are left out of the variance, too, or it could be less than the covariance.
    """
    shape = len(items), len(items)
    both, sums, products = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for first in range(0, matrix.learners, _LEARNERS):
        right, there = matrix.dense(np.arange(first, min(first + _LEARNERS, matrix.learners)), items)
        both += there.T @ there
        sums += right.T @ there  # of the row's item, over the learners who answered the column's
        products += right.T @ right
    pairs = (both >= 2) & ~np.eye(len(items), dtype=bool)
    count, one, other = both[pairs], sums[pairs], sums.T[pairs]
    return (one - one * one / count) / (count - 1), (products[pairs] - one * other / count) / (count - 1)
