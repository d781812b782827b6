"""Fits the weights of FSRS to one learner's answers, and keeps them only where they foretell later answers better.

The weights are fitted to the earlier 60 % of the answers and held against the default ones by the later 40 %: by the
log loss, the mean of -ln of the chance that what happened had. Counted are answers a day or more after the one before:
within a day nothing is forgotten that could be foretold.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import fsrs_rs_python as fsrs_rs
from fsrs import Rating

from study_service.memory import model
from study_service.memory.model import Fsrs, Review

LEAST = 400  # answers that count; with fewer a fit follows chance
_EARLIER = 0.6
_DAY_S = 86_400
_SMALLEST = 1e-6  # chance that is taken for an answer, however sure the weights were of the other one

Answers = Mapping[int, Sequence[Review]]


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights, and the log loss of the later answers by them and by the default ones."""

    weights: list[float]
    default_log_loss: float
    fitted_log_loss: float

    @property
    def is_better(self) -> bool:
        return self.fitted_log_loss < self.default_log_loss


def fit(answers: Answers) -> Fit | None:
    """The fit to a learner's answers to each question, which are in the order of time. None with too few of them."""
    moments = sorted(later.at for _, later in counted(answers))
    if len(moments) < LEAST:
        return None
    cut = moments[place_of_cut(len(moments))]
    weights = model.bounded(fsrs_rs.FSRS(fsrs_rs.DEFAULT_PARAMETERS).compute_parameters(_items(answers, cut)))
    by_default, fitted = model.scheduler(None), model.scheduler(model.text(weights))
    return Fit(weights, log_loss(answers, by_default, cut), log_loss(answers, fitted, cut))


def place_of_cut(count: int) -> int:
    """Which of so many answers is the first of the later ones."""
    return int(count * _EARLIER)


def log_loss(answers: Answers, fsrs: Fsrs, since: int) -> float:
    """The log loss of the answers that count, from this moment on."""
    losses = [loss for reviews in answers.values() for loss in _losses(reviews, fsrs, since)]
    return math.fsum(losses) / len(losses)


def _losses(reviews: Sequence[Review], fsrs: Fsrs, since: int) -> Iterator[float]:
    memory = None
    for review in reviews:
        if memory is not None and review.at >= since and review.at - memory.last_review_at >= _DAY_S:
            chance = model.retrievability(memory.stability, memory.last_review_at, review.at, fsrs)
            happened = chance if review.grade > Rating.Again else 1 - chance
            yield -math.log(max(happened, _SMALLEST))
        memory = model.after(memory, review, fsrs)


def counted(answers: Answers) -> Iterator[tuple[Review, Review]]:
    """Each answer that counts, with the one before it."""
    for reviews in answers.values():
        for before, later in pairwise(reviews):
            if later.at - before.at >= _DAY_S:
                yield before, later


def _items(answers: Answers, cut: int) -> list[fsrs_rs.FSRSItem]:
    """What the package fits to: each answer that counts, before `cut`, with all answers to the question before it."""
    items = []
    for reviews in answers.values():
        given = []
        for place, review in enumerate(reviews):
            days = (review.at - reviews[place - 1].at) // _DAY_S if place else 0
            given.append(fsrs_rs.FSRSReview(int(review.grade), days))
            if days and review.at < cut:
                items.append(fsrs_rs.FSRSItem(list(given)))
    return items
