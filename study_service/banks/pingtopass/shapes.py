"""The shapes of a file's objects, as its reader checks them."""

from typing import Any, NotRequired, TypedDict

import marshmallow
from marshmallow import fields, validate

from shared_schema import bounded
from study_service.banks.bank import (
    ID_LIMIT,
    MAX_OBJECTIVES,
    MAX_OPTIONS,
    MAX_QUESTIONS,
    MAX_TAGS,
    NAME_LIMIT,
    OPTION_LIMIT,
    TAG_LIMIT,
    TEXT_LIMIT,
    QuestionType,
)

# `any-choice` is answered with one option, of which several are right.
KINDS: dict[str, QuestionType] = {
    "multiple-choice": "multiple_choice",
    "single-choice": "multiple_choice",
    "any-choice": "multiple_choice",
    "multiple-select": "multi_select",
    "multi-select": "multi_select",
    "multiple-answer": "multi_select",
    "true-false": "true_false",
    "drag-drop": "drag_drop",
    "hotspot": "hotspot",
    "short-answer": "short_answer",
    "numeric": "numeric",
}


class Link(TypedDict, total=False):
    """A `_Resource` as it was read."""

    title: str
    url: str


class OptionObject(TypedDict, total=False):
    """An `_Option` as it was read: an option that has more than its text."""

    id: str
    text: str
    explanation: str
    weight: float
    fixed: bool
    place: int
    target: str
    isTarget: bool
    caseSensitive: bool
    value: str
    tolerance: str
    low: str
    high: str
    region: str
    coords: list[float]


class Item(TypedDict):
    """A `_Question` as it was read."""

    id: NotRequired[str | None]
    questionText: str
    questionType: str
    options: list[str | OptionObject]
    correctAnswer: list[int]
    explanation: NotRequired[str | None]
    difficulty: NotRequired[int]
    objectiveTitle: NotRequired[str | None]
    resources: NotRequired[list[Link]]
    tags: NotRequired[list[str]]
    reference: NotRequired[str | None]
    imageUrl: NotRequired[str | None]
    imageWidth: NotRequired[int]
    imageHeight: NotRequired[int]
    aiModel: NotRequired[str | None]
    aiPromptVersion: NotRequired[str | None]
    aiConfidenceScore: NotRequired[float | None]
    unit: NotRequired[str]
    units: NotRequired[dict[str, str]]


def _text(low: int, high: int, **options: Any) -> fields.String:
    return fields.String(validate=[validate.Length(low, high), _storable], **options)


def _storable(text: str) -> None:
    """Marshmallow's ContainsNoneOf looks at a text character by character."""
    if "\0" in text:
        raise marshmallow.ValidationError("NUL is not text.")


def _whole(low: int, high: int, **options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(low, high), **options)


def link(**options: Any) -> fields.Url:
    """An address on the web that a learner can follow."""
    return fields.Url(schemes={"http", "https"}, validate=validate.Length(max=2000), **options)


def _flag() -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False})


class _Resource(bounded.Schema):
    title = _text(0, 500)
    url = link(required=True)


class _Option(bounded.Schema):
    id = _text(1, ID_LIMIT)
    text = _text(0, OPTION_LIMIT, required=True)
    explanation = _text(0, TEXT_LIMIT)
    weight = fields.Float(validate=validate.Range(-1, 1))
    fixed = _flag()
    place = _whole(0, 100)
    target = _text(1, OPTION_LIMIT)
    isTarget = _flag()
    caseSensitive = _flag()
    value = _text(1, 100)
    tolerance = _text(1, 100)
    low = _text(1, 100)
    high = _text(1, 100)
    region = fields.String(validate=validate.OneOf(("rect", "circle", "poly")))
    coords = bounded.List(fields.Float(validate=validate.Range(-100_000, 100_000)), 0, 200)


_OPTION = _Option()
_OPTION_TEXT = _text(1, OPTION_LIMIT)


class _TextOrOption(fields.Field[Any]):
    """An option: its text, or an object."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        return _OPTION.load(value) if isinstance(value, dict) else _OPTION_TEXT.deserialize(value)


class _Id(fields.Field[Any]):
    """A text, or a whole number, which is taken as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        return str(value) if type(value) is int else _text(1, ID_LIMIT).deserialize(value)


class _Question(bounded.Schema):
    id = _Id(allow_none=True)
    questionText = _text(1, TEXT_LIMIT, required=True)
    questionType = fields.String(required=True, validate=validate.OneOf(KINDS))
    options = bounded.List(_TextOrOption(), 1, MAX_OPTIONS, required=True)
    correctAnswer = bounded.List(_whole(0, MAX_OPTIONS - 1), 1, MAX_OPTIONS, required=True)
    explanation = _text(0, TEXT_LIMIT, allow_none=True)
    difficulty = _whole(1, 5)
    objectiveTitle = _text(1, NAME_LIMIT, allow_none=True)
    resources = bounded.List(fields.Nested(_Resource), 0, 20)
    tags = bounded.List(_text(1, TAG_LIMIT), 0, MAX_TAGS)
    reference = _text(0, 2000, allow_none=True)
    imageUrl = link(allow_none=True)
    imageWidth = _whole(1, 100_000)
    imageHeight = _whole(1, 100_000)
    aiModel = _text(1, 100, allow_none=True)
    aiPromptVersion = _text(1, 100, allow_none=True)
    aiConfidenceScore = fields.Float(validate=validate.Range(0, 1), allow_none=True)
    unit = _text(1, 100)
    units = fields.Dict(_text(1, 100), _text(1, 100), validate=validate.Length(max=50))


class _Objective(bounded.Schema):
    code = _text(1, 50, allow_none=True)
    title = _text(1, NAME_LIMIT, required=True)
    description = _text(0, TEXT_LIMIT, allow_none=True)
    weight = fields.Float(required=True, validate=validate.Range(0, 100))


class _Head(bounded.Schema):
    examCode = _text(1, 50, required=True)
    examName = _text(1, 200, required=True)
    vendorName = _text(1, 100, required=True)
    objectives = bounded.List(fields.Nested(_Objective), 1, MAX_OBJECTIVES, required=True)
    questions = bounded.List(fields.Raw(), 0, MAX_QUESTIONS, required=True)


# Made once: to make a schema takes longer than to read a question with it.
HEAD: marshmallow.Schema = _Head()
QUESTION: marshmallow.Schema = _Question()
