"""QTI files and what the reader makes of them."""

import io
import zipfile
from collections.abc import Mapping

from study_service import grading, import_options
from study_service.banks import qti
from study_service.banks.bank import Bank, Question
from study_service.grading import Selected

MATCH, MAP, POINT = (
    f'<responseProcessing template="http://www.imsglobal.org/question/qti_v2p2/rptemplates/{name}"/>'
    for name in ("match_correct", "map_response", "map_response_point")
)
OPTIONS = '<simpleChoice identifier="A">show vlan</simpleChoice><simpleChoice identifier="B">show route</simpleChoice>'


def item(body: str, declared: str = "", processing: str = MATCH, attributes: str = "", after: str = "") -> str:
    """An item of QTI 2.2 with this body, in which `declared` comes before the body and `after` at the end."""
    return (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="vlan" title="VLANs" '
        f'timeDependent="false" {attributes}>{declared}<itemBody>{body}</itemBody>{processing}{after}</assessmentItem>'
    )


def response(correct: str = "", mapped: str = "", kind: str = "identifier", cardinality: str = "single") -> str:
    """The declaration of RESPONSE; `correct` are its right values, in words, `mapped` is XML."""
    values = "".join(f"<value>{value}</value>" for value in correct.split(";") if value)
    right = f"<correctResponse>{values}</correctResponse>" if values else ""
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{kind}">'
        f"{right}{mapped}</responseDeclaration>"
    )


def mapping(worths: Mapping[str, float | str], attributes: str = "", case: str = "") -> str:
    entries = "".join(f'<mapEntry mapKey="{key}" mappedValue="{worth}"{case}/>' for key, worth in worths.items())
    return f"<mapping {attributes}>{entries}</mapping>"


def choice(options: str = OPTIONS, attributes: str = 'shuffle="true" maxChoices="1"', prompt: str = "Which?") -> str:
    asked = f"<prompt>{prompt}</prompt>" if prompt else ""
    return f'<choiceInteraction responseIdentifier="RESPONSE" {attributes}>{asked}{options}</choiceInteraction>'


def interaction(name: str, content: str, prompt: str = "Which?") -> str:
    return f'<{name}Interaction responseIdentifier="RESPONSE"><prompt>{prompt}</prompt>{content}</{name}Interaction>'


def simple(**texts: str) -> str:
    return "".join(f'<simpleChoice identifier="{name}">{text}</simpleChoice>' for name, text in texts.items())


THREE = simple(A="one", B="two", C="three")
MANY = 'shuffle="true" maxChoices="0"'


def single(mapped: str = "", correct: str = "A", processing: str = MAP, options: str = THREE) -> str:
    return item(choice(options), response(correct, mapped), processing)


def several(mapped: str = "", correct: str = "A;B", processing: str = MAP, attributes: str = MANY) -> str:
    return item(choice(THREE, attributes), response(correct, mapped, cardinality="multiple"), processing)


def processing(*statements: str) -> str:
    return f"<responseProcessing>{''.join(statements)}</responseProcessing>"


def sets(identifier: str, expression: str) -> str:
    return f'<setOutcomeValue identifier="{identifier}">{expression}</setOutcomeValue>'


def number(value: float) -> str:
    return f'<baseValue baseType="float">{value}</baseValue>'


VARIABLE, CORRECT, MAPPED = (f'<{tag} identifier="RESPONSE"/>' for tag in ("variable", "correct", "mapResponse"))
MATCHED = f"<match>{VARIABLE}{CORRECT}</match>"


def when(test: str, *then: str, otherwise: str = "") -> str:
    other = f"<responseElse>{otherwise}</responseElse>" if otherwise else ""
    return f"<responseCondition><responseIf>{test}{''.join(then)}</responseIf>{other}</responseCondition>"


def package(files: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive of these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def manifest(*hrefs: str, attributes: str = "", test: str = "") -> str:
    """The manifest of a package of these items, and perhaps of a test."""
    resources = "".join(f'<resource type="imsqti_item_xmlv2p2" href="{href}"/>' for href in hrefs)
    tests = f'<resource type="imsqti_test_xmlv2p2" href="{test}"/>' if test else ""
    return (
        f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" {attributes}>'
        f"<resources>{tests}{resources}</resources></manifest>"
    )


def read(text: str | bytes) -> Bank:
    return qti.read(text.encode() if isinstance(text, str) else text)


def question(text: str | bytes) -> Question:
    """The one question of a file without problems."""
    bank = read(text)
    assert bank.problems == []
    (only,) = bank.questions
    return only


def problem(text: str | bytes) -> str:
    """What is wrong with the one item of a file."""
    bank = read(text)
    assert bank.questions == []
    (only,) = bank.problems
    return only.message


def losses(text: str | bytes) -> list[str]:
    """What is lost of the one question of a file."""
    bank = read(text)
    assert (len(bank.questions), bank.problems) == (1, [])
    return [loss.message for loss in bank.losses]


def score(asked: Question, *texts: str) -> tuple[bool, float]:
    """Whether the options of these texts, or the text itself, are right, and what they earn."""
    options = import_options.listed(asked)
    for option, one in zip(options, asked.choices, strict=False):
        if one.case_sensitive:
            option["caseSensitive"] = True
    selected: Selected = texts[0]
    if asked.type in grading.CHOICES:
        selected = [option["id"] for option in options if option["text"] in texts]
    grade = grading.grade(asked.type, options, selected)
    return grade.is_correct, round(grade.score, 3)
