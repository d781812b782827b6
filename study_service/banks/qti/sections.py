"""The tests of a package: the order of its items, and the sections that name their objectives."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from study_service.banks import archives, xml
from study_service.banks.archives import Archive
from study_service.banks.bank import Objective, Problem
from study_service.banks.qti import identifiers, names

# A title that only counts: "Section 1", "Part A".
_COUNTED = re.compile(r"((assessment|test) ?)?(section|part|block|group)?\W*(\d{1,3}|[a-z])?", re.IGNORECASE)
_MAX_FILES = 200  # of tests and sections


@dataclass(slots=True)
class Order:
    """The items of the tests by their names in the archive, each with the title of its section, if that says anything.

    `objectives` are those that a file of ours describes.
    """

    items: dict[str, str | None] = field(default_factory=dict)
    objectives: list[Objective] = field(default_factory=list)
    losses: list[Problem] = field(default_factory=list)


def order(archive: Archive, tests: Sequence[str]) -> Order:
    """What the test files of a package say, one after the other. A file that cannot be read is told and left out."""
    result, seen = Order(), set[str]()
    for name in tests:
        _file(archive, name, None, result, seen)
    return result


def _file(archive: Archive, name: str, section: str | None, result: Order, seen: set[str]) -> None:
    if name in seen or len(seen) >= _MAX_FILES:
        return
    seen.add(name)
    try:
        root = xml.parse(archive.read(name))
    except archives.Unsafe as reason:
        result.losses.append(Problem(0, None, f"the order of its test: {reason}"))
        return
    except xml.Unsafe as reason:
        result.losses.append(Problem(0, None, f"the order of its test: {name}: {reason}"))
        return
    names.simplify(root)
    _walk(archive, root, name, section, result, seen, is_ours=identifiers.is_ours(root))


def _walk(
    archive: Archive, element: Element, file: str, section: str | None, result: Order, seen: set[str], *, is_ours: bool
) -> None:
    if element.tag == "assessmentSection":
        section = _title(element, is_ours=is_ours) or section
        if is_ours:
            result.objectives += identifiers.objective(element)
    for child in element:
        if child.tag in ("assessmentItemRef", "assessmentSectionRef"):
            name = _resolved(child, file, result)
            if name is not None and child.tag == "assessmentItemRef":
                result.items.setdefault(name, section)
            elif name is not None:
                _file(archive, name, section, result, seen)
        elif child.tag in ("testPart", "assessmentSection"):
            _walk(archive, child, file, section, result, seen, is_ours=is_ours)


def _title(section: Element, *, is_ours: bool) -> str | None:
    """What a section is about, None where its title does not say it."""
    title = section.get("title", "").strip()
    return title if is_ours or not _COUNTED.fullmatch(title) else None


def _resolved(element: Element, file: str, result: Order) -> str | None:
    try:
        return archives.resolved(element.get("href", ""), posixpath.dirname(file), element.get("base", ""))
    except archives.Unsafe as reason:
        result.losses.append(Problem(0, None, f"{file}: {reason}"))
        return None
