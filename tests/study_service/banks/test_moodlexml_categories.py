"""Moodle's categories are the objectives of the questions behind them."""

import pytest

from study_service.banks.bank import Bank, Objective, Problem
from tests.study_service.banks.moodle_texts import TRUE, item, read


def category(path: str, inner: str = "") -> str:
    return f'<question type="category"><category><text>{path}</text></category>{inner}</question>'


def homes(bank: Bank) -> list[str | None]:
    assert bank.problems == []
    return [asked.objective for asked in bank.questions]


ASKED = item("truefalse", TRUE)


def test_questions_have_the_last_name_of_the_category_before_them():
    bank = read(ASKED, category("$course$/top/A"), ASKED, ASKED, category("B"), ASKED, category("$course$/top"), ASKED)
    assert homes(bank) == [None, "A", "A", "B", None]
    assert (bank.objectives, bank.losses) == ([], [])


def test_category_describes_its_objective():
    info = '<info format="html"><text>&lt;p>All of it&lt;/p></text></info>'
    bank = read(category("A", info + "<idnumber> 1.1 </idnumber>"), ASKED, category("B", info), ASKED)
    assert bank.objectives == [Objective("A", "All of it", code="1.1"), Objective("B", "All of it")]
    assert bank.losses == []


def test_category_without_questions_counts_if_it_has_an_id_number():
    described = "<info><text>Default</text></info><idnumber/>"
    bank = read(category("A", described), category("A/B", "<idnumber>2</idnumber>"), item("essay"))
    assert bank.objectives == [Objective("B", code="2")]
    assert bank.losses == [
        Problem(0, 2, "the category 'A', of which no question is imported"),
        Problem(0, 3, "all of the category 'A/B' but its last name"),
    ]


def test_what_a_path_loses_is_told_once():
    bank = read(*[category("A/C"), ASKED] * 2, category("B/C", "<idnumber>3</idnumber>"), ASKED)
    assert homes(bank) == ["C", "C", "C"]
    assert bank.objectives == [Objective("C", code="3")]
    assert bank.losses == [
        Problem(0, 2, "all of the category 'A/C' but its last name"),
        Problem(0, 6, "all of the category 'B/C' but its last name"),
        Problem(0, 6, "that the category 'B/C' is another than 'A/C'"),
    ]


def test_what_a_category_cannot_keep_is_told():
    long = f"<info><text>{'a' * 10_001}</text></info><idnumber>{'1' * 201}</idnumber>"
    bank = read(category("A", long), ASKED)
    assert bank.objectives == []
    assert bank.losses == [
        Problem(0, 2, "of the category 'A': its id number, which is too long"),
        Problem(0, 2, "of the category 'A': its description is longer than 10,000 characters"),
    ]
    linked = '<info format="html"><text>&lt;a href="x">y&lt;/a></text></info>'
    assert read(category("A", linked), ASKED).losses == [
        Problem(0, 2, "of the category 'A': in its description: the link to x")
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a" * 201, "the name of its category is longer than 200 characters"),
        ("<b/>", "its category: there is <b> in its <text>, where HTML must stand in <![CDATA[…]]>"),
    ],
)
def test_questions_of_a_category_that_cannot_be_used_are_refused(path, message):
    bank = read(category(path), ASKED, category("a" * 200), ASKED)
    assert bank.problems == [Problem(1, 3, message)]
    assert [asked.objective for asked in bank.questions] == ["a" * 200]


def test_file_may_have_two_hundred_objectives():
    texts = [text for n in range(199) for text in (category(str(n)), ASKED)]
    coded = category("x", "<idnumber>x</idnumber>")
    assert len(read(*texts, coded).questions) == 199
    bank = read(*texts, coded, category("y", "<idnumber>y</idnumber>"))
    assert bank == Bank(problems=[Problem(0, None, "more than 200 categories: import them in several files")])
