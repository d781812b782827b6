"""The test and the manifest of a package, and the metadata of its items."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from study_service.banks.bank import Bank, Objective, Question
from study_service.banks.qti import identifiers
from study_service.banks.qti.metadata import DIFFICULTIES
from study_service.banks.qti.writing.elements import DECLARATION, Notes, element, text_element

_QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_CONTENT = "http://www.imsglobal.org/xsd/imscp_v1p1"
_MIDDLE = 3  # the difficulty of a question of which nobody has said one
_LOM = "http://ltsc.ieee.org/xsd/LOM"


@dataclass(frozen=True, slots=True)
class Filed:
    """A question with the name of its file."""

    name: str
    question: Question


def test(bank: Bank, files: Sequence[Filed]) -> str:
    """The test: a section for each objective, those that the bank describes first, and one for the other questions."""
    described = {objective.name: objective for objective in bank.objectives}
    listed: dict[str, list[Filed]] = defaultdict(list, {name: [] for name in described})
    for filed in files:
        listed[filed.question.objective or ""].append(filed)
    listed = dict(sorted(listed.items(), key=lambda pair: not pair[0]))
    sections = (
        _section(name, described.get(name), number, filed) for number, (name, filed) in enumerate(listed.items(), 1)
    )
    modes = {"identifier": "part", "navigationMode": "nonlinear", "submissionMode": "simultaneous"}
    title = Notes().plain("the title", bank.exam.name) if bank.exam else "Questions"
    attributes = {"xmlns": _QTI, "identifier": "test", "title": title, "toolName": identifiers.TOOL}
    return DECLARATION + element("assessmentTest", attributes, element("testPart", modes, *sections))


def manifest(files: Sequence[Filed], test_name: str) -> str:
    """The manifest. A resource is named as its file."""
    schema = element("schema", None, "QTIv2.1 Package"), element("schemaversion", None, "1.0.0")
    references = (element("dependency", {"identifierref": _resource(filed)}) for filed in files)
    attributes = {"identifier": "test", "type": "imsqti_test_xmlv2p1", "href": test_name}
    of_test = element("resource", attributes, element("file", {"href": test_name}), *references)
    resources = element("resources", None, of_test, *map(_of_item, files))
    root = {"xmlns": _CONTENT, "identifier": "manifest"}
    return DECLARATION + element(
        "manifest", root, element("metadata", None, *schema), element("organizations"), resources
    )


def lost_columns(question: Question) -> list[str]:
    """What of a question neither its item nor its metadata says."""
    notes = Notes()
    notes.lose("its reference", when=question.reference)
    notes.lose("its link", when=question.external_link)
    for tag in question.tags:
        notes.plain(f"the tag {tag!r}", tag)
    notes.plain("the name of its objective", question.objective or "")
    return notes.losses


def _section(name: str, objective: Objective | None, number: int, files: Sequence[Filed]) -> str:
    references = (
        element("assessmentItemRef", {"identifier": identifiers.REFERENCE + _resource(filed), "href": filed.name})
        for filed in files
    )
    attributes = {
        "identifier": identifiers.section(objective, number),
        "title": Notes().plain("the title", name),
        "visible": "true" if name else "false",
    }
    return element("assessmentSection", attributes, *references)


def _resource(filed: Filed) -> str:
    return filed.name.replace("/", "-").removesuffix(".xml")


def _of_item(filed: Filed) -> str:
    attributes = {"identifier": _resource(filed), "type": "imsqti_item_xmlv2p1", "href": filed.name}
    return element("resource", attributes, _metadata(filed.question), element("file", {"href": filed.name}))


def _metadata(question: Question) -> str:
    """Its tags and its difficulty as LOM has keywords and difficulties."""
    tags = (Notes().plain("a tag", tag) for tag in question.tags)
    keywords = "".join(element("keyword", None, text_element("string", tag)) for tag in tags if tag)
    parts = element("general", None, keywords) if keywords else ""
    if "difficulty" in question.states or question.difficulty != _MIDDLE:
        source = element("source", None, "LOMv1.0")
        value = element("value", None, DIFFICULTIES[question.difficulty - 1])
        parts += element("educational", None, element("difficulty", None, source, value))
    return element("metadata", None, element("lom", {"xmlns": _LOM}, parts)) if parts else ""
