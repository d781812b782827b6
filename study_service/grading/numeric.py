"""Questions that ask for a number. All of it is exact: 0.1 + 0.2 is 0.3."""

import decimal
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from shared_schema.problems import invalid
from shared_schema.rows import Unusable
from study_service.grading import credit, texts
from study_service.grading.document import Grade, Option, Selected, same

LONGEST = 64
# Up to three digits of exponent: a fraction with a million digits would take its time.
_NUMBER = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)\s*(.*)", re.DOTALL)
_UNIT = re.compile(r"[^\s0-9.,+-](?:.*\S)?")
_SIGNS = str.maketrans({"\u2212": "-", "\u066b": "."})
_ADVICE = "This question takes a number like 1234.5 or 1.2e-3, with a point and without thousands separators."


@dataclass(frozen=True, slots=True)
class _Range:
    low: Fraction
    high: Fraction


def check(options: Sequence[Option]) -> None:
    """Unusable unless each option is a number or a range, and a right one is not taken away by one before it."""
    for option in options:
        _range(option)
    unit, units = same(options, "unit"), same(options, "units")
    if units and not unit:
        raise Unusable("answers", "has units beside no unit")
    if unit is not None and not all(_UNIT.fullmatch(name) for name in _names(options)):
        raise Unusable("answers", "has a unit that is empty or begins like a number")
    if not all((exact(worth) or 0) > 0 for worth in _worths(options).values()):
        raise Unusable("answers", "has a unit whose worth is no number above 0")
    key(options)


def unit(options: Sequence[Option]) -> str | None:
    """The unit in which a number without one is read; None where there is no unit."""
    stated = same(options, "unit")
    return stated if isinstance(stated, str) else None


def grade(options: Sequence[Option], selected: Selected) -> Grade:
    """A number as text, perhaps with a unit of the question behind it ("3.0 V", "3000 mV"), else in its first unit.

    Digits of any script are digits, a comma is refused: "1,234" is two numbers, by where one has learned to write.
    The first option that takes the number decides, its limits included, as in Moodle (qtype_numerical,
    get_matching_answer and within_tolerance), but without Moodle's slack for floats.
    """
    if not isinstance(selected, str):
        raise invalid("selected_answer", _ADVICE)
    return _graded(options, _number(options, selected), selected.strip())


def key(options: Sequence[Option]) -> str:
    """The first right number: of a range its middle, in the question's unit."""
    for option in options:
        text = _middle(option) if option["isCorrect"] else None
        number = None if text is None else exact(text)
        if text is not None and number is not None and _graded(options, number, text).is_correct:
            return text
    raise Unusable("answers", "has no right number that an answer can be")


def is_number(text: str) -> bool:
    """Whether this is a number as an author writes it."""
    return exact(text) is not None


def _graded(options: Sequence[Option], number: Fraction, text: str) -> Grade:
    for option in options:
        limits = _range(option)
        if limits is None or limits.low <= number <= limits.high:
            score = Fraction(1) if option["isCorrect"] else max(Fraction(0), credit.exact(option.get("weight", 0.0)))
            return Grade(bool(option["isCorrect"]), float(score), text)
    return Grade(False, 0.0, text)


def _number(options: Sequence[Option], text: str) -> Fraction:
    """The number that a learner wrote, in the question's unit."""
    plain = _plain(text)
    parts = _NUMBER.fullmatch(plain) if len(plain) <= LONGEST else None
    if parts is None or (parts[2] and not _UNIT.fullmatch(parts[2])):
        raise invalid("selected_answer", _ADVICE)
    worths = _worths(options)
    if not parts[2]:
        return Fraction(decimal.Decimal(parts[1]))
    if parts[2] not in worths:
        units = f"Units of this question are {', '.join(worths)}." if worths else f"{_ADVICE} It has no unit."
        raise invalid("selected_answer", units)
    return Fraction(decimal.Decimal(parts[1])) * Fraction(decimal.Decimal(worths[parts[2]]))


def _plain(text: str) -> str:
    """The text with ASCII's digits, sign and point, and with one spelling for a unit (the micro sign is a Greek mu)."""
    text = texts.compatible(text.translate(_SIGNS))
    digits = (str(unicodedata.decimal(character, character)) for character in text)
    return "".join(digits).strip()


def _names(options: Sequence[Option]) -> list[str]:
    return [name for name in (unit(options), *(options[0].get("units") or {})) if name is not None]


def _worths(options: Sequence[Option]) -> dict[str, str]:
    """What each unit is worth in that of the key, as decimal text."""
    stated = unit(options)
    others = {_plain(name): worth for name, worth in (options[0].get("units") or {}).items()}
    return {} if stated is None else {_plain(stated): "1"} | others


def _range(option: Option) -> _Range | None:
    """The numbers that an option takes; None for all. Unusable where it does not say."""
    value, tolerance = option.get("value"), option.get("tolerance", "0")
    low, high = option.get("low"), option.get("high")
    if value is None and low is None and high is None and "tolerance" not in option:
        return None
    if value is not None and low is None and high is None:
        middle, margin = exact(value), exact(tolerance)
        if middle is not None and margin is not None and margin >= 0:
            return _Range(middle - margin, middle + margin)
    elif value is None and low is not None and high is not None and "tolerance" not in option:
        least, most = exact(low), exact(high)
        if least is not None and most is not None and least <= most:
            return _Range(least, most)
    raise Unusable("answers", "has an option that is neither a number with a tolerance nor a range")


def _middle(option: Option) -> str | None:
    """The number that an option means, as text. Any number is none."""
    if (value := option.get("value")) is not None:
        return value
    if "low" not in option:
        return None
    with decimal.localcontext(prec=LONGEST):
        middle = (decimal.Decimal(option["low"]) + decimal.Decimal(option["high"])) / 2
        text = f"{middle.normalize():f}"
    return text if len(text) <= LONGEST else option["low"]


def exact(text: str) -> Fraction | None:
    """The number of a decimal text, None where it is none."""
    parts = _NUMBER.fullmatch(text) if len(text) <= LONGEST else None
    return Fraction(decimal.Decimal(parts[1])) if parts and not parts[2] else None
