"""The options of a row: what stands in the columns that have a number."""

import re
from collections.abc import Mapping

from study_service.banks import numbers
from study_service.banks.bank import ID_LIMIT, OPTION_LIMIT, TEXT_LIMIT, Choice, QuestionType, Unusable
from study_service.banks.csv.table import OF_OPTION
from study_service.grading import short_answer

# What only questions of one type have. An option itself may lack where there is one of these.
_OF_TYPE: Mapping[str, QuestionType] = {
    "caseSensitive": "short_answer",
    "number": "numeric",
    "target": "drag_drop",
    "place": "drag_drop",
    "region": "hotspot",
}
_NUMBERED = re.compile("[A-Za-z]+([0-9]+)")
_INSTEAD = ("number", "target", "region")
_YES = {"yes": True, "true": True, "no": False, "false": False}
_WEIGHT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE]-[0-9]{1,3})?")
_COORDINATE = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,30})?")


def read(cells: Mapping[str, str], kind: QuestionType | None) -> list[Choice]:
    """The options in their order, none of them known to be right yet. `kind` None is a choice of any kind."""
    last = max((int(column[1]) for column in map(_NUMBERED.fullmatch, cells) if column), default=0)
    parts = [{name: cells.get(f"{name}{number}", "") for name in OF_OPTION} for number in range(1, last + 1)]
    return [_choice(number, part, kind) for number, part in enumerate(parts, 1)]


def _choice(number: int, part: dict[str, str], kind: QuestionType | None) -> Choice:
    text, target, what = part["option"], part["target"], f"option{number}"
    for name, other in _OF_TYPE.items():
        if part[name] and kind != other:
            raise Unusable(f"{name}{number} is for questions of type {other}")
    if not text and not any(part[name] for name in _INSTEAD):
        raise Unusable(f"{what} is empty, and something stands beside or behind it")
    _check_lengths(number, part, kind)
    region, coords = _region(number, part["region"])
    is_target = bool(target) and not text
    return Choice(
        text=target if is_target else text or part["number"],
        is_correct=bool(part["place"] or (target and text)),
        explanation=part["feedback"] or None,
        weight=_weight(number, part["weight"]),
        target=None if is_target else target or None,
        is_target=is_target,
        number=numbers.read(what, part["number"] or text) if kind == "numeric" else {},
        name=part["name"] or None,
        fixed=_flag(f"fixed{number}", part["fixed"]),
        place=_place(number, part["place"]),
        case_sensitive=_flag(f"caseSensitive{number}", part["caseSensitive"]) or False,
        region=region,
        coords=coords,
    )


def _check_lengths(number: int, part: dict[str, str], kind: QuestionType | None) -> None:
    longest = short_answer.LONGEST if kind == "short_answer" else OPTION_LIMIT
    for name, limit in (("option", longest), ("target", OPTION_LIMIT), ("feedback", TEXT_LIMIT), ("name", ID_LIMIT)):
        if len(part[name]) > limit:
            raise Unusable(f"{name}{number} is longer than {limit:,} characters")


def _flag(what: str, text: str) -> bool | None:
    if text and text.lower() not in _YES:
        raise Unusable(f"{what} is neither yes nor no")
    return _YES.get(text.lower())


def _weight(number: int, text: str) -> float | None:
    if not text:
        return None
    if not _WEIGHT.fullmatch(text) or abs(float(text)) > 1:
        raise Unusable(f"weight{number} is not a number from -1 to 1, like 0.5")
    return float(text)


def _place(number: int, text: str) -> int | None:
    if text and not re.fullmatch("[0-9]{1,6}", text):
        raise Unusable(f"place{number} is not a whole number")
    return int(text) if text else None


def _region(number: int, text: str) -> tuple[str | None, tuple[float, ...]]:
    if not text:
        return None, ()
    shape, *coords = text.split()
    if shape not in ("rect", "circle", "poly") or not coords or not all(map(_COORDINATE.fullmatch, coords)):
        raise Unusable(f"region{number} is not rect, circle or poly with its coordinates, like rect 0 0 20 10")
    return shape, tuple(map(float, coords))
