"""Grading: the options a learner chose, compared with the stored key. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from shared_schema.problems import invalid
from shared_schema.rows import Unusable
from shared_schema.tables.study import QUESTION_TYPES

KINDS = QUESTION_TYPES


class Option(TypedDict):
    """An option of a question, as the column `answers` has it. `weight` is the credit it earns, -1 to 1."""

    id: str
    text: str
    isCorrect: bool
    explanation: NotRequired[str]
    weight: NotRequired[float]


def readable(document: object) -> list[Option]:
    """The options that are in a document of the column `answers`, as a moderator sees them, perhaps none.

    Raises Unusable unless it is a list of options, each with an id, a text and whether it is right.
    """
    if type(document) is not list:
        raise Unusable("answers", "is not a list of options")
    for option in document:
        if problem := _problem(option):
            raise Unusable("answers", problem)
    return document


def options(document: object) -> list[Option]:
    """The options of a question that is served and graded: of one id each, and one of them at least is right.

    Raises Unusable for any other document.
    """
    options = readable(document)
    if len({option["id"] for option in options}) < len(options):
        raise Unusable("answers", "has two options with the same id")
    if True not in [option["isCorrect"] for option in options]:
        raise Unusable("answers", "has no right option")
    return options


def _problem(option: object) -> str | None:
    """What keeps this from being an option. None where nothing does."""
    if type(option) is not dict:
        return "has an option that is no object"
    if type(option.get("id")) is not str or type(option.get("text")) is not str:
        return "has an option without an id or a text"
    if option.get("isCorrect") not in (True, False):
        return "has an option that is neither right nor wrong"
    if "weight" in option and not _is_weight(option["weight"]):
        return "has an option whose weight is not a number from -1 to 1"
    if "explanation" in option and type(option["explanation"]) is not str:
        return "has an option whose explanation is not a text"
    return None


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1 <= value <= 1


@dataclass(frozen=True, slots=True)
class Grade:
    """`score` is 0 to 1; `selected` are the chosen ids without repetitions, in the question's order."""

    is_correct: bool
    score: float
    selected: list[str]


def grade(kind: str, options: Sequence[Option], selected: str | Sequence[str]) -> Grade:
    """Grade one answer. `kind` is the question's type, `options` its stored answers with the key.

    A choice question takes one option, and any option of full credit is right. A multi_select takes a set, so
    `["a", "a"]` is `["a"]`, and only the whole key is right. Raises Invalid for an option the question does not
    have, for none, and for several where one is asked.
    """
    chosen = {selected} if isinstance(selected, str) else set(selected)
    known = {option["id"] for option in options}
    if not chosen:
        raise invalid("selected_answer", "Choose at least one option.")
    if not chosen <= known:
        raise invalid("selected_answer", f"Options of this question are {', '.join(sorted(known))}.")
    picked = [option for option in options if option["id"] in chosen]
    if kind == "multi_select":
        right = chosen == {option["id"] for option in options if option["isCorrect"]}
        score = 1.0 if right else _partial_credit(picked)
    elif len(picked) == 1:
        right = bool(picked[0]["isCorrect"])
        score = 1.0 if right else max(0.0, picked[0].get("weight", 0.0))
    else:
        raise invalid("selected_answer", "This question takes one option.")
    return Grade(right, score, [option["id"] for option in picked])


def _partial_credit(picked: Sequence[Option]) -> float:
    """The sum of the weights that the author gave to the picked options; an option without a weight adds nothing.

    A wrong option without a penalty of its own forfeits all credit, else ticking everything would earn full marks.
    """
    if any(not option["isCorrect"] and option.get("weight", 0.0) >= 0 for option in picked):
        return 0.0
    return min(1.0, max(0.0, sum(option.get("weight", 0.0) for option in picked)))


def key(kind: str, options: Sequence[Option]) -> str | list[str]:
    """The right answer: one option's id, or a list of them where the question wants a set or has several right ones."""
    right = [option["id"] for option in options if option["isCorrect"]]
    return right[0] if kind != "multi_select" and len(right) == 1 else right
