"""GIFT questions full of signs: placeholders, slashes, escapes. None of their texts changes, here or in an export."""

import pytest

from study_service.banks import gift
from tests.study_service.banks import text_banks
from tests.study_service.banks.gift_texts import question, read

PLACEHOLDERS = """\
::plist::[html]<p>Which property list holds the setting?</p>{
=com.example.meet.<UID>.plist
~com.example.meet.plist
~<UID>.plist
}

::cmd::[html]<p>Which form is right?</p>{
=ip route <prefix> <mask> <next-hop>
~ip route <next-hop> <prefix> <mask>
}
"""
ESCAPES = r"""
// title with a slash, escaped sign in the stem
::Q1 T/F:: 1+1\=2 {T}

// not escaped outside the braces
::Q2:: In Go, x:=2 and y=3 {
T}

::Q3::Which glob means one lower-case letter?{=\[a-z\] ~a-z\\ ~C\:\\a-z}

::Q4::Which URL is encrypted?{
=https\://portal.example/a?b\=1\#c
~http\://portal.example
}
"""


def test_what_html_does_not_have_is_text_that_its_author_forgot_to_escape():
    bank = read(PLACEHOLDERS)
    assert bank.problems == []
    assert [(q.text, [(c.text, c.is_correct) for c in q.choices]) for q in bank.questions] == [
        (
            "Which property list holds the setting?",
            [("com.example.meet.<UID>.plist", True), ("com.example.meet.plist", False), ("<UID>.plist", False)],
        ),
        (
            "Which form is right?",
            [("ip route <prefix> <mask> <next-hop>", True), ("ip route <next-hop> <prefix> <mask>", False)],
        ),
    ]
    assert [(loss.item, loss.message) for loss in bank.losses] == [(1, 'its title "plist"'), (2, 'its title "cmd"')]


def test_only_signs_of_gift_are_escaped():
    bank = read(ESCAPES)
    assert bank.problems == []
    assert [(q.line, q.type, q.text, [(c.text, c.is_correct) for c in q.choices]) for q in bank.questions] == [
        (3, "true_false", "1+1=2", [("True", True), ("False", False)]),
        (6, "true_false", "In Go, x:=2 and y=3", [("True", True), ("False", False)]),
        (
            9,
            "multiple_choice",
            "Which glob means one lower-case letter?",
            [(r"\[a-z\]", True), ("a-z\\", False), (r"C:\a-z", False)],
        ),
        (
            11,
            "multiple_choice",
            "Which URL is encrypted?",
            [("https://portal.example/a?b=1#c", True), ("http://portal.example", False)],
        ),
    ]


@pytest.mark.parametrize("text", [PLACEHOLDERS, ESCAPES])
def test_an_export_has_the_same_texts(text):
    bank = read(text)
    written = gift.write(bank)
    assert written.losses == []
    assert text_banks.bare(gift.read(written.data)) == text_banks.bare(bank)


def test_an_export_has_placeholders_in_plain_format_which_moodle_does_not_take_for_html():
    assert (
        b"[plain]Which form is right? {\n\t=ip route <prefix> <mask> <next-hop>\n"
        in gift.write(read(PLACEHOLDERS)).data
    )


def test_an_element_of_html_is_markup_and_a_word_in_angle_brackets_is_not():
    asked = question("[html]Which <b>command</b>?{=ip address <address> <b>up</b> ~<time datetime\\=1>now</time>}")
    assert [choice.text for choice in asked.choices] == ["ip address <address> up", "now"]
