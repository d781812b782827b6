"""Moodle's questions whose options are put in their places: matching and ordering."""

import re
from itertools import pairwise
from xml.etree.ElementTree import Element

from study_service.banks.bank import OPTION_LIMIT, Choice, Unusable
from study_service.banks.moodlexml import texts
from study_service.banks.moodlexml.answers import Answer, counted, distinct, is_set, stated
from study_service.banks.moodlexml.texts import Texts
from study_service.grading import numeric

_FEWEST = 2  # options that Moodle shows of an order
# How an order is graded in both systems: here it is the exam's rule that says whether part of it earns part.
_GRADED_SO = ("", "RELATIVE", "RELATIVE_NEXT_EXCLUDE_LAST", "ALL_OR_NOTHING")


def matching(question: Element, read: Texts) -> Answer:
    """The options with their targets. A target beside an empty option belongs to none."""
    pairs = [_pair(what, element, read) for what, element in counted(question.findall("subquestion"), 2, "pair")]
    if sum(choice.is_correct for choice in pairs) < 2:
        raise Unusable("a matching question has two pairs at least")
    if not is_set(question, "shuffleanswers", default=True):
        read.losses.append("that its options keep their order")
    return Answer("drag_drop", distinct(pairs, "option"))


def _pair(what: str, element: Element, read: Texts) -> Choice:
    text, target = read.text(element, what, OPTION_LIMIT), _target(what, element.find("answer"), read)
    if not target:
        raise Unusable(f"{what} has no answer")
    return Choice(text, True, target=target) if text else Choice(target, False, is_target=True)


def _target(what: str, element: Element | None, read: Texts) -> str:
    """Plain text in Moodle's own type; the drag and drop type of the same form says its format."""
    if element is not None and "format" in element.attrib:
        return read.text(element, f"the answer of {what}", OPTION_LIMIT)
    target = texts.plain(element, f"the answer of {what}")
    if len(target) > OPTION_LIMIT:
        raise Unusable(f"the answer of {what} is longer than {OPTION_LIMIT:,} characters")
    return target


def ordering(question: Element, read: Texts) -> Answer:
    """The options stand in their right order; Moodle writes their places as fractions, and does not read those."""
    elements = counted(question.findall("answer"), 2, "option")
    if not all(before <= after for before, after in pairwise(_place(what, element) for what, element in elements)):
        raise Unusable("the fractions of its options are in another order than the options")
    options = [_option(place, what, element, read) for place, (what, element) in enumerate(elements)]
    _lose(question, len(options), read.losses)
    return Answer("drag_drop", distinct(options, "option"))


def _option(place: int, what: str, element: Element, read: Texts) -> Choice:
    text = read.text(element, what, OPTION_LIMIT)
    if not text:
        raise Unusable(f"{what} has no text")
    feedback = read.feedback(element.find("feedback"), f"the feedback of {what}")
    return Choice(text, True, feedback, place=place)


def _place(what: str, element: Element) -> float:
    text = element.get("fraction", "").strip() or "0"
    if not numeric.is_number(text):
        raise Unusable(f"{what}: its fraction {text!r} is not a number")
    return float(text)


def _lose(question: Element, count: int, losses: list[str]) -> None:
    """What a learner of ours sees or gets otherwise: all options, and the exam's way of grading."""
    chosen = stated(question, "selecttype", stated(question, "logical", "RANDOM")).upper()
    shown = stated(question, "selectcount", stated(question, "studentsee", "6"))
    shown = shown if re.fullmatch("[0-9]{1,3}", shown) and int(shown) > _FEWEST else str(_FEWEST)
    if chosen not in ("ALL", "EXACT") and int(shown) < count:
        losses.append(f"that only {int(shown)} of its {count} options are shown")
    if (graded := stated(question, "gradingtype").upper()) not in _GRADED_SO:
        losses.append(f"that its order is graded by {graded}")
