"""Reader of the platform's own JSON export of an exam with its objectives and questions."""

from collections import Counter
from collections.abc import Container
from typing import Any, NotRequired, TypeAlias, TypedDict

import marshmallow
from marshmallow import fields, validate

from shared_schema import bounded
from study_service.banks.bank import (
    MAX_OBJECTIVES,
    MAX_QUESTIONS,
    NAME_LIMIT,
    Bank,
    Choice,
    Exam,
    Objective,
    Problem,
    Question,
    QuestionType,
)

_KINDS: dict[str, QuestionType] = {
    "multiple-choice": "multiple_choice",
    "single-choice": "multiple_choice",
    "multiple-select": "multi_select",
    "multi-select": "multi_select",
    "multiple-answer": "multi_select",
    "true-false": "true_false",
}


# Messages of marshmallow by field, at any depth.
_Messages: TypeAlias = "dict[str | int, _Messages] | list[str]"


class _Link(TypedDict, total=False):
    """A `_Resource` as it was read."""

    title: str
    url: str


class _Item(TypedDict):
    """A `_Question` as it was read."""

    questionText: str
    questionType: str
    options: list[str]
    correctAnswer: list[int]
    explanation: NotRequired[str | None]
    difficulty: int
    objectiveTitle: NotRequired[str | None]
    resources: NotRequired[list[_Link]]
    tags: NotRequired[list[str]]
    reference: NotRequired[str | None]


def _text(low: int, high: int, **options: Any) -> fields.String:
    storable = validate.ContainsNoneOf("\0", error="NUL is not text.")
    return fields.String(validate=[validate.Length(low, high), storable], **options)


def _whole(low: int, high: int, **options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(low, high), **options)


class _Resource(bounded.Schema):
    title = _text(0, 500)
    url = fields.Url(schemes={"http", "https"}, required=True, validate=validate.Length(max=2000))


class _Question(bounded.Schema):
    questionText = _text(1, 10_000, required=True)
    questionType = fields.String(required=True, validate=validate.OneOf(_KINDS))
    options = bounded.List(_text(1, 2000), 2, 26, required=True)
    correctAnswer = bounded.List(_whole(0, 25), 1, 26, required=True)
    explanation = _text(0, 10_000, allow_none=True)
    difficulty = _whole(1, 5, load_default=3)
    objectiveTitle = _text(1, NAME_LIMIT, allow_none=True)
    resources = bounded.List(fields.Nested(_Resource), 0, 20)
    tags = bounded.List(_text(1, 100), 0, 50)
    reference = _text(0, 2000, allow_none=True)


class _Objective(bounded.Schema):
    title = _text(1, NAME_LIMIT, required=True)
    description = _text(0, 10_000, allow_none=True)
    weight = fields.Float(required=True, validate=validate.Range(0, 100))


class _Head(bounded.Schema):
    examCode = _text(1, 50, required=True)
    examName = _text(1, 200, required=True)
    vendorName = _text(1, 100, required=True)
    objectives = bounded.List(fields.Nested(_Objective), 1, MAX_OBJECTIVES, required=True)
    questions = bounded.List(fields.Raw(), 0, MAX_QUESTIONS, required=True)


# Made once: to make a schema takes longer than to read a question with it.
_HEAD = _Head()
_QUESTION = _Question()


def read(data: bytes) -> Bank:
    bank = Bank()
    try:
        head = _HEAD.load(bounded.loads(data.removeprefix(b"\xef\xbb\xbf")))
    except bounded.NotJson as error:
        return Bank(problems=[Problem(0, error.line, str(error))])
    except marshmallow.ValidationError as error:
        return Bank(problems=[Problem(0, None, text) for text in _sentences(error)])
    bank = Bank(
        exam=Exam(head["vendorName"], head["examCode"], head["examName"]),
        objectives=[Objective(o["title"], o.get("description"), o["weight"] / 100) for o in head["objectives"]],
    )
    titles = Counter(objective.name for objective in bank.objectives)
    for title in (title for title, count in titles.items() if count > 1):
        bank.problems.append(Problem(0, None, f"objectives: {title!r} is there twice"))
    for item, raw in enumerate(head["questions"], 1):
        try:
            bank.questions.append(_question(item, _QUESTION.load(raw), titles))
        except marshmallow.ValidationError as error:
            bank.problems.append(Problem(item, None, "; ".join(_sentences(error))))
    return bank


def _question(item: int, raw: _Item, titles: Container[str]) -> Question:
    options, right, objective = raw["options"], set(raw["correctAnswer"]), raw.get("objectiveTitle")
    kind = _KINDS[raw["questionType"]]
    if objective is not None and objective not in titles:
        raise marshmallow.ValidationError(f"no objective {objective!r} in this file", "objectiveTitle")
    if len(set(options)) < len(options):
        raise marshmallow.ValidationError("the same option twice", "options")
    if len(right) < len(raw["correctAnswer"]) or max(right) >= len(options):
        raise marshmallow.ValidationError("each must be a different option, counted from 0", "correctAnswer")
    if kind == "true_false" and [option.lower() for option in options] not in (["true", "false"], ["false", "true"]):
        raise marshmallow.ValidationError("a true-false question has the options True and False", "options")
    if kind == "true_false" and len(right) > 1:
        raise marshmallow.ValidationError("one of True and False", "correctAnswer")
    if kind == "multiple_choice" and len(right) > 1:
        kind = "multi_select"
    resources: list[_Link] = raw.get("resources") or [{}]
    return Question(
        item=item,
        line=None,
        text=raw["questionText"],
        type=kind,
        choices=tuple(Choice(text, index in right) for index, text in enumerate(options)),
        objective=objective,
        explanation=raw.get("explanation"),
        reference=raw.get("reference") or _citation(resources),
        external_link=resources[0].get("url"),
        difficulty=raw["difficulty"],
        tags=tuple(raw.get("tags", ())),
    )


def _citation(resources: list[_Link]) -> str | None:
    """The resources as text: the first by its title, since it has a link of its own, the others with theirs."""
    first, *others = resources
    lines = [first.get("title", ""), *(f"{r.get('title', '')} {r['url']}".strip() for r in others)]
    return "\n".join(line for line in lines if line) or None


def _sentences(error: marshmallow.ValidationError) -> list[str]:
    """A sentence `field: message` for every message, at any depth."""
    sentences: list[str] = []

    def walk(path: str, messages: _Messages) -> None:
        if isinstance(messages, dict):
            for name, inner in messages.items():
                walk(path if name == "_schema" else f"{path}{'.' if path else ''}{name}", inner)
        else:
            sentences.extend(f"{path}: {message}" if path else str(message) for message in messages)

    walk("", error.normalized_messages())
    return sentences
