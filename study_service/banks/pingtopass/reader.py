"""Reader of the platform's own JSON export of an exam with its objectives and questions."""

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from typing import TypeAlias

import marshmallow

from shared_schema import bounded
from study_service.banks.bank import Bank, Choice, Column, Exam, Objective, Problem, Question, QuestionType
from study_service.banks.pingtopass.shapes import HEAD, KINDS, QUESTION, Item, Link, OptionObject

# Messages of marshmallow by field, at any depth.
_Messages: TypeAlias = "dict[str | int, _Messages] | list[str]"
_CHOICES = ("multiple_choice", "multi_select", "true_false")
_NUMBER = ("value", "tolerance", "low", "high")
# The columns that a question states if it has one of these keys.
_STATED: dict[Column, tuple[str, ...]] = {
    "explanation": ("explanation",),
    "reference": ("reference", "resources"),
    "external_link": ("resources",),
    "difficulty": ("difficulty",),
    "tags": ("tags",),
    "image_url": ("imageUrl",),
    "ai_model": ("aiModel",),
    "ai_prompt_version": ("aiPromptVersion",),
    "ai_confidence_score": ("aiConfidenceScore",),
}


def read(data: bytes) -> Bank:
    try:
        head = HEAD.load(bounded.loads(data.removeprefix(b"\xef\xbb\xbf")))
    except bounded.NotJson as error:
        return Bank(problems=[Problem(0, error.line, str(error))])
    except marshmallow.ValidationError as error:
        return Bank(problems=[Problem(0, None, text) for text in _sentences(error)])
    bank = Bank(
        exam=Exam(head["vendorName"], head["examCode"], head["examName"]),
        objectives=[_objective(raw) for raw in head["objectives"]],
    )
    bank.problems.extend(_twice("objectives", [objective.name for objective in bank.objectives]))
    bank.problems.extend(_twice("codes of objectives", [one.code for one in bank.objectives if one.code is not None]))
    titles = {objective.name for objective in bank.objectives}
    for item, raw in enumerate(head["questions"], 1):
        try:
            bank.questions.append(_question(item, QUESTION.load(raw), titles))
        except marshmallow.ValidationError as error:
            bank.problems.append(Problem(item, None, "; ".join(_sentences(error))))
    return bank


def _twice(what: str, names: Sequence[str]) -> Iterator[Problem]:
    return (Problem(0, None, f"{what}: {name!r} is there twice") for name, count in Counter(names).items() if count > 1)


def _objective(raw: dict[str, object]) -> Objective:
    """A description of null is stated to be none; one that is not there is not stated."""
    description = raw.get("description") or ("" if "description" in raw else None)
    return Objective(str(raw["title"]), description, raw["weight"] / 100, raw.get("code"))  # type: ignore[operator, arg-type]  # as HEAD has read it


def _question(item: int, raw: Item, titles: Container[str]) -> Question:
    choices, objective = _choices(raw), raw.get("objectiveTitle")
    if objective is not None and objective not in titles:
        raise marshmallow.ValidationError(f"no objective {objective!r} in this file", "objectiveTitle")
    kind = _kind(raw, choices)
    resources: list[Link] = raw.get("resources") or [{}]
    size = raw.get("imageWidth"), raw.get("imageHeight")
    return Question(
        item=item,
        line=None,
        text=raw["questionText"],
        type=kind,
        choices=choices,
        objective=objective,
        explanation=raw.get("explanation") or None,
        reference=raw.get("reference") or _citation(resources),
        external_link=resources[0].get("url"),
        difficulty=raw.get("difficulty", 3),
        tags=tuple(raw.get("tags", ())),
        image_url=raw.get("imageUrl"),
        ai_model=raw.get("aiModel"),
        ai_prompt_version=raw.get("aiPromptVersion"),
        ai_confidence_score=raw.get("aiConfidenceScore"),
        external_id=raw.get("id"),
        states=frozenset(column for column, keys in _STATED.items() if raw.keys() & set(keys)),
        unit=raw.get("unit"),
        units=raw.get("units", {}),
        image_size=(size[0], size[1]) if size[0] and size[1] else None,
    )


def _choices(raw: Item) -> tuple[Choice, ...]:
    options, right = raw["options"], set(raw["correctAnswer"])
    choices = tuple(_choice(option, index in right) for index, option in enumerate(options))
    if KINDS[raw["questionType"]] in _CHOICES and len(choices) < 2:
        raise marshmallow.ValidationError("Length must be between 2 and 26.", "options")
    if len({(choice.text, choice.is_target) for choice in choices}) < len(choices):
        raise marshmallow.ValidationError("the same option twice", "options")
    names = [choice.name for choice in choices if choice.name is not None]
    if len(set(names)) < len(names):
        raise marshmallow.ValidationError("the same id twice", "options")
    if len(right) < len(raw["correctAnswer"]) or max(right) >= len(options):
        raise marshmallow.ValidationError("each must be a different option, counted from 0", "correctAnswer")
    return choices


def _choice(option: str | OptionObject, is_correct: bool) -> Choice:
    if isinstance(option, str):
        return Choice(option, is_correct)
    return Choice(
        option["text"],
        is_correct,
        explanation=option.get("explanation") or None,
        weight=option.get("weight"),
        target=option.get("target"),
        is_target=option.get("isTarget", False),
        number={key: option[key] for key in _NUMBER if key in option},  # type: ignore[literal-required]  # keys of it
        name=option.get("id"),
        fixed=option.get("fixed"),
        place=option.get("place"),
        case_sensitive=option.get("caseSensitive", False),
        region=option.get("region"),
        coords=tuple(option.get("coords", ())),
    )


def _kind(raw: Item, choices: Sequence[Choice]) -> QuestionType:
    """The type that a question has; a "multiple-choice" one with several right options is to be answered with all."""
    kind, right = KINDS[raw["questionType"]], sum(choice.is_correct for choice in choices)
    texts = [choice.text for choice in choices]
    if kind in _CHOICES and not all(texts):
        raise marshmallow.ValidationError("an option has no text", "options")
    if kind == "true_false" and [text.lower() for text in texts] not in (["true", "false"], ["false", "true"]):
        raise marshmallow.ValidationError("a true-false question has the options True and False", "options")
    if kind == "true_false" and right > 1:
        raise marshmallow.ValidationError("one of True and False", "correctAnswer")
    if kind == "multiple_choice" and right > 1 and raw["questionType"] != "any-choice":
        return "multi_select"
    return kind


def _citation(resources: list[Link]) -> str | None:
    """The title and link of each resource, a line each. The first link is left out: it is stored as `external_link`."""
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
