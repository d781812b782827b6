"""QTI files: one item, or an archive of them with a manifest."""

import posixpath
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from study_service.banks import archives, xml
from study_service.banks.archives import Archive
from study_service.banks.bank import MAX_OBJECTIVES, MAX_QUESTIONS, NAME_LIMIT, Bank, Problem, Unusable
from study_service.banks.qti import item, metadata, names, sections

MANIFEST = "imsmanifest.xml"
MAX_SECONDS = 60  # of computing for one package; ten thousand ordinary items take about ten
_MAX_ITEM = 1024 * 1024  # bytes of one item
_QTI2 = re.compile(r"imsqti\w*_?(item|test)_xmlv[23]")  # the types of resources that are items and tests
_NONE = "there is no QTI 2 or 3 item in the package"
_QTI1 = "this is QTI 1; export it as QTI 2.1, 2.2 or 3.0"


@dataclass(slots=True)
class _Contents:
    """The items of a package in their order, each with the title of its section, and the metadata of some.

    `refused` are those that the manifest says are outside of the archive, with why they are not read.
    """

    items: dict[str, str | None]
    metadata: dict[str, Element] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


class _Refused(Exception):
    """Why a file is not read at all."""


def read(data: bytes) -> Bank:
    """The questions of an item or of a package. Each item that cannot be used is a problem, with its name."""
    bank = Bank()
    try:
        if archives.is_archive(data):
            _package(Archive(data), bank)
        else:
            _single(data, bank)
    except archives.Unsafe as reason:
        return Bank(problems=[Problem(0, None, str(reason))])
    except xml.Unsafe as reason:
        return Bank(problems=[Problem(0, reason.line, str(reason))])
    except _Refused as reason:
        return Bank(problems=[Problem(0, None, str(reason))])
    return bank


def _single(data: bytes, bank: Bank) -> None:
    root = xml.parse(data)
    names.simplify(root)
    if root.tag == "questestinterop":
        raise _Refused(_QTI1)
    if root.tag in ("assessmentTest", "manifest"):
        raise _Refused(f"this is only the {root.tag} of a package; import the package, a ZIP file")
    if root.tag != "assessmentItem":
        raise _Refused(f"this is no QTI item: the document is a <{root.tag[:60]}>")
    try:
        result = item.read(root, 1, root.line)
    except Unusable as reason:
        bank.problems.append(Problem(1, root.line, str(reason)))
    else:
        bank.questions.append(result.question)
        bank.losses.extend(Problem(1, root.line, loss) for loss in result.losses)


def _package(archive: Archive, bank: Bank) -> None:
    contents = _contents(archive, bank)
    if len(contents.items) > MAX_QUESTIONS:
        raise _Refused(f"more than {MAX_QUESTIONS:,} questions: import them in several files")
    if len(set(contents.items.values()) - {None}) > MAX_OBJECTIVES:
        raise _Refused(f"more than {MAX_OBJECTIVES} sections with a title")
    started = time.thread_time()
    for number, (name, section) in enumerate(contents.items.items(), 1):
        if time.thread_time() - started > MAX_SECONDS:
            raise _Refused(f"it takes more than {MAX_SECONDS} seconds to read: import it in several files")
        try:
            if name in contents.refused:
                raise archives.Unsafe(contents.refused[name])
            result = _item(archive, name, number, section)
        except (Unusable, xml.Unsafe) as reason:
            bank.problems.append(Problem(number, None, f"{name}: {reason}"))
        except archives.Unsafe as reason:
            bank.problems.append(Problem(number, None, str(reason)))
        else:
            bank.questions.append(metadata.stated(result.question, contents.metadata.get(name)))
            bank.losses.extend(Problem(number, None, f"{name}: {loss}") for loss in result.losses)


def _item(archive: Archive, name: str, number: int, section: str | None) -> item.Read:
    root = _parsed(archive, name, _MAX_ITEM)
    if root.tag != "assessmentItem":
        raise Unusable(_QTI1 if root.tag == "questestinterop" else f"it is no QTI item, but a <{root.tag[:60]}>")
    if len(section or "") > NAME_LIMIT:
        raise Unusable(f"the title of its section is longer than {NAME_LIMIT} characters")
    result = item.read(root, number, None)
    return replace(result, question=replace(result.question, objective=section))


def _contents(archive: Archive, bank: Bank) -> _Contents:
    manifests = [name for name in _names(archive) if posixpath.basename(name) == MANIFEST]
    if not manifests:
        items = [name for name in sorted(_names(archive)) if _is_item(archive, name)]
        if not items:
            raise _Refused(_NONE)
        bank.losses.append(Problem(0, None, f"there is no {MANIFEST}: every item in the archive is read, by name"))
        return _Contents(dict.fromkeys(items))
    manifest = min(manifests, key=lambda name: (name.count("/"), name))
    try:
        root = _parsed(archive, manifest)
    except xml.Unsafe as reason:
        raise _Refused(f"{manifest}: {reason}") from None
    return _listed(archive, root, posixpath.dirname(manifest), bank)


def _names(archive: Archive) -> Iterator[str]:
    """The files of the archive, without what macOS adds to it."""
    return (name for name in archive.names if not name.startswith("__MACOSX/") and "/._" not in f"/{name}")


def _is_item(archive: Archive, name: str) -> bool:
    """Whether an XML file is an item; one that cannot be read may be one."""
    if not name.lower().endswith(".xml"):
        return False
    try:
        return _parsed(archive, name, _MAX_ITEM).tag in ("assessmentItem", "questestinterop")
    except (archives.Unsafe, xml.Unsafe):
        return True


def _listed(archive: Archive, manifest: Element, folder: str, bank: Bank) -> _Contents:
    """The items that a manifest lists. Those of its tests come first, in their order."""
    resources: dict[str, Element] = {}
    refused: dict[str, str] = {}
    tests: list[str] = []
    for resource, bases in _resources(manifest, folder):
        kind = resource.get("type", "").strip().lower()
        if not _QTI2.match(kind):
            continue
        try:
            name = archives.resolved(resource.get("href", ""), *bases)
        except archives.Unsafe as reason:
            name = resource.get("href", "")
            refused[name] = f"{MANIFEST}: {reason}"
        if "test" in kind:
            tests.append(name)
        else:
            resources.setdefault(name, resource)
    order = sections.order(archive, tests)
    bank.losses.extend(order.losses)
    bank.objectives.extend(order.objectives)
    items = order.items | {name: None for name in resources if name not in order.items}
    if not items and not tests:
        kinds = [resource.get("type", "") for resource, _ in _resources(manifest, folder)]
        raise _Refused(_QTI1 if any("xmlv1" in kind for kind in kinds) else _NONE)
    described = ((name, names.first(resource, "metadata")) for name, resource in resources.items())
    return _Contents(items, {name: element for name, element in described if element is not None}, refused)


def _resources(manifest: Element, folder: str) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """The resources of a manifest, each with the folders that its address starts from."""
    if manifest.tag != "manifest":
        raise _Refused(f"its {MANIFEST} is no manifest, but a <{manifest.tag[:60]}>")
    outer = (folder, manifest.get("base", ""))
    for element in manifest:
        for resource in element if element.tag == "resources" else ():
            if resource.tag == "resource":
                yield resource, (*outer, element.get("base", ""), resource.get("base", ""))


def _parsed(archive: Archive, name: str, limit: int = archives.MAX_FILE) -> Element:
    root = xml.parse(archive.read(name, limit))
    names.simplify(root)
    return root
