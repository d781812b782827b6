"""How a GIFT file is laid out: lines, comments, categories, titles and escapes."""

import pytest

from study_service.banks import gift
from study_service.banks.bank import Bank, Problem
from tests.study_service.banks.gift_texts import options, problem, question, read


def test_empty_file_holds_nothing():
    assert gift.read(b"") == gift.read(b"\xef\xbb\xbf") == gift.read(b"\n // only this\n\n") == Bank()


def test_byte_order_mark_is_not_part_of_the_first_question():
    assert question("\ufeffTCP is connectionless.{F}").text == "TCP is connectionless."


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_all_line_ends_count_the_same(newline):
    bank = read(newline.join(["", "UDP has a handshake.{F}", " \t ", "", "Ports have", "16 bits.{T}"]))
    assert [(q.item, q.line, q.text) for q in bank.questions] == [
        (1, 2, "UDP has a handshake."),
        (2, 5, "Ports have\n16 bits."),
    ]


@pytest.mark.parametrize(("mark", "offset"), [(b"", 20), (b"\xef\xbb\xbf", 23)])
def test_bad_utf8_is_one_problem_of_the_file(mark, offset):
    bank = gift.read(mark + b"DNS uses UDP.{T}\r\n\r\n\x93ARP\x94 is layer 7.{F}")
    assert bank.questions == []
    assert bank.problems == [Problem(0, 3, f"the file is not UTF-8: byte 0x93 at offset {offset}")]


def test_other_unicode_line_separators_do_not_end_a_line():
    assert question("A\u2028B\x85C.{T}").text == "A\u2028B\x85C."


def test_nul_character_makes_only_its_question_unusable():
    bank = read("A \0 B{T}\n\nA switch forwards frames.{T}")
    assert [(q.item, q.line) for q in bank.questions] == [(2, 3)]
    assert [(p.item, p.line) for p in bank.problems] == [(1, 1)]
    assert "NUL" in bank.problems[0].message
    assert "NUL" in problem("$CATEGORY: LAN\0\nA hub repeats.{T}").message


def test_comment_is_removed_and_does_not_separate():
    asked = question("// first\n  // second\nA router\n// between\nconnects networks.{\n//~none\n~LAN\n=WAN}")
    assert (asked.line, asked.text) == (3, "A router\nconnects networks.")
    assert [choice.text for choice in asked.choices] == ["LAN", "WAN"]


def test_double_slash_inside_a_line_is_no_comment():
    assert question("http\\://a // b{T}").text == "http://a // b"


def test_items_count_unusable_questions_and_no_categories():
    bank = read("$CATEGORY: LAN\n\nA hub is smart.{F}\n\nName a protocol.{}\n\n$CATEGORY: WAN\n\nPPP is layer 2.{T}")
    assert [(q.item, q.line) for q in bank.questions] == [(1, 3), (3, 9)]
    assert [(p.item, p.line) for p in bank.problems] == [(2, 5)]


@pytest.mark.parametrize(
    ("path", "objective"),
    [
        ("$course$/top/Networking/Subnetting", "Subnetting"),
        ("top/Networking/ Routing  ", "Routing"),
        ("$system$/TCP//IP", "TCP/IP"),
        ("Switching/", "Switching"),
        ("$course$/top", None),
        ("$course$", None),
        ("", None),
    ],
)
def test_objective_is_the_last_name_of_the_category(path, objective):
    assert question(f"$CATEGORY: {path}\n\nA mask has 32 bits.{{T}}").objective == objective


def test_category_holds_until_the_next_even_without_blank_lines():
    bank = read("One.{T}\n$CATEGORY: LAN\nTwo.{T}\n\nThree.{T}\n$CATEGORY:WAN\n// note\nFour.{T}")
    assert [(q.text, q.objective) for q in bank.questions] == [
        ("One.", None),
        ("Two.", "LAN"),
        ("Three.", "LAN"),
        ("Four.", "WAN"),
    ]


def test_title_is_not_part_of_the_text():
    asked = question("::Loopback 1::\n127.0.0.1 is loopback.{T}")
    assert (asked.line, asked.text) == (1, "127.0.0.1 is loopback.")


def test_title_is_the_text_of_a_question_that_has_no_other():
    assert question("::Is 10.0.0.1 \\:private\\: ?::{T}").text == "Is 10.0.0.1 :private: ?"


def test_colons_that_close_no_title_are_text():
    assert question("::1 is loopback.{T}").text == "::1 is loopback."


def test_question_without_any_text_is_a_problem():
    assert problem("{T}").message == problem(":: ::{T}").message == "there is no question text"


def test_escaped_signs_are_literal_everywhere():
    signs, written = "~=#{}:\\", r"\~\=\#\{\}\:\\"
    asked = question(f"\\::{written}{{={written}#{written}~b{written}####{written}}}")
    assert asked.text == "::" + signs
    assert [choice.text for choice in asked.choices] == [signs, "b" + signs]
    assert (asked.choices[0].explanation, asked.explanation) == (signs, signs)


def test_backslash_n_is_a_line_feed():
    assert question(r"Given\:\n\nR1> enable{=a\nb ~c}").text == "Given:\n\nR1> enable"


def test_backslash_before_anything_else_stays():
    assert question(r"Is C:\Windows\\new a path?{T}").text == r"Is C:\Windows\new a path?"


def test_escaped_backslash_does_not_escape_what_follows():
    assert options(r"Share?{=\\\\nas\\~b}") == [("\\\\nas\\", True), ("b", False)]
