"""Whether a learner is ready for an exam, and the score to expect: from counted answers alone, with its uncertainty.

The level in an objective is a share that the answers tell something about: with r of n right, each weighted, it has
the Beta(1 + r, 1 + n - r) distribution (Bayes 1763, Laplace 1774: before the first answer every level is as likely as
any other). The exam weighs its objectives, so the level in the exam is the weighted mean, and its variance the sum of
theirs times the weights squared, as in stratified sampling (Cochran 1977, Sampling Techniques, §5.3). The score of one
exam varies, too, since it asks some questions of many: that adds the variance of drawing so many (the beta-binomial
distribution: Skellam 1948, JRSS B 10(2)). An interval holds the middle 95 % of the Beta distribution with this mean
and variance. No coefficient is of our own making.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from study_service import beta, mastery
from study_service.mastery import Mastery

OUTSIDE = (0.025, 0.975)  # 95 % lie between
_LEAST_N = 0.01  # one question is right or wrong and nothing between, where the Beta distribution has no parameters


class Interval(TypedDict):
    """A share from 0 to 1, and where it is with 95 % confidence."""

    score: float
    low: float
    high: float


class Readiness(TypedDict):
    """The level in the exam. Without any number where there are fewer than five answers in all; `enough_data` when
    every objective that can be practised has five.
    """

    score: float | None
    low: float | None
    high: float | None
    enough_data: bool
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Part:
    """An objective of an exam: its share of the exam, what is known of it, and whether there is anything to ask."""

    id: int
    name: str
    weight: float
    mastered: Mastery | None
    askable: bool

    @property
    def answered(self) -> int:
        return self.mastered["answered"] if self.mastered else 0

    @property
    def beta(self) -> tuple[float, float]:
        """The parameters of the distribution of the level."""
        share = mastery.share(self.mastered) if self.mastered else None
        if self.mastered is None or share is None:
            return 1.0, 1.0
        n = mastery.effective(self.mastered)
        return 1 + n * share, 1 + n * (1 - share)

    @property
    def mean(self) -> float:
        a, b = self.beta
        return a / (a + b)

    @property
    def variance(self) -> float:
        a, b = self.beta
        return a * b / ((a + b) ** 2 * (a + b + 1))


def shares(parts: Sequence[Part]) -> list[float]:
    """The weights of the objectives as parts of 1; equal ones where none has a weight."""
    total = sum(part.weight for part in parts)
    return [part.weight / total if total > 0 else 1 / len(parts) for part in parts]


def level(parts: Sequence[Part]) -> Interval:
    """The level in the exam. `parts` are its objectives, at least one."""
    return _interval(*_moments(parts))


def predicted(parts: Sequence[Part], questions: int) -> Interval:
    """The score to expect in one exam of so many questions, drawn by the weights of the objectives."""
    mean, variance = _moments(parts)
    # Of one question of an objective: E[p (1 - p)], which is what remains of its variance when the level is known.
    drawn = [part.mean * (1 - part.mean) - part.variance for part in parts]
    within = sum(share * one for share, one in zip(shares(parts), drawn, strict=True))
    return _interval(mean, variance + within / max(1, questions))


def _moments(parts: Sequence[Part]) -> tuple[float, float]:
    weighted = list(zip(shares(parts), parts, strict=True))
    return (
        sum(share * part.mean for share, part in weighted),
        sum(share**2 * part.variance for share, part in weighted),
    )


def _interval(mean: float, variance: float) -> Interval:
    """The middle 95 % of the Beta distribution with this mean and variance."""
    n = max(_LEAST_N, mean * (1 - mean) / variance - 1)
    low, high = (beta.quantile(p, n * mean, n * (1 - mean)) for p in OUTSIDE)
    return {"score": mean, "low": min(low, mean), "high": max(high, mean)}


def enough(parts: Sequence[Part]) -> bool:
    """Whether every objective that counts and can be practised has answers enough."""
    counted = [part for part in parts if part.weight > 0 and part.askable]
    return bool(counted) and all(part.answered >= mastery.LEAST for part in counted)


def gains(parts: Sequence[Part]) -> list[tuple[Part, float]]:
    """By how much the expected score would rise if an objective were mastered, the most first; of those to practise."""
    rise = [(part, share * (1 - part.mean)) for share, part in zip(shares(parts), parts, strict=True) if part.askable]
    return sorted(rise, key=lambda pair: -pair[1])


def readiness(parts: Sequence[Part], passing: float, idle_days: int | None) -> Readiness:
    """The level in the exam against the share that passes, with what speaks for and against it in words.

    `idle_days` is how many days ago the learner studied for it, None if never.
    """
    known = sum(part.answered for part in parts) >= mastery.LEAST
    interval = level(parts) if known else None
    return {
        "score": interval["score"] if interval else None,
        "low": interval["low"] if interval else None,
        "high": interval["high"] if interval else None,
        "enough_data": enough(parts),
        "reasons": [*_missing(parts), *_weak(parts, passing), *_idle(idle_days), *_verdict(interval, passing)],
    }


def _missing(parts: Sequence[Part]) -> list[str]:
    few = [part for part in parts if part.weight > 0 and part.answered < mastery.LEAST]
    return [
        f"{part.name}: {part.answered} of the {mastery.LEAST} answers that a level needs"
        if part.askable
        else f"{part.name}: there are no questions to practise"
        for part in few
    ]


def _weak(parts: Sequence[Part], passing: float) -> list[str]:
    levels = [(part, mastery.level(part.mastered)) for part in parts if part.mastered]
    return [
        f"{part.name}: a level of {percent(known)}, below the {percent(passing)} that pass"
        for part, known in levels
        if known is not None and known < passing
    ]


def _idle(days: int | None) -> list[str]:
    """A week without study is worth a word; it is not in the numbers, which tell of answers alone."""
    return [f"not studied for {days} days"] if days is not None and days >= 7 else []


def _verdict(interval: Interval | None, passing: float) -> list[str]:
    if interval is None:
        return []
    if interval["low"] >= passing:
        return [f"even the low end, {percent(interval['low'])}, passes with {percent(passing)} needed"]
    if interval["high"] < passing:
        return [f"even the high end, {percent(interval['high'])}, is below the {percent(passing)} that pass"]
    return [f"{percent(passing)} pass, which is within the interval"]


def percent(share: float) -> str:
    """A share in words, rounded down: nobody reads "70 %" beside a failed 69.6 %."""
    return f"{math.floor(share * 1000 + 1e-9) / 10:g} %"
