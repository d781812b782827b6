"""Moodle's questions whose answer is written: shortanswer and numerical."""

from decimal import Decimal
from xml.etree.ElementTree import Element

from study_service.banks.bank import Choice, Unusable
from study_service.banks.moodlexml import texts, units
from study_service.banks.moodlexml.answers import Answer, counted, credited, distinct, is_set, stated
from study_service.banks.moodlexml.texts import Texts
from study_service.grading import numeric, short_answer


def shortanswer(question: Element, read: Texts) -> Answer:
    """The accepted texts, which are never HTML; * is any text in both systems."""
    sensitive = is_set(question, "usecase", default=False)
    accepted = []
    for what, element in counted(question.findall("answer"), 1, "answer"):
        text = texts.plain(element, what)
        if not text:
            raise Unusable(f"{what} has no text")
        if len(text) > short_answer.LONGEST:
            raise Unusable(f"{what} is longer than {short_answer.LONGEST} characters")
        accepted.append(_earning(Choice(text, False, case_sensitive=sensitive), what, element, read))
    return Answer("short_answer", _usable(accepted))


def numerical(question: Element, read: Texts) -> Answer:
    accepted = [
        _earning(_number(what, element), what, element, read)
        for what, element in counted(question.findall("answer"), 1, "answer")
    ]
    unit, others = units.read(question, read.losses)
    return Answer("numeric", _usable(accepted), unit, others)


def _number(what: str, element: Element) -> Choice:
    """A number with its tolerance, of which only the size counts, or any number. The text is as GIFT has it."""
    value, tolerance = texts.plain(element, what), stated(element, "tolerance", "0")
    if value == "*":
        return Choice(value, False)
    if not numeric.is_number(value) or not numeric.is_number(tolerance):
        raise Unusable(f"{what} is not a number with a tolerance, or *")
    if Decimal(tolerance) == 0:
        return Choice(value, False, number={"value": value})
    tolerance = tolerance.lstrip("+-")
    return Choice(f"{value}:{tolerance}", False, number={"value": value, "tolerance": tolerance})


def _earning(choice: Choice, what: str, element: Element, read: Texts) -> Choice:
    """The accepted text or number with its credit: right if that is all, else only worth something."""
    credit = credited(element, what)
    feedback = read.feedback(element.find("feedback"), f"the feedback of {what}")
    return Choice(
        choice.text,
        credit == 1,
        feedback,
        None if credit in (0, 1) else credit,
        number=choice.number,
        case_sensitive=choice.case_sensitive,
    )


def _usable(accepted: list[Choice]) -> tuple[Choice, ...]:
    if not any(choice.is_correct for choice in accepted):
        raise Unusable("no right answer: none has the fraction 100")
    return distinct(accepted, "answer")
