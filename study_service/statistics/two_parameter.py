"""The two-parameter logistic model: P(right) = 1 / (1 + exp(-a (theta - b))), theta normal with mean 0 and variance 1.

Fitted by marginal maximum likelihood, with the EM algorithm of Bock and Aitkin, Psychometrika 46 (1981), and
Gauss-Hermite quadrature. `a` is the discrimination, `b` the difficulty; there is no factor of 1.7.
A question that a learner did not answer says nothing of that learner.
"""

from dataclasses import dataclass

import numpy as np

from study_service.statistics.classical import NO_ANSWERS, NO_VARIANCE
from study_service.statistics.matrix import Matrix, Numbers, Places

LEARNERS = (
    200  # for an item; Drasgow, Applied Psychological Measurement 13 (1989), found as many enough for short tests
)
ITEMS = 3  # two items cannot fix four parameters and the ability as well
_CELLS = 200_000  # of more, those of every n-th learner
_NODES = 41
_ROUNDS = 300
_CLOSE = 1e-4
_STEEPEST, _FARTHEST = 6.0, 8.0  # beyond them the likelihood is flat, and the number means nothing
_BOUND = 12.0  # a slope beyond it grows for ever

FEW_LEARNERS = f"fewer than {LEARNERS} learners who answered other questions, too"
FEW_ITEMS = f"fewer than {ITEMS} questions with enough answers"
NOT_CONVERGED = "the estimation did not converge"
NOT_FIXED = "the answers do not fix the parameters"


@dataclass(frozen=True, slots=True)
class Parameters:
    """Of an item, fitted to the answers of `learners`; None with the reason why there are none."""

    a: float | None
    b: float | None
    learners: int
    reason: str | None = None


def fit(matrix: Matrix) -> list[Parameters]:
    """The parameters of every item, in order."""
    joined = np.bincount(matrix.learner, minlength=matrix.learners)[matrix.learner] >= 2
    anyone, answered, right = matrix.sums(), matrix.sums(where=joined), matrix.sums(matrix.right, joined)
    enough, varies = answered >= LEARNERS, (right > 0) & (right < answered)
    fitted = _fit(matrix, np.flatnonzero(enough & varies))

    def of(item: int) -> Parameters:
        learners = int(answered[item])
        if item in fitted:
            return fitted[item]
        if not anyone[item]:
            return Parameters(None, None, 0, NO_ANSWERS)
        if not enough[item]:
            return Parameters(None, None, learners, FEW_LEARNERS)
        return Parameters(None, None, learners, FEW_ITEMS if varies[item] else NO_VARIANCE)

    return [of(item) for item in range(matrix.items)]


def _fit(matrix: Matrix, items: Places) -> dict[int, Parameters]:
    """The parameters of these items, by item; of none where they are too few. An item whose slope has no bound is left
    out of the estimation of the others.
    """
    if len(items) < ITEMS:
        return {}
    wanted = np.zeros(matrix.items, dtype=bool)
    wanted[items] = True
    cells = _sampled(matrix.of_items(wanted))
    counts = cells.sums()[items].astype(int)
    slopes, intercepts, converged = _estimate(cells, items)
    leaping = np.abs(slopes) > _BOUND
    if leaping.any():
        lost = zip(items[leaping].tolist(), counts[leaping].tolist(), strict=True)
        return _fit(matrix, items[~leaping]) | {item: Parameters(None, None, count, NOT_FIXED) for item, count in lost}
    return {
        item: _parameters(slope, intercept, count) if converged else Parameters(None, None, count, NOT_CONVERGED)
        for item, slope, intercept, count in zip(
            items.tolist(), slopes.tolist(), intercepts.tolist(), counts.tolist(), strict=True
        )
    }


def _parameters(slope: float, intercept: float, learners: int) -> Parameters:
    difficulty = -intercept / slope if slope else np.inf
    if not (abs(slope) <= _STEEPEST and abs(difficulty) <= _FARTHEST):  # nor for a NaN
        return Parameters(None, None, learners, NOT_FIXED)
    return Parameters(slope, difficulty, learners)


def _sampled(matrix: Matrix) -> Matrix:
    """All cells, or, of too many, those of every n-th learner."""
    learners = np.unique(matrix.learner)[:: -(-len(matrix.learner) // _CELLS)]
    kept = np.isin(matrix.learner, learners)
    return Matrix(matrix.learner[kept], matrix.item[kept], matrix.right[kept], matrix.learners, matrix.question)


def _estimate(matrix: Matrix, items: Places) -> tuple[Numbers, Numbers, bool]:
    """Slopes and intercepts by item, of the form slope * theta + intercept, and whether the algorithm came to rest.

    Each item has cells. The work of a round grows with the cells, not with learners times items.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    log_weights = np.log(weights / weights.sum())
    item, learner = np.searchsorted(items, matrix.item), np.unique(matrix.learner, return_inverse=True)[1]
    by_learner, by_item = np.argsort(learner, kind="stable"), np.argsort(item, kind="stable")
    of_learner = np.searchsorted(learner[by_learner], np.arange(learner.max() + 1))
    of_item = np.searchsorted(item[by_item], np.arange(len(items)))
    answer = (item + len(items) * matrix.right.astype(int))[by_learner]  # wrong ones of all items, then right ones
    right = matrix.right[by_item, None]
    share = np.clip(np.add.reduceat(matrix.right[by_item], of_item) / matrix.sums()[items], 0.01, 0.99)
    slopes, intercepts = np.ones(len(items)), np.log(share / (1 - share))
    for _ in range(_ROUNDS):
        logits = np.outer(slopes, nodes) + intercepts[:, None]
        chances = -np.logaddexp(0, np.concatenate((logits, -logits)))
        likelihood = np.add.reduceat(chances[answer], of_learner) + log_weights
        posterior = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
        there = posterior[learner[by_item]]
        step = _newton(
            slopes, intercepts, nodes, np.add.reduceat(there * right, of_item), np.add.reduceat(there, of_item)
        )
        slopes, intercepts = slopes + step[0], intercepts + step[1]
        if np.abs(step).max() < _CLOSE or np.abs(slopes).max() > _BOUND:
            break
    else:
        return slopes, intercepts, False
    if slopes.sum() < 0:  # the model is the same with all signs turned; learners who know more are right more often
        slopes = -slopes
    return slopes, intercepts, True


def _newton(slopes: Numbers, intercepts: Numbers, nodes: Numbers, right: Numbers, there: Numbers) -> Numbers:
    """One step of Newton's method for the slope and the intercept of each item, given how many of how many learners
    are expected to be right at each node. Steps are bounded, so that an item without a maximum cannot leap away.
    """
    chance = 1 / (1 + np.exp(-(np.outer(slopes, nodes) + intercepts[:, None])))
    over, weight = right - there * chance, there * chance * (1 - chance)
    toward_slope, toward_intercept = over @ nodes, over.sum(axis=1)
    ss, si, ii = weight @ nodes**2, weight @ nodes, weight.sum(axis=1)
    determinant = np.maximum(ss * ii - si * si, 1e-9)
    steps = np.array([ii * toward_slope - si * toward_intercept, ss * toward_intercept - si * toward_slope])
    return np.clip(steps / determinant, -0.5, 0.5)
