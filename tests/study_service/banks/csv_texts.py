"""CSV files of one question, and what is read of them."""

from study_service.banks import csv
from study_service.banks.bank import Bank, Question


def read(text: str) -> Bank:
    return csv.read(text.encode())


def question(text: str) -> Question:
    bank = read(text)
    assert bank.problems == []
    (only,) = bank.questions
    return only


def row(**cells: str) -> str:
    """A file of one question: two options, the first is right, unless the cells say otherwise."""
    cells = {"question": "Which?", "option1": "a", "option2": "b", "correct": "A"} | cells
    return "\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n"


def problem(text: str) -> str:
    bank = read(text)
    assert bank.questions == []
    (only,) = bank.problems
    assert (only.item, only.line) == (1, 2)
    return only.message


def refused(data: bytes) -> tuple[int | None, str]:
    """The one problem of the whole file."""
    bank = csv.read(data)
    assert (bank.questions, [problem.item for problem in bank.problems]) == ([], [0])
    return bank.problems[0].line, bank.problems[0].message


def right(text: str) -> list[str]:
    return [choice.text for choice in question(text).choices if choice.is_correct]
