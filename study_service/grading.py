"""Grading: the options a learner chose, compared with the stored key. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from shared_schema.problems import invalid


class Option(TypedDict):
    """An option of a question, as the column `answers` has it. `weight` is the credit it earns, -1 to 1."""

    id: str
    text: str
    isCorrect: bool
    explanation: NotRequired[str]
    weight: NotRequired[float]


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
