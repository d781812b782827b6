"""Choice questions: one option, or a set of them."""

from collections.abc import Sequence
from fractions import Fraction

from shared_schema.problems import invalid
from study_service.grading import credit
from study_service.grading.document import Grade, Option, Rule, Selected


def grade_one(options: Sequence[Option], selected: Selected) -> Grade:
    """One option. Any option of full credit is right; another earns what its author gave it, at least nothing."""
    picked = _picked(options, selected)
    if len(picked) > 1:
        raise invalid("selected_answer", "This question takes one option.")
    right = bool(picked[0]["isCorrect"])
    score = 1.0 if right else float(max(Fraction(0), credit.exact(picked[0].get("weight", 0.0))))
    return Grade(right, score, picked[0]["id"])


def grade_set(options: Sequence[Option], selected: Selected, rule: Rule) -> Grade:
    """A set of options: `["a", "a"]` is `["a"]`. Only the whole key is right.

    Part of the key earns part where the author gave weights, or where the exam's rule says so. This is `mapResponse` of
    1EdTech QTI 2.2 (template map_response, `mapping` with lowerBound 0 and upperBound 1): the sum of what the picked
    options are mapped to, each once, brought between the bounds.
    """
    picked = _picked(options, selected)
    ids = [option["id"] for option in picked]
    if all(option["isCorrect"] == (option in picked) for option in options):
        return Grade(True, 1.0, ids)
    weighted = any("weight" in option for option in options)
    if not weighted and rule != "partial":
        return Grade(False, 0.0, ids)
    mapping = _stated(options) if weighted else _even(options)
    if mapping is None or any(mapping[option["id"]] is None for option in picked):
        return Grade(False, 0.0, ids)
    earned = sum((mapping[name] or Fraction(0) for name in ids), Fraction(0))
    return Grade(False, float(min(Fraction(1), max(Fraction(0), earned))), ids)


def key_of_one(options: Sequence[Option]) -> Selected:
    """The right option's id, or a list of them where several are."""
    right = key_of_set(options)
    return right[0] if len(right) == 1 else right


def key_of_set(options: Sequence[Option]) -> list[str]:
    """The ids of all right options."""
    return [option["id"] for option in options if option["isCorrect"]]


def _picked(options: Sequence[Option], selected: Selected) -> list[Option]:
    """The chosen options in the question's order. Invalid for none, and for one that the question does not have."""
    if isinstance(selected, str):
        selected = [selected]
    if not isinstance(selected, list) or not all(isinstance(name, str) for name in selected):
        raise invalid("selected_answer", "This question takes ids of options.")
    chosen, known = {str(name) for name in selected}, {option["id"] for option in options}
    if not chosen:
        raise invalid("selected_answer", "Choose at least one option.")
    if not chosen <= known:
        raise invalid("selected_answer", f"Options of this question are {', '.join(sorted(known))}.")
    return [option for option in options if option["id"] in chosen]


def _even(options: Sequence[Option]) -> dict[str, Fraction | None]:
    """What each option is worth where the author gave no weights: all right ones together 1, each the same.

    A wrong one costs as much as a right one earns, and more where there are few of them: all wrong ones together cost
    at least 1, so that ticking everything earns nothing.
    """
    right = sum(option["isCorrect"] for option in options)
    wrong = len(options) - right
    cost = Fraction(1, min(right, wrong)) if wrong else Fraction(0)
    return {option["id"]: Fraction(1, right) if option["isCorrect"] else -cost for option in options}


def _stated(options: Sequence[Option]) -> dict[str, Fraction | None]:
    """What each option is worth by its author; a right one without a weight adds nothing.

    None is a wrong option without a penalty: it forfeits all credit, or ticking everything would earn full marks. For
    the same reason penalties grow, each in proportion, where all of them together do not make up for all credits.
    """
    stated = {option["id"]: credit.exact(option.get("weight", 0.0)) for option in options}
    gains = sum((worth for worth in stated.values() if worth > 0), Fraction(0))
    costs = -sum((worth for worth in stated.values() if worth < 0), Fraction(0))
    growth = max(Fraction(1), gains / costs) if costs else Fraction(1)
    return {
        option["id"]: None
        if not option["isCorrect"] and stated[option["id"]] >= 0
        else stated[option["id"]] * (growth if stated[option["id"]] < 0 else 1)
        for option in options
    }
