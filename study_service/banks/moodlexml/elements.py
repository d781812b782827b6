"""A question as an element of a Moodle file."""

import html as entities
from xml.etree.ElementTree import Element, SubElement

from study_service.banks import html, paths
from study_service.banks.bank import Objective, Question, Unusable
from study_service.banks.moodlexml import answer_elements, parts

_NAME = 80  # characters of a name that Moodle makes
_ID = 100  # and of an id number, at most


def category(name: str | None, objective: Objective | None) -> Element:
    """The element that begins a category, with what is known of its objective."""
    element = Element("question", type="category")
    parts.plain(SubElement(element, "category"), paths.path(name))
    if objective and objective.description:
        parts.formatted(element, "info", objective.description)
    if objective and objective.code:
        parts.settings(element, idnumber=_id(objective.code))
    return element


def question(asked: Question) -> Element:
    """Raises Unusable for a question that no type of Moodle can ask."""
    element = Element("question", type=answer_elements.kind(asked))
    parts.plain(SubElement(element, "name"), _name(parts.allowed(asked.text)))
    text = SubElement(SubElement(element, "questiontext", format="html"), "text")
    text.text = _markup(asked)
    if asked.explanation or "explanation" in asked.states:
        parts.formatted(element, "generalfeedback", asked.explanation or "")
    penalty = "1" if asked.type == "true_false" else "0.3333333"
    parts.settings(element, defaultgrade="1", penalty=penalty, hidden="0", idnumber=_id(asked.external_id))
    answer_elements.add(element, asked)
    if asked.tags or "tags" in asked.states:
        tags = SubElement(element, "tags")
        for tag in asked.tags:
            parts.plain(SubElement(tags, "tag"), tag)
    return element


def _name(text: str) -> str:
    """The beginning of the text, as Moodle makes a name where an author gives none."""
    words = " ".join(text.split())
    if len(words) <= _NAME:
        return words
    words = words[: _NAME - len("...")]
    return (words.rpartition(" ")[0] or words) + "..."


def _id(name: str | None) -> str:
    """The id, none in place of one that Moodle would not store."""
    return name if name and len(name) <= _ID else ""


def _markup(asked: Question) -> str:
    """The text and, if it will be found there again, the picture."""
    text = html.markup(parts.allowed(asked.text))
    if not asked.image_url:
        return text
    address = entities.escape(parts.allowed(asked.image_url))
    with_image = f'{text}<p><img src="{address}" alt=""/></p>'
    try:
        return with_image if html.shown(with_image).image_url == asked.image_url else text
    except Unusable:
        return text
