"""GIFT texts and what the reader makes of them."""

import re

from study_service.banks import gift
from study_service.banks.bank import Bank, Problem, Question


def read(text: str) -> Bank:
    return gift.read(text.encode())


def question(text: str) -> Question:
    """The one question of a text without problems."""
    bank = read(text)
    assert bank.problems == []
    (only,) = bank.questions
    return only


def problem(text: str) -> Problem:
    """The one problem of a text without questions."""
    bank = read(text)
    assert bank.questions == []
    (only,) = bank.problems
    return only


def escaped(text: str) -> str:
    """The text as an author must write it in GIFT."""
    return re.sub(r"([~=#{}:\\])", r"\\\1", text).replace("\n", r"\n")


def options(text: str) -> list[tuple[str, bool]]:
    return [(choice.text, choice.is_correct) for choice in question(text).choices]


def weights(text: str) -> list[float | None]:
    return [choice.weight for choice in question(text).choices]
