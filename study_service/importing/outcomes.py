"""What an import tells of its file: counts, and what becomes of each item and objective."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypedDict

from study_service.banks.bank import Problem
from study_service.importing.catalog import ObjectiveOutcome

MAX_NOTES = 1_000  # losses and warnings in a report
MAX_ERRORS = 100  # of so many characters each
MAX_MESSAGE = 300


# What becomes of an item: it is updated in some fields, only moved to another objective, or brought back after it was
# deleted. A repeated one says what another item says; missing and retired are questions that the file does not have.
OUTCOMES = ("created", "updated", "moved", "restored", "unchanged", "repeated", "refused", "missing", "retired")
OBJECTIVE_OUTCOMES = ("created", "updated", "restored", "missing", "retired")


class Outcome(TypedDict):
    """What becomes of an item of the file, one of OUTCOMES; `item` is 0 for a question that the file does not have."""

    item: int
    line: int | None
    outcome: str
    question_id: int | None
    fields: list[str]


class Note(TypedDict):
    """A Problem in a report."""

    item: int
    line: int | None
    message: str


class Report(TypedDict):
    """What an import has done. `imported` counts new questions, `updated` all that are not as they were, `skipped`
    those that are; `more_…` say how many notes are not in the report.
    """

    imported: int
    updated: int
    skipped: int
    missing: int
    errors: list[Note]
    more_errors: int
    losses: list[Note]
    more_losses: int
    warnings: list[Note]
    more_warnings: int
    objectives: list[ObjectiveOutcome]
    items: list[Outcome]


def repeated(problems: Iterable[Problem]) -> list[Outcome]:
    """The outcomes of items that only say what another one says."""
    return [outcome(problem, "repeated") for problem in problems]


def outcome(problem: Problem, outcome: str) -> Outcome:
    return {"item": problem.item, "line": problem.line, "outcome": outcome, "question_id": None, "fields": []}


def counts(outcomes: Iterable[Outcome]) -> dict[str, int]:
    by_kind: dict[str, int] = {}
    for one in outcomes:
        by_kind[one["outcome"]] = by_kind.get(one["outcome"], 0) + 1
    return by_kind


def notes(problems: Sequence[Problem]) -> list[Note]:
    return [{"item": one.item, "line": one.line, "message": _short(one).message} for one in problems]


def _short(problem: Problem) -> Problem:
    """The problem with no more of its message than a reader wants: texts of the file may be in it."""
    text = problem.message
    return problem if len(text) <= MAX_MESSAGE else replace(problem, message=text[:MAX_MESSAGE] + "…")
