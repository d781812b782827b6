"""What the answers of a question are read into, and what the kinds of answers have in common."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from xml.etree.ElementTree import Element

from study_service.banks.bank import MAX_OPTIONS, Choice, QuestionType, Unusable
from study_service.grading import credit, numeric

_OFFERED = 10  # the largest denominator of a credit that Moodle rounds: 33.33333, 16.66667, 14.28571, 11.11111


@dataclass(frozen=True, slots=True)
class Answer:
    """The part of a question that its type has its own way to write."""

    type: QuestionType
    choices: tuple[Choice, ...]
    unit: str | None = None
    units: Mapping[str, str] = field(default_factory=dict)


def stated(question: Element, name: str, default: str = "") -> str:
    """The text of a setting. One that is there and empty is not stated either."""
    return question.findtext(name, "").strip() or default


def is_set(question: Element, name: str, *, default: bool) -> bool:
    """A setting that is on or off: Moodle takes what is not false, 0 or nothing for on."""
    return question.findtext(name, "1" if default else "").strip() not in ("false", "0", "")


def credited(answer: Element, what: str) -> float:
    """The credit an answer earns, -1 to 1, out of its `fraction` in per cent: 33.33333 is a third."""
    text = answer.get("fraction", "").strip() or "0"
    if not numeric.is_number(text) or abs(Decimal(text)) > 100:
        raise Unusable(f"{what}: its fraction {text!r} is not a number from -100 to 100")
    stated = float(Decimal(text).scaleb(-2))
    return float(rounded(stated) or stated)


def rounded(stated: float) -> Fraction | None:
    """The credit of those that Moodle offers of which this is the rounded form."""
    meant = credit.exact(stated)
    return meant if meant.denominator <= _OFFERED else None


def counted(elements: list[Element], least: int, noun: str) -> list[tuple[str, Element]]:
    """The elements with a name for messages: option 1, option 2."""
    if not least <= len(elements) <= MAX_OPTIONS:
        raise Unusable(f"{len(elements)} {noun}(s), where {least} to {MAX_OPTIONS} are needed")
    return [(f"{noun} {number}", element) for number, element in enumerate(elements, 1)]


def distinct(choices: Iterable[Choice], noun: str) -> tuple[Choice, ...]:
    choices = tuple(choices)
    if len({(choice.text, choice.is_target) for choice in choices}) < len(choices):
        raise Unusable(f"two {noun}s have the same text")
    return choices
