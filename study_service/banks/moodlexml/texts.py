"""The texts of a Moodle question: plain, whatever format they were written in."""

import html as entities
import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from study_service.banks import html
from study_service.banks.bank import TEXT_LIMIT, Unusable
from study_service.banks.html import Shown

MAX_SIGNS = 20_000  # in one text, of which 10,000 characters may be shown
_FILES = "@@PLUGINFILE@@"  # stands in an address for the place of the text's own files
# Formats whose signs are shown as they are written, and what may be such a sign.
_SIGNED = {"markdown": "Markdown", "wiki_like": "wiki markup"}
_SIGN = re.compile(r"[*_`#<>&|\\\[\]]|^[ \t]*([-+=]|[0-9]{1,9}[.)])", re.MULTILINE)


class Texts:
    """Reads the texts of one question; `losses` grows by what they lose. `what` is the name of a text in messages."""

    def __init__(self, question: Element) -> None:
        self.losses: list[str] = []
        # Texts that do not say their format have that of the question's text, which has HTML if it does not say one.
        self.inherited = _format(question.find("questiontext"), "html")

    def text(self, element: Element | None, what: str, limit: int = TEXT_LIMIT) -> str:
        """The text that an element has in its <text>, "" where there is none."""
        return self._shown(element, what, limit, may_have_image=False).text

    def feedback(self, element: Element | None, what: str) -> str | None:
        """The same of what a learner is told afterwards, which may do without its pictures."""
        return self._shown(element, what, TEXT_LIMIT, is_feedback=True).text or None

    def question(self, element: Element) -> Shown:
        """The question's text, with the address of its only picture."""
        return self._shown(element.find("questiontext"), "the question text", TEXT_LIMIT)

    def _shown(self, element: Element | None, what: str, limit: int, **may: bool) -> Shown:
        source, written_in = plain(element, what), _format(element, self.inherited)
        if signs(source) > MAX_SIGNS:
            raise Unusable(f"{what} has more than {MAX_SIGNS:,} tags, entities and lines")
        try:
            shown = _shown(source, written_in, **may)
        except Unusable as reason:
            raise Unusable(f"{what}: {reason}") from None
        if len(shown.text) > limit:
            raise Unusable(f"{what} is longer than {limit:,} characters")
        self.losses += [f"in {what}: {loss}" for loss in shown.losses]
        return shown


def plain(element: Element | None, what: str) -> str:
    """The <text> of an element, as it is written there, without space around it."""
    text = None if element is None else element.find("text")
    if text is None:
        return ""
    if len(text):
        raise Unusable(f"{what}: there is <{text[0].tag}> in its <text>, where HTML must stand in <![CDATA[…]]>")
    return (text.text or "").strip()


def signs(source: str) -> int:
    """How many signs there are that may begin a tag or an entity, or end a line."""
    return source.count("<") + source.count("&") + source.count("\n")


def unused_files(question: Element) -> Iterator[str]:
    """The names of the files that stand beside a text which does not refer to them."""
    for parent in question.iter():
        files = parent.findall("file")
        text = parent.findtext("text", "") if files else ""
        used = {unquote(entities.unescape(address)) for address in re.findall(_FILES + r"([^\s\"'<>)]+)", text)}
        for file in files:
            if file.get("path", "/") + file.get("name", "") not in used:
                yield file.get("name", "")


def _format(element: Element | None, inherited: str) -> str:
    return inherited if element is None else element.get("format", inherited).strip()


def _shown(source: str, written_in: str, **may: bool) -> Shown:
    """Formats that Moodle does not know are HTML, as there."""
    if written_in == "plain_text":
        return Shown(source, [])
    if written_in not in _SIGNED:
        source = _with_line_ends(source) if written_in == "moodle_auto_format" else source
        return html.shown(source, **may)
    if _FILES in source:
        raise Unusable("it refers to a file in the question")
    losses = [f"its {_SIGNED[written_in]} is shown as it is written"] if _SIGN.search(source) else []
    return Shown(source, losses)


def _with_line_ends(source: str) -> str:
    """Moodle's own format is HTML in which the end of a line ends it, except beside a tag (text_to_html)."""
    lines = [line.strip() for line in source.split("\n")]
    ends = [" " if line.endswith(">") or after.startswith("<") else "<br>" for line, after in pairwise(lines)]
    return "".join(line + end for line, end in zip(lines, [*ends, ""], strict=True))
