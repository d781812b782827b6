"""Who answered which item, and whether it was right: a matrix with holes, as parallel arrays.

An item is one version of a question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
Truths: TypeAlias = NDArray[np.bool_]

_DIGITS = 12  # beyond them a float has only the noise of its sums


@dataclass(frozen=True, slots=True)
class Matrix:
    """A cell per first answer: `learner` and `item` are places from 0, `right` is 0 or 1.

    `question` has by item a number that the versions of one question share.
    """

    learner: Places
    item: Places
    right: Numbers
    learners: int
    question: Places

    @property
    def items(self) -> int:
        return len(self.question)

    def of_items(self, wanted: Truths) -> "Matrix":
        """Only the cells of these items; places stay."""
        kept = wanted[self.item]
        return Matrix(self.learner[kept], self.item[kept], self.right[kept], self.learners, self.question)

    def sums(self, values: Numbers | None = None, where: Truths | None = None) -> Numbers:
        """By item, the sum of `values` (a value per cell), or how many cells there are; only of cells `where`."""
        places = self.item if where is None else self.item[where]
        weights = values if values is None or where is None else values[where]
        return totals(places, weights, self.items)

    def dense(self, learners: Places, items: Places) -> tuple[Numbers, Numbers]:
        """Right answers, and which cells there are, as two matrices of these learners (rows) and items (columns)."""
        row, column = np.full(self.learners, -1), np.full(self.items, -1)
        row[learners], column[items] = np.arange(len(learners)), np.arange(len(items))
        kept = (row[self.learner] >= 0) & (column[self.item] >= 0)
        cells = row[self.learner[kept]], column[self.item[kept]]
        right, there = np.zeros((len(learners), len(items))), np.zeros((len(learners), len(items)))
        right[cells], there[cells] = self.right[kept], 1
        return right, there


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure, or None with the reason why there is none."""

    value: float | None
    reason: str | None = None


def of(cells: Sequence[tuple[int, int, int]] | Places, questions: Sequence[int]) -> Matrix:
    """The matrix of these cells: the place of the learner, the place of the item, whether the answer is right.

    `questions` has the question of each item.
    """
    table = np.array(cells, dtype=np.int64).reshape(-1, 3)
    learners = int(table[:, 0].max(initial=-1)) + 1
    return Matrix(table[:, 0], table[:, 1], table[:, 2].astype(np.float64), learners, np.array(questions, np.int64))


def totals(places: Places, weights: Numbers | None, size: int) -> Numbers:
    """The sum of the weights at each place from 0 to `size`; without weights, how often the place is there."""
    return np.bincount(places, weights, size).astype(np.float64)


def measured(value: float) -> Measured:
    """A figure without the noise of its sums, and without a zero that is negative."""
    return Measured(round(float(value), _DIGITS) + 0.0)
