"""The answers of a GIFT question: its type, and the options that are chosen from."""

import re
from dataclasses import replace

from study_service.banks.bank import MAX_OPTIONS, OPTION_LIMIT, Choice, QuestionType, Unusable
from study_service.banks.gift import written
from study_service.banks.gift.texts import Texts, weight

TRUE, FALSE = ("T", "TRUE"), ("F", "FALSE")

Answer = tuple[QuestionType, tuple[Choice, ...]]


def answer(answers: str, texts: Texts) -> Answer:
    """The type and the options of what stands in the braces. The signs tell the type, checked in Moodle's order."""
    if not answers:
        raise Unusable("essay questions cannot be asked yet")
    if answers.startswith("#"):
        return "numeric", written.numbers(answers[1:], texts)
    if "~" in answers:
        return _choice(answers, texts)
    if "=" in answers and "->" in answers:
        return "drag_drop", written.pairs(answers, texts)
    verdict, *feedback = answers.split("#", 2)
    if verdict.strip().upper() in TRUE + FALSE:
        return _true_false(verdict.strip().upper() in TRUE, [texts.feedback("a feedback", part) for part in feedback])
    return "short_answer", written.short_answers(answers, texts)


def _true_false(is_true: bool, feedback: list[str | None]) -> Answer:
    for_wrong, for_right = [*feedback, None, None][:2]
    return "true_false", (
        Choice("True", is_true, for_right if is_true else for_wrong),
        Choice("False", not is_true, for_wrong if is_true else for_right),
    )


def _choice(answers: str, texts: Texts) -> Answer:
    lead, *parts = re.split("([=~])", answers)
    signs, options = parts[::2], parts[1::2]
    if lead.strip():
        raise Unusable("there is text before the first answer: is a = or ~ missing, or a \\ before one in a text?")
    if not 2 <= len(options) <= MAX_OPTIONS:
        raise Unusable(f"{len(options)} option(s), where 2 to {MAX_OPTIONS} are needed")
    choices = [_option(number, option, texts) for number, option in enumerate(options, 1)]
    if len({choice.text for choice in choices}) < len(choices):
        raise Unusable("two options have the same text")
    kind, marks = _marks(signs, [choice.weight for choice in choices])
    return kind, tuple(replace(choice, is_correct=mark) for choice, mark in zip(choices, marks, strict=True))


def _option(number: int, option: str, texts: Texts) -> Choice:
    """One option, not yet known to be right."""
    text, _, feedback = option.partition("#")
    what = f"option {number}"
    credit, text = weight(what, text.strip())
    text = texts.text(what, text)
    if not text:
        raise Unusable(f"{what} has no text")
    if len(text) > OPTION_LIMIT:
        raise Unusable(f"{what} is longer than {OPTION_LIMIT:,} characters")
    return Choice(text, False, texts.feedback(f"the feedback of {what}", feedback), credit)


def _marks(signs: list[str], weights: list[float | None]) -> tuple[QuestionType, list[bool]]:
    """Which options are right: with a = all that earn full credit, without one all that earn any.

    The = also tells the type, as in Moodle: without it learners may tick several, even if only one is right.
    """
    has_equals = "=" in signs
    earned = [float(sign == "=") if weight is None else weight for sign, weight in zip(signs, weights, strict=True)]
    marks = [credit >= 1 if has_equals else credit > 0 for credit in earned]
    if not any(marks):
        raise Unusable("no right answer: no option earns full credit" if has_equals else "no right answer")
    total = 100 * sum(credit for credit in earned if credit > 0)
    if not has_equals and abs(total - 100) > 1.000001:  # thirds; a little more than 1 since floats are not exact
        raise Unusable(f"the right answers' weights add up to {total:g} %, not to 100 %")
    return "multiple_choice" if has_equals else "multi_select", marks
