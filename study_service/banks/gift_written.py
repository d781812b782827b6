"""GIFT questions whose answer is written, or paired: short answer, numerical, matching, as Moodle reads them."""

from collections.abc import Iterable

from study_service.banks import gift_scan, gift_text
from study_service.banks.bank import Choice, Unusable
from study_service.grading import numeric, short_answer

TARGET_LIMIT = 2_000


def short_answers(answers: str, markup: str) -> tuple[Choice, ...]:
    """The accepted texts, an = before each but perhaps the first; without a weight each earns full credit."""
    choices = []
    for what, part in _parts(answers):
        body, _, feedback = part.partition("#")
        weight, body = gift_text.weight(what, body.strip())
        text = gift_text.text(body, markup)
        if not text:
            raise Unusable(f"{what} has no text")
        if len(text) > short_answer.LONGEST:
            raise Unusable(f"{what} is longer than {short_answer.LONGEST} characters")
        choices.append(_earning(text, weight, gift_text.feedback(f"the feedback of {what}", feedback, markup)))
    return _usable(choices)


def numbers(answers: str, markup: str) -> tuple[Choice, ...]:
    """The accepted numbers and ranges, and perhaps, behind a ~, the feedback for every other number."""
    right, other, wrong = answers.partition("~")
    choices = [_number(what, part, markup) for what, part in _parts(right)]
    if other:
        feedback = gift_text.feedback("the feedback of a wrong number", wrong.lstrip().removeprefix("#"), markup)
        choices.append(Choice("*", False, feedback))
    return _usable(choices)


def pairs(answers: str, markup: str) -> tuple[Choice, ...]:
    """The options with their targets, and the targets of no option: those that have nothing before the arrow."""
    choices: list[Choice] = []
    for what, part in _parts(answers):
        before, arrow, after = part.partition("->")
        if not arrow:
            raise Unusable(f"{what} of a matching question has no ->")
        text, target = gift_text.text(before, markup), gift_scan.unmasked(after).strip()
        if not target:
            raise Unusable(f"{what} has nothing behind its ->")
        if max(len(text), len(target)) > TARGET_LIMIT:
            raise Unusable(f"{what} is longer than {TARGET_LIMIT:,} characters")
        choices.append(Choice(text, True, target=target) if text else Choice(target, False, is_target=True))
    if sum(choice.is_correct for choice in choices) < 2:
        raise Unusable("a matching question has two pairs at least")
    return _distinct(choices)


def _parts(answers: str) -> list[tuple[str, str]]:
    """What stands behind each =, and before the first unless that is nothing, with a name for messages."""
    parts = answers.split("=")
    parts = parts if parts[0].strip() else parts[1:]
    if not 1 <= len(parts) <= gift_text.OPTIONS_LIMIT:
        raise Unusable(f"{len(parts)} answer(s), where 1 to {gift_text.OPTIONS_LIMIT} are needed")
    return [(f"answer {number}", part.strip()) for number, part in enumerate(parts, 1)]


def _number(what: str, part: str, markup: str) -> Choice:
    body, _, feedback = part.partition("#")
    weight, body = gift_text.weight(what, body.strip())
    text = gift_scan.unmasked(body).strip()
    choice = _earning(text, weight, gift_text.feedback(f"the feedback of {what}", feedback, markup))
    low, dots, high = (piece.strip() for piece in text.partition(".."))
    value, colon, tolerance = (piece.strip() for piece in text.partition(":"))
    if text == "*":
        return choice
    for stated in (low, high) if dots else (value, tolerance) if colon else (text,):
        if not numeric.is_number(stated):
            raise Unusable(f"{what} is not a number, value:tolerance, or lowest..highest, like 3.14:0.005")
    if dots:
        return _with(choice, low=low, high=high)
    return _with(choice, value=value, tolerance=tolerance) if colon else _with(choice, value=text)


def _with(choice: Choice, **number: str) -> Choice:
    return Choice(choice.text, choice.is_correct, choice.explanation, choice.weight, number=number)


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
