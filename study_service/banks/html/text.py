"""The walk through HTML that gives its text, and keeps account of what the text has not."""

import re

from study_service.banks.bank import Unusable
from study_service.banks.html import media, tags
from study_service.banks.html.lines import Lines
from study_service.banks.html.tags import Tag

MAX_LOSSES = 20  # of one text
_LOST = {
    **dict.fromkeys(("button", "input", "select", "textarea"), "a field of a form"),
    **dict.fromkeys(("del", "s", "strike"), "that some of it is struck out"),
    "map": "the parts of a picture",
    "script": "a script",
    "table": "a table's layout",
}
_RAISED = {"sub": ("_", "that some of it is set below the line"), "sup": ("^", "that some of it is set above the line")}
# What is set above the line by custom and means the same on it.
_CUSTOMARY = {"st", "nd", "rd", "th", "®", "©", "™", "TM", "SM"}


class Text:
    """`read` gives the text, once; from then on `losses` has what is lost, each once."""

    def __init__(self, markup: str, *, may_have_image: bool, is_feedback: bool) -> None:
        self.pieces = tags.pieces(markup)
        self.image_url = media.only_image(self.pieces) if may_have_image else None
        self.is_feedback = is_feedback
        self.losses: dict[str, None] = {}
        self.lines = Lines()
        self.hidden: str | None = None  # the element, if any, whose content is not text
        self.numbers: list[int | None] = []  # of each open list, the number of its next item
        self.link: tuple[str, int] | None = None  # its address, and where its text begins
        self.raised: list[int] = []  # where the texts above and below the line begin
        self.drawn: list[int] = []  # where the texts begin that stand for pictures

    def read(self) -> str:
        for piece in self.pieces:
            if isinstance(piece, Tag):
                self._tag(piece)
            elif self.hidden is None:
                self.lines.data(piece)
        if open_element := self.hidden or (self.drawn and "object") or (self.raised and "sup"):
            raise Unusable(f"its HTML is broken: <{open_element}> is not closed")
        self._end_link()
        return str(self.lines)

    def _tag(self, tag: Tag) -> None:
        if self.hidden is not None:
            self.hidden = None if tag.closes and tag.name == self.hidden else self.hidden
        elif tag.name == "br":
            self.lines.end()
        elif tag.name == "q":
            self.lines.write('"')
        elif tag.closes:
            self._close(tag.name)
        else:
            self._open(tag)

    def _open(self, tag: Tag) -> None:
        if tag.name in media.NAMES:
            self._open_media(tag)
        elif tag.name == "a":
            self._open_link(tag)
        elif tag.name in _RAISED:
            self.raised.append(self.lines.place())
        else:
            if tag.name in _LOST and tag.get("type") != "hidden":
                self._lose(_LOST[tag.name])
            self.lines.open(tag.name)
            self._open_list(tag)

    def _close(self, name: str) -> None:
        if name in media.DRAWN:
            self._close_drawn(name)
        elif name == "a":
            self._end_link()
        elif name in _RAISED:
            self._close_raised(name)
        else:
            if name in ("ol", "ul") and self.numbers:
                self.numbers.pop()
            self.lines.close(name)

    def _open_list(self, tag: Tag) -> None:
        if tag.name == "ul":
            self.numbers.append(None)
        elif tag.name == "ol":
            self.numbers.append(self._first(tag))
        elif tag.name == "li" and self.numbers and (number := self.numbers[-1]) is not None:
            self.lines.write(f"{number}. ")
            self.numbers[-1] = number + 1

    def _first(self, tag: Tag) -> int | None:
        """The number of a list's first item. None where its items have letters, or numbers that go down."""
        if tag.get("type") not in ("", "1") or "reversed" in tag.attributes:
            self._lose("the letters or numbers of a list")
            return None
        return int(tag.get("start")) if re.fullmatch("[0-9]{1,6}", tag.get("start")) else 1

    def _open_media(self, tag: Tag) -> None:
        label = media.words(tag)
        if tag.name == "img" and self.image_url is not None:
            return
        if not label and tag.name in media.DRAWN:
            self.drawn.append(self.lines.place())
            return
        self._show(tag.name, label, self.lines.place())
        self.hidden = None if tag.name in media.EMPTY else tag.name

    def _close_drawn(self, name: str) -> None:
        """What stands in a picture is shown where the picture cannot be; of pictures in pictures the outer counts."""
        if not self.drawn:
            return
        place = self.drawn.pop()
        if self.drawn:
            return
        self._show(name, self.lines.since(place), place)

    def _show(self, name: str, label: str, place: int) -> None:
        """Set a text in the place of a picture or the like."""
        if not label and not self.is_feedback:
            raise media.unusable(name)
        self._lose(media.loss(name, label))
        self.lines.put(place, media.text(name, label))

    def _open_link(self, tag: Tag) -> None:
        self._end_link()
        if address := tag.get("href"):
            self.link = (address, self.lines.place())

    def _end_link(self) -> None:
        """A link is lost unless its text is its address."""
        if self.link and self.lines.since(self.link[1]) != self.link[0]:
            self._lose(f"the link to {self.link[0]}")
        self.link = None

    def _close_raised(self, name: str) -> None:
        """2 to the power of n + 1 is 2^(n + 1). What is raised in what is raised has the sign of the outer alone."""
        if not self.raised:
            return
        place = self.raised.pop()
        text = self.lines.since(place)
        if self.raised or not text or text in _CUSTOMARY:
            return
        sign, loss = _RAISED[name]
        self._lose(loss)
        self.lines.put(place, sign + (text if text.isalnum() else f"({text})"))

    def _lose(self, loss: str) -> None:
        if len(self.losses) < MAX_LOSSES:
            self.losses[loss] = None
