"""Classical item analysis: facility, discrimination and discriminative efficiency.

As Moodle has them (docs.moodle.org/dev/Quiz_statistics_calculations), after Lord and Novick, Statistical Theories of
Mental Test Scores (1968), chapter 15. The rest of a learner is the share of right answers to other items. Where all
learners answered all items, its correlations are those with the sum over the other items, as in the books.
"""

from dataclasses import dataclass

import numpy as np

from study_service.statistics.matrix import Matrix, Measured, Numbers, Truths, measured, totals

REST_ITEMS = 3  # a learner who answered fewer other items tells too little; all others where an exam has fewer

NO_ANSWERS = "no answers"
NO_VARIANCE = "no variance"
NO_REST = "no learner answered enough other questions"
NO_VARIANCE_IN_REST = "no variance in the other questions"


@dataclass(frozen=True, slots=True)
class Rest:
    """By cell: the share of right answers to the learner's other items, and whether they are enough of them."""

    share: Numbers
    known: Truths


@dataclass(frozen=True, slots=True)
class Item:
    """What classical analysis says of an item. `facility` is the share of right answers, `discrimination` the item-rest
    correlation, -1 to 1, `efficiency` its share of the highest covariance that these answers allow.
    """

    attempts: int
    facility: Measured
    discrimination: Measured
    efficiency: Measured


def rest(matrix: Matrix) -> Rest:
    """What each learner did in the questions other than that of the cell; no version of it is among them."""
    _, question = np.unique(matrix.question, return_inverse=True)
    own = np.unique(matrix.learner * (len(question) + 1) + question[matrix.item], return_inverse=True)[1]
    answered = np.bincount(matrix.learner)[matrix.learner] - np.bincount(own)[own]
    right = np.bincount(matrix.learner, matrix.right)[matrix.learner] - np.bincount(own, matrix.right)[own]
    share = np.divide(right, answered, out=np.zeros(len(right)), where=answered > 0)
    others = len(np.unique(matrix.question[matrix.item])) - 1
    return Rest(share, answered >= max(1, min(REST_ITEMS, others)))


def items(matrix: Matrix, rests: Rest) -> list[Item]:
    """The figures of every item of the matrix, in order."""
    attempts, right = matrix.sums(), matrix.sums(matrix.right)
    deviations = _Deviations.of(matrix, rests)
    return [
        Item(
            int(attempts[item]),
            Measured(float(right[item] / attempts[item])) if attempts[item] else Measured(None, NO_ANSWERS),
            *deviations.measures(item, 0 < right[item] < attempts[item], attempts[item] > 0),
        )
        for item in range(matrix.items)
    ]


@dataclass(frozen=True, slots=True)
class _Deviations:
    """Sums by item over the cells whose rest is known; x is the answer, y the rest, each less its mean in the item."""

    cells: Numbers
    xx: Numbers
    yy: Numbers
    xy: Numbers
    highest: Numbers  # xy, if the best answers had gone with the best rests

    @classmethod
    def of(cls, matrix: Matrix, rests: Rest) -> "_Deviations":
        known = rests.known
        item, cells = matrix.item[known], matrix.sums(where=known)
        x = _less_mean(matrix, matrix.right, known, cells)
        y = _less_mean(matrix, rests.share, known, cells)
        by_x, by_y = np.lexsort((x, item)), np.lexsort((y, item))
        xx, xy, yy = (totals(item, product, matrix.items) for product in (x * x, x * y, y * y))
        highest = totals(item[by_x], x[by_x] * y[by_y], matrix.items)
        return cls(cells, xx, _without_constants(matrix, rests, yy), xy, highest)

    def measures(self, item: int, varies: bool, answered: bool) -> tuple[Measured, Measured]:
        """The discrimination and the efficiency of an item."""
        reason = self._reason(item, varies, answered)
        if reason:
            return Measured(None, reason), Measured(None, reason)
        return (
            measured(self.xy[item] / np.sqrt(self.xx[item] * self.yy[item])),
            measured(self.xy[item] / self.highest[item]),
        )

    def _reason(self, item: int, varies: bool, answered: bool) -> str | None:
        if not answered:
            return NO_ANSWERS
        if not varies:
            return NO_VARIANCE
        if not self.cells[item]:
            return NO_REST
        if not self.xx[item]:
            return NO_VARIANCE
        return None if self.yy[item] else NO_VARIANCE_IN_REST


def _less_mean(matrix: Matrix, values: Numbers, known: Truths, cells: Numbers) -> Numbers:
    mean = np.divide(matrix.sums(values, known), cells, out=np.zeros(matrix.items), where=cells > 0)
    return values[known] - mean[matrix.item[known]]


def _without_constants(matrix: Matrix, rests: Rest, squares: Numbers) -> Numbers:
    """Zero for items whose learners all have the same rest: the mean of equal floats may differ from them a little."""
    low, high = np.full(matrix.items, np.inf), np.full(matrix.items, -np.inf)
    np.minimum.at(low, matrix.item[rests.known], rests.share[rests.known])
    np.maximum.at(high, matrix.item[rests.known], rests.share[rests.known])
    return np.where(high > low, squares, 0)
