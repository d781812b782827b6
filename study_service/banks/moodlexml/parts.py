"""What the elements of a Moodle file are put together from."""

import re
from xml.etree.ElementTree import Element, SubElement

from study_service.banks import html

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def allowed(text: str) -> str:
    """The text without characters that no XML may have."""
    return _NO_XML.sub("", text)


def plain(parent: Element, text: str) -> None:
    SubElement(parent, "text").text = _with_line_ends(allowed(text))


def formatted(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    """An element with a plain text as HTML."""
    element = SubElement(parent, tag, attributes, format="html")
    SubElement(element, "text").text = html.markup(allowed(text))
    return element


def settings(parent: Element, **texts: str) -> None:
    for tag, text in texts.items():
        SubElement(parent, tag).text = _with_line_ends(allowed(text))


def _with_line_ends(text: str) -> str:
    """The text with the line ends that any reader of XML makes of others."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
