"""What is written as Moodle XML is read again: all of it, but for what the writer says is lost."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given, settings

from study_service.banks import moodlexml
from study_service.banks.bank import Bank, Choice, Exam, Objective, Problem, Question, Written
from study_service.banks.moodlexml import difference
from tests.study_service.banks.moodle_banks import banks
from tests.study_service.banks.moodle_texts import answer, item, read

AB = (Choice("a", True), Choice("b", False))


def made(kind: str, choices: tuple[Choice, ...] = AB, **columns: object) -> Question:
    return replace(Question(1, None, "Which?", kind, choices), **columns)


def written(asked: Question) -> tuple[ET.Element, list[str]]:
    """The element of a question, and what is lost of it."""
    file = moodlexml.write(Bank([asked]))
    assert all((loss.item, loss.line) == (1, None) for loss in file.losses)
    return ET.fromstring(file.data)[0], [loss.message for loss in file.losses]


def losses(asked: Question) -> list[str]:
    return written(asked)[1]


def back(file: Written) -> Bank:
    bank = moodlexml.read(file.data)
    assert bank.problems == []
    return bank


def test_everything_moodle_can_carry_comes_back():
    everything = Question(
        1,
        None,
        "Which of\n  these? <UID> & ]]> \u00e9\U0001f600",
        "multi_select",
        (Choice("a < b", True, "Why\nnot", 0.5), Choice("c", True, None, 0.5), Choice("d", False, None, -1)),
        "TCP/IP",
        explanation="Because",
        tags=("one", "two"),
        image_url="https://a.example/b.png?c=1&d=2",
        external_id="n-1",
        states=frozenset({"explanation", "tags", "image_url"}),
    )
    measured = replace(
        made("numeric", (Choice("3:0.1", True, number={"value": "3", "tolerance": "0.1"}), Choice("*", False, "No"))),
        item=2,
        unit="m",
        units={"inch": "0.0254", "km": "1000"},
    )
    bank = Bank([everything, measured], objectives=[Objective("TCP/IP", "All <of> it", code="1")])
    file = moodlexml.write(bank)
    assert file.losses == []
    again = back(file)
    assert again.objectives == bank.objectives
    assert [replace(asked, line=None) for asked in again.questions] == bank.questions
    assert moodlexml.write(again).data == file.data


def test_a_question_is_written_as_moodle_writes_it():
    options = (Choice("a", True), Choice("b", False, "No", 0.5), Choice("c", False))
    element, _ = written(made("multiple_choice", options, text="word " * 20, external_id="n-1"))
    assert element.get("type") == "multichoice"
    assert element.findtext("name/text") == "word " * 14 + "word..."
    settings = ("defaultgrade", "penalty", "hidden", "idnumber", "single", "shuffleanswers")
    assert [element.findtext(name) for name in settings] == ["1", "0.3333333", "0", "n-1", "true", "true"]
    answers = [(a.get("fraction"), a.get("format"), a.findtext("text")) for a in element.findall("answer")]
    assert answers == [("100", "html", "a"), ("50", "html", "b"), ("0", "html", "c")]
    assert element.findall("answer")[1].findtext("feedback/text") == "No"
    assert (element.find("generalfeedback"), element.find("tags")) == (None, None)


def test_name_is_cut_between_words_if_there_are_any():
    assert written(made("multiple_choice", text="x" * 81))[0].findtext("name/text") == "x" * 77 + "..."
    assert written(made("multiple_choice", text="x" * 80))[0].findtext("name/text") == "x" * 80


def test_what_is_stated_to_be_empty_is_written():
    element, _ = written(made("multiple_choice", states=frozenset({"explanation", "tags"})))
    assert (element.findtext("generalfeedback/text"), len(element.findall("tags"))) == ("", 1)


def test_credits_are_written_in_five_digits_or_as_they_are():
    third = (Choice("a", True, None, 1 / 3), Choice("b", True, None, 2 / 3), Choice("c", False, None, -0.123456))
    element, told = written(made("multi_select", third))
    assert [a.get("fraction") for a in element.findall("answer")] == ["33.33333", "66.66667", "-12.3456"]
    assert (element.find("weights"), told) == (None, [])


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ([None, None, None, None], []),
        ([0.5, None, None, None], ["the credits of its options"]),
        ([0.4, 0.4, None, None], ["the credits of its options"]),
        ([0.5, 0.5, 0.1, None], ["the credits of its options"]),
    ],
)
def test_several_right_options_without_credits_share_the_mark(weights, told):
    choices = tuple(Choice(text, text in "ab", None, w) for text, w in zip("abcd", weights, strict=True))
    element, lost = written(made("multi_select", choices))
    assert [a.get("fraction") for a in element.findall("answer")] == ["50", "50", "-50", "-50"]
    assert (element.findtext("single"), element.findtext("weights"), lost) == ("false", "none", told)


@pytest.mark.parametrize(
    ("texts", "fixed", "shuffled", "told"),
    [
        ("ab", (None, None), "true", []),
        ("ab", (True, True), "false", []),
        ("ab", (False, False), "true", []),
        ("ab", (None, True), "true", ["which of its options keep their place"]),
        (("a", "Both A and B"), (None, None), "false", []),
        (("a", "None of these"), (None, None), "true", ["that some of its options stay behind the others"]),
        (("a", "None of these"), (None, True), "true", ["that some of its options stay behind the others"]),
    ],
)
def test_options_that_keep_their_places(texts, fixed, shuffled, told):
    choices = tuple(Choice(text, text == "a", fixed=stays) for text, stays in zip(texts, fixed, strict=True))
    element, lost = written(made("multiple_choice", choices))
    assert (element.findtext("shuffleanswers"), lost) == (shuffled, told)


def test_order_is_written_by_its_places():
    order = (Choice("b", True, place=5), Choice("a", True, "First", place=2))
    element, told = written(made("drag_drop", order))
    assert element.get("type") == "ordering"
    assert [(a.get("fraction"), a.findtext("text")) for a in element.findall("answer")] == [("1", "a"), ("2", "b")]
    assert (element.findtext("selecttype"), told) == ("ALL", [])


def test_pairs_are_written_with_the_targets_of_none():
    pairs = (Choice("a", True, target="1 < 2"), Choice("x", False, is_target=True), Choice("b", True, target="2"))
    element, told = written(made("drag_drop", pairs))
    assert (element.get("type"), told) == ("matching", [])
    assert [(p.findtext("text"), p.findtext("answer/text")) for p in element.findall("subquestion")] == [
        ("a", "1 < 2"),
        ("", "x"),
        ("b", "2"),
    ]


def test_accepted_texts_and_units():
    element, _ = written(made("short_answer", (Choice("<a> *", True, case_sensitive=True),)))
    assert (element.findtext("usecase"), element.findtext("answer/text")) == ("1", "<a> *")
    element, _ = written(made("numeric", (Choice("3", True, number={"value": "3"}),), unit="V", units={"mV": "0.001"}))
    units = [(unit.findtext("unit_name"), unit.findtext("multiplier")) for unit in element.iterfind("units/unit")]
    assert units == [("V", "1"), ("mV", "1000")]


def number(text: str, **limits: str) -> Question:
    return made("numeric", (Choice(text, True, number=limits),))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (made("multiple_choice", difficulty=4), ["the difficulty 4"]),
        (made("multiple_choice", reference="RFC 1"), ["the reference 'RFC 1'"]),
        (made("multiple_choice", external_link="https://a.example"), ["the link https://a.example"]),
        (made("multiple_choice", image_url="b.png"), ["the picture b.png"]),
        (made("multiple_choice", external_id="1" * 101), [f"the id '{'1' * 101}' as it is written"]),
        (made("multiple_choice", tags=("a", "a")), ["the tags as they are written"]),
        (made("multiple_choice", text="a\x00b"), ["some characters or space of the question text"]),
        (made("multiple_choice", explanation="\x01"), ["some characters or space of the explanation"]),
        (
            made("multiple_choice", (Choice("a ", True), Choice("b", False, "\x02"))),
            ["some characters or space of option 1", "the feedback of option 2"],
        ),
        (made("multiple_choice", (Choice("a", True, name="x"), Choice("b", False))), ["the ids of its options"]),
        (
            made("short_answer", (Choice("a", True, case_sensitive=True), Choice("b", False))),
            ["which of its answers are case-sensitive"],
        ),
        (made("true_false", (Choice("true", True), Choice("False", False))), ["some characters or space of option 1"]),
        (
            made("drag_drop", (Choice("a", True, "x", target="1"), Choice("b", True, target="2"))),
            ["the feedback of option 1"],
        ),
        (number("3:0.50", value="3", tolerance="0.50"), []),
        (number("3:0", value="3", tolerance="0"), ["that answer 1 is written '3:0' and not '3'"]),
        (number("1..4", low="1", high="4"), ["that answer 1 is written '1..4' and not '2.5:1.5'"]),
        (
            made("numeric", (Choice("3", True, number={"value": "3"}),), unit="V", units={"x": "0.3333333"}),
            ["the unit 'x'"],
        ),
    ],
)
def test_what_moodle_cannot_carry_is_told(asked, told):
    assert losses(asked) == told


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (
            made("hotspot", (Choice("", True, region="rect", coords=(0, 0, 1, 1)),), image_size=(5, 5)),
            "its picture would have to be in the file",
        ),
        (made("true_false", (Choice("Yes", True), Choice("No", False))), "its options are not True and False"),
        (
            made("drag_drop", (Choice("a", True, place=0), Choice("b", True, place=1), Choice("c", False))),
            "it has options that belong nowhere",
        ),
        (
            made("multiple_choice", (Choice("a", True), Choice("b", False, None, 1))),
            "its answers are not what Moodle can write",
        ),
        (
            made("multiple_choice", (Choice("a", True), Choice("a\x00", False))),
            "two options have the same text",
        ),
        (made("multiple_choice", text="\x00"), "there is no question text"),
        (made("multiple_choice", objective=" a"), "no category can have the name of its objective, ' a'"),
    ],
)
def test_question_that_would_be_another_is_left_out(asked, reason):
    file = moodlexml.write(Bank([asked, replace(made("multiple_choice"), item=2)]))
    assert file.losses == [Problem(1, None, f"left out: {reason}")]
    assert [question.text for question in back(file).questions] == ["Which?"]


def test_categories_are_described_once_and_begin_where_they_change():
    homes = ["A", "A", None, "B", "A"]
    asked = [replace(made("multiple_choice"), item=n, objective=home) for n, home in enumerate(homes, 1)]
    objectives = [Objective("A", "First", code="1"), Objective("C", code="3"), Objective("B")]
    file = moodlexml.write(Bank(asked, objectives=objectives))
    listed = [e for e in ET.fromstring(file.data) if e.get("type") == "category"]
    assert [(e.findtext("category/text"), e.findtext("info/text"), e.findtext("idnumber")) for e in listed] == [
        ("$course$/top/A", "First", "1"),
        ("$course$/top", None, None),
        ("$course$/top/B", None, None),
        ("$course$/top/A", None, None),
        ("$course$/top/C", None, "3"),
    ]
    assert file.losses == []
    assert [question.objective for question in back(file).questions] == homes
    assert back(file).objectives == objectives[:2]


def test_what_moodle_does_not_know_of_exams_and_objectives_is_told():
    objectives = [
        Objective("A", "a\x00", 0.5, "1" * 101),
        Objective("B", "unused"),
    ]
    asked = replace(made("multiple_choice"), objective="A")
    bank = Bank([asked], exam=Exam("Cisco", "200-301", "CCNA"), objectives=objectives)
    assert moodlexml.write(bank).losses == [
        Problem(0, None, "the exam Cisco 200-301, 'CCNA'"),
        Problem(0, None, "the weight of the objective 'A'"),
        Problem(0, None, "the code of the objective 'A' as it is written"),
        Problem(0, None, "some characters or space of the description of the objective 'A'"),
        Problem(0, None, "the objective 'B', which has neither a question nor a code"),
    ]


def test_file_of_moodle_is_written_as_it_was_read():
    wrong = "".join(answer(text, "-100") for text in ("RIP", "EIGRP"))
    bank = read(item("multichoice", "<single>false</single>" + answer("OSPF", "100") + wrong))
    file = moodlexml.write(bank)
    assert b"<single>false</single>" in file.data
    assert file.losses == []
    assert [replace(asked, line=2) for asked in back(file).questions] == bank.questions


@settings(deadline=None)
@given(banks)
def test_any_bank_comes_back_but_for_what_is_lost(bank):
    file = moodlexml.write(bank)
    again = back(file)
    left_out = {loss.item for loss in file.losses if loss.message.startswith("left out: ")}
    lossy = {loss.item for loss in file.losses}
    kept = [asked for asked in bank.questions if asked.item not in left_out]
    assert len(again.questions) == len(kept)
    for asked, found in zip(kept, again.questions, strict=True):
        assert found.objective == asked.objective
        if asked.item not in lossy:
            expected, actual = difference.meant(asked), difference.meant(found)
            assert replace(actual, item=asked.item, line=None, states=asked.states) == expected
            assert found.states & {"explanation", "tags"} >= asked.states & {"explanation", "tags"}
    if not file.losses:
        assert again.losses == []
        assert moodlexml.write(again).data == file.data
