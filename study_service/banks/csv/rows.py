"""A question from a row of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

from study_service.banks.bank import (
    ID_LIMIT,
    NAME_LIMIT,
    OPTION_LIMIT,
    TEXT_LIMIT,
    Choice,
    Column,
    Question,
    QuestionType,
    Unusable,
)
from study_service.banks.csv import cells as parse
from study_service.banks.csv import key, options
from study_service.banks.csv.table import Row

_TYPES: Mapping[str, QuestionType] = {name: name for name in get_args(QuestionType)}
_CHOICES = ("multiple_choice", "multi_select", "true_false", None)
_LIMITS = {
    "question": TEXT_LIMIT,
    "explanation": TEXT_LIMIT,
    "reference": OPTION_LIMIT,
    "objective": NAME_LIMIT,
    "objectiveCode": NAME_LIMIT,
    "id": ID_LIMIT,
    "unit": NAME_LIMIT,
    "units": OPTION_LIMIT,
}
_OF_TYPE = {"unit": "numeric", "units": "numeric", "imageSize": "hotspot"}
# What a column says something of. Every question has a difficulty, so an empty cell says nothing of that.
_STATES: Mapping[str, Column] = {
    "explanation": "explanation",
    "reference": "reference",
    "link": "external_link",
    "difficulty": "difficulty",
    "tags": "tags",
    "image": "image_url",
}


def question(item: int, row: Row, columns: Sequence[str]) -> Question:
    """The question of a row, of which every column is stated. Unusable where it is none."""
    cells = row.cells
    _check(row)
    kind = _type(cells.get("type", ""))
    choices = _marked(cells, options.read(cells, kind), kind)
    return Question(
        item=item,
        line=row.line,
        text=cells["question"],
        type=kind or ("multi_select" if sum(choice.is_correct for choice in choices) > 1 else "multiple_choice"),
        choices=tuple(choices),
        objective=cells.get("objective"),
        explanation=cells.get("explanation"),
        reference=cells.get("reference"),
        external_link=parse.address("link", cells.get("link", "")),
        difficulty=parse.difficulty(cells.get("difficulty", "3")),
        tags=parse.tags(cells.get("tags", "")),
        image_url=parse.address("image", cells.get("image", "")),
        external_id=cells.get("id"),
        states=_states(cells, columns),
        unit=cells.get("unit"),
        units=parse.units(cells.get("units", "")),
        image_size=parse.size(cells.get("imageSize", "")),
    )


def _check(row: Row) -> None:
    cells = row.cells
    if row.problem:
        raise Unusable(row.problem)
    if name := next((name for name, cell in cells.items() if "\0" in cell), None):
        raise Unusable(f"there is a NUL character in {name}")
    if "question" not in cells:
        raise Unusable("there is no question text")
    for name, limit in _LIMITS.items():
        if len(cells.get(name, "")) > limit:
            raise Unusable(f"{name} is longer than {limit:,} characters")
    if "objectiveCode" in cells and "objective" not in cells:
        raise Unusable("objectiveCode is there without an objective")


def _states(cells: Mapping[str, str], columns: Sequence[str]) -> frozenset[Column]:
    return frozenset(
        stated for name, stated in _STATES.items() if name in columns and (name in cells or name != "difficulty")
    )


def _type(stated: str) -> QuestionType | None:
    name = stated.lower().replace("-", "_").replace(" ", "_")
    if name and name not in _TYPES:
        raise Unusable(f'type is "{stated[:50]}", which is none of {", ".join(_TYPES)}')
    return _TYPES.get(name)


def _marked(cells: Mapping[str, str], choices: list[Choice], kind: QuestionType | None) -> list[Choice]:
    """The options, the right ones marked."""
    for name, other in _OF_TYPE.items():
        if name in cells and kind != other:
            raise Unusable(f"{name} is for questions of type {other}")
    if kind == "true_false":
        choices = choices or [Choice("True", False), Choice("False", False)]
    least = 2 if kind in _CHOICES else 1
    if len(choices) < least:
        raise Unusable(f"{len(choices)} option(s), where {least} at least are needed")
    if kind != "hotspot" and len({(choice.text, choice.is_target) for choice in choices}) < len(choices):
        raise Unusable("two options have the same text")
    if kind == "drag_drop":
        if "correct" in cells:
            raise Unusable("correct says nothing of pairs and orders: leave it empty")
        return choices
    right = _right(cells.get("correct", ""), choices, kind)
    return [replace(choice, is_correct=place in right) for place, choice in enumerate(choices)]


def _right(cell: str, choices: Sequence[Choice], kind: QuestionType | None) -> set[int]:
    texts = [choice.text for choice in choices]
    if kind == "true_false":
        cell, texts = cell.lower(), [text.lower() for text in texts]
        if sorted(texts) != ["false", "true"]:
            raise Unusable("a true/false question has the options True and False")
    if not cell and kind in _CHOICES:
        raise Unusable("correct is empty: which option is right?")
    if not cell:
        return {place for place, choice in enumerate(choices) if choice.weight is None or choice.weight >= 1}
    right = key.read(cell, texts)
    if kind == "true_false" and len(right) > 1:
        raise Unusable("one of True and False is right")
    return right
