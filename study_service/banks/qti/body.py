"""The texts of an item: its body as HTML, and that as plain text with what is lost of it."""

import html as markup
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from study_service.banks import html
from study_service.banks.bank import OPTION_LIMIT, TEXT_LIMIT, Unusable
from study_service.banks.qti import names

BLANK = "_____"
FEEDBACKS = ("feedbackInline", "feedbackBlock", "modalFeedback")
_TEMPLATES = ("printedVariable", "templateInline", "templateBlock")
_EMPTY = ("br", "col", "hr", "img", "source", "track", "wbr", "embed", "param", "area", "input")
_UNSHOWN = ("stylesheet", "catalogInfo", "companionMaterialsInfo", *FEEDBACKS)
_NAMES = {"contentBody": "div", "rubricBlock": "div", "prompt": "div", "simpleMatchSet": "div"}


@dataclass(slots=True)
class Texts:
    """The texts of one item as they are read. `losses` are in words for its author."""

    losses: list[str] = field(default_factory=list)
    image_url: str | None = None

    def question(self, source: str) -> str:
        shown = html.shown(source)
        self.image_url = shown.image_url
        return self._noted("the question text", shown, TEXT_LIMIT)

    def option(self, what: str, source: str) -> str:
        return self._noted(what, html.shown(source, may_have_image=False), OPTION_LIMIT)

    def feedback(self, what: str, source: str) -> str:
        return self._noted(what, html.shown(source, may_have_image=False), TEXT_LIMIT)

    def _noted(self, what: str, shown: html.Shown, limit: int) -> str:
        if len(shown.text) > limit:
            raise Unusable(f"{what} is longer than {limit:,} characters")
        self.losses += [f"{what} loses {loss}" for loss in shown.losses]
        return shown.text


@dataclass(slots=True)
class Body:
    """Writes an item's body as HTML. What stands where the interaction is, is `in_place`; `gaps` are in their order."""

    texts: Texts
    interaction: Element | None = None
    in_place: str = ""
    gaps: list[str] = field(default_factory=list)

    def html(self, element: Element) -> str:
        """The inside of an element as HTML."""
        parts = [markup.escape(element.text or "", quote=False)]
        for child in element:
            parts += [self._element(child), markup.escape(child.tail or "", quote=False)]
        return "".join(parts)

    def _element(self, element: Element) -> str:
        tag = element.tag
        if element is self.interaction:
            return self.in_place
        if tag in _UNSHOWN or (tag == "rubricBlock" and not self._is_for_candidates(element)):
            return ""
        if tag in _TEMPLATES or tag == "include":
            raise Unusable(f"its text is put together when it is shown (<{tag}>)")
        if tag == "infoControl":
            self.texts.losses.append("a hint that learners may open is lost")
            return ""
        if tag == "gap":
            self.gaps.append(names.needed(element, "identifier"))
            return f"[{len(self.gaps)}]"
        if tag == "object" and element.get("data"):
            return self._picture(element)
        return self._tagged(_NAMES.get(tag, tag), element)

    def _tagged(self, tag: str, element: Element) -> str:
        attributes = "".join(f' {name}="{markup.escape(value)}"' for name, value in element.attrib.items())
        if tag in _EMPTY:
            return f"<{tag}{attributes}>"
        return f"<{tag}{attributes}>{self.html(element)}</{tag}>"

    def _picture(self, element: Element) -> str:
        """An object that is a picture, as HTML writes pictures."""
        if not element.get("type", "").startswith("image/"):
            return self._tagged("object", element)
        label = names.text(element) or element.get("aria-label", "")
        return f'<img src="{markup.escape(element.get("data", ""))}" alt="{markup.escape(label)}">'

    def _is_for_candidates(self, rubric: Element) -> bool:
        views = rubric.get("view", "").split()
        if "candidate" not in views:
            self.texts.losses.append(f"a rubric for others than learners (view {' '.join(views)!r}) is lost")
        return "candidate" in views


def text_of(texts: Texts, what: str, element: Element) -> str:
    """The text of an option, without the feedback in it."""
    shown = texts.option(what, Body(texts).html(element))
    if not shown:
        raise Unusable(f"{what} has no text")
    return shown
