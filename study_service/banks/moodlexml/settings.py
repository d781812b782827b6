"""What of a Moodle question has no place in ours, in words for its author."""

import re
from collections.abc import Iterator
from decimal import Decimal
from xml.etree.ElementTree import Element

from study_service.banks.moodlexml import texts
from study_service.banks.moodlexml.answers import is_set, stated
from study_service.grading import numeric

_OVERALL = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
# What Moodle itself puts there: it tells a learner no more than the marks do.
_OVERALL_DEFAULTS = (
    "Your answer is correct.",
    "Your answer is partially correct.",
    "Your answer is incorrect.",
)
# What a further try costs where the author has not said anything, and what it costs with us: nothing.
_PENALTIES = ("0.1", "0.3333333", "0")
_ROUNDED = Decimal("0.005")  # how far from a third older Moodles have rounded
_PRESENTATION = {
    *("answernumbering", "showstandardinstruction", "shownumcorrect", "correctresponsesfeedback"),
    *("layouttype", "showgrading", "numberingstyle"),
}
_READ = {
    *("name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden", "idnumber", "tags", "coursetags"),
    *("image", "image_base64", "single", "shuffleanswers", "weights", "usecase", "answer", "subquestion", "hint"),
    *("units", "unitgradingtype", "unitpenalty", "showunits", "unitsleft", "instructions"),
    *("selecttype", "selectcount", "logical", "studentsee", "gradingtype"),
}
_OFTEN = {"answer", "subquestion", "hint"}


def lost(question: Element, text: str) -> Iterator[str]:
    """`text` is the question's, as it is shown."""
    name = texts.plain(question.find("name"), "the name")
    if not _begins(text, name):
        yield f"the name {name!r}"
    yield from _marking(question)
    if is_set(question, "hidden", default=False):
        yield "that it is hidden"
    if hints := len(question.findall("hint")):
        yield f"{hints} hint{'s' if hints > 1 else ''}"
    if overall := [tag for tag in _OVERALL if _is_told(question.find(tag))]:
        yield f"the feedback for all of an answer ({', '.join(overall)})"
    yield from (f"the tag {tag!r} of a course" for tag in tags(question.find("coursetags")))
    yield from (f"the file {name!r}, which no text refers to" for name in texts.unused_files(question))
    yield from _unread(question)


def tags(element: Element | None) -> list[str]:
    """The tags in an element, each once."""
    listed = [] if element is None else [texts.plain(tag, "a tag") for tag in element.findall("tag")]
    return list(dict.fromkeys(filter(None, listed)))


def _begins(text: str, name: str) -> bool:
    """Whether the name is made of the text, as Moodle makes one: its beginning, with … or ... where it is cut."""
    beginning = re.sub(r"(\.\.\.|…)$", "", " ".join(name.split()))
    return " ".join(text.split()).startswith(beginning.rstrip())


def _marking(question: Element) -> Iterator[str]:
    if not _is_near(mark := stated(question, "defaultgrade", "1"), "1"):
        yield f"the mark of {_short(mark)}"
    usual = (*_PENALTIES, "1") if question.get("type") == "truefalse" else _PENALTIES
    penalty = stated(question, "penalty", "0")
    if not any(_is_near(penalty, other) for other in usual):
        yield f"the penalty of {_short(penalty)} for a further try"


def _is_near(text: str, other: str) -> bool:
    return numeric.is_number(text) and abs(Decimal(text) - Decimal(other)) < _ROUNDED


def _short(text: str) -> str:
    return f"{float(text):g}" if numeric.is_number(text) else repr(text)


def _is_told(element: Element | None) -> bool:
    text = texts.plain(element, "the feedback for all of an answer")
    return re.sub("<[^<>]*>", "", text).strip() not in ("", *_OVERALL_DEFAULTS)


def _unread(question: Element) -> Iterator[str]:
    """What is there twice, and elements of plugins and of Moodles to come, unless they are empty."""
    seen: set[str] = set()
    for child in question:
        known = child.tag in _READ or child.tag in _OVERALL
        if known and child.tag in seen and child.tag not in _OFTEN:
            yield f"a second <{child.tag}>"
        elif not known and child.tag not in seen and child.tag not in _PRESENTATION and not _is_empty(child):
            yield f"<{child.tag}>"
        seen.add(child.tag)


def _is_empty(element: Element) -> bool:
    return not any((part.text or "").strip() or part.attrib for part in element.iter())
