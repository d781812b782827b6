"""Any file is read: damaged ones, hostile ones, and made-up ones."""

import copy
import time
import tracemalloc
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_service.banks import qti
from study_service.banks.qti.writing import items
from tests.study_service.banks.qti_banks import QUESTIONS
from tests.study_service.banks.qti_texts import (
    MAP,
    choice,
    interaction,
    item,
    manifest,
    mapping,
    package,
    problem,
    response,
    simple,
)

FILES = {
    "a.xml": item(choice(), response("A", mapping({"A": 1, "B": -1})), MAP),
    "t.xml": '<assessmentTest><testPart><assessmentItemRef href="a.xml"/></testPart></assessmentTest>',
    "imsmanifest.xml": manifest("a.xml", test="t.xml"),
}
ZIP = package(FILES)


def told_once(data: bytes) -> None:
    bank = qti.read(data)
    if any(entry.item == 0 for entry in bank.problems):
        assert (bank.questions, len(bank.problems)) == ([], 1)
    else:
        items = sorted(entry.item for entry in [*bank.questions, *bank.problems])
        assert items == list(range(1, len(items) + 1)) != []


@given(st.one_of(st.binary(), st.text().map(str.encode), st.binary().map(lambda data: ZIP[:30] + data)))
def test_anything_is_read_and_each_item_told_once(data: bytes) -> None:
    told_once(data)


@given(st.data())
def test_a_damaged_package_is_read(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(ZIP) - 1))
    told_once(ZIP[:start] + data.draw(st.binary(min_size=1, max_size=4)) + ZIP[start + data.draw(st.integers(0, 4)) :])


ATTRIBUTES = ["", "A", "A B", "1", "-1", "0.5", "1e99", "1e999", "RESPONSE", "single", "multiple", "ordered", "float"]
ATTRIBUTES += ["integer", "point", "directedPair", "rect", "1,1,5,5", "50%", "absolute", "true"]
kinds = st.sampled_from(sorted(QUESTIONS))


@settings(max_examples=80)
@given(kinds, st.data())
def test_any_item_is_a_question_or_a_problem(kind: str, data: st.DataObject) -> None:
    """Items of each kind in which a value, a text, an element or an element's name has been changed."""
    root = ET.fromstring(items.write(QUESTIONS[kind], 1).xml or "")
    for _ in range(data.draw(st.integers(1, 3))):
        elements = list(root.iter())
        element, other = (elements[data.draw(st.integers(0, len(elements) - 1))] for _ in range(2))
        match data.draw(st.sampled_from(["value", "text", "name", "remove", "add"])):
            case "value" if element.attrib:
                element.set(data.draw(st.sampled_from(sorted(element.attrib))), data.draw(st.sampled_from(ATTRIBUTES)))
            case "text":
                element.text = data.draw(st.sampled_from(ATTRIBUTES))
            case "name":
                element.tag = other.tag
            case "remove" if len(element):
                del element[data.draw(st.integers(0, len(element) - 1))]
            case "add":
                element.append(copy.deepcopy(other))
    bank = qti.read(ET.tostring(root))
    assert len(bank.questions) + len(bank.problems) == 1
    for question in bank.questions:
        assert all(choice.text for choice in question.choices)
        assert question.text.strip()


def timed(data: bytes) -> float:
    started = time.process_time()
    qti.read(data)
    return time.process_time() - started


def test_a_large_item_is_not_read_in_quadratic_time() -> None:
    options = simple(**{f"A{n}": str(n) for n in range(26)})
    worths = mapping({f"A{n}": 0.04 for n in range(26)}, 'defaultValue="-1"')
    one = '<baseValue baseType="float">1</baseValue>'
    total = f'<sum>{one * 100}<mapResponse identifier="RESPONSE"/></sum>'
    statements = f'<setOutcomeValue identifier="SCORE">{total}</setOutcomeValue>'
    many = item(
        choice(options, 'maxChoices="0"'),
        response(";".join(f"A{n}" for n in range(20)), worths, cardinality="multiple"),
        f"<responseProcessing>{statements * 3}</responseProcessing>",
    )
    assert timed(many.encode()) < 1
    assert timed(item("<p>" + "&lt;p " * 100_000 + "</p>" + choice(), response("A")).encode()) < 2


def test_a_package_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("study_service.banks.qti.package.MAX_SECONDS", 0)
    bank = qti.read(package(FILES | {"b.xml": FILES["a.xml"], "imsmanifest.xml": manifest("a.xml", "b.xml")}))
    told = "it takes more than 0 seconds to read: import it in several files"
    assert (bank.questions, [(p.item, p.message) for p in bank.problems]) == ([], [(0, told)])


LONG = "".join(f'<modalFeedback outcomeIdentifier="F" identifier="f{n}">x</modalFeedback>' for n in range(201))
CORNERS = ",".join(["1"] * 502)
AREA = f'<areaMapping><areaMapEntry shape="poly" coords="{CORNERS}" mappedValue="1"/></areaMapping>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (item(choice(), response("A"), after=LONG), "it has more than 200 feedbacks"),
        (
            item(choice(), response("A", mapping({f"A{n}": 1 for n in range(1001)}))),
            "a mapping has more than 1,000 entries",
        ),
        (
            item(interaction("selectPoint", ""), response("", AREA, "point")),
            "the parts of its picture have more than 500 coordinates",
        ),
    ],
)
def test_items_that_would_take_too_long_are_refused(text: str, message: str) -> None:
    assert problem(text) == message


def test_deep_and_wide_items_are_refused_in_little_memory() -> None:
    deep = package({"a.xml": "<a>" * 100_000, "imsmanifest.xml": manifest("a.xml")})
    wide = package({"a.xml": f"<a>{'<b/>' * 2_000_000}</a>", "imsmanifest.xml": manifest("a.xml")})
    tracemalloc.start()
    assert problem(deep) == "a.xml: elements stand in each other more than 100 deep"
    assert problem(wide) == "a.xml is too large"
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("name", ["a.xml", "imsmanifest.xml"])
def test_entities_are_refused(name: str) -> None:
    doctype = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    bank = qti.read(package(FILES | {name: doctype + FILES[name]}))
    told = f"{name}: its DOCTYPE declares or includes something; remove the DOCTYPE"
    assert [p.message for p in bank.problems] == [told]


def test_an_archive_in_an_archive_is_no_item() -> None:
    nested = package({"a.xml": package({"a.xml": FILES["a.xml"]}), "imsmanifest.xml": manifest("a.xml")})
    assert problem(nested).startswith("a.xml: the file is no XML")
