"""GIFT questions whose answer is written, or paired: short answer, numerical, matching, as Moodle reads them."""

from collections.abc import Iterable
from dataclasses import replace

from study_service.banks import numbers as limits
from study_service.banks.bank import MAX_OPTIONS, OPTION_LIMIT, Choice, Unusable
from study_service.banks.gift import layout
from study_service.banks.gift.texts import Texts, weight
from study_service.grading import short_answer


def short_answers(answers: str, texts: Texts) -> tuple[Choice, ...]:
    """The accepted texts, an = before each but perhaps the first; without a weight each earns full credit."""
    choices = []
    for what, part in _parts(answers):
        body, _, feedback = part.partition("#")
        credit, body = weight(what, body.strip())
        text = texts.text(what, body)
        if not text:
            raise Unusable(f"{what} has no text")
        if len(text) > short_answer.LONGEST:
            raise Unusable(f"{what} is longer than {short_answer.LONGEST} characters")
        choices.append(_earning(text, credit, texts.feedback(f"the feedback of {what}", feedback)))
    return _usable(choices)


def numbers(answers: str, texts: Texts) -> tuple[Choice, ...]:
    """The accepted numbers and ranges, and perhaps, behind a ~, the feedback for every other number."""
    right, other, wrong = answers.partition("~")
    choices = [_number(what, part, texts) for what, part in _parts(right)]
    if other:
        feedback = texts.feedback("the feedback of a wrong number", wrong.lstrip().removeprefix("#"))
        choices.append(Choice("*", False, feedback))
    return _usable(choices)


def pairs(answers: str, texts: Texts) -> tuple[Choice, ...]:
    """The options with their targets, and the targets of no option: those that have nothing before the arrow."""
    choices: list[Choice] = []
    for what, part in _parts(answers):
        before, arrow, after = part.partition("->")
        if not arrow:
            raise Unusable(f"{what} of a matching question has no ->")
        text, target = texts.text(what, before), layout.unmasked(after).strip()
        if not target:
            raise Unusable(f"{what} has nothing behind its ->")
        if max(len(text), len(target)) > OPTION_LIMIT:
            raise Unusable(f"{what} is longer than {OPTION_LIMIT:,} characters")
        choices.append(Choice(text, True, target=target) if text else Choice(target, False, is_target=True))
    if sum(choice.is_correct for choice in choices) < 2:
        raise Unusable("a matching question has two pairs at least")
    return _distinct(choices)


def _parts(answers: str) -> list[tuple[str, str]]:
    """What stands behind each =, and before the first unless that is nothing, with a name for messages."""
    parts = answers.split("=")
    parts = parts if parts[0].strip() else parts[1:]
    if not 1 <= len(parts) <= MAX_OPTIONS:
        raise Unusable(f"{len(parts)} answer(s), where 1 to {MAX_OPTIONS} are needed")
    return [(f"answer {number}", part.strip()) for number, part in enumerate(parts, 1)]


def _number(what: str, part: str, texts: Texts) -> Choice:
    body, _, feedback = part.partition("#")
    credit, body = weight(what, body.strip())
    text = layout.unmasked(body).strip()
    choice = _earning(text, credit, texts.feedback(f"the feedback of {what}", feedback))
    return replace(choice, number=limits.read(what, text))


def _earning(text: str, weight: float | None, feedback: str | None) -> Choice:
    return Choice(text, weight is None or weight >= 1, feedback, weight)


def _usable(choices: list[Choice]) -> tuple[Choice, ...]:
    if not any(choice.is_correct for choice in choices):
        raise Unusable("no right answer: no answer earns full credit")
    return _distinct(choices)


def _distinct(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    choices = tuple(choices)
    if len({(choice.text, choice.is_target) for choice in choices}) < len(choices):
        raise Unusable("two answers have the same text")
    return choices
