"""One question of a Moodle file."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from study_service.banks.bank import ID_LIMIT, MAX_TAGS, TAG_LIMIT, Column, Question, Unusable
from study_service.banks.html import Shown
from study_service.banks.moodlexml import choices, placed, settings, written
from study_service.banks.moodlexml.answers import Answer, stated
from study_service.banks.moodlexml.texts import Texts

_ANSWERS: dict[str, Callable[[Element, Texts], Answer]] = {
    "multichoice": choices.multichoice,
    "truefalse": choices.truefalse,
    "shortanswer": written.shortanswer,
    "numerical": written.numerical,
    "matching": placed.matching,
    "match": placed.matching,
    "ddmatch": placed.matching,
    "ordering": placed.ordering,
}
_GAPS = "questions with words for the gaps of a text cannot be asked yet"
_DRAGGED = "questions whose labels are dragged onto a picture cannot be asked yet"
_FORMULA = "questions with other numbers for each learner cannot be asked yet"
_PARTS = "questions of several parts (cloze) cannot be asked yet"
_REFUSED = {
    "calculated": _FORMULA,
    "calculatedmulti": _FORMULA,
    "calculatedsimple": _FORMULA,
    "cloze": _PARTS,
    "ddimageortext": _DRAGGED,
    "ddmarker": _DRAGGED,
    "ddwtos": _GAPS,
    "description": "it is a description, which asks nothing",
    "essay": "essay questions cannot be asked yet",
    "gapselect": _GAPS,
    "multianswer": _PARTS,
    "random": "it stands for any question of its category",
    "randomsamatch": "questions made of others (random matching) cannot be asked yet",
}


def read(element: Element, item: int, line: int | None, objective: str | None) -> tuple[Question, list[str]]:
    """The question, and what of it is lost. Raises Unusable."""
    kind = element.get("type", "").strip()
    if kind not in _ANSWERS:
        raise Unusable(_REFUSED.get(kind, f"questions of the type {kind!r} cannot be asked yet"))
    texts = Texts(element)
    shown = _text(element, texts)
    answer = _ANSWERS[kind](element, texts)
    question = Question(
        item,
        line,
        shown.text,
        answer.type,
        answer.choices,
        objective,
        explanation=texts.feedback(element.find("generalfeedback"), "the general feedback"),
        tags=_tags(element),
        image_url=shown.image_url,
        external_id=_external_id(element),
        states=_states(element, shown),
        unit=answer.unit,
        units=answer.units,
    )
    return question, [*texts.losses, *settings.lost(element, shown.text)]


def _text(element: Element, texts: Texts) -> Shown:
    if stated(element, "image") or stated(element, "image_base64"):
        raise Unusable("there is a picture in the file beside its text, and it cannot be understood without")
    shown = texts.question(element)
    if not shown.text:
        raise Unusable("there is no question text")
    return shown


def _tags(element: Element) -> tuple[str, ...]:
    tags = tuple(settings.tags(element.find("tags")))
    if len(tags) > MAX_TAGS or any(len(tag) > TAG_LIMIT for tag in tags):
        raise Unusable(f"more than {MAX_TAGS} tags, or one that is longer than {TAG_LIMIT} characters")
    return tags


def _external_id(element: Element) -> str | None:
    name = stated(element, "idnumber")
    if len(name) > ID_LIMIT:
        raise Unusable(f"its id number is longer than {ID_LIMIT} characters")
    return name or None


def _states(element: Element, shown: Shown) -> frozenset[Column]:
    """A question without tags or feedback says so only if there is an empty element for them."""
    states: set[Column] = {"image_url"} if shown.image_url else set()
    if element.find("generalfeedback") is not None:
        states.add("explanation")
    if element.find("tags") is not None:
        states.add("tags")
    return frozenset(states)
