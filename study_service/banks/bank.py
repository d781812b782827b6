"""A question bank as any format's reader gives it, and as any format's writer takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

# What a file may have at most. A larger bank is imported in parts.
MAX_QUESTIONS = 10_000
MAX_OBJECTIVES = 200
NAME_LIMIT = 200  # characters in the name of an objective
TEXT_LIMIT = 10_000  # in the text, the explanation and the feedback of a question
OPTION_LIMIT = 2_000
ID_LIMIT = 200  # in an id that a file gives to a question or an option
TAG_LIMIT, MAX_TAGS = 100, 50
MAX_OPTIONS = 26

QuestionType = Literal[
    "multiple_choice", "multi_select", "true_false", "drag_drop", "hotspot", "short_answer", "numeric"
]
# Columns of a question beside text, type and options. A file that does not state one leaves it as it is in the bank.
Column = Literal[
    "explanation",
    "reference",
    "external_link",
    "difficulty",
    "tags",
    "image_url",
    "ai_model",
    "ai_prompt_version",
    "ai_confidence_score",
]
# What an option may have beside its text and whether it is right.
OptionKey = Literal["explanation", "weight", "fixed", "case_sensitive"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One option in the file's order. `weight` is the credit it earns, -1 to 1, where the file states one.

    `name` is its id in the file, for formats that give options one. `fixed` says whether it stays behind the shuffled
    ones; None leaves that to its text ("All of the above").

    In a question of pairs, `target` is the text that belongs to the option; a target that belongs to none, or has a
    `name` of its own, is an option with `is_target`. In one of an order `place` is its place, from 0. `number` has the
    limits of an accepted number: value and tolerance, or low and high. A part of a picture is a `region` (rect, circle
    or poly) with its `coords` in pixels.
    """

    text: str
    is_correct: bool
    explanation: str | None = None
    weight: float | None = None
    target: str | None = None
    is_target: bool = False
    number: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None
    fixed: bool | None = None
    place: int | None = None
    case_sensitive: bool = False
    region: str | None = None
    coords: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One usable question. `item` counts from 1 in the file; `line` is where it starts, if lines mean anything.

    `external_id` is the question's own id in the file, None in formats and files without one. `states` names the
    columns of which this item says something, if only that there is none: the others stay as they are in the bank.
    """

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
    image_url: str | None = None
    external_id: str | None = None
    # Which model has written it, by which prompt, and how sure it was, 0 to 1.
    ai_model: str | None = None
    ai_prompt_version: str | None = None
    ai_confidence_score: float | None = None
    states: frozenset[Column] = frozenset()
    # Of a number: its unit, and what others are worth in it. Of a picture that is pointed at: width and height.
    unit: str | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    image_size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an item of the file (or, with item 0, with the file itself), or what of it is lost."""

    item: int
    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Objective:
    """`weight` is the share of the exam, 0 to 1; `code` stays when the name changes. None: the file does not say it.

    An empty description is stated to be none.
    """

    name: str
    description: str | None = None
    weight: float | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Exam:
    """The exam a file names for itself."""

    vendor: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Bank:
    """`problems` are items that cannot be imported, `losses` what of the others is not."""

    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    losses: list[Problem] = field(default_factory=list)
    exam: Exam | None = None
    objectives: list[Objective] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Written:
    """A bank as a file. `losses` say, by item, what of a question the format cannot carry."""

    data: bytes
    losses: Sequence[Problem] = ()


class Unusable(Exception):
    """Why one question cannot be imported, in words for the file's author."""
