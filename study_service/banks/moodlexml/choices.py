"""Moodle's questions whose options are all shown: multichoice and truefalse."""

from dataclasses import replace
from xml.etree.ElementTree import Element

from study_service.banks.bank import OPTION_LIMIT, Choice, Unusable
from study_service.banks.moodlexml import texts
from study_service.banks.moodlexml.answers import Answer, counted, credited, distinct, is_set, stated
from study_service.banks.moodlexml.texts import Texts

ROUNDED = 0.010000001  # how far from 1 the credits of all right options may be: three times 33 % is all
_TRUTHS = {"true", "false"}


def multichoice(question: Element, read: Texts) -> Answer:
    """`single` tells the type, never the number of right options."""
    elements = counted(question.findall("answer"), 2, "option")
    options = distinct((_option(what, element, read) for what, element in elements), "option")
    if stated(question, "shuffleanswers"):
        options = _placed(options, shuffled=is_set(question, "shuffleanswers", default=True))
    if is_set(question, "single", default=True):
        return Answer("multiple_choice", _one_right(options))
    options = _some_right(options)
    if stated(question, "weights") == "none":
        options = tuple(replace(option, weight=None) for option in options)
    return Answer("multi_select", options)


def _option(what: str, element: Element, read: Texts) -> Choice:
    """One option with its credit, not yet known to be right."""
    text = read.text(element, what, OPTION_LIMIT)
    if not text:
        raise Unusable(f"{what} has no text")
    feedback = read.feedback(element.find("feedback"), f"the feedback of {what}")
    return Choice(text, False, feedback, credited(element, what))


def _placed(options: tuple[Choice, ...], *, shuffled: bool) -> tuple[Choice, ...]:
    return options if shuffled else tuple(replace(option, fixed=True) for option in options)


def _one_right(options: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Each option of full credit is right; part of it, and penalties, stay with the others."""
    options = tuple(
        replace(option, is_correct=option.weight == 1, weight=None if option.weight in (0, 1) else option.weight)
        for option in options
    )
    if not any(option.is_correct for option in options):
        raise Unusable("no right option: none has the fraction 100")
    return options


def _some_right(options: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Each option that earns anything is right. All of them together earn full credit, but for rounding."""
    gains = sum(option.weight for option in options if option.weight is not None and option.weight > 0)
    if not gains:
        raise Unusable("no right option: none has a fraction above 0")
    if abs(gains - 1) > ROUNDED:
        raise Unusable(f"the fractions of the right options add up to {100 * gains:g}, not to 100")
    return tuple(
        replace(option, is_correct=(option.weight or 0) > 0, weight=option.weight or None) for option in options
    )


def truefalse(question: Element, read: Texts) -> Answer:
    """One of the two answers has the fraction 100.

    Old Moodles wrote "true" and "false" in the author's language. Then the first answer is "true", as Moodle reads it.
    """
    elements = question.findall("answer")
    words = [texts.plain(element, "an answer") for element in elements]
    order = [word.lower() for word in words]
    if len(set(order)) != 2 or len(order) != 2 or "" in order:
        raise Unusable("its answers are not true and false")
    if set(order) != _TRUTHS:
        if set(order) & _TRUTHS:
            raise Unusable(f"its answers are {words[0]!r} and {words[1]!r}, not true and false")
        read.losses.append(f"its answers {words[0]!r} and {words[1]!r}, which are read as true and false")
        order = ["true", "false"]
    return Answer("true_false", _one_true(order, elements, read))


def _one_true(order: list[str], elements: list[Element], read: Texts) -> tuple[Choice, ...]:
    options = []
    for word, element in zip(order, elements, strict=True):
        what = f"the answer {word}"
        feedback = read.feedback(element.find("feedback"), f"the feedback of {what}")
        options.append(Choice(word.capitalize(), credited(element, what) == 1, feedback))
    if sum(option.is_correct for option in options) != 1:
        raise Unusable("not exactly one of true and false has the fraction 100")
    return tuple(options)
