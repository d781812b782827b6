"""The plain text of HTML, and plain text as HTML.

What changes no meaning is left out without a word: bold, italics, fonts, colours, comments, styles, what paragraphs and
lists look like. What does change it is a loss, and what a question cannot be understood without makes it unusable.
"""

import html
import re
from dataclasses import dataclass

from study_service.banks.html.text import Text

# What HTML would not show as it is: other space than single ones inside a line.
_LAYOUT = re.compile(r"[\t\r\f\xa0]|  | \n|\n ")


@dataclass(frozen=True, slots=True)
class Shown:
    """`losses` is what the text has not, in words for an author: "the link to https://…"."""

    text: str
    losses: list[str]
    image_url: str | None = None


def shown(markup: str, *, may_have_image: bool = True, is_feedback: bool = False) -> Shown:
    """The text of some HTML without space around it, and what of the HTML is lost.

    The only picture, if it has an address on the web, is the `image_url` and no loss. With `may_have_image` False it
    is one of the pictures that only their alt text stands for. Unusable for broken HTML, for pictures without such a
    text, and for sound, video, drawings and formulas without a label. A feedback can be understood without all of
    those, so there they are losses, and it has no image.
    """
    unix = markup.replace("\r\n", "\n").replace("\r", "\n")
    text = Text(unix, may_have_image=may_have_image and not is_feedback, is_feedback=is_feedback)
    return Shown(text.read(), list(text.losses), text.image_url)


def markup(text: str) -> str:
    """The text as HTML (and XHTML) of which `shown` gives the same text, if there is no space around it."""
    escaped = html.escape(text, quote=False)
    if _LAYOUT.search(text):
        return "<pre>" + escaped.replace("\r", "&#13;") + "</pre>"
    return escaped.replace("\n", "<br/>")
