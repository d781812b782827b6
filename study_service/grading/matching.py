"""Questions that ask for a target for each option (`drag_drop`)."""

from collections.abc import Sequence
from fractions import Fraction

from shared_schema.problems import invalid
from shared_schema.rows import Unusable
from study_service.grading.document import Grade, Option, Rule, Selected


def wanted(options: Sequence[Option]) -> bool:
    """Whether this is a question of pairs, not of an order."""
    return any("target" in option or option.get("isTarget") for option in options)


def check(options: Sequence[Option]) -> None:
    """Unusable unless each option is right and has a target that is there; targets are no right options."""
    stems, known = _stems(options), {option["id"] for option in targets(options)}
    if not stems or any(option.get("target") not in known for option in stems):
        raise Unusable("answers", "has an option without a target")
    if any(option["isCorrect"] is bool(option.get("isTarget")) for option in options):
        raise Unusable("answers", "has an option that is wrong, or a target that is right")


def targets(options: Sequence[Option]) -> list[Option]:
    """The targets, those of no option among them."""
    return [option for option in options if option.get("isTarget")]


def grade(options: Sequence[Option], selected: Selected, rule: Rule) -> Grade:
    """Pairs of an option and its target, each option once at most. Right are all of them, whatever their order.

    Part of them earns part where the exam's rule says so: the share of the options that have their own target, as in
    Moodle's matching questions (qtype_match, get_num_parts_right). An option takes one target, so nothing is gained by
    pairing it with all of them.
    """
    pairs = _pairs(options, selected)
    right = sum(option["target"] == pairs.get(option["id"]) for option in _stems(options))
    score = Fraction(right, len(_stems(options)))
    understood = [[option["id"], pairs[option["id"]]] for option in _stems(options) if option["id"] in pairs]
    if score == 1 or rule == "partial":
        return Grade(score == 1, float(score), understood)
    return Grade(False, 0.0, understood)


def key(options: Sequence[Option]) -> list[list[str]]:
    """The right pairs."""
    return [[option["id"], option["target"]] for option in _stems(options)]


def _stems(options: Sequence[Option]) -> list[Option]:
    return [option for option in options if not option.get("isTarget")]


def _pairs(options: Sequence[Option], selected: Selected) -> dict[str, str]:
    """The target of each option that has one. Invalid where this is no list of pairs, and for ids that are not here."""
    if not isinstance(selected, list) or not selected or not all(map(is_pair, selected)):
        raise invalid("selected_answer", "This question takes pairs of the ids of an option and a target.")
    known, ends = {option["id"] for option in _stems(options)}, {option["id"] for option in targets(options)}
    if not {pair[0] for pair in selected} <= known:
        raise invalid("selected_answer", f"Options of this question are {', '.join(sorted(known))}.")
    if not {pair[1] for pair in selected} <= ends:
        raise invalid("selected_answer", f"Targets of this question are {', '.join(sorted(ends))}.")
    pairs = {pair[0]: pair[1] for pair in selected}
    if len(pairs) < len(selected):
        raise invalid("selected_answer", "Each option has one target.")
    return pairs


def is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(name, str) for name in value)
