"""Scores from 0 to 1 that are told with their reasons: weighted means of parts, those that are not known left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a score: its share of the whole, and its value from 0 to 1; None where it is not known, and `why`."""

    name: str
    share: float
    value: float | None
    why: str


class Reason(TypedDict):
    """A part as it counted: the weights of all known parts are 1 together; one that is not known has 0 and no value."""

    name: str
    value: float | None
    weight: float
    why: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A score from 0 to 1, the sum of weight times value over its reasons, but for rounding. 0 where none is known."""

    score: float
    reasons: list[Reason]

    @property
    def is_known(self) -> bool:
        """Whether there was anything to measure."""
        return any(reason["value"] is not None for reason in self.reasons)


def combined(parts: Sequence[Part]) -> Scored:
    """The weighted mean of the known parts, by their shares."""
    known = [(part.value, part.share) for part in parts if part.value is not None]
    whole = sum(share for _, share in known)
    score = sum(value * share for value, share in known) / whole if known else 0.0
    return Scored(round(min(1.0, score), _DIGITS), [_reason(part, whole) for part in parts])


def _reason(part: Part, whole: float) -> Reason:
    if part.value is None:
        return {"name": part.name, "value": None, "weight": 0.0, "why": part.why}
    value, weight = round(part.value, _DIGITS), round(part.share / whole, _DIGITS)
    return {"name": part.name, "value": value, "weight": weight, "why": part.why}
