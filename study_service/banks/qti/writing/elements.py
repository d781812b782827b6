"""XML as it is written: elements, and texts without what XML cannot hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from study_service.banks import html

# All but the characters of XML 1.0 (production 2, Char).
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def element(tag: str, attributes: Mapping[str, str] | None = None, *content: str) -> str:
    """An element of content that is XML already."""
    stated = "".join(f' {name}="{value.translate(_ESCAPED)}"' for name, value in (attributes or {}).items())
    return f"<{tag}{stated}>{''.join(content)}</{tag}>" if content else f"<{tag}{stated}/>"


def text_element(tag: str, text: str, attributes: Mapping[str, str] | None = None) -> str:
    """An element of text."""
    return element(tag, attributes, text.translate(_ESCAPED))


@dataclass(slots=True)
class Notes:
    """What of a question is lost on the way, in words for whoever exports it."""

    losses: list[str] = field(default_factory=list)

    def lose(self, what: str, *, when: object = True) -> None:
        if when:
            self.losses.append(what)

    def plain(self, what: str, text: str) -> str:
        """The text as XML can hold it, without space around it."""
        kept = _NO_XML.sub("", text)
        self.lose(f"control characters in {what}", when=kept != text)
        self.lose(f"the space around {what}", when=kept.strip() != kept)
        return kept.strip()

    def markup(self, what: str, text: str) -> str:
        """The text as XHTML."""
        return html.markup(self.plain(what, text))
