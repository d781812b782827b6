"""Writer of the platform's own JSON: what its reader reads, in the shape that earlier readers know where they can."""

import math
from collections.abc import Iterator
from typing import Any

import marshmallow
import orjson

from study_service.banks.bank import Bank, Choice, Objective, Problem, Question, QuestionType, Written
from study_service.banks.pingtopass.shapes import link

_KINDS: dict[QuestionType, str] = {
    "multiple_choice": "multiple-choice",
    "multi_select": "multi-select",
    "true_false": "true-false",
    "drag_drop": "drag-drop",
    "hotspot": "hotspot",
    "short_answer": "short-answer",
    "numeric": "numeric",
}
_LINK = link()


def write(bank: Bank) -> Written:
    """The bank as indented JSON. Lost is only a link or a picture's address that is none."""
    exam, losses = bank.exam, list[Problem]()
    questions = [_question(question, losses) for question in bank.questions]
    document = {
        "examCode": exam.code if exam else "",
        "examName": exam.name if exam else "",
        "vendorName": exam.vendor if exam else "",
        "objectives": [_objective(objective) for objective in bank.objectives],
        "questions": questions,
    }
    return Written(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), losses)


def _objective(objective: Objective) -> dict[str, Any]:
    described = {} if objective.description is None else {"description": objective.description or None}
    weight = per_cent(objective.weight or 0.0)
    coded = {} if objective.code is None else {"code": objective.code}
    return {**coded, "title": objective.name, **described, "weight": weight}


def per_cent(share: float) -> float:
    """A number that divided by 100 is exactly this share: 7 for 0.07, which times 100 is 7.000000000000001."""
    times = share * 100
    near = (round(times, 9), times, math.nextafter(times, 0), math.nextafter(times, math.inf))
    return next((number for number in near if number / 100 == share), times)


def _question(question: Question, losses: list[Problem]) -> dict[str, Any]:
    kind, right = _KINDS[question.type], [index for index, one in enumerate(question.choices) if one.is_correct]
    if question.type == "multiple_choice" and len(right) > 1:
        kind = "any-choice"
    named = {} if question.external_id is None else {"id": question.external_id}
    return {
        **named,
        "questionText": question.text,
        "questionType": kind,
        "options": [_option(choice) for choice in question.choices],
        "correctAnswer": right,
        **dict(_whole(question)),
        **dict(_stated(question, losses)),
    }


def _option(choice: Choice) -> str | dict[str, Any]:
    """An option that has more than its text is an object."""
    more = {
        "id": choice.name,
        "explanation": choice.explanation,
        "weight": choice.weight,
        "fixed": choice.fixed,
        "place": choice.place,
        "target": choice.target,
        "isTarget": choice.is_target or None,
        "caseSensitive": choice.case_sensitive or None,
        "region": choice.region,
        "coords": list(choice.coords) or None,
        **choice.number,
    }
    named = {key: value for key, value in more.items() if value is not None}
    return {"text": choice.text, **named} if named else choice.text


def _whole(question: Question) -> Iterator[tuple[str, Any]]:
    """What the options say of the question as a whole, and where it belongs."""
    if question.objective is not None:
        yield "objectiveTitle", question.objective
    if question.unit is not None:
        yield "unit", question.unit
    if question.units:
        yield "units", dict(question.units)
    if question.image_size is not None:
        yield "imageWidth", question.image_size[0]
        yield "imageHeight", question.image_size[1]


def _stated(question: Question, losses: list[Problem]) -> Iterator[tuple[str, Any]]:
    if "explanation" in question.states:
        yield "explanation", question.explanation
    if "difficulty" in question.states:
        yield "difficulty", question.difficulty
    if "tags" in question.states:
        yield "tags", list(question.tags)
    if "reference" in question.states:
        yield "reference", question.reference
    if "external_link" in question.states:
        url = _address(question, "link", question.external_link, losses)
        yield "resources", [{"url": url}] if url else []
    if question.ai_model is not None:
        yield "aiModel", question.ai_model
        yield "aiPromptVersion", question.ai_prompt_version
        yield "aiConfidenceScore", question.ai_confidence_score
    if "image_url" in question.states:
        yield "imageUrl", _address(question, "picture's address", question.image_url, losses)


def _address(question: Question, what: str, url: str | None, losses: list[Problem]) -> str | None:
    """The address, if a reader takes it as one."""
    try:
        _LINK.deserialize(url or "http://none.example/")
    except marshmallow.ValidationError:
        losses.append(Problem(question.item, question.line, f"its {what} is no address on the web: {url}"))
        return None
    return url
