"""One assessment item as a question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from study_service.banks.bank import Column, Question, Unusable
from study_service.banks.qti import (
    choices,
    declared,
    entries,
    feedback,
    identifiers,
    names,
    numbers,
    orders,
    pairs,
    pictures,
    processing,
)
from study_service.banks.qti.asked import Answer, Asked
from study_service.banks.qti.body import BLANK, Body, Texts
from study_service.banks.qti.declared import Response

_INLINE = {"inlineChoiceInteraction", "textEntryInteraction"}
_READERS: Mapping[str, Callable[[Asked], Answer]] = {
    "choiceInteraction": choices.read,
    "inlineChoiceInteraction": choices.read,
    "orderInteraction": orders.read,
    "matchInteraction": pairs.match,
    "gapMatchInteraction": pairs.gaps,
    "hotspotInteraction": pictures.hotspots,
    "selectPointInteraction": pictures.points,
}
_REASONS = {
    "associateInteraction": "its pairs are made within one list, and here an option and its target are of two",
    "customInteraction": "its interaction is a program of its own",
    "drawingInteraction": "its answer is drawn",
    "endAttemptInteraction": "it only ends an attempt",
    "extendedTextInteraction": "essay questions cannot be asked yet",
    "graphicAssociateInteraction": "pairs of places in a picture cannot be asked yet",
    "graphicGapMatchInteraction": "what is put into places of a picture cannot be asked yet",
    "graphicOrderInteraction": "an order of places in a picture cannot be asked yet",
    "hottextInteraction": "words chosen in a text cannot be asked yet",
    "mediaInteraction": "its interaction is a sound or a video",
    "portableCustomInteraction": "its interaction is a program of its own",
    "positionObjectInteraction": "places in a picture where something is put cannot be asked yet",
    "sliderInteraction": "a value on a slider cannot be asked yet",
    "uploadInteraction": "its answer is a file",
}


@dataclass(frozen=True, slots=True)
class Read:
    """A question, and what of its item is lost, in words for its author."""

    question: Question
    losses: list[str]


def read(root: Element, item: int, line: int | None) -> Read:
    """The question that an item asks. Unusable where it is none that can be asked and graded here."""
    _refuse_changing(root)
    interaction, texts = _interaction(root), Texts()
    response = _response(root, interaction)
    handled = processing.processing(root, response)
    text, gaps = _text(root, interaction, texts)
    question = Asked(interaction, response, handled, texts, feedback.feedbacks(root, texts), gaps)
    answer = _reader(question)(question)
    asked = Question(
        item=item,
        line=line,
        text=text or _title(root),
        type=answer.type,
        choices=identifiers.restored(root, answer.choices),
        explanation=answer.explanation,
        image_url=answer.image_url or texts.image_url,
        external_id=identifiers.of_item(root),
        states=_states(answer, texts),
        image_size=answer.image_size,
    )
    return Read(asked, list(dict.fromkeys(texts.losses)))


def _refuse_changing(root: Element) -> None:
    if names.is_true(root, "adaptive"):
        raise Unusable("it is adaptive: it changes with each attempt")
    for element in root.iter():
        if element.tag in ("templateDeclaration", "templateProcessing"):
            raise Unusable("it is a template: its values are made up anew for each learner")
        if element.tag in ("assessmentStimulusRef", "include"):
            raise Unusable(f"a part of it is in another file (<{element.tag}>)")


def _interaction(root: Element) -> Element:
    """The one interaction. Unusable where there are more, and where it is none that we can ask."""
    listed = [element for element in root.iter() if element.tag.endswith("Interaction")]
    if not listed:
        raise Unusable("there is no interaction in it, so nothing to answer")
    for element in listed:
        if element.tag in _REASONS:
            raise Unusable(_REASONS[element.tag])
        if element.tag not in _READERS and element.tag != "textEntryInteraction":
            raise Unusable(f"its interaction is not known: {element.tag[:60]}")
    if len(listed) > 1:
        raise Unusable(f"it has {len(listed)} interactions, and a question here has one answer")
    return listed[0]


def _response(root: Element, interaction: Element) -> Response:
    wanted = names.needed(interaction, "responseIdentifier")
    for element in root:
        if element.tag == "responseDeclaration" and element.get("identifier", "").strip() == wanted:
            return declared.response(element)
    raise Unusable(f"its response {wanted[:60]!r} is not declared")


def _reader(question: Asked) -> Callable[[Asked], Answer]:
    if question.interaction.tag != "textEntryInteraction":
        return _READERS[question.interaction.tag]
    if question.response.base_type in declared.NUMBERS:
        return numbers.read
    if question.response.base_type != "string":
        raise Unusable(f"what is written is neither a text nor a number, but a {question.response.base_type[:20]!r}")
    return entries.read


def _text(root: Element, interaction: Element, texts: Texts) -> tuple[str, list[str]]:
    """The question text, in which the interaction is a blank or its prompt; and the gaps in it.

    A blank at the end is left out: there the answer is expected anyway.
    """
    element = names.first(root, "itemBody")
    if element is None:
        raise Unusable("it has no itemBody")
    inner = Body(texts)
    inner.in_place = BLANK if interaction.tag in _INLINE else inner.html(_shown(interaction))
    body = Body(texts, interaction, inner.in_place)
    text = texts.question(body.html(element))
    return (text.removesuffix(BLANK).rstrip() if interaction.tag in _INLINE else text), inner.gaps


def _shown(interaction: Element) -> Element:
    """What of a block interaction belongs to the question text: its prompt, and the text that has gaps in it."""
    shown = Element("div")
    is_text = interaction.tag == "gapMatchInteraction"
    shown.extend(c for c in interaction if c.tag == "prompt" or (is_text and c.tag not in ("gapText", "gapImg")))
    return shown


def _title(root: Element) -> str:
    title = root.get("title", "").strip()
    if not title:
        raise Unusable("there is no question text: no body, no prompt and no title")
    return title


def _states(answer: Answer, texts: Texts) -> frozenset[Column]:
    stated: dict[Column, str | None] = {
        "explanation": answer.explanation,
        "image_url": answer.image_url or texts.image_url,
    }
    return frozenset(column for column, value in stated.items() if value)
