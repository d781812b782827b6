"""QTI documents of any version under one set of names: those of QTI 2, without namespaces."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from study_service.banks.bank import Unusable

# What belongs to whoever reads the page, whatever its case: never a name of QTI.
_PLAIN_ATTRIBUTES = ("data-", "aria-")


def simplify(root: Element) -> None:
    """Rename the elements and attributes of a document in place: qti-simple-choice becomes simpleChoice."""
    for element in root.iter():
        tag = _local(element.tag)
        is_qti3 = tag.startswith("qti-")
        element.tag = _camel(tag[4:]) if is_qti3 else tag
        names = [(name, _local(name)) for name in element.attrib]
        for name, local in names:
            plain = _camel(local) if is_qti3 and not local.startswith(_PLAIN_ATTRIBUTES) else local
            if plain != name:
                element.attrib[plain] = element.attrib.pop(name)


def inside(element: Element, *tags: str) -> Iterator[Element]:
    """The elements of these names anywhere in an element, in their order."""
    return (inner for inner in element.iter() if inner.tag in tags)


def has(element: Element, *tags: str) -> bool:
    """Whether there is an element of one of these names in it."""
    return next(inside(element, *tags), None) is not None


def first(element: Element, tag: str) -> Element | None:
    """Its child of this name; the first, if there are several."""
    return next((child for child in element if child.tag == tag), None)


def text(element: Element) -> str:
    """All text in an element, without space around it."""
    return "".join(element.itertext()).strip()


def needed(element: Element, name: str) -> str:
    """The value of an attribute. Unusable where the element has none."""
    value = element.get(name, "").strip()
    if not value:
        raise Unusable(f"<{element.tag}> has no {name}")
    return value


def is_true(element: Element, name: str, default: bool = False) -> bool:
    value = element.get(name)
    return default if value is None else value.strip() in ("true", "1")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _camel(name: str) -> str:
    return re.sub(r"-([a-z0-9])", lambda letter: letter[1].upper(), name)
