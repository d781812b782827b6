"""Question bank files: what a reader of any format hands to the import.

A reader is a function `read(data: bytes) -> Bank` in a module named after its format. It never touches the
database and never raises for what is wrong inside a file: each question it cannot use becomes a `Problem`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# What a file may have at most. A larger bank is imported in parts.
MAX_QUESTIONS = 3_000
MAX_OBJECTIVES = 200
NAME_LIMIT = 200  # characters in the name of an objective

QuestionType = Literal["multiple_choice", "multi_select", "true_false", "drag_drop", "short_answer", "numeric"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One option in the file's order. `weight` is the credit it earns, -1 to 1, where the file states one.

    In a question of pairs, `target` is the text that belongs to the option; a target that belongs to none is an option
    with `is_target`. `number` has the limits of an accepted number: value and tolerance, or low and high.
    """

    text: str
    is_correct: bool
    explanation: str | None = None
    weight: float | None = None
    target: str | None = None
    is_target: bool = False
    number: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """One usable question. `item` counts from 1 in the file; `line` is where it starts, if lines mean anything."""

    item: int
    line: int | None
    text: str
    type: QuestionType
    choices: tuple[Choice, ...]
    objective: str | None = None
    explanation: str | None = None
    reference: str | None = None
    external_link: str | None = None
    difficulty: int = 3
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an item of the file (or, with item 0, the file itself) cannot be imported."""

    item: int
    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Objective:
    """`weight` is the share of the exam, 0 to 1."""

    name: str
    description: str | None
    weight: float


@dataclass(frozen=True, slots=True)
class Exam:
    """The exam a file names for itself."""

    vendor: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Bank:
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    exam: Exam | None = None
    objectives: list[Objective] = field(default_factory=list)
