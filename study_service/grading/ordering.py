"""Questions that ask for an order of their options (`drag_drop`)."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from shared_schema.problems import invalid
from shared_schema.rows import Unusable
from study_service.grading.document import Grade, Option, Rule, Selected


def check(options: Sequence[Option]) -> None:
    """Unusable unless two options at least have a place, each its own, and exactly those are right."""
    places = [option["place"] for option in options if "place" in option]
    if len(places) < 2:
        raise Unusable("answers", "says neither the targets of its options nor the places of two at least")
    if len(set(places)) < len(places):
        raise Unusable("answers", "has two options with the same place")
    if any(option["isCorrect"] is not ("place" in option) for option in options):
        raise Unusable("answers", "has an option that is right and has no place, or the other way round")


def grade(options: Sequence[Option], selected: Selected, rule: Rule) -> Grade:
    """An order: ids, each once at most. Right is the whole order and nothing else.

    Part of it earns part where the exam's rule says so, by the pairs of neighbours: the share of the n - 1 neighbours
    of the right order that stand beside each other, in this order, in the answer. This is "relative to the next item,
    excluding last" of Moodle's ordering questions (qtype_ordering, GRADING_RELATIVE_NEXT_EXCLUDE_LAST, its default).
    """
    order, right = _order(options, selected), key(options)
    if order == right:
        return Grade(True, 1.0, order)
    if rule != "partial":
        return Grade(False, 0.0, order)
    wanted = set(pairwise(right))
    return Grade(False, float(Fraction(len(wanted & set(pairwise(order))), len(wanted))), order)


def key(options: Sequence[Option]) -> list[str]:
    """The ids in the right order."""
    placed = [option for option in options if "place" in option]
    return [option["id"] for option in sorted(placed, key=lambda option: option["place"])]


def _order(options: Sequence[Option], selected: Selected) -> list[str]:
    if not isinstance(selected, list) or not selected or not all(isinstance(name, str) for name in selected):
        raise invalid("selected_answer", "This question takes ids of options in an order.")
    order, known = [str(name) for name in selected], {option["id"] for option in options}
    if not set(order) <= known:
        raise invalid("selected_answer", f"Options of this question are {', '.join(sorted(known))}.")
    if len(set(order)) < len(order):
        raise invalid("selected_answer", "Each option has one place.")
    return order
