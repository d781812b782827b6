"""Grading: what a learner answered, compared with the stored key. Pure functions."""

from collections.abc import Sequence
from typing import cast

from shared_schema.fields import dumps, loads
from shared_schema.rows import Unusable
from shared_schema.tables.bank import GRADING_RULES, QUESTION_TYPES
from study_service.grading import choices, confidence, hotspot, matching, numeric, ordering, short_answer
from study_service.grading.document import Grade, Option, Point, Rule, Selected, options, readable, readable_or_none
from study_service.grading.hotspot import size
from study_service.grading.matching import targets
from study_service.grading.numeric import unit

KINDS, RULES = QUESTION_TYPES, GRADING_RULES
__all__ = [
    "CHOICES",
    "IN_ORDER",
    "KINDS",
    "RULES",
    "Grade",
    "Option",
    "Point",
    "Rule",
    "Selected",
    "confidence",
    "readable",
    "readable_or_none",
    "size",
    "targets",
    "unit",
]


# Of these the first option that fits an answer decides; of the others the order of the options says nothing.
IN_ORDER = ("hotspot", "short_answer", "numeric")
CHOICES = ("multiple_choice", "multi_select", "true_false")
LONGEST_TEXT, MOST_OPTIONS = short_answer.LONGEST, 26
_ONE_TEXT = ("multiple_choice", "true_false", "short_answer", "numeric")


def usable(kind: str, document: object) -> list[Option]:
    """The options of a question that is served and graded. Unusable for a document that a question of this type cannot
    be graded with.
    """
    listed = options(document)
    if kind == "drag_drop":
        (matching if matching.wanted(listed) else ordering).check(listed)
    elif kind in _CHECKS:
        _CHECKS[kind](listed)
    elif kind not in KINDS:
        raise Unusable("type", f"is none of {', '.join(KINDS)}")
    return listed


def grade(kind: str, options: Sequence[Option], selected: Selected, rule: Rule = "all_or_nothing") -> Grade:
    """Grade one answer. `kind` is the question's type, `options` its stored answers with the key, `rule` its exam's.

    Raises Invalid for an answer that is none to a question of this type, and for options that the question does not
    have. An answer that is none costs nothing: it is not stored.
    """
    match kind:
        case "multi_select":
            return choices.grade_set(options, selected, rule)
        case "drag_drop":
            return (matching if matching.wanted(options) else ordering).grade(options, selected, rule)
        case "hotspot":
            return hotspot.grade(options, selected)
        case "short_answer":
            return short_answer.grade(options, selected)
        case "numeric":
            return numeric.grade(options, selected)
        case _:
            return choices.grade_one(options, selected)


def key(kind: str, options: Sequence[Option]) -> Selected:
    """The right answer in the form of a given one: an id, or a list of them where the question wants a set or has
    several right ones; ids in their order; pairs; a text or a number as text; a point.
    """
    match kind:
        case "multi_select":
            return choices.key_of_set(options)
        case "drag_drop":
            return matching.key(options) if matching.wanted(options) else ordering.key(options)
        case "hotspot":
            return hotspot.key(options)
        case "short_answer":
            return short_answer.key(options)
        case "numeric":
            return numeric.key(options)
        case _:
            return choices.key_of_one(options)


def offered(kind: str, options: Sequence[Option]) -> list[Option]:
    """The options that a learner chooses from; none where the answer is written or pointed at."""
    return [] if kind in IN_ORDER else [option for option in options if not option.get("isTarget")]


def stored(kind: str, selected: Selected) -> str:
    """An answer as the column `selected_answer` has it: an id, a text and a number as they are, all else as JSON."""
    return str(selected) if kind in _ONE_TEXT else dumps(selected)


def restored(kind: str, text: str) -> Selected:
    """An answer out of the column `selected_answer`. Unusable where it is none of a question of this type."""
    if kind in ("short_answer", "numeric") or (kind in _ONE_TEXT and not text.startswith("[")):
        return text
    document = loads(text) if text[:1] in ("[", "{") else text
    if not _is_selected(document):
        raise Unusable("selected_answer", "is none of an option's id, a list of ids or pairs, and a point")
    return cast("Selected", document)


def _is_selected(document: object) -> bool:
    if isinstance(document, str):
        return True
    if isinstance(document, dict):
        return document.keys() == {"x", "y"} and all(type(side) in (int, float) for side in document.values())
    if not isinstance(document, list):
        return False
    return all(isinstance(name, str) for name in document) or all(matching.is_pair(pair) for pair in document)


_CHECKS = {"hotspot": hotspot.check, "short_answer": short_answer.check, "numeric": numeric.check}
