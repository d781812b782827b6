"""One question as an assessment item of QTI 2.1."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from study_service.banks.bank import Question, QuestionType, Unusable
from study_service.banks.qti import identifiers
from study_service.banks.qti.writing import choices, entries, numbers, pairs, pictures
from study_service.banks.qti.writing.asking import FEEDBACK, Asking
from study_service.banks.qti.writing.elements import DECLARATION, Notes, element

_NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_TITLE_LIMIT = 80
_WRITERS: Mapping[QuestionType, Callable[[Question, Notes], Asking]] = {
    "multiple_choice": choices.one,
    "true_false": choices.one,
    "multi_select": choices.several,
    "drag_drop": pairs.write,
    "short_answer": entries.write,
    "numeric": numbers.write,
    "hotspot": pictures.write,
}
# Shown whatever one answers, without a word in the response processing: the outcome never has this identifier.
_EXPLANATION = {"outcomeIdentifier": "EXPLANATION", "identifier": "none", "showHide": "hide"}


@dataclass(frozen=True, slots=True)
class Item:
    """An item as XML, and what of the question is lost. `xml` is None where nothing can be written."""

    xml: str | None
    losses: list[str]


def write(question: Question, number: int) -> Item:
    """The item of a question that is the `number`th of its package."""
    notes = Notes()
    try:
        asking = _WRITERS[question.type](question, notes)
        return Item(DECLARATION + _item(question, number, asking, notes), notes.losses)
    except Unusable as reason:
        return Item(None, [f"left out: {reason}"])


def _item(question: Question, number: int, asking: Asking, notes: Notes) -> str:
    attributes = {
        "xmlns": _NAMESPACE,
        "identifier": identifiers.written(question.external_id, number),
        "title": _title(question, notes),
        "adaptive": "false",
        "timeDependent": "false",
        "toolName": identifiers.TOOL,
        "toolVersion": "1",
    }
    explanation = "" if question.explanation is None else _explanation(question.explanation, notes)
    return element(
        "assessmentItem",
        attributes,
        asking.declaration,
        _outcomes(asking, has_explanation=bool(explanation)),
        element("itemBody", None, _body(question, asking, notes)),
        asking.processing,
        *asking.comments,
        explanation,
    )


def _title(question: Question, notes: Notes) -> str:
    """The start of the text: there is no question whose title is its own."""
    text = " ".join(Notes().plain("the title", question.text).split())
    return text if len(text) <= _TITLE_LIMIT else text[:_TITLE_LIMIT] + "…"


def _explanation(text: str, notes: Notes) -> str:
    return element("modalFeedback", _EXPLANATION, notes.markup("the explanation", text))


def _outcomes(asking: Asking, *, has_explanation: bool) -> str:
    zero = element("defaultValue", None, element("value", None, "0"))
    score = {"identifier": "SCORE", "cardinality": "single", "baseType": "float"}
    listed = [element("outcomeDeclaration", score, zero)]
    if asking.feedback is not None:
        outcome = {"identifier": FEEDBACK, "cardinality": asking.feedback, "baseType": "identifier"}
        listed.append(element("outcomeDeclaration", outcome))
    if has_explanation:
        outcome = {"identifier": "EXPLANATION", "cardinality": "single", "baseType": "identifier"}
        listed.append(element("outcomeDeclaration", outcome))
    return "".join(listed)


def _body(question: Question, asking: Asking, notes: Notes) -> str:
    text = element("div", None, notes.markup("the question text", question.text))
    if asking.interaction == entries.INTERACTION:
        return text + _picture(question, notes) + element("p", None, asking.interaction)
    return text + _picture(question, notes) + asking.interaction


def _picture(question: Question, notes: Notes) -> str:
    """The picture beside a question; that of a question about places in it is in its interaction."""
    if question.image_url is None or question.type == "hotspot":
        return ""
    notes.lose("the size of its picture", when=question.image_size)
    if not pictures.is_on_web(question.image_url):
        notes.lose(f"its picture, which has no address on the web: {question.image_url}")
        return ""
    return element("p", None, element("img", {"src": question.image_url, "alt": ""}))
