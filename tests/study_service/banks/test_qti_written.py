"""What the writer of QTI says is lost, and what its files look like to others."""

import io
import zipfile
from dataclasses import replace

import pytest

from study_service.banks import qti
from study_service.banks.bank import Bank, Choice, Exam, Objective, Problem, Question
from study_service.banks.qti.writing import items
from tests.study_service.banks.qti_banks import QUESTIONS

ONE = QUESTIONS["one"]
A, B = Choice("a", True), Choice("b", False)


def lost(question: Question) -> list[str]:
    return [loss.message.removesuffix(" is lost") for loss in qti.write(Bank([question])).losses]


def choices(kind: str, *listed: Choice) -> Question:
    return replace(QUESTIONS[kind], choices=listed)


LOST = {
    "the credit of option 1, which is 1.0": choices("true", Choice("True", True, weight=1.0), Choice("False", False)),
    "the credit of option 2, which is 0.0": choices("set", replace(A, weight=1.0), replace(B, weight=0.0)),
    "the credit of option 2, which is 0.5": choices("set", replace(A, weight=1.0), replace(B, weight=0.5)),
    "how large the penalties of its options are: they are written as they are graded": choices(
        "set", replace(A, weight=1.0), replace(B, weight=-0.5)
    ),
    "the credits of its options: some of them earn the full mark without the others": choices(
        "set", replace(A, weight=1.0), replace(B, is_correct=True, weight=1.0), Choice("c", False)
    ),
    "the case of the letters of option 1": choices("one", replace(A, case_sensitive=True), B),
    "its type, multiple_choice": replace(QUESTIONS["true"], type="multiple_choice"),
    "its type, true_false": replace(ONE, type="true_false"),
    "the names of the options: two have the same": choices("one", replace(A, name="x"), replace(B, name="x")),
    "control characters in option 1": choices("one", Choice("a\x01", True), B),
    "the space around the question text": replace(ONE, text=" Which?"),
    "its reference": replace(ONE, reference="RFC 791"),
    "its link": replace(ONE, external_link="https://example.com"),
    "the space around the tag ' a'": replace(ONE, tags=(" a",)),
    "the space around the name of its objective": replace(ONE, objective="Routing "),
    "its picture, which has no address on the web: images/a.png": replace(ONE, image_url="images/a.png"),
    "the size of its picture": replace(ONE, image_size=(1, 2)),
    "the feedback of option 1": choices("order", Choice("a", True, "So.", place=0), Choice("b", True, place=1)),
    "the numbers of its places": choices("order", Choice("a", True, place=1), Choice("b", True, place=3)),
    "the name of option 1": choices("text", replace(A, name="x")),
    "the accepted text 'a*': it has a wildcard": choices("text", A, Choice("a*", True)),
    "the accepted text 'A': one before it accepts it": choices("text", A, Choice("A", False)),
    "any other answer: nothing is said about it": choices("text", A, Choice("*", False)),
    "its unit, V": replace(QUESTIONS["number"], unit="V"),
    "its other units, mV, kV": replace(QUESTIONS["number"], units={"mV": "0.001", "kV": "1000"}),
    "the penalty of option 2": choices(
        "number", Choice("1", True, number={"value": "1"}), Choice("2", False, weight=-0.5, number={"value": "2"})
    ),
    "the spelling of 'one'": choices("number", Choice("one", True, number={"value": "1"})),
    "the accepted number '1': it is any number, or one before it accepts it": choices(
        "number", Choice("0..2", True, number={"low": "0", "high": "2"}), Choice("1", False, number={"value": "1"})
    ),
    "the name of region 1, 'here'": choices("place", Choice("here", True, region="circle", coords=(5.0, 5.0, 2.0))),
    "region 2: it is outside of the picture, or under others": choices(
        "place",
        Choice("1", True, region="circle", coords=(50.0, 50.0, 9.0)),
        Choice("2", False, region="circle", coords=(50.0, 50.0, 8.0)),
    ),
}


@pytest.mark.parametrize("message", LOST)
def test_what_is_lost_of_a_question(message: str) -> None:
    question = LOST[message]
    assert lost(question) == [message]
    (read,) = qti.read(qti.write(Bank([question])).data).questions
    assert read != question


UNWRITTEN = {
    "all of its options are right, or none": choices("one", A, replace(B, is_correct=True)),
    "none of its options is right": choices("set", B, Choice("c", False)),
    "its right order is not one of two options at least": choices("order", Choice("a", True, place=0), B),
    "it has an option without a target, or only one option": choices("pairs", Choice("a", True, target="b")),
    "none of its right answers is without wildcards": choices("text", Choice("a*", True), Choice("b", False)),
    "it has no right number": choices("number", Choice("1", False, number={"value": "1"})),
    "its picture has no address on the web, or no size": replace(QUESTIONS["place"], image_url="a.png"),
    "its regions are not parts of its picture": choices(
        "place", Choice("1", False, region="circle", coords=(5.0, 5.0, 2.0))
    ),
}


@pytest.mark.parametrize("reason", UNWRITTEN)
def test_a_question_that_cannot_be_written_is_lost(reason: str) -> None:
    written = qti.write(Bank([replace(UNWRITTEN[reason], item=7), ONE]))
    assert written.losses == [Problem(7, None, f"left out: {reason}")]
    assert qti.read(written.data).questions == [ONE]


def test_what_is_lost_of_the_bank() -> None:
    bank = Bank([ONE], exam=Exam("Cisco", "200-301", "CCNA"), objectives=[Objective("Routing", "How.", 0.5)])
    assert qti.write(bank).losses == [
        Problem(0, None, "the exam's vendor and code, Cisco 200-301, are lost"),
        Problem(0, None, "the description of the objective 'Routing' is lost"),
        Problem(0, None, "the weight of the objective 'Routing' is lost"),
    ]


def test_the_files_of_a_package() -> None:
    objectives = [Objective("Routing", code="1.1")]
    with zipfile.ZipFile(io.BytesIO(qti.write(Bank([ONE], objectives=objectives)).data)) as archive:
        assert archive.namelist() == ["items/00001.xml", "test.xml", "imsmanifest.xml"]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        test, manifest = archive.read("test.xml").decode(), archive.read("imsmanifest.xml").decode()
    assert '<assessmentSection identifier="x-312e31" title="Routing" visible="true">' in test
    assert '<assessmentItemRef identifier="ref-items-00001" href="items/00001.xml"/>' in test
    assert '<resource identifier="items-00001" type="imsqti_item_xmlv2p1" href="items/00001.xml">' in manifest
    assert "<keyword><string>a &amp; b</string></keyword>" in manifest
    assert "<value>very difficult</value>" in manifest


@pytest.mark.parametrize(
    ("kind", "template"),
    [
        ("true", "match_correct"),
        ("set without weights", "match_correct"),
        ("two right", "map_response"),
        ("set that forfeits", "map_response"),
        ("order", "match_correct"),
        ("place", "map_response_point"),
    ],
)
def test_where_it_can_be_the_processing_is_a_standard_one(kind: str, template: str) -> None:
    xml = items.write(QUESTIONS[kind], 1).xml or ""
    assert f'<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/{template}"/>' in xml


def test_nothing_of_the_body_tells_the_key() -> None:
    sets = [(A, B), (replace(A, is_correct=False), replace(B, is_correct=True))]
    first, second = (items.write(choices("set", *listed), 1).xml or "" for listed in sets)
    bodies = {xml[xml.index("<itemBody>") : xml.index("</itemBody>")] for xml in (first, second)}
    assert (len(bodies), first == second) == (1, False)
