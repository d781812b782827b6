"""The credits of options, as a mapping that earns in QTI what they earn here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from study_service.banks.bank import Choice
from study_service.banks.qti.writing.elements import Notes
from study_service.grading import credit

_WHOLE = Fraction(999, 1000)  # from here on a reader takes credits for the full mark


@dataclass(frozen=True, slots=True)
class Mapped:
    """What each option is mapped to, the others to `default`. `is_whole`: the right ones make up the full mark."""

    worths: Sequence[float | None]
    default: float = 0
    is_whole: bool = True


def of_one(choices: Sequence[Choice], notes: Notes) -> list[float | None]:
    """The credits of wrong options of which one is chosen. Those that say no more than whether it is right are lost."""
    stated: list[float | None] = []
    for place, choice in enumerate(choices, 1):
        kept = None if choice.is_correct or choice.weight in (0, 1) else choice.weight
        notes.lose(f"the credit of option {place}, which is {choice.weight}", when=kept != choice.weight)
        stated.append(kept)
    return stated


def of_set(choices: Sequence[Choice], notes: Notes) -> Mapped | None:
    """The credits of options that are chosen together, None where they have none.

    They are written as they are graded here: a wrong option without a credit forfeits all, and penalties that do not
    make up for all credits are larger, see `grading.choices`.
    """
    if not any(choice.weight for choice in choices):
        _lose_needless(choices, notes)
        return None
    if _gains(choices) - _least(choices) >= _WHOLE:
        notes.lose("the credits of its options: some of them earn the full mark without the others")
        return None
    _lose_needless(choices, notes)
    growth = _growth(choices)
    notes.lose("how large the penalties of its options are: they are written as they are graded", when=growth > 1)
    worths = [_worth(choice, growth) for choice in choices]
    default = 0
    if any(worth is None and not choice.is_correct for worth, choice in zip(worths, choices, strict=True)):
        default = -math.ceil(_gains(choices))
        worths = [worth or 0.0 if choice.is_correct else worth for worth, choice in zip(worths, choices, strict=True)]
    return Mapped(worths, default, is_whole=_is_whole(choices))


def _is_whole(choices: Sequence[Choice]) -> bool:
    """Whether the right options make up the full mark."""
    total = sum((_credit(choice) for choice in choices if choice.is_correct), Fraction(0))
    return abs(total - 1) <= 1 - _WHOLE


def _gains(choices: Sequence[Choice]) -> Fraction:
    return sum((max(Fraction(0), _credit(choice)) for choice in choices), Fraction(0))


def _costs(choices: Sequence[Choice]) -> Fraction:
    return -sum((min(Fraction(0), _credit(choice)) for choice in choices), Fraction(0))


def _credit(choice: Choice) -> Fraction:
    return credit.exact(choice.weight or 0)


def _least(choices: Sequence[Choice]) -> Fraction:
    """What an answer that lacks one of the right options lacks at least."""
    return min(max(Fraction(0), _credit(choice)) for choice in choices if choice.is_correct)


def _growth(choices: Sequence[Choice]) -> Fraction:
    costs = _costs(choices)
    return max(Fraction(1), _gains(choices) / costs) if costs else Fraction(1)


def _worth(choice: Choice, growth: Fraction) -> float | None:
    """What an option is mapped to, None for one that adds nothing or forfeits all."""
    if not choice.is_correct and choice.weight and choice.weight > 0:
        return None
    if choice.weight and choice.weight < 0 and growth > 1:
        return float(_credit(choice) * growth)
    return choice.weight or None


def _lose_needless(choices: Sequence[Choice], notes: Notes) -> None:
    """Note credits that say nothing here: of 0, and of a wrong option."""
    for place, choice in enumerate(choices, 1):
        says = choice.weight is None or (choice.weight != 0 if choice.is_correct else choice.weight < 0)
        notes.lose(f"the credit of option {place}, which is {choice.weight}", when=not says)
