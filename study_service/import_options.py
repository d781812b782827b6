"""The options of a file's questions as they are stored."""

from shared_schema.fields import dumps, loads
from study_service import grading, options
from study_service.banks.bank import Choice, Question
from study_service.grading import Option


def listed(question: Question) -> list[Option]:
    """The options in the file's order, with the ids that they have in a new question."""
    stays = _last(question)
    stored = [_option(choice, last) for choice, last in zip(question.choices, stays, strict=True)]
    return options.identified([*stored, *_targets(question)])


def kept(kind: str, answers: str, stored: str) -> str:
    """The options of a file as a stored question gets them: with the ids they have there, or as they are there."""
    before, known = grading.readable_or_none(loads(stored)), loads(answers)
    if before is None:
        return answers
    now = options.identified(known, before)
    return stored if options.same(now, before, in_order=kind in grading.IN_ORDER) else dumps(now)


def _last(question: Question) -> list[bool]:
    if question.type in grading.CHOICES:
        return options.last([choice.text for choice in question.choices])
    return [False] * len(question.choices)


def _option(choice: Choice, last: bool) -> Option:
    """An option without its id; a target's stands for it until it has one, see `options.identified`."""
    option: Option = {"id": "", "text": choice.text, "isCorrect": choice.is_correct}
    if choice.explanation:
        option["explanation"] = choice.explanation
    if choice.weight is not None:
        option["weight"] = choice.weight
    if last:
        option["fixed"] = True
    if choice.target is not None:
        option["target"] = choice.target
    if choice.is_target:
        option |= {"id": choice.text, "isTarget": True}
    for key in ("value", "tolerance", "low", "high"):
        if key in choice.number:
            option[key] = choice.number[key]
    return option


def _targets(question: Question) -> list[Option]:
    """The targets of its options, each once; several options may have the same one."""
    own = {choice.text for choice in question.choices if choice.is_target}
    named = dict.fromkeys(choice.target for choice in question.choices if choice.target is not None)
    return [{"id": text, "text": text, "isCorrect": False, "isTarget": True} for text in named if text not in own]
