"""The plain text of the HTML that a GIFT file may carry."""

import re
from html.parser import HTMLParser

from study_service.banks.bank import Unusable

HIDDEN = {"script", "style"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
LINES = HEADINGS | {"blockquote", "dd", "div", "dl", "dt", "hr", "li", "ol", "p", "pre", "table", "tr", "ul"}
CELLS = {"td", "th"}
NOT_TEXT = {"audio", "canvas", "embed", "iframe", "img", "math", "object", "svg", "video"}
END = "<x-end>"


def plain(html: str) -> str:
    """The text of some HTML, unstripped since it may be half of a sentence. Unusable for broken tags and pictures."""
    reader = _Reader()
    try:
        # A tag of our own at the end makes the parser hand over the last text; where it does not arrive, a tag or a
        # comment before it is not closed. The parser's close() would take quadratic time on a tag that does not end.
        reader.feed(html + END)
    except (AssertionError, ValueError) as error:  # raised for <![x, and for a number of 5,000 digits
        raise Unusable("its HTML is broken") from error
    if reader.get_starttag_text() != END:
        raise Unusable("its HTML is broken: a tag or a comment is not closed")
    return "".join(reader.parts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = False
        self.preformatted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NOT_TEXT:
            raise Unusable(f"HTML with <{tag}> cannot be imported yet")
        self.hidden = tag in HIDDEN
        self.preformatted += tag == "pre"
        if tag == "br":
            self._end_line()
            self.parts.append("\n")
        elif tag == "sup":
            self.parts.append("^")  # without it, 2 to the power of 8 would read 28
        else:
            self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False
        self.preformatted = max(0, self.preformatted - (tag == "pre"))
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        if not self.preformatted:
            data = re.sub(r"\s+", " ", data)
            data = data.lstrip(" ") if self._ending() in ("\n", " ") else data
        if data:
            self.parts.append(data)

    def _separate(self, tag: str) -> None:
        if tag in LINES:
            self._end_line()
            if self._ending() not in ("", "\n"):
                self.parts.append("\n")
        elif tag in CELLS and self._ending() not in ("", "\n", " "):
            self.parts.append(" ")

    def _end_line(self) -> None:
        """Take the space off the end of a line. Outside of <pre> there is at most one."""
        if self._ending() == " ":
            self.parts[-1] = self.parts[-1][:-1]
            if not self.parts[-1]:
                self.parts.pop()

    def _ending(self) -> str:
        return self.parts[-1][-1] if self.parts else ""
