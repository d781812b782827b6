"""What a question loses in Moodle XML: what the reader does not find again in what was written of it."""

from collections.abc import Iterator
from dataclasses import replace

from study_service.banks.bank import Choice, Question, Unusable
from study_service.banks.moodlexml.answer_elements import stays
from study_service.grading import credit

_COLUMNS = {
    "text": "some characters or space of the question text",
    "explanation": "some characters or space of the explanation",
    "difficulty": "the difficulty {}",
    "reference": "the reference {!r}",
    "external_link": "the link {}",
    "image_url": "the picture {}",
    "external_id": "the id {!r} as it is written",
    "tags": "the tags as they are written",
}
_OF_ALL = {
    "weight": "the credits of its options",
    "fixed": "which of its options keep their place",
    "name": "the ids of its options",
    "case_sensitive": "which of its answers are case-sensitive",
}


def lost(question: Question, back: Question) -> Iterator[str]:
    """In words for a moderator. Raises Unusable where it would be another question."""
    question, back = meant(question), meant(back)
    if _key(question) != _key(back):
        raise Unusable("its answers are not what Moodle can write")
    for column, what in _COLUMNS.items():
        if getattr(question, column) != getattr(back, column):
            yield what.format(getattr(question, column))
    yield from (f"the unit {name!r}" for name in question.units if name not in back.units)
    for number, (choice, other) in enumerate(zip(question.choices, back.choices, strict=True), 1):
        yield from _of_option(number, choice, other)
    for attribute, what in _OF_ALL.items():
        if [getattr(choice, attribute) for choice in question.choices] != [
            getattr(choice, attribute) for choice in back.choices
        ]:
            yield what
    if len({choice.fixed for choice in back.choices}) > 1:
        yield "that some of its options stay behind the others"


def meant(question: Question) -> Question:
    """The question, in which all that means the same is the same."""
    choices = [
        replace(choice, explanation=choice.explanation or None, weight=_weight(question, choice), fixed=fixed)
        for choice, fixed in zip(question.choices, stays(question), strict=True)
    ]
    if any(choice.place is not None for choice in choices):
        choices.sort(key=lambda choice: choice.place or 0)
        choices = [replace(choice, place=place) for place, choice in enumerate(choices)]
    return replace(question, choices=tuple(choices), explanation=question.explanation or None)


def _weight(question: Question, choice: Choice) -> float | None:
    """The credit where it counts: a right option earns all of it, unless several options earn parts together."""
    if choice.weight is None or question.type == "drag_drop":
        return None
    if choice.is_correct and question.type != "multi_select":
        return None
    return float(credit.exact(choice.weight)) or None


def _key(question: Question) -> object:
    """What a right answer is."""
    places = [(choice.is_correct, choice.is_target, choice.target, choice.place) for choice in question.choices]
    return question.type, question.unit, places


def _of_option(number: int, choice: Choice, other: Choice) -> Iterator[str]:
    if choice.number or other.number:
        if (choice.text, choice.number) != (other.text, other.number):
            yield f"that answer {number} is written {choice.text!r} and not {other.text!r}"
    elif choice.text != other.text:
        yield f"some characters or space of option {number}"
    if choice.explanation != other.explanation:
        yield f"the feedback of option {number}"
