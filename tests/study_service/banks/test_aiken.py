"""Aiken files: what is a question in them, what is refused, and how one is written."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_service.banks import aiken
from study_service.banks.bank import Bank, Choice, Problem, Question
from tests.study_service.banks import text_banks

FILE = """\
Which layer routes packets?
A) Network
B) Data link
ANSWER: A

Which form keeps <prefix> & "this"?
A. com.example.<UID>.plist
B. none
ANSWER: B
"""


def read(text: str) -> Bank:
    return aiken.read(text.encode())


def question(text: str) -> Question:
    bank = read(text)
    assert bank.problems == []
    (only,) = bank.questions
    return only


def options(text: str) -> list[tuple[str, bool]]:
    return [(choice.text, choice.is_correct) for choice in question(text).choices]


def problems(text: str) -> list[tuple[int, int | None, str]]:
    return [(problem.item, problem.line, problem.message) for problem in read(text).problems]


def with_answer(answer: str) -> str:
    return f"Which?\nA) a\nB) b\n{answer}"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_questions_with_their_options_and_the_right_one(mark, newline):
    bank = read(mark + FILE.replace("\n", newline))
    assert bank == Bank(
        [
            Question(
                item=1,
                line=1,
                text="Which layer routes packets?",
                type="multiple_choice",
                choices=(Choice("Network", True), Choice("Data link", False)),
            ),
            Question(
                item=2,
                line=6,
                text='Which form keeps <prefix> & "this"?',
                type="multiple_choice",
                choices=(Choice("com.example.<UID>.plist", False), Choice("none", True)),
            ),
        ]
    )


def test_utf16_with_a_mark_is_read():
    assert aiken.read(FILE.encode("utf-16")) == read(FILE)


def test_bad_utf8_is_one_problem_of_the_file():
    assert aiken.read(b"Which?\nA) \x93a").problems == [Problem(0, 2, "the file is not UTF-8: byte 0x93 at offset 10")]
    (problem,) = aiken.read(b"\xff\xfeA").problems
    assert (problem.item, problem.message) == (0, "the file begins like UTF-16, but is not: bytes at offset 2")


def test_empty_lines_count_for_nothing():
    assert read("\n\n") == read("") == Bank()
    assert options("\nWhich?\n\nA) a\n \nB) b\n\n\nANSWER: A\n\n") == [("a", True), ("b", False)]
    assert len(read((with_answer("ANSWER: A") + "\n") * 3).questions) == 3


def test_a_question_of_several_lines():
    asked = question("Given\nE.g. a thing\nB) that\nwhich?\nA) a\nB) b\nANSWER: A")
    assert asked.text == "Given\nE.g. a thing\nB) that\nwhich?"


def test_small_letters_and_options_without_a_space():
    assert options("Which?\na) x\nb. y\nanswer: b") == [("x", False), ("y", True)]
    assert options("Which?\nA)x\nB.y\nAnswer : B.") == [("x", False), ("y", True)]
    assert question("a.m. is\na.m.?\nA) x\nB) y\nANSWER:A)").text == "a.m. is\na.m.?"


def test_a_question_may_have_an_option_for_each_letter():
    lines = "".join(f"{chr(65 + n)}) {n}\n" for n in range(26))
    assert options(f"Which?\n{lines}ANSWER: Z")[25] == ("25", True)
    assert problems(f"Which?\n{lines}A) 26\nANSWER: Z") == [(1, 1, "more than 26 options")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (with_answer("ANSWER: A, C"), 'ANSWER: is the letter of the one right option, not "A, C"'),
        (with_answer("ANSWER: AB"), 'ANSWER: is the letter of the one right option, not "AB"'),
        (with_answer("ANSWER:"), 'ANSWER: is the letter of the one right option, not ""'),
        (with_answer("ANSWER: 1"), 'ANSWER: is the letter of the one right option, not "1"'),
        (with_answer("ANSWER: C"), "ANSWER: C, but the last option is B"),
        (with_answer(""), "there is no ANSWER: below its options, each of which is one line"),
        ("Which?\nA) a\nANSWER: A", "1 option(s), where 2 at least are needed"),
        ("Which?\nANSWER: A", "0 option(s), where 2 at least are needed"),
        ("Which?\nA) a\nC) b\nANSWER: A", "option C stands where option B should"),
        ("Which?\nA) a\nA) b\nANSWER: A", "option A stands where option B should"),
        ("Which?\nA) a\nB)\nANSWER: A", "option B has no text"),
        ("Which?\nA) a\nB) a \nANSWER: A", "two options have the same text"),
        ("A) a\nB) b\nANSWER: A", "there is no question above this line"),
        ("ANSWER: A", "there is no question above this line"),
        ("Which?", "there is no ANSWER: below its options, each of which is one line"),
        ("Which\0?\nA) a\nB) b\nANSWER: A", "there is a NUL character in it"),
        ("Which?\nA) a\nB) \0b\nANSWER: A", "there is a NUL character in it"),
        ("w" * 10_001 + "\nA) a\nB) b\nANSWER: A", "the question text is longer than 10,000 characters"),
        ("Which?\nA) a\nB) " + "b" * 2001 + "\nANSWER: A", "option B is longer than 2,000 characters"),
    ],
)
def test_items_that_cannot_be_used(text, message):
    assert problems(text) == [(1, 1, message)]
    assert read(text).questions == []


def test_limits_themselves_are_allowed():
    asked = question("w" * 10_000 + "\nA) a\nB) " + "b" * 2000 + "\nANSWER: A")
    assert (len(asked.text), len(asked.choices[1].text)) == (10_000, 2000)


def test_text_that_is_no_part_of_a_question_is_refused_and_the_questions_are_read():
    text = f"Chapter 1\n\n{with_answer('ANSWER: B')}\nBecause.\n\nUnfinished\nA) a\nB) b\n\n{with_answer('ANSWER: A')}"
    bank = read(text)
    assert [(q.item, q.line, q.text) for q in bank.questions] == [(2, 3, "Which?"), (5, 13, "Which?")]
    message = "there is no ANSWER: below its options, each of which is one line"
    assert problems(text) == [(1, 1, message), (3, 7, message), (4, 9, message)]


def test_an_option_of_two_lines_makes_no_other_question():
    assert problems("Which?\nA) a\nB) b\nand more\nC) c\nANSWER: C") == [
        (1, 1, "there is no ANSWER: below its options, each of which is one line"),
        (2, 4, "0 option(s), where 2 at least are needed"),
    ]


def test_a_file_has_at_most_ten_thousand_questions():
    assert len(read("ANSWER: A\n" * 10_000).problems) == 10_000
    message = "more than 10,000 questions: import them in several files"
    assert read("ANSWER: A\n" * 10_001) == Bank(problems=[Problem(0, 10_001, message)])


aiken_like = st.lists(
    st.sampled_from(["Which?", "A) ", "B) ", "C.", "a. ", "ANSWER: A", "ANSWER:", "\n", "\n\n", "\r", "x", "\0", " "])
).map("".join)


@given(st.one_of(st.binary(), st.text().map(str.encode), aiken_like.map(str.encode)))
def test_anything_is_read_and_each_item_told_once(data):
    bank = aiken.read(data)
    items = sorted(entry.item for entry in [*bank.questions, *bank.problems])
    assert items in (list(range(1, len(items) + 1)), [0])
    for asked in bank.questions:
        assert asked.text.strip() == asked.text != ""
        assert sum(choice.is_correct for choice in asked.choices) == 1
        assert len({choice.text for choice in asked.choices}) == len(asked.choices) >= 2


@pytest.mark.parametrize("piece", ["Which?\n", "A) a\n", "A", ") ", "ANSWER: A\n", "\n", FILE, "a. ", "x\n\n"])
@pytest.mark.parametrize("start", ["", "Which?\n"])
def test_long_file_is_not_read_in_quadratic_time(start, piece):
    data = (start + piece * (1_000_000 // len(piece))).encode()
    started = time.process_time()
    aiken.read(data)
    assert time.process_time() - started < 3


def made_question(text: str, texts: list[str], right: int) -> Question:
    choices = tuple(Choice(option, place == right % len(texts)) for place, option in enumerate(texts))
    return Question(1, None, text, "multiple_choice", choices)


one_line = text_banks.lines.filter(lambda text: not text.upper().startswith(("A.", "A)", "ANSWER")))
some_lines = st.lists(text_banks.lines, min_size=2, max_size=26, unique=True)
one_right = st.builds(made_question, one_line, some_lines, st.integers(0))


@settings(max_examples=40, deadline=None)
@given(text_banks.banks(one_right))
def test_any_bank_that_aiken_can_carry_is_the_same_when_it_is_read_again(bank):
    written = aiken.write(bank)
    assert written.losses == []
    again = aiken.read(written.data)
    assert again.problems == []
    assert text_banks.bare(again) == text_banks.bare(bank)


@settings(max_examples=40, deadline=None)
@given(text_banks.banks(text_banks.questions()))
def test_other_banks_are_written_with_their_keys_or_left_out(bank):
    written = aiken.write(bank)
    out = {loss.item for loss in written.losses if loss.message.startswith("left out: ")}
    kept = [question for question in bank.questions if question.item not in out]
    again = aiken.read(written.data)
    assert again.problems == []
    assert [" ".join(q.text.split()) for q in again.questions] == [" ".join(q.text.split()) for q in kept]
    for question, other in zip(kept, again.questions, strict=True):
        assert [c.is_correct for c in question.choices] == [c.is_correct for c in other.choices]


def test_the_file_by_its_letters():
    assert aiken.write(read(FILE)).data.decode() == (
        "Which layer routes packets?\nA) Network\nB) Data link\nANSWER: A\n\n"
        'Which form keeps <prefix> & "this"?\nA) com.example.<UID>.plist\nB) none\nANSWER: B\n'
    )
    assert aiken.write(Bank()).data == b""


A, B = Choice("a", True), Choice("b", False)


def one(kind: str, *choices: Choice, text: str = "Which?", **more: object) -> Question:
    return Question(7, None, text, kind, choices or (A, B), **more)


@pytest.mark.parametrize(
    ("question", "losses"),
    [
        (one("true_false", Choice("False", True), Choice("True", False)), ["its type, true_false"]),
        (one("multiple_choice", text="a\n\nb"), ["spaces or line breaks in its text"]),
        (one("multiple_choice", replace(A, text="a\r\nb"), B), ["how option 1 is written"]),
        (one("multiple_choice", replace(A, weight=1.0, explanation="x"), B), ["the feedback of option 1"]),
        (one("multiple_choice", A, replace(B, weight=0.5)), ["the weight of option 2"]),
        (one("multiple_choice", objective="LAN", tags=("x",)), ["its objective", "its tags"]),
        (one("multiple_choice", explanation="x", difficulty=4), ["its explanation", "its difficulty"]),
    ],
)
def test_losses_of_questions_that_are_written(question, losses):
    written = aiken.write(Bank([question]))
    assert len(aiken.read(written.data).questions) == 1
    assert written.losses == [Problem(7, None, loss) for loss in losses]


UNLIKE = "Aiken has only questions with one right option, not this one"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (one("multi_select"), f"{UNLIKE} (multi_select)"),
        (one("multiple_choice", A, replace(B, is_correct=True)), f"{UNLIKE} (multiple_choice)"),
        (one("short_answer", A), f"{UNLIKE} (short_answer)"),
        (one("multiple_choice", text="A. C. Clarke?"), "there is no question above this line"),
        (one("multiple_choice", text="ANSWER: a"), "there is no question above this line"),
        (one("multiple_choice", A, Choice("a\n", False)), "two options have the same text"),
    ],
)
def test_questions_that_aiken_cannot_carry_are_left_out_with_the_reason(question, reason):
    written = aiken.write(Bank([question, one("multiple_choice")]))
    assert len(aiken.read(written.data).questions) == 1
    assert written.losses == [Problem(7, None, f"left out: {reason}")]
