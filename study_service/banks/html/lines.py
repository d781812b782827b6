"""Text as HTML lays it out: single spaces, and lines that blocks begin and end."""

import re

_BLOCKS = """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer form frameset h1 h2 h3 h4 h5 h6 head header hr html legend li main menu nav noscript ol option p pre
    search section select summary table tbody tfoot thead title tr ul o:p
"""
_ON_LINES = frozenset(_BLOCKS.split())
_CELLS = {"td", "th"}
_SPACE = re.compile("[ \t\n\f\r\xa0]+")


class Lines:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._preformatted = 0
        self._begins = False  # just behind <pre>, where a line end does not count

    def __str__(self) -> str:
        return "".join(self._parts).strip()

    def place(self) -> int:
        """A mark for `since` and `put`."""
        return len(self._parts)

    def since(self, place: int) -> str:
        return " ".join("".join(self._parts[place:]).split())

    def put(self, place: int, text: str) -> None:
        """Set the text in the place of all behind the mark."""
        self._parts[place:] = [text] if text else []

    def write(self, text: str) -> None:
        """Text that is as it shall be."""
        if text:
            self._parts.append(text)

    def data(self, text: str) -> None:
        """Text as HTML has it. Its spaces and line ends are one space each, but in <pre>."""
        if not self._preformatted:
            text = _SPACE.sub(" ", text)
            text = text.lstrip(" ") if self._ending() in ("\n", " ") else text
        elif self._begins:
            text = text.removeprefix("\n")
        self._begins = False
        self.write(text)

    def end(self) -> None:
        self._trim()
        self.write("\n")

    def open(self, name: str) -> None:
        self._separate(name)
        if name == "pre":
            self._preformatted += 1
            self._begins = True

    def close(self, name: str) -> None:
        if name == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        self._separate(name)

    def _separate(self, name: str) -> None:
        if name in _ON_LINES:
            self._trim()
            if self._ending() not in ("", "\n"):
                self.write("\n")
        elif name in _CELLS and self._ending() not in ("", "\n", " "):
            self.write(" ")

    def _trim(self) -> None:
        """Take the space off the end of a line. Outside of <pre> there is at most one."""
        if self._ending() == " ":
            self._parts[-1] = self._parts[-1][:-1]
            if not self._parts[-1]:
                self._parts.pop()

    def _ending(self) -> str:
        return self._parts[-1][-1] if self._parts else ""
