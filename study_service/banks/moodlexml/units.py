"""The units of a numerical question. Moodle says how many of one make the question's own; we say what one is worth."""

import decimal
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement

from study_service.banks.bank import Question, Unusable
from study_service.banks.moodlexml import parts, texts
from study_service.banks.moodlexml.answers import is_set, stated
from study_service.grading import numeric

_EXACT = 60  # digits of a worth that is not rounded
_AUTHORS = 6  # digits of a factor as an author knows it: 0.0254 m are an inch
_WRITTEN = 20  # digits of a multiplier that we round
_MANY = 8  # digits of a multiplier from which on it looks like the rounded reciprocal of such a factor


def read(question: Element, losses: list[str]) -> tuple[str | None, dict[str, str]]:
    """The unit of the key, and what the others are worth in it; `losses` grows by what cannot be kept."""
    listed = _listed(question)
    if texts.plain(question.find("instructions"), "the instructions on units"):
        losses.append("the instructions on units")
    if not listed:
        return None, {}
    if stated(question, "showunits") == "3":
        losses.append("its units, for which Moodle does not ask")
        return None, {}
    _lose(question, losses)
    base = next((name for name, multiplier in listed.items() if Decimal(multiplier) == 1), None)
    if base is None:
        raise Unusable("none of its units has the multiplier 1")
    worths = {name: worth(multiplier) for name, multiplier in listed.items() if name != base}
    losses += [f"the unit {name!r}: no decimal number says what it is worth" for name in worths if not worths[name]]
    return base, {name: text for name, text in worths.items() if text}


def _listed(question: Element) -> dict[str, str]:
    """The multipliers by unit."""
    listed: dict[str, str] = {}
    for element in question.iterfind("units/unit"):
        name, multiplier = stated(element, "unit_name"), stated(element, "multiplier", "1")
        if not name or name in listed:
            raise Unusable(f"its unit {name!r} is there twice" if name else "one of its units has no name")
        if not numeric.is_number(multiplier) or Decimal(multiplier) <= 0:
            raise Unusable(f"the multiplier of its unit {name!r} is not a number above 0")
        listed[name] = multiplier
    return listed


def _lose(question: Element, losses: list[str]) -> None:
    if stated(question, "unitgradingtype", "0") != "0":
        losses.append(f"the penalty of {stated(question, 'unitpenalty', '0.1')} for a wrong or missing unit")
    if stated(question, "showunits", "0") != "0":
        losses.append("that its unit is chosen from a list")
    if is_set(question, "unitsleft", default=False):
        losses.append("that its unit stands before the number")


def worth(multiplier: str) -> str | None:
    """The reciprocal of a decimal number above 0, None where it has no end.

    A multiplier of many digits is rounded: 39.370079 means that an inch is 0.0254 m. Then it is the reciprocal that has
    few digits, if rounding that one's own gives the multiplier again.
    """
    number = Decimal(multiplier).normalize()
    with decimal.localcontext(prec=_EXACT) as exactly:
        exactly.clear_flags()
        exact = 1 / number
        if not exactly.flags[decimal.Inexact]:
            return _short(exact)
    digits = len(number.as_tuple().digits)
    rounded = decimal.Context(prec=_AUTHORS).divide(Decimal(1), number)
    again = decimal.Context(prec=digits).divide(Decimal(1), rounded)
    return _short(rounded) if digits >= _MANY and again == number else None


def text(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _short(number: Decimal) -> str | None:
    return text(number) if len(text(number)) <= numeric.LONGEST else None


def add(question: Element, asked: Question) -> None:
    """Add the unit and the others, those whose multiplier a decimal number can say."""
    if asked.unit is None:
        return
    multipliers = {name: _multiplier(factor) for name, factor in asked.units.items()}
    units = SubElement(question, "units")
    for name, multiplier in {asked.unit: "1", **multipliers}.items():
        parts.settings(SubElement(units, "unit"), multiplier=multiplier, unit_name=name)


def _multiplier(factor: str) -> str:
    """How many of a unit make the question's own, if need be rounded."""
    return worth(factor) or text(decimal.Context(prec=_WRITTEN).divide(Decimal(1), Decimal(factor)))
