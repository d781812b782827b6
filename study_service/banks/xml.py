"""XML files from anywhere, parsed safely: no entities, no DTD, no depth, and each element knows its line."""

import xml.etree.ElementTree as ET
from typing import Any
from xml.parsers import expat

MAX_DEPTH = 100
MAX_PARTS = 1_000_000  # elements and attributes, of 100 to 200 bytes each in memory


class Unsafe(Exception):
    """Why a file is not read: it is no XML, or XML that does more than say something. `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class Element(ET.Element):
    """An element with the line on which it starts. Names with a namespace are `{address}name`, as in ElementTree."""

    __slots__ = ("line",)  # without it each element would have a dictionary, and take four times the memory
    line: int


def parse(data: bytes) -> Element:
    """The root of a document; raises Unsafe.

    A DOCTYPE that only names the document is read over. One that declares or includes anything is refused, since only
    entities and attacks need that: entities that name files of this host or addresses elsewhere, that hold each other
    and expand to gigabytes, or that are large and often named. Text is Unicode as the XML declaration says it.
    """
    return _Reader().read(data)


class _Reader:
    """Expat itself, not defusedxml: that refuses every DOCTYPE or reads over it, and neither tells lines nor counts."""

    def __init__(self) -> None:
        self.parser = parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        self.builder = ET.TreeBuilder(element_factory=Element)
        self.depth = self.count = 0

    def read(self, data: bytes) -> Element:
        try:
            self.parser.Parse(data, True)
            root: Any = self.builder.close()
            return root
        except expat.ExpatError as error:
            word = expat.ErrorString(error.code)
            raise Unsafe(error.lineno, f"the file is no XML: {word} in column {error.offset + 1}") from None
        except (LookupError, ValueError):  # Python does not know the encoding, or it has characters of several bytes
            raise Unsafe(1, "the file is in an encoding that cannot be read: save it as UTF-8") from None
        finally:
            del self.builder  # the parser and its handlers hold each other, and would hold the elements with them

    def _refuse(self, message: str) -> None:
        raise Unsafe(self.parser.CurrentLineNumber, message)

    def _doctype(self, name: str, system_id: str | None, public_id: str | None, has_internal_subset: int) -> None:
        if system_id or public_id or has_internal_subset:
            self._refuse("its DOCTYPE declares or includes something; remove the DOCTYPE")

    def _entity(self, *_: object) -> None:
        self._refuse("it declares entities; write their text instead")

    def _start(self, name: str, attributes: list[str]) -> None:
        self.depth += 1
        self.count += 1 + len(attributes) // 2
        if self.depth > MAX_DEPTH:
            self._refuse(f"elements stand in each other more than {MAX_DEPTH} deep")
        if self.count > MAX_PARTS:
            self._refuse(f"there are more than {MAX_PARTS:,} elements and attributes")
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        element: Any = self.builder.start(_name(name), {_name(key): value for key, value in pairs})
        element.line = self.parser.CurrentLineNumber

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.builder.end(_name(name))

    def _data(self, text: str) -> None:
        self.builder.data(text)


def _name(name: str) -> str:
    return "{" + name if "}" in name else name
